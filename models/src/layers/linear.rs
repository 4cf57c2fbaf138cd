//! Y = W X + b 1ᵀ.  X (D×n), W (M×D), b (M×1), Y (M×n).

use autograd::{Scalar, Var};

use crate::{Bound, Handle, Init, Layer, Placed, Specs, init};

/// An affine map of every column. W is drawn by Glorot & Bengio 2010, eq. 16; b is 0.
#[derive(Clone, Debug)]
pub struct Linear {
    specs: Specs,
    w: Handle,
    b: Handle,
}

impl Linear {
    /// From `input` rows to `output` rows.
    pub fn new(input: usize, output: usize) -> Self {
        Self::drawn(input, output, init::glorot(), init::zeros())
    }

    /// With W and b uniform within ± `bound`.
    pub(crate) fn uniform(input: usize, output: usize, bound: f64) -> Self {
        Self::drawn(input, output, init::uniform(bound), init::uniform(bound))
    }

    fn drawn(input: usize, output: usize, of_w: Init, of_b: Init) -> Self {
        let mut specs = Specs::default();
        let w = specs.add("w", (output, input), of_w);
        let b = specs.add("b", (output, 1), of_b);
        Self { specs, w, b }
    }
}

impl Layer for Linear {
    fn specs(&self) -> &Specs {
        &self.specs
    }
}

impl Placed<Linear> {
    /// W x + b for every column of x.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        let p = self.on(bound);
        let _layer = p.layer();
        p[self.w].affine(x, p[self.b])
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

    struct Applied(Placed<Linear>);

    fn applied(input: usize, output: usize) -> Applied {
        Applied(Params::<f64>::new().place("linear", Linear::new(input, output), 1))
    }

    impl<T: Scalar> Program<T> for Applied {
        fn name(&self) -> String {
            "linear".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            self.0.apply(&Bound::from_vars(inputs[..2].to_vec()), inputs[2])
        }
    }

    #[test]
    fn certificate() {
        let inputs = (0usize..4).prop_flat_map(|n| [matrix(3, 2), matrix(3, 1), matrix(2, n)]);
        testing::certify_program(&applied(2, 3), inputs.prop_map(Vec::from));
    }

    #[test]
    fn values_are_those_of_the_equation() {
        let tape = Tape::<f64>::new();
        let [w, b, x] = [dmatrix![1.0, 2.0], dmatrix![0.5], dmatrix![3.0, 0.0; 4.0, 1.0]];
        let y = Program::run(&applied(2, 1), &[tape.leaf(&w), tape.leaf(&b), tape.leaf(&x)]);
        assert_eq!(y.value(), dmatrix![11.5, 2.5]);
    }
}
