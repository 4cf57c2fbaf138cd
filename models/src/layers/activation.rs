//! The entrywise function between two layers, by name; each is an op of [`autograd::ops`].

use autograd::{Scalar, Var};
use serde::{Deserialize, Serialize};

/// Which function; in a config, its name in small letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// x.
    Identity,
    /// max(x, 0).
    #[default]
    Relu,
    /// tanh x.
    Tanh,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// x Φ(x).
    Gelu,
}

impl Activation {
    /// It, of every entry.
    #[track_caller]
    pub fn apply<T: Scalar>(self, x: Var<'_, T>) -> Var<'_, T> {
        match self {
            Self::Identity => x,
            Self::Relu => x.relu(),
            Self::Tanh => x.tanh(),
            Self::Sigmoid => x.sigmoid(),
            Self::Gelu => x.gelu(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::Tape;
    use nalgebra::dmatrix;

    #[test]
    fn each_name_is_its_function() {
        let x = 0.7f64;
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let gelu = x * sigmoid(2.0 * (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3)));
        let values = [("identity", x), ("relu", x), ("tanh", x.tanh()), ("sigmoid", sigmoid(x)), ("gelu", gelu)];
        for (name, expected) in values {
            let activation: Activation = serde_json::from_str(&format!("\"{name}\"")).expect("a name");
            let tape = Tape::new();
            assert!((activation.apply(tape.leaf(&dmatrix![x])).item() - expected).abs() < 1e-14, "{name}");
        }
        assert!(Activation::Relu.apply(Tape::new().leaf(&dmatrix![-x])).item().abs() < 1e-15);
    }
}
