use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::Operand;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y = A B.  A (m×k), B (k×n), Y (m×n).  dA += dY Bᵀ, dB += Aᵀ dY.
///
/// A product adds whatever it multiplies: where an entry of A or B is ∞ or NaN, a dY of 0 gives NaN, not 0.
#[derive(Clone, Debug)]
pub struct Matmul;

impl<T: Scalar> Op<T> for Matmul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((m, k), (rows, n)) = (inputs[0], inputs[1]);
        if k == rows { Ok((m, n)) } else { Err(format!("left has {k} columns but right has {rows} rows")) }
    }

    fn reads(&self) -> Reads {
        Reads::INPUTS
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let (a, b) = (Operand::plain(inputs[0]), Operand::plain(inputs[1]));
        T::gemm(T::one(), a, b, T::zero(), &mut out);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        sink.outer(0, 1); // dA += dY Bᵀ
        sink.pass_back(1, 0, dy); // dB += Aᵀ dY
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The matrix product `self · other`.
    ///
    /// # Panics
    /// If `self` has not as many columns as `other` has rows.
    #[track_caller]
    pub fn matmul(self, other: Self) -> Self {
        self.tape().record(Matmul, &[self, other])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::DMatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(Matmul, |m, k, n| vec![matrix(m, k), matrix(k, n)], |x| x[0].matmul(x[1]))
                .refuses(|t| t.zeros(2, 3).matmul(t.zeros(2, 2))),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn gathered_weight_gradients_equal_the_sum_over_steps() {
        // More steps than one gathering holds, and not a multiple of it; the weight is used twice a step.
        let steps = 2 * crate::GATHER + 5;
        let w = DMatrix::from_fn(3, 3, |i, j| 0.2 * (i as f64) - 0.3 * (j as f64) + 0.1);
        let tape = Tape::<f64>::new();
        let weight = tape.leaf(&w);
        let (mut h, mut h_sum) = (tape.constant(&DMatrix::from_element(3, 2, 0.5)), None);
        // The same with one leaf a use, so that nothing is gathered.
        let (mut g, mut copies) = (h, Vec::new());
        for _ in 0..steps {
            h = weight.matmul(weight.matmul(h).tanh()).tanh();
            let (v, w) = (tape.leaf(&w), tape.leaf(&w));
            copies.extend([v, w]);
            g = v.matmul(w.matmul(g).tanh()).tanh();
            h_sum = Some(h_sum.map_or(h.sum() + g.sum(), |sum| sum + h.sum() + g.sum()));
        }
        let gradients = tape.backward(h_sum.expect("a step"));
        let expected = copies.iter().fold(DMatrix::zeros(3, 3), |sum, &copy| sum + gradients.of(copy));
        assert!((gradients.of(weight) - expected).amax() < 1e-12);
    }

    #[test]
    #[should_panic(expected = "matmul: left has 3 columns but right has 4 rows; inputs are [(4, 3), (4, 16)]")]
    fn a_misfit_names_both_shapes() {
        let tape = Tape::<f32>::new();
        let _ = tape.zeros(4, 3).matmul(tape.zeros(4, 16));
    }
}
