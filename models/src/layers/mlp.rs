use autograd::{Scalar, Var};
use serde::{Deserialize, Serialize};

use super::{Activation, Linear};
use crate::{Bound, Phase, Placed, Site};

/// The shape of an [`Mlp`] but for its input and output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpConfig {
    /// D_1, D_2, …: the rows of each hidden layer; none for a plain affine map.
    #[serde(default)]
    pub hidden: Vec<usize>,
    /// φ.
    #[serde(default)]
    pub activation: Activation,
    /// The probability with which an entry of a hidden layer is dropped in training, in [0, 1).
    #[serde(default)]
    pub dropout: f64,
}

/// The multilayer perceptron:  a_0 = x,  a_l = dropout(φ(W_l a_{l−1} + b_l)) for every hidden layer l, and an affine layer at
/// the end.  x (D_0 × n), W_l (D_l × D_{l−1}).
///
/// Its layers are named `0`, `1`, …
///
/// ```
/// use autograd::Tape;
/// use models::layers::{Mlp, MlpConfig};
/// use models::{Address, Params, Phase};
///
/// let config = MlpConfig { hidden: vec![8, 8], dropout: 0.5, ..MlpConfig::default() };
/// let mut params = Params::<f64>::new();
/// let mlp = Mlp::new(3, &config, 2, params.at("mlp", 1));
/// assert!(params.get("mlp.2.w").is_some());
///
/// let tape = Tape::new();
/// let (bound, x) = (params.bind(&tape), tape.zeros(3, 4));
/// let trained = mlp.apply(&bound, x, Phase::Training(Address { update: 7, ..Address::default() }));
/// let evaluated = mlp.apply(&bound, x, Phase::Evaluation);
/// assert_eq!((trained.shape(), evaluated.shape()), ((2, 4), (2, 4)));
/// ```
#[derive(Clone, Debug)]
pub struct Mlp {
    layers: Vec<Placed<Linear>>,
    activation: Activation,
    dropout: f64,
}

impl Mlp {
    /// At a site of a model, from `input` rows to `output` rows.
    ///
    /// # Panics
    /// If the config's dropout is not in [0, 1).
    #[track_caller]
    pub fn new<T: Scalar>(input: usize, config: &MlpConfig, output: usize, mut site: Site<'_, T>) -> Self {
        let p = config.dropout;
        assert!((0.0..1.0).contains(&p), "mlp: dropout is {p}, not in [0, 1)");
        let widths = [&[input], &config.hidden[..], &[output]].concat();
        let layers = widths.windows(2).enumerate();
        let layers = layers.map(|(l, rows)| site.place(&l.to_string(), Linear::new(rows[0], rows[1]))).collect();
        Self { layers, activation: config.activation, dropout: p }
    }

    /// Of one layer, which is affine.
    pub(crate) fn affine(layer: Placed<Linear>) -> Self {
        Self { layers: vec![layer], activation: Activation::default(), dropout: 0.0 }
    }

    /// Every column of x, which is an example, through all layers.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, x: Var<'t, T>, phase: Phase) -> Var<'t, T> {
        self.apply_from(bound, x, phase, (0, x.shape().1))
    }

    /// Every column of x, D_0 × (T·B), of a run from step `first` on.
    #[track_caller]
    pub(crate) fn apply_from<'t, T: Scalar>(
        &self,
        bound: &Bound<'t, T>,
        x: Var<'t, T>,
        phase: Phase,
        (first, batch): (usize, usize),
    ) -> Var<'t, T> {
        let mut a = x;
        for (l, linear) in self.layers.iter().enumerate() {
            a = linear.apply(bound, a);
            if l + 1 < self.layers.len() {
                a = self.activation.apply(a);
                a = phase.layers_on(l as u64).dropout(a, "mlp dropout", (first, batch), self.dropout);
            }
        }
        a
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Params};
    use autograd::Tape;
    use autograd::testing::proptest::prelude::*;
    use autograd::testing::{self, Program, matrix};

    struct Applied(Mlp);

    impl<T: Scalar> Program<T> for Applied {
        fn name(&self) -> String {
            "mlp".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            let (x, p) = inputs.split_last().expect("x");
            self.0.apply(&Bound::from_vars(p.to_vec()), *x, Phase::Training(Address::default()))
        }
    }

    fn mlp(dropout: f64) -> Mlp {
        let config = MlpConfig { hidden: vec![4, 2], activation: Activation::Tanh, dropout };
        Mlp::new(3, &config, 2, Params::<f64>::new().at("mlp", 1))
    }

    fn inputs() -> impl Strategy<Value = Vec<nalgebra::DMatrix<f64>>> {
        [(4, 3), (4, 1), (2, 4), (2, 1), (2, 2), (2, 1), (3, 2)].map(|(m, n)| matrix(m, n)).prop_map(Vec::from)
    }

    #[test]
    fn certificate() {
        testing::certify_program(&Applied(mlp(0.3)), inputs());
    }

    #[test]
    fn values_are_those_of_the_equation_entry_by_entry() {
        testing::check(inputs(), |drawn| {
            let tape = Tape::<f64>::new();
            let vars: Vec<_> = drawn.iter().map(|m| tape.leaf(m)).collect();
            let y = Program::run(&Applied(mlp(0.0)), &vars).value();
            for e in 0..2 {
                let mut a: Vec<f64> = drawn[6].column(e).iter().copied().collect();
                for l in 0..3 {
                    let (w, b) = (&drawn[2 * l], &drawn[2 * l + 1]);
                    let z = |i: usize| b[i] + (0..a.len()).map(|j| w[(i, j)] * a[j]).sum::<f64>();
                    a = (0..w.nrows()).map(|i| if l < 2 { z(i).tanh() } else { z(i) }).collect();
                }
                prop_assert!((0..2).all(|i| (y[(i, e)] - a[i]).abs() < 1e-13));
            }
            Ok(())
        });
    }

    #[test]
    fn only_hidden_layers_are_dropped() {
        let tape = Tape::<f64>::new();
        let config = MlpConfig { hidden: vec![], dropout: 0.9, ..MlpConfig::default() };
        let (w, b, x) = (tape.zeros(5, 3), tape.leaf(&nalgebra::DMatrix::from_element(5, 1, 1.0)), tape.zeros(3, 4));
        let y = Program::run(&Applied(Mlp::new(3, &config, 5, Params::<f64>::new().at("mlp", 1))), &[w, b, x]).value();
        assert!(y.iter().all(|y| (y - 1.0).abs() < 1e-15));
    }

    #[test]
    #[should_panic(expected = "mlp: dropout is 1, not in [0, 1)")]
    fn a_probability_of_one_is_refused() {
        mlp(1.0);
    }
}
