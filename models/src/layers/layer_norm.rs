use autograd::{Scalar, Var};

use crate::{Bound, Handle, Layer, Placed, Specs, init};

/// Y[:, j] = g ∘ (X[:, j] − μ_j) / √(σ_j² + ε) + b: every column to mean 0 and variance 1, then a gain and a bias.
/// X, Y (D×n), g, b (D×1).
///
/// Ba, Kiros & Hinton 2016, arXiv:1607.06450, eq. 4. g is drawn as 1, b as 0; ε is PyTorch's.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    specs: Specs,
    g: Handle,
    b: Handle,
}

impl LayerNorm {
    /// ε.
    pub const EPSILON: f64 = 1e-5;

    /// Of `width` rows.
    pub fn new(width: usize) -> Self {
        let mut specs = Specs::default();
        let g = specs.add("g", (width, 1), init::constant(1.0));
        let b = specs.add("b", (width, 1), init::zeros());
        Self { specs, g, b }
    }
}

impl Layer for LayerNorm {
    fn specs(&self) -> &Specs {
        &self.specs
    }
}

impl Placed<LayerNorm> {
    /// Normalises every column of x.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        let p = self.on(bound);
        let _layer = p.layer();
        x.layer_norm(p[self.g], p[self.b], LayerNorm::EPSILON)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Params;
    use autograd::Tape;
    use autograd::testing::proptest::prelude::*;
    use autograd::testing::{self, Program, matrix};
    use nalgebra::dmatrix;

    struct Applied(Placed<LayerNorm>);

    fn applied(width: usize) -> Applied {
        Applied(Params::<f64>::new().place("norm", LayerNorm::new(width), 1))
    }

    impl<T: Scalar> Program<T> for Applied {
        fn name(&self) -> String {
            "layer norm".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            self.0.apply(&Bound::from_vars(inputs[..2].to_vec()), inputs[2])
        }
    }

    #[test]
    fn certificate() {
        // The entries of a column lie apart, for where they are equal the slope is 1/√ε.
        let apart = matrix(3, 2).prop_map(|x| x + dmatrix![0.0, 10.0; 5.0, 5.0; 10.0, 0.0]);
        let inputs = (matrix(3, 1), matrix(3, 1), apart).prop_map(|(g, b, x)| vec![g, b, x]);
        testing::certify_program(&applied(3), inputs);
    }

    #[test]
    fn values_are_those_of_the_equation() {
        let tape = Tape::<f64>::new();
        let [g, b, x] = [dmatrix![2.0; 1.0], dmatrix![0.5; 0.0], dmatrix![1.0; 5.0]];
        let y = Program::run(&applied(2), &[tape.leaf(&g), tape.leaf(&b), tape.leaf(&x)]);
        let unit = 2.0 / (4.0f64 + 1e-5).sqrt(); // μ = 3, σ² = 4
        assert!((y.value() - dmatrix![0.5 - 2.0 * unit; unit]).amax() < 1e-15);
    }
}
