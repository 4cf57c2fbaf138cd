//! `Map`: from the free matrix that is trained to the matrix that a cell sees.
//!
//! | map | the cell sees | of a free |
//! |---|---|---|
//! | Cayley | (I + A)⁻¹ (I − A), which is orthogonal, with A = S − Sᵀ | S (n×n) |
//! | antisymmetric | S − Sᵀ, whose eigenvalues are imaginary | S (n×n) |
//! | diagonal | diag(v) (n×n) | v (n×1) |
//! | softplus | log(1 + eˢ), entry by entry, which is above 0 | S (m×n) |
//! | exp | eˢ, entry by entry, which is above 0 | S (m×n) |
//!
//! Source: Helfrich, Willmott & Ye 2018, arXiv:1707.09520, eq. 4, for Cayley (there A itself is trained, and W has a factor
//! of signs D on its right, which a cell may multiply by); Chang, Chen, Haber & Chi 2019, arXiv:1902.09689, §3, for W − Wᵀ.

use autograd::{Scalar, Shape, Tape, Var};
use nalgebra::DMatrix;

/// From the free matrix that is trained to the one that a cell sees; the table is in [`About::mapped`](crate::About::mapped)'s
/// file, `map.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Map {
    /// (I + A)⁻¹ (I − A) with A = S − Sᵀ, of a free S (n×n): orthogonal, with every rotation but those by a half turn.
    ///
    /// The step that moves S by δ moves A by δ − δᵀ: with a learning rate of η, A learns as with 2η.
    Cayley,
    /// S − Sᵀ of a free S (n×n): its eigenvalues are imaginary.
    Antisymmetric,
    /// diag(v) (n×n) of a free v (n×1).
    Diagonal,
    /// log(1 + eˢ), entry by entry: above 0.
    Softplus,
    /// eˢ, entry by entry: above 0.
    Exp,
}

impl Map {
    /// The map's value of `free`.
    ///
    /// # Panics
    /// If it takes no matrix of this shape.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(self, free: Var<'t, T>) -> Var<'t, T> {
        self.check(free.shape()).unwrap_or_else(|why| panic!("map: {why}"));
        let antisymmetric = || free - free.transpose();
        match self {
            Self::Cayley => {
                let (a, i) = (antisymmetric(), identity(free.tape(), free.shape().0));
                (i + a).solve(i - a)
            }
            Self::Antisymmetric => antisymmetric(),
            Self::Diagonal => identity(free.tape(), free.shape().0).scale_rows(free),
            Self::Softplus => free.softplus(),
            Self::Exp => free.exp(),
        }
    }

    /// # Errors
    /// If it takes no free matrix of this shape.
    pub(crate) fn check(self, (rows, columns): Shape) -> Result<(), String> {
        let (fits, wanted) = match self {
            Self::Cayley | Self::Antisymmetric => (rows == columns, "a square matrix"),
            Self::Diagonal => (columns == 1, "a column"),
            Self::Softplus | Self::Exp => (true, ""),
        };
        if fits { Ok(()) } else { Err(format!("{self:?} takes {wanted}, not one of {rows} × {columns}")) }
    }
}

fn identity<T: Scalar>(tape: &Tape<T>, n: usize) -> Var<'_, T> {
    tape.constant(&DMatrix::identity(n, n))
}

#[cfg(test)]
pub(crate) mod tests {
    use autograd::testing::{Program, certify_program, matrix, proptest::prelude::*};
    use nalgebra::dmatrix;

    use super::*;
    use crate::cells::Rnn;
    use crate::optim::{Adam, Optimizer};
    use crate::testing::{Oracle, agrees_with_oracle, conform, dot};
    use crate::{About, AnyCell, Cell, Describe, Dims, Handle, ParamGrads, Params, Part, Step, Unroll, Weights, init};

    const ALL: [Map; 5] = [Map::Cayley, Map::Antisymmetric, Map::Diagonal, Map::Softplus, Map::Exp];

    fn mapped(map: Map, free: &DMatrix<f64>) -> DMatrix<f64> {
        map.apply(Tape::new().constant(free)).value()
    }

    #[test]
    fn every_map_is_its_formula() {
        let s = dmatrix![0.3, -1.2, 0.7; 2.0, 0.1, -0.4; 0.0, 0.9, -2.0];
        let (a, i) = (&s - s.transpose(), DMatrix::identity(3, 3));
        let cayley = (&i + &a).try_inverse().expect("I + A always is") * (&i - &a);
        assert!((mapped(Map::Cayley, &s) - cayley).amax() < 1e-14);
        assert_eq!(mapped(Map::Antisymmetric, &s), a);
        assert_eq!(mapped(Map::Diagonal, &dmatrix![2.0; -3.0]), dmatrix![2.0, 0.0; 0.0, -3.0]);
        assert!((mapped(Map::Softplus, &s) - s.map(|s| s.exp().ln_1p())).amax() < 1e-14);
        assert!((mapped(Map::Exp, &s) - s.map(f64::exp)).amax() < 1e-14);
    }

    /// A map followed by a product, in which every entry of its value counts.
    struct Mapped(Map);

