//! A user's own crate: the minimal gated unit, a cell that is not built in, and the built-in study with it.
//!
//! `cargo run --release --manifest-path examples/my_cell/Cargo.toml -- --cells rnn,lstm,mgu` draws its curves beside the others'.
//! With `-- --reproduce examples/my_cell/mgu.toml` it runs the experiment of a file that names the cell.

use std::process::ExitCode;

use autograd::{Scalar, Var};
use experiments::{program, reproduce::Reproduce, studies::VanishingGradient, tasks::Tasks};
use models::{About, Cell, Describe, Dims, Handle, Part, Registry, Step, Weights, init};

/// The minimal gated unit.
///
/// # Equations
/// ```text
/// f_t = σ(W_f x_t + U_f h_{t−1} + b_f)               forget gate
/// n_t = tanh(W_h x_t + U_h (f_t ∘ h_{t−1}) + b_h)    candidate
/// h_t = (1 − f_t) ∘ h_{t−1} + f_t ∘ n_t
/// ```
/// # Shapes
/// x_t (D×B), h_t (H×B). W_f stands on W_h, b_f on b_h: w (2H×D), b (2H×1); u_f, u_h (H×H).
///
/// # Source
/// Zhou, Wu, Zhang & Zhou 2016, "Minimal gated unit for recurrent neural networks", arXiv:1603.09420.
///
/// # Notes
/// Mind the direction: f near 1 *overwrites* the state, as z near 0 does in our GRU. Weights are uniform in ±1/√H,
/// biases are 0.
#[derive(Clone, Debug)]
pub struct Mgu {
    about: About,
    h: Part,
    w: Handle,
    u_f: Handle,
    u_h: Handle,
    b: Handle,
}

impl Mgu {
    /// The cell, of these sizes.
    pub fn new(Dims { input, hidden, .. }: Dims) -> Self {
        let mut about = About::new("mgu", input).labelled("MGU").from_paper("Zhou et al.", 2016, "arXiv:1603.09420");
        let h = about.state("h", hidden);
        let w = about.param("w", (2 * hidden, input), init::by_width(hidden));
        let u_f = about.param("u_f", (hidden, hidden), init::by_width(hidden));
        let u_h = about.param("u_h", (hidden, hidden), init::by_width(hidden));
        let b = about.param("b", (2 * hidden, 1), init::zeros());
        Self { about, h, w, u_f, u_h, b }
    }
}

impl Describe for Mgu {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Mgu {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        p[self.w].affine(x, p[self.b])
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (h, [x_f, x_h]) = (s[self.h], s.x.split_rows());
        let f = s.gate("f", (x_f + s[self.u_f].matmul(h)).sigmoid());
        let n = s.gate("n", (x_h + s[self.u_h].matmul(f * h)).tanh());
        s.give(self.h, f.one_minus() * h + f * n);
    }
}

fn main() -> ExitCode {
    let registry = Registry::builtin().with("mgu", |dims, _| Box::new(Mgu::new(dims)));
    if std::env::args().nth(1).is_some_and(|word| word == "--reproduce") {
        let words = std::env::args_os().enumerate().filter(|(k, _)| *k != 1).map(|(_, word)| word).collect();
        return program::end(|| Reproduce::new(registry, Tasks::builtin()).obey(words));
    }
    program::main(&VanishingGradient::new(registry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::testing::{Oracle, agrees_with_oracle, conform, dot, sigmoid};

    #[test]
    fn the_cell_conforms() {
        conform(|dims| Box::new(Mgu::new(dims)));
    }

    #[test]
    fn step_is_the_equations_entry_by_entry() {
        agrees_with_oracle(Mgu::new, |Oracle { p, x, s, gate }| {
            let [w, u_f, u_h, b] = p else { unreachable!() };
            let h = s[0];
            let width = h.len();
            let f: Vec<f64> = (0..width).map(|j| sigmoid(dot(w, j, x) + dot(u_f, j, h) + b[j])).collect();
            let forgotten: Vec<f64> = (0..width).map(|j| f[j] * h[j]).collect();
            let n: Vec<f64> =
                (0..width).map(|j| (dot(w, width + j, x) + dot(u_h, j, &forgotten) + b[width + j]).tanh()).collect();
            let h = (0..width).map(|j| (1.0 - f[j]) * h[j] + f[j] * n[j]).collect();
            gate("f", f);
            gate("n", n);
            vec![h]
        });
    }
}
