use autograd::{Scalar, Var};

use crate::unroll::whole_steps;
use crate::{Bound, Handle, Layer, Placed, Specs, init};

/// Global attention, multiplicative, after the decoder's step (Luong, Pham & Manning 2015, arXiv:1508.04025, §3.1):
/// ```text
/// a_t = softmax_j(h_tᵀ W_a s̄_j),   c_t = Σ_j a_tj s̄_j,   h̃_t = tanh(W_c [c_t; h_t])
/// ```
/// h_t (H×B) is the decoder's output, s̄_j (S×B) the encoder's, W_a (H×S), W_c (H × S+H): eq. 7, the score `general` of eq. 8,
/// and eq. 5.
///
/// Attention that comes after the step needs no word of the decoder's cell, and as h̃_t is not fed back into the next input
/// (their §3.3, left out), all steps of all examples are computed at once. Bahdanau's (2015, arXiv:1409.0473) comes before
/// the step and would need cells that read a context.
///
/// Each example attends to its own steps by gathering them, so a padded position is not in the sum at all: it gets no
/// weight and no gradient, whatever stands there, ∞ and NaN too. An example without any step has the context 0.
///
/// W_a and W_c are drawn by Glorot & Bengio 2010, eq. 16.
#[derive(Clone, Debug)]
pub struct Attention {
    specs: Specs,
    w_a: Handle,
    w_c: Handle,
}

/// What an [`Attention`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attended<'t, T: Scalar> {
    /// h̃ of every step: H × (T·B), time-major.
    pub outputs: Var<'t, T>,
    /// For each example, a: (its source steps) × T. A column is a distribution, and the picture of an alignment.
    pub weights: Vec<Var<'t, T>>,
}

impl Attention {
    /// For a decoder of `hidden` rows and a source of `source` rows.
    pub fn new(hidden: usize, source: usize) -> Self {
        let mut specs = Specs::default();
        let w_a = specs.add("w_a", (hidden, source), init::glorot());
        let w_c = specs.add("w_c", (hidden, source + hidden), init::glorot());
        Self { specs, w_a, w_c }
    }
}

impl Layer for Attention {
    fn specs(&self) -> &Specs {
        &self.specs
    }
}

