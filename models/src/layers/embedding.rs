//! Y[:, j] = W[:, c_j]: each token's vector.  W (D×V), tokens c (n of them, below V), Y (D×n).
//!
//! A look-up, not a product with one-hot columns: dW[:, c_j] += dY[:, j], and no other column is touched. W is drawn
//! from the standard normal, as PyTorch's `Embedding`.

use autograd::{Scalar, Var};

use crate::{Bound, Handle, Layer, Placed, Specs, init};

/// A vector of numbers for every token of a vocabulary.
#[derive(Clone, Debug)]
pub struct Embedding {
    specs: Specs,
    w: Handle,
}

impl Embedding {
    /// For `vocabulary` tokens, `width` rows each.
    pub fn new(vocabulary: usize, width: usize) -> Self {
        let mut specs = Specs::default();
        let w = specs.add("w", (width, vocabulary), init::normal(1.0));
        Self { specs, w }
    }
}

impl Layer for Embedding {
    fn specs(&self) -> &Specs {
        &self.specs
    }
}

impl Placed<Embedding> {
    /// The vectors of these tokens: time-major, as everything, for a sequence.
    ///
    /// # Panics
    /// If a token is not in the vocabulary.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, tokens: &[usize]) -> Var<'t, T> {
        let p = self.on(bound);
        let _layer = p.layer();
        p[self.w].gather_columns(tokens)
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

    const TOKENS: [usize; 4] = [2, 0, 2, 4];

    struct Applied(Placed<Embedding>);

    impl<T: Scalar> Program<T> for Applied {
        fn name(&self) -> String {
            "embedding".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            self.0.apply(&Bound::from_vars(inputs.to_vec()), &TOKENS)
        }
    }

    #[test]
    fn certificate() {
        let embedding = Params::<f64>::new().place("embedding", Embedding::new(5, 3), 1);
        testing::certify_program(&Applied(embedding), matrix(3, 5).prop_map(|w| vec![w]));
    }

    #[test]
    fn it_is_the_product_with_one_hot_columns_and_only_used_columns_have_a_gradient() {
        let mut params = Params::<f64>::new();
        let embedding = params.place("embedding", Embedding::new(5, 3), 1);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let y = embedding.apply(&bound, &TOKENS);
        assert_eq!(y.value(), bound.all().vars()[0].matmul(tape.one_hot(5, &TOKENS)).value());
        let gradients = tape.backward(y.sum());
        let times = [1.0, 0.0, 2.0, 0.0, 1.0]; // token 2 came twice
        assert_eq!(gradients.of(bound.all().vars()[0]), DMatrix::from_fn(3, 5, |_, token| times[token]));
    }
}
