use autograd::Var;

use crate::{About, AnyCell, Cell, CellScalar, Describe, Handle, Step, Weights, init};

/// ε, PyTorch's.
const EPSILON: f64 = 1e-5;

/// A cell whose output part is normalised at every step.
///
/// # Equations
/// With h̃_t the output part that the cell's step gives, μ_t and σ_t² the mean and variance of its entries, example by
/// example:
/// ```text
/// h_t = g ∘ (h̃_t − μ_t) / √(σ_t² + ε) + b
/// ```
/// h_t is the output and what the next step reads; the other state parts are the cell's own.
///
/// # Shapes
/// h̃_t, h_t (H×B); gain g and bias b (H×1), `norm_gain` and `norm_bias` in names. ε = 1e-5.
///
/// # Source
/// Ba, Kiros & Hinton 2016, "Layer normalization", arXiv:1607.06450, eq. 4.
///
/// # Notes
/// The paper normalises the summed inputs *within* a cell, which differs from cell to cell; this form works for any. It
/// stands at the same place of the loop for the plain network, one tanh later. g is 1, b is 0. A cell of one unit has
/// h_t = b. A state part such as c, which carries the memory, is not touched; a GRU carries its memory in h, so there
/// the normalisation is part of the memory.
#[derive(Debug)]
pub struct LayerNorm {
    about: About,
    cell: Box<dyn AnyCell>,
    gain: Handle,
    bias: Handle,
}

impl LayerNorm {
    /// `cell`, normalised.
    ///
    /// # Panics
    /// If `cell` has a parameter called `norm_gain` or `norm_bias`, as a cell that is normalised already.
    #[track_caller]
    pub fn new(cell: Box<dyn AnyCell>) -> Self {
        let inner = cell.about();
        let width = inner.output_width();
        let label = format!("{}, layer norm", inner.label);
        let about = About { name: "layer_norm", ..inner.clone() }.labelled(label);
        let mut about = about.from_paper("Ba, Kiros & Hinton", 2016, "arXiv:1607.06450, eq. 4");
        let gain = about.param("norm_gain", (width, 1), init::constant(1.0));
        let bias = about.param("norm_bias", (width, 1), init::zeros());
        Self { about, cell, gain, bias }
    }
}

impl Describe for LayerNorm {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: CellScalar> Cell<T> for LayerNorm {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        T::cell(&*self.cell).project(p.of(&*self.cell), x)
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let h = s.inner(&*self.cell, self.about.output(), None);
        s.give(self.about.output(), h.layer_norm(s[self.gain], s[self.bias], EPSILON));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dims;
    use crate::cells::{Lstm, Rnn};
    use crate::testing::{Oracle, agrees_with_oracle, conform, dot};

    #[test]
    fn step_is_the_equation_entry_by_entry() {
        agrees_with_oracle(
            |dims| LayerNorm::new(Box::new(Rnn::new(dims))),
            |Oracle { p, x, s, .. }| {
                let [w_x, w_h, b, gain, bias] = p else { unreachable!() };
                let (h, n) = (s[0], s[0].len());
                let raw: Vec<f64> = (0..n).map(|i| (dot(w_x, i, x) + dot(w_h, i, h) + b[i]).tanh()).collect();
                let mean = raw.iter().sum::<f64>() / n as f64;
                let variance = raw.iter().map(|h| (h - mean).powi(2)).sum::<f64>() / n as f64;
                vec![(0..n).map(|i| gain[i] * (raw[i] - mean) / (variance + 1e-5).sqrt() + bias[i]).collect()]
            },
        );
    }

    #[test]
    fn it_conforms_around_cells_of_one_part_and_of_two() {
        conform(|dims| Box::new(LayerNorm::new(Box::new(Rnn::new(dims)))));
        conform(|dims| Box::new(LayerNorm::new(Box::new(Lstm::new(dims)))));
    }

    #[test]
    #[should_panic(expected = "specs: two parameters called `norm_gain`")]
    fn one_normalisation_is_enough() {
        let cell = Rnn::new(Dims { input: 1, hidden: 2, horizon: 1 });
        LayerNorm::new(Box::new(LayerNorm::new(Box::new(cell))));
    }
}