impl Placed<Attention> {
    /// Lets every step of `h`, H × (T·B), attend to the steps of `source`, S × (N·B), both time-major; example e has
    /// `lengths[e]` ≤ N of them.
    ///
    /// # Panics
    /// If rows do not fit the parameters, columns are no whole steps of as many examples as there are lengths, or a
    /// length is beyond N.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(
        &self,
        bound: &Bound<'t, T>,
        h: Var<'t, T>,
        source: Var<'t, T>,
        lengths: &[usize],
    ) -> Attended<'t, T> {
        let p = self.on(bound);
        let _layer = p.layer();
        let (tape, batch) = (h.tape(), lengths.len());
        let (rows, columns) = source.shape();
        let [steps, source_steps] = [h.shape().1, columns].map(|columns| whole_steps("attention", columns, batch));
        let mut contexts = tape.stack(rows, steps, batch);
        let mut weights = Vec::with_capacity(batch);
        for (e, &length) in lengths.iter().enumerate() {
            assert!(length <= source_steps, "attention: example {e} has {length} source steps of {source_steps}");
            let of =
                |x: Var<'t, T>, steps: usize| x.gather_columns(&(0..steps).map(|t| t * batch + e).collect::<Vec<_>>());
            let (s, h) = (of(source, length), of(h, steps));
            let a = p[self.w_a].matmul(s).matmul_tn(h).softmax();
            contexts.put(e, s.matmul(a));
            weights.push(a);
        }
        // From example after example to step after step.
        let order: Vec<_> = (0..steps * batch).map(|column| column % batch * steps + column / batch).collect();
        let c = contexts.finish().gather_columns(&order);
        Attended { outputs: p[self.w_c].matmul(tape.concat_rows(&[c, h])).tanh(), weights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Params;
    use autograd::Tape;
    use autograd::testing::proptest::prelude::*;
    use autograd::testing::{self, Program, matrix};
    use nalgebra::DMatrix;

    const LENGTHS: [usize; 3] = [2, 3, 0];

    struct Applied(Placed<Attention>);

    fn attention() -> Placed<Attention> {
        Params::<f64>::new().place("attention", Attention::new(2, 3), 1)
    }

    impl<T: Scalar> Program<T> for Applied {
        fn name(&self) -> String {
            "attention".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            self.0.apply(&Bound::from_vars(inputs[..2].to_vec()), inputs[2], inputs[3], &LENGTHS).outputs
        }
    }

    /// W_a (2×3), W_c (2×5), h of 4 steps, source of 3 steps, of 3 examples.
    fn inputs() -> impl Strategy<Value = Vec<DMatrix<f64>>> {
        [(2, 3), (2, 5), (2, 12), (3, 9)].map(|(m, n)| matrix(m, n)).prop_map(Vec::from)
    }

    #[test]
    fn certificate() {
        testing::certify_program(&Applied(attention()), inputs());
    }

    #[test]
    fn values_are_those_of_the_equations_entry_by_entry() {
        testing::check(inputs(), |drawn| {
            let [w_a, w_c, h, s] = &drawn[..] else { unreachable!() };
            let tape = Tape::<f64>::new();
            let vars: Vec<_> = drawn.iter().map(|m| tape.leaf(m)).collect();
            let bound = Bound::from_vars(vars[..2].to_vec());
            let attended = attention().apply(&bound, vars[2], vars[3], &LENGTHS);
            for (t, e) in (0..4).flat_map(|t| (0..3).map(move |e| (t, e))) {
                let h = h.column(3 * t + e);
                let source = |j: usize| s.column(3 * j + e);
                let score = |j: usize| (0..2).map(|i| h[i] * (w_a * source(j))[i]).sum::<f64>().exp();
                let total: f64 = (0..LENGTHS[e]).map(score).sum();
                let mut c = [0.0; 3];
                for j in 0..LENGTHS[e] {
                    let a = score(j) / total;
                    prop_assert!((attended.weights[e].value()[(j, t)] - a).abs() < 1e-13);
                    (0..3).for_each(|i| c[i] += a * source(j)[i]);
                }
                let both = [c[0], c[1], c[2], h[0], h[1]];
                for i in 0..2 {
                    let expected = (0..5).map(|k| w_c[(i, k)] * both[k]).sum::<f64>().tanh();
                    prop_assert!((attended.outputs.value()[(i, 3 * t + e)] - expected).abs() < 1e-13);
                }
            }
            Ok(())
        });
    }

    #[test]
    fn what_stands_at_a_padded_position_reaches_neither_output_nor_gradient() {
        let attention = attention();
        let matrix = |m, n, k: usize| DMatrix::from_fn(m, n, |i, j| ((i + 3 * j + k) as f64).sin());
        let run = |padding: f64| {
            let mut s = matrix(3, 9, 0);
            for (j, e) in [(2, 0), (0, 2), (1, 2), (2, 2)] {
                s.column_mut(3 * j + e).fill(padding);
            }
            let tape = Tape::<f64>::new();
            let vars = [matrix(2, 3, 1), matrix(2, 5, 2), matrix(2, 12, 3), s].map(|m| tape.leaf(&m));
            let y = Program::run(&Applied(attention.clone()), &vars);
            let gradients = tape.backward(y.sum());
            let all: Vec<_> = vars.iter().map(|v| gradients.of(*v).clone_owned()).chain([y.value()]).collect();
            all
        };
        let (zeros, nans) = (run(0.0), run(f64::NAN));
        assert_eq!(zeros, nans);
        assert!(zeros[3].column(6).amax() < 1e-300 && zeros[3].column(3).amax() > 0.0);
    }

    #[test]
    fn of_no_examples_there_are_no_columns() {
        let tape = Tape::<f64>::new();
        let bound = Bound::from_vars(vec![tape.zeros(2, 3), tape.zeros(2, 5)]);
        let attended = attention().apply(&bound, tape.zeros(2, 0), tape.zeros(3, 0), &[]);
        assert_eq!((attended.outputs.shape(), attended.weights.len()), ((2, 0), 0));
    }

    #[test]
    #[should_panic(expected = "attention: example 1 has 4 source steps of 3")]
    fn a_length_beyond_the_source_is_refused() {
        let tape = Tape::<f64>::new();
        let bound = Bound::from_vars(vec![tape.zeros(2, 3), tape.zeros(2, 5)]);
        attention().apply(&bound, tape.zeros(2, 2), tape.zeros(3, 6), &[3, 4]);
    }
}