    impl<T: Scalar> Program<T> for Mapped {
        fn name(&self) -> String {
            format!("{:?}", self.0)
        }

        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            self.0.apply(inputs[0]).matmul(inputs[1])
        }
    }

    #[test]
    fn every_map_has_the_certificate() {
        for map in ALL {
            let sizes = (1usize..5, 1usize..4);
            let inputs =
                sizes.prop_flat_map(move |(n, k)| [matrix(n, if map == Map::Diagonal { 1 } else { n }), matrix(n, k)]);
            certify_program(&Mapped(map), inputs.prop_map(Vec::from));
        }
    }

    #[test]
    #[should_panic(expected = "specs: `w_h`: Cayley takes a square matrix, not one of 3 × 2")]
    fn a_map_of_another_shape_is_refused_where_it_is_declared() {
        About::new("mine", 1).mapped("w_h", (3, 2), init::zeros(), Map::Cayley);
    }

    /// h_t = tanh(W_x x_t + W_h h_{t−1} + b), its W_h and W_x seen through maps.
    #[derive(Debug)]
    pub(crate) struct Free {
        about: About,
        h: Part,
        w_x: Handle,
        w_h: Handle,
        b: Handle,
    }

    impl Free {
        pub(crate) fn new(Dims { input, hidden, .. }: Dims, map: Map) -> Self {
            let mut about = About::new("free", input);
            let h = about.state("h", hidden);
            let w_x = about.mapped("w_x", (hidden, input), init::by_width(hidden), Map::Softplus);
            let columns = if map == Map::Diagonal { 1 } else { hidden };
            let w_h = about.mapped("w_h", (hidden, columns), init::by_width(hidden), map);
            let b = about.param("b", (hidden, 1), init::zeros());
            Self { about, h, w_x, w_h, b }
        }
    }

    impl Describe for Free {
        fn about(&self) -> &About {
            &self.about
        }
    }

    impl<T: Scalar> Cell<T> for Free {
        fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
            p[self.w_x].affine(x, p[self.b])
        }

        fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
            s.give(self.h, (s.x + s[self.w_h].matmul(s[self.h])).tanh());
        }
    }

    #[test]
    fn a_cell_of_mapped_parameters_conforms_by_itself_and_in_a_wrapper() {
        for map in [Map::Cayley, Map::Antisymmetric, Map::Diagonal] {
            conform(|dims| Box::new(Free::new(dims, map)));
        }
        conform(|dims| Box::new(crate::wrappers::LayerNorm::new(Box::new(Free::new(dims, Map::Cayley)))));
    }

    #[test]
    fn an_oracle_is_given_the_matrices_that_the_cell_sees() {
        agrees_with_oracle(
            |dims| Free::new(dims, Map::Diagonal),
            |Oracle { p, x, s, .. }| {
                let [w_x, w_h, b] = p else { unreachable!() };
                vec![(0..s[0].len()).map(|i| (dot(w_x, i, x) + dot(w_h, i, s[0]) + b[i]).tanh()).collect()]
            },
        );
    }

    /// The sum of the squared outputs of a run over 5 steps of a batch of 2, and the gradients.
    fn swept(cell: &dyn AnyCell, params: &Params<f64>) -> (f64, ParamGrads<f64>) {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let x = tape.constant(&DMatrix::from_fn(2, 10, |i, j| ((3 * i + j) as f64).sin()));
        let loss = Unroll::<f64>::new(cell, bound.all()).run(x, 2).outputs.square().sum();
        let mut grads = ParamGrads::zeros(params);
        grads.read(&bound, &tape.backward(loss));
        (loss.item(), grads)
    }

    #[test]
    fn an_orthogonal_matrix_stays_one_while_it_is_trained() {
        let cell = Free::new(Dims { input: 2, hidden: 8, horizon: 10 }, Map::Cayley);
        let mut params = Params::<f64>::new();
        params.place("cell", cell.about.specs.clone(), 1);
        let mut optimizer = Adam::new(0.03);
        let first = swept(&cell, &params).0;
        for _ in 0..50 {
            let grads = swept(&cell, &params).1;
            optimizer.step(&mut params, &grads);
        }
        assert!(swept(&cell, &params).0 < 0.5 * first);
        let w = mapped(Map::Cayley, &params.get("cell.w_h").expect("declared").value);
        assert!((w.transpose() * &w - DMatrix::identity(8, 8)).amax() <= 1e-12);
    }

    #[test]
    fn a_frozen_parameter_is_mapped_and_gets_no_gradient() {
        let cell = Free::new(Dims { input: 2, hidden: 3, horizon: 10 }, Map::Cayley);
        let mut params = Params::<f64>::new();
        params.place("cell", cell.about.specs.clone(), 1);
        let (free, grads) = swept(&cell, &params);
        params.freeze("cell.w_h");
        let (frozen, fewer) = swept(&cell, &params);
        assert_eq!(free.to_bits(), frozen.to_bits());
        let [all, without] = [&grads, &fewer].map(|grads| grads.iter().cloned().collect::<Vec<_>>());
        assert!(all[1].amax() > 1e-3 && without[1].amax() == 0.0 && all[0] == without[0]);
    }

    #[test]
    fn a_map_goes_with_its_parameter() {
        let cell = Free::new(Dims { input: 2, hidden: 3, horizon: 10 }, Map::Cayley);
        let mut params = Params::<f64>::new();
        let group = params.place("cell", cell.about.specs.clone(), 1);
        let loss = swept(&cell, &params).0.to_bits();
        let again = Params::from(params.iter().cloned().collect::<Vec<_>>());
        assert_eq!(swept(&cell, &again).0.to_bits(), loss, "as resume rebuilds them");
        assert!((swept(&cell, &params.cast::<f32>().cast()).0 - f64::from_bits(loss)).abs() < 1e-5);
        // Without the maps they are of another model, though names and shapes are the same.
        let mut plain = Params::<f64>::new();
        plain.place("cell", Rnn::new(Dims { input: 2, hidden: 3, horizon: 10 }), 1);
        let tape = Tape::new();
        let bound = plain.bind(&tape);
        let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| group.on(&bound).vars().len()));
        assert!(refused.is_err());
    }
}
