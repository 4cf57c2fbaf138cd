use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y[:, j] = g ∘ x̂ⱼ + b with x̂ⱼ = (X[:, j] − μⱼ) rⱼ, rⱼ = 1 / √(σⱼ² + ε); μⱼ and σⱼ² = Σᵢ (Xᵢⱼ − μⱼ)² / m are the
/// mean and variance of column j.  X, Y (m×n), gain g and bias b (m×1).  With h = g ∘ dY[:, j]:
/// dX[:, j] += rⱼ (h − Σh/m − x̂ⱼ · Σ(h ∘ x̂ⱼ)/m), dg += Σⱼ dY[:, j] ∘ x̂ⱼ, db += Σⱼ dY[:, j].
///
/// Ba, Kiros & Hinton (2016), eq. 4. Each example is normalised by itself. x̂ is saved and, below it in a last row, r.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// ε > 0, which keeps a constant column finite.
    pub epsilon: f64,
}

impl<T: Scalar> Op<T> for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((m, n), gain, bias) = (inputs[0], inputs[1], inputs[2]);
        if m == 0 {
            return Err("the mean of no rows".into());
        }
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return Err(format!("ε is {}, but must be above 0 and finite", self.epsilon));
        }
        if gain == (m, 1) && bias == (m, 1) { Ok((m, n)) } else { Err(format!("gain and bias must be {m} × 1")) }
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        (inputs[0].0 + 1, inputs[0].1)
    }

    fn reads(&self) -> Reads {
        Reads::only([false, true, false, false])
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, mut saved: DMatrixViewMut<'_, T>) {
        let (x, gain, bias) = (inputs[0], inputs[1], inputs[2]);
        let (m, size) = (x.nrows(), T::from_f64(x.nrows() as f64));
        for ((x, mut y), mut saved) in x.column_iter().zip(out.column_iter_mut()).zip(saved.column_iter_mut()) {
            let mean = x.iter().copied().sum::<T>() / size;
            let variance = x.iter().map(|&x| (x - mean) * (x - mean)).sum::<T>() / size;
            let r = T::one() / (variance + T::from_f64(self.epsilon)).sqrt();
            for i in 0..m {
                saved[i] = (x[i] - mean) * r;
                y[i] = gain[i] * saved[i] + bias[i];
            }
            saved[m] = r;
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, saved, .. } = known;
        let gain = inputs[1];
        let (m, size) = (dy.nrows(), T::from_f64(dy.nrows() as f64));
        if let Some(mut dx) = sink.grad(0) {
            for ((mut dx, dy), saved) in dx.column_iter_mut().zip(dy.column_iter()).zip(saved.column_iter()) {
                let mean = (0..m).map(|i| gain[i].through(dy[i])).sum::<T>() / size;
                let along = (0..m).map(|i| gain[i].through(dy[i]).through(saved[i])).sum::<T>() / size;
                for i in 0..m {
                    dx[i] += saved[m].through(gain[i].through(dy[i]) - mean - saved[i].through(along)); // r (h − Σh/m − x̂ Σ(h ∘ x̂)/m)
                }
            }
        }
        if let Some(mut dg) = sink.grad(1) {
            for (dy, saved) in dy.column_iter().zip(saved.column_iter()) {
                for i in 0..m {
                    dg[i] += dy[i].through(saved[i]); // dg += dY[:, j] ∘ x̂ⱼ
                }
            }
        }
        sink.sum_columns(2, dy); // db += dY[:, j]
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Each column with mean 0 and variance 1, then times `gain` (m×1) plus `bias` (m×1), entry by entry: m×n.
    ///
    /// # Panics
    /// If gain or bias is not m×1, there are no rows, or `epsilon` (1e-5 is usual) is not above 0 and finite.
    #[track_caller]
    pub fn layer_norm(self, gain: Self, bias: Self, epsilon: f64) -> Self {
        self.tape().record(LayerNorm { epsilon }, &[self, gain, bias])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::{DMatrix, dmatrix};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![
            Row::new(
                LayerNorm { epsilon: 0.1 },
                |m, _, n| vec![matrix(m, n), matrix(m, 1), matrix(m, 1)],
                |x| x[0].layer_norm(x[1], x[2], 0.1),
            )
            .refuses(|t| t.zeros(3, 2).layer_norm(t.zeros(3, 1), t.zeros(1, 3), 1e-5))
            .refuses(|t| t.zeros(3, 2).layer_norm(t.zeros(2, 1), t.zeros(3, 1), 1e-5))
            .refuses(|t| t.zeros(0, 2).layer_norm(t.zeros(0, 1), t.zeros(0, 1), 1e-5))
            .refuses(|t| t.zeros(3, 2).layer_norm(t.zeros(3, 1), t.zeros(3, 1), 0.0)),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn columns_have_mean_zero_and_variance_one() {
        let tape = Tape::<f64>::new();
        let (one, zero) = (tape.constant(&DMatrix::from_element(3, 1, 1.0)), tape.zeros(3, 1));
        let x = tape.leaf(&dmatrix![1.0, 1e4; 2.0, -1e4; 6.0, 3.0]);
        let y = x.layer_norm(one, zero, 1e-12).value();
        for y in y.column_iter() {
            assert!(y.sum().abs() < 1e-9 && (y.norm_squared() / 3.0 - 1.0).abs() < 1e-9);
        }
        assert_eq!(tape.zeros(3, 0).layer_norm(one, zero, 1e-5).shape(), (3, 0));
    }

    #[test]
    fn a_constant_column_becomes_the_bias() {
        let tape = Tape::<f32>::new();
        let (x, gain) = (tape.leaf(&dmatrix![1e4; 1e4]), tape.constant(&dmatrix![3.0; 3.0]));
        let y = x.layer_norm(gain, tape.constant(&dmatrix![0.5; -1.0]), 1e-5);
        assert_eq!(y.value(), dmatrix![0.5; -1.0]);
        assert!(tape.backward(y.sum()).of(x).iter().all(|dx| dx.is_finite()));
    }

    #[test]
    #[should_panic(expected = "layer_norm: gain and bias must be 3 × 1; inputs are [(3, 2), (3, 1), (1, 3)]")]
    fn a_bias_of_another_shape_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(3, 2).layer_norm(tape.zeros(3, 1), tape.zeros(1, 3), 1e-5);
    }

    #[test]
    #[should_panic(expected = "layer_norm: ε is 0, but must be above 0 and finite")]
    fn an_epsilon_of_zero_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(3, 2).layer_norm(tape.zeros(3, 1), tape.zeros(3, 1), 0.0);
    }

    #[test]
    fn a_large_mean_costs_no_digits() {
        let tape = Tape::<f32>::new();
        let (gain, bias) = (tape.leaf(&dmatrix![1.0; 1.0; 1.0]), tape.zeros(3, 1));
        let y = tape.leaf(&dmatrix![1e7; 1e7 + 1.0; 1e7 + 2.0]).layer_norm(gain, bias, 1e-5).value();
        assert!((y - dmatrix![-1.224_74; 0.0; 1.224_74]).amax() < 1e-4); // ±√(3/2)
    }
}
