use autograd::{Scalar, Var};

use crate::{About, Cell, Describe, Dims, Handle, Init, Part, Step, Weights, init};

/// The rectified network that starts as a perfect memory.
///
/// # Equations
/// ```text
/// h_t = max(W_x x_t + W_h h_{t−1} + b, 0),   W_h = s I at first
/// ```
/// # Shapes
/// x_t (D×B), h_t (H×B), W_x (H×D), W_h (H×H), b (H×1).
///
/// # Source
/// Le, Jaitly & Hinton 2015, "A simple way to initialize recurrent networks of rectified linear units",
/// arXiv:1504.00941, §3.
///
/// # Notes
/// s is 1 unless another is given (`init=shift` starts from a shift instead), b is 0, W_x is normal with deviation 0.001 as in the paper. A unit that is on passes its
/// gradient unchanged, one that is off passes none; once trained, ρ(W_h) may pass 1 and gradients explode.
#[derive(Clone, Debug)]
pub struct Irnn {
    about: About,
    h: Part,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
}

impl Irnn {
    /// The cell, of these sizes.
    pub fn new(dims: Dims) -> Self {
        Self::with_scale(dims, 1.0)
    }

    /// The cell whose W_h starts as the shift by one unit, which turns a ring: unit i hands on what unit i − 1 held, so that
    /// an input comes by again after H steps (Keller et al. 2024, arXiv:2309.08045, where it is called iRNN with shift).
    pub fn shifting(dims: Dims) -> Self {
        Self::from(dims, "IRNN, shift".into(), init::shift())
    }

    /// The cell whose W_h starts at `scale` · I: below 1 it starts with a memory that fades, as a task of short spans wants.
    pub fn with_scale(dims: Dims, scale: f64) -> Self {
        let label = match scale {
            1.0 => "IRNN".into(),
            _ => format!("IRNN, from {scale} I"),
        };
        Self::from(dims, label, init::diagonal(scale))
    }

    fn from(Dims { input, hidden, .. }: Dims, label: String, recurrent: Init) -> Self {
        let paper = "arXiv:1504.00941, §3";
        let mut about = About::new("irnn", input).labelled(label).from_paper("Le, Jaitly & Hinton", 2015, paper);
        let h = about.state("h", hidden);
        let w_x = about.param("w_x", (hidden, input), init::normal(0.001));
        let w_h = about.param("w_h", (hidden, hidden), recurrent);
        let b = about.param("b", (hidden, 1), init::zeros());
        Self { about, h, w_x, w_h, b }
    }
}

impl Describe for Irnn {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Irnn {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w_x].affine(x, p[self.b])
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        s.give(self.h, (s.x + s[self.w_h].matmul(s[self.h])).relu());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Oracle, agrees_with_oracle, dot};
    use crate::{Draws, Registry};

    #[test]
    fn step_is_the_equation_entry_by_entry() {
        agrees_with_oracle(Irnn::new, |Oracle { p, x, s, .. }| {
            let [w_x, w_h, b] = p else { unreachable!() };
            let h = s[0];
            let h_new = (0..h.len()).map(|i| (dot(w_x, i, x) + dot(w_h, i, h) + b[i]).max(0.0));
            vec![h_new.collect()]
        });
    }

    #[test]
    fn the_shift_hands_each_unit_to_the_next_and_the_last_to_the_first() {
        let cell = Registry::builtin().build("irnn:init=shift", Dims { input: 1, hidden: 4, horizon: 1 }).expect("one");
        let spec = cell.about().specs.iter().find(|spec| spec.name == "w_h").expect("there");
        let shift = spec.init.draw(spec.shape, &mut Draws::at(1, "shift", &[]));
        let moved = &shift * nalgebra::dvector![1.0, 2.0, 3.0, 4.0];
        assert_eq!(moved, nalgebra::dvector![4.0, 1.0, 2.0, 3.0]);
    }
}
