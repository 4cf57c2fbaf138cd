use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::kernels::{add_columns, as_mut_slice, columns};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y[:, j] = g ∘ x̂ⱼ + b with x̂ⱼ = (X[:, j] − μⱼ) rⱼ, rⱼ = 1 / √(σⱼ² + ε); μⱼ and σⱼ² = Σᵢ (Xᵢⱼ − μⱼ)² / m are the
/// mean and variance of column j.  X, Y (m×n), gain g and bias b (m×1).  With h = g ∘ dY[:, j]:
/// dX[:, j] += rⱼ (h − Σh/m − x̂ⱼ · Σ(h ∘ x̂ⱼ)/m), dg += Σⱼ dY[:, j] ∘ x̂ⱼ, db += Σⱼ dY[:, j].
///
/// Ba, Kiros & Hinton (2016), eq. 4. Each example is normalised by itself, in [`Scalar::Wide`], so that neither a long column
/// nor one with a large mean costs digits. x̂ is saved and, below it in a last row, r.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// ε > 0, which keeps a constant column finite.
    pub epsilon: f64,
}

impl LayerNorm {
    /// (s, μ, r) of a column, where s scales the entries first: by 1, and by 2⁻⁶⁰⁰ if their squares overflow.
    fn moments<T: Scalar>(&self, x: impl ExactSizeIterator<Item = T> + Clone) -> (T, T, T) {
        let size = T::from_f64(x.len() as f64);
        let scaled = |scale: f64, epsilon| {
            let (scale, x) = (T::from_f64(scale), x.clone());
            let x = x.map(|x| x * scale);
            let mean = x.clone().sum::<T>() / size;
            let variance = x.map(|x| (x - mean) * (x - mean)).sum::<T>() / size;
            (variance.is_finite(), (scale, mean, T::one() / (variance + T::from_f64(epsilon)).sqrt()))
        };
        let (finite, plain) = scaled(1.0, self.epsilon);
        // ε, scaled like the variance, would be 0, and a constant column NaN.
        if finite { plain } else { scaled(2f64.powi(-600), f64::MIN_POSITIVE).1 }
    }
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
        let m = x.nrows();
        for ((x, mut y), mut saved) in x.column_iter().zip(out.column_iter_mut()).zip(saved.column_iter_mut()) {
            let (scale, mean, r) = self.moments(x.as_slice().iter().map(|x| x.wide()));
            for i in 0..m {
                saved[i] = T::narrow((x[i].wide() * scale - mean) * r);
                y[i] = gain[i] * saved[i] + bias[i];
            }
            saved[m] = T::narrow(r * scale);
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, saved, .. } = known;
        let gain = inputs[1];
        let (m, size) = (dy.nrows(), T::Wide::from_f64(dy.nrows() as f64));
        if let Some(mut dx) = sink.grad(0) {
            for ((mut dx, dy), saved) in dx.column_iter_mut().zip(dy.column_iter()).zip(saved.column_iter()) {
                let h = |i: usize| gain[i].wide().through(dy[i].wide());
                let mean = (0..m).map(h).sum::<T::Wide>() / size;
                let along = (0..m).map(|i| h(i).through(saved[i].wide())).sum::<T::Wide>() / size;
                for i in 0..m {
                    // r (h − Σh/m − x̂ Σ(h ∘ x̂)/m)
                    dx[i] += T::narrow(saved[m].wide().through(h(i) - mean - saved[i].wide().through(along)));
                }
            }
        }
        if let Some(mut dg) = sink.grad(1) {
            let pairs = columns(&dy).zip(columns(&saved));
            add_columns(as_mut_slice(&mut dg), pairs.map(|(dy, x)| [dy, x]), T::narrow); // dg += dY[:, j] ∘ x̂ⱼ
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
    fn a_long_column_with_a_mean_costs_no_digits_in_f32() {
        let column = DMatrix::from_fn(4096, 1, |i, _| 100.0 + (0.7 * i as f32).sin());
        fn run<T: Scalar>(column: &DMatrix<f32>) -> [DMatrix<f64>; 2] {
            let tape = Tape::<T>::new();
            let x = tape.leaf(&column.map(|x| T::from_f64(x.into())));
            let one = tape.constant(&DMatrix::from_element(4096, 1, T::one()));
            let y = x.layer_norm(one, tape.zeros(4096, 1), 1e-5);
            let weights = tape.constant(&DMatrix::from_fn(4096, 1, |i, _| T::from_f64((i % 3) as f64)));
            [y.value(), tape.backward(y.dot(weights)).of(x).into_owned()].map(|m| m.map(T::re))
        }
        for (found, exact) in run::<f32>(&column).into_iter().zip(run::<f64>(&column)) {
            assert!((found - &exact).amax() < 1e-6 * exact.amax());
        }
    }

    #[test]
    fn no_square_overflows() {
        let (narrow, wide) = (Tape::<f32>::new(), Tape::<f64>::new());
        for size in [1e20f32, 3e38] {
            let x = narrow.leaf(&dmatrix![size; -size]);
            let one = narrow.leaf(&dmatrix![1.0; 1.0]);
            let y = x.layer_norm(one, narrow.zeros(2, 1), 1e-5);
            assert_eq!(y.value(), dmatrix![1.0; -1.0]);
            assert!(narrow.backward(y.sum()).of(x).amax() < 1e-20);
        }
        for size in [1e200, 1.5e308] {
            let one = wide.leaf(&dmatrix![1.0; 1.0]);
            let y = |x| wide.leaf(&x).layer_norm(one, wide.zeros(2, 1), 1e-5).value();
            assert!((y(dmatrix![size; -size]) - dmatrix![1.0; -1.0]).amax() < 1e-15);
            assert_eq!(y(dmatrix![size; size]), dmatrix![0.0; 0.0]);
        }
    }

    #[test]
    fn a_large_mean_costs_no_digits() {
        let tape = Tape::<f32>::new();
        let (gain, bias) = (tape.leaf(&dmatrix![1.0; 1.0; 1.0]), tape.zeros(3, 1));
        let y = tape.leaf(&dmatrix![1e7; 1e7 + 1.0; 1e7 + 2.0]).layer_norm(gain, bias, 1e-5).value();
        assert!((y - dmatrix![-1.224_74; 0.0; 1.224_74]).amax() < 1e-4); // ±√(3/2)
    }
}
