use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

use super::Window;
use crate::kernels::Operand;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y[k·P + p, e] = b_k + Σ_{c,q} W[k, c·A·B + q] · X[c·H·W + pixel(p, q), e]: K filters of A×B taps on C channels, an
/// image e an example; [`Window`] says what places p, taps q and pixels are (row-major, channel after channel).
/// X (C·H·W × n), W (K × C·A·B), b (K×1, may be left out), Y (K·P × n).  Filters are not flipped, as everywhere.
///
/// With an example's patches as a matrix S (P × C·A·B), S[p, c·A·B + q] = X[c·H·W + pixel(p, q)], and its part of Y as
/// the P×K matrix that it is, all is products, one for each example: Y = S Wᵀ + 1 bᵀ;
/// dW += dYᵀ S, db += dYᵀ 1, dS = dY W, and dX[c·H·W + pixel(p, q)] += dS[p, c·A·B + q].
///
/// S is saved, about A·B / stride² times the memory of X, so that backward need not gather it again.
/// As in [`Matmul`](crate::ops::Matmul), 0 · ∞ is NaN in its gradients.
#[derive(Clone, Debug)]
pub struct Conv2d(pub Window);

impl Conv2d {
    /// Calls `visit(entry of S, entry of a column of X)` for all that are the same number, on `channels` channels.
    fn visit(&self, channels: usize, mut visit: impl FnMut(usize, usize)) {
        let (places, taps, pixels) = (self.0.count(), self.0.taps(), self.0.pixels());
        for c in 0..channels {
            self.0.visit(|p, q, pixel| visit((c * taps + q) * places + p, c * pixels + pixel));
        }
    }
}

impl<T: Scalar> Op<T> for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let ((rows, n), (filters, columns)) = (inputs[0], inputs[1]);
        let (channels, taps) = (self.0.channels(rows)?, self.0.taps());
        if columns != channels * taps {
            return Err(format!("{channels} channels of {taps} taps need as many columns of weights, not {columns}"));
        }
        match inputs.get(2) {
            Some(&bias) if bias != (filters, 1) => Err(format!("the bias must be {filters} × 1")),
            _ => Ok((filters * self.0.count(), n)),
        }
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        (self.0.count() * inputs[1].1, inputs[0].1)
    }

    fn reads(&self) -> Reads {
        Reads::only([false, true, false, false])
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, mut saved: DMatrixViewMut<'_, T>) {
        let (w, places, channels) = (inputs[1], self.0.count(), inputs[0].nrows() / self.0.pixels());
        saved.fill(T::zero());
        for ((x, mut y), mut s) in inputs[0].column_iter().zip(out.column_iter_mut()).zip(saved.column_iter_mut()) {
            self.visit(channels, |at, pixel| s[at] = x[pixel]);
            let s = DMatrixView::from_slice(s.as_slice(), places, w.ncols());
            let mut y = DMatrixViewMut::from_slice(y.as_mut_slice(), places, w.nrows());
            for (k, mut y) in y.column_iter_mut().enumerate() {
                y.fill(inputs.get(2).map_or(T::zero(), |b| b[k]));
            }
            T::gemm(T::one(), Operand::plain(s), Operand::transposed(w), T::one(), &mut y); // Y = S Wᵀ + 1 bᵀ
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, saved, .. } = known;
        let (w, places, channels) = (inputs[1], self.0.count(), inputs[0].nrows() / self.0.pixels());
        if inputs.len() > 2
            && let Some(mut db) = sink.grad(2)
        {
            for (k, db) in db.iter_mut().enumerate() {
                let maps = dy.column_iter().map(|dy| dy.rows(k * places, places).iter().map(|dy| dy.wide()).sum());
                *db = T::narrow(maps.fold(db.wide(), |sum, map: T::Wide| sum + map)); // db += dYᵀ 1
            }
        }
        let mut ds = DMatrix::zeros(if sink.wants(0) { places } else { 0 }, w.ncols());
        for (e, (dy, s)) in dy.column_iter().zip(saved.column_iter()).enumerate() {
            let dy = DMatrixView::from_slice(dy.as_slice(), places, w.nrows());
            let s = DMatrixView::from_slice(s.as_slice(), places, w.ncols());
            if let Some(mut dw) = sink.grad(1) {
                T::gemm(T::one(), Operand::transposed(dy), Operand::plain(s), T::one(), &mut dw); // dW += dYᵀ S
            }
            if let Some(mut dx) = sink.grad(0) {
                T::gemm(T::one(), Operand::plain(dy), Operand::plain(w), T::zero(), &mut ds.as_view_mut()); // dS = dY W
                let (mut dx, ds) = (dx.column_mut(e), ds.as_slice());
                self.visit(channels, |at, pixel| dx[pixel] += ds[at]);
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Convolves each column, an image of C channels, with the filters in the rows of `weights` (K × C·A·B) and adds
    /// `bias` (K×1): C·H·W × n to K·P × n, with P places. The layout stands at [`Window`].
    ///
    /// # Panics
    /// If the kernel does not fit the image, the rows are no whole channels, or weights or bias have another shape.
    #[track_caller]
    pub fn conv2d(self, weights: Self, bias: Option<Self>, window: Window) -> Self {
        match bias {
            Some(bias) => self.tape().record(Conv2d(window), &[self, weights, bias]),
            None => self.tape().record(Conv2d(window), &[self, weights]),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::window::tests::{pixel, windows};
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::{self, matrix};
    use proptest::prelude::*;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |w: Window, biased: bool| {
            let inputs = move |m: usize, k: usize, n| {
                let mut inputs = vec![matrix(m.min(2) * w.pixels(), n), matrix(k.min(2), m.min(2) * w.taps())];
                inputs.extend(biased.then(|| matrix(k.min(2), 1)));
                inputs
            };
            Row::new(Conv2d(w), inputs, move |x| x[0].conv2d(x[1], x.get(2).copied(), w))
                .refuses(move |t| t.zeros(2 * w.pixels(), 2).conv2d(t.zeros(3, 3 * w.taps()), None, w))
                .refuses(move |t| t.zeros(0, 2).conv2d(t.zeros(3, w.taps()), None, w))
                .refuses(move |t| t.zeros(w.pixels(), 2).conv2d(t.zeros(3, w.taps()), Some(t.zeros(1, 3)), w))
                .refuses(move |t| t.zeros(16, 2).conv2d(t.zeros(3, 1), None, Window { stride: (1, 0), ..w }))
        };
        windows().into_iter().flat_map(|w| [row(w, true), row(w, false)]).collect()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn a_direct_loop_agrees() {
        for w in windows() {
            let inputs = (matrix(2 * w.pixels(), 2), matrix(3, 2 * w.taps()), matrix(3, 1));
            testing::check(inputs, |(x, weights, bias)| {
                let tape = Tape::new();
                let [a, b, c] = [&x, &weights, &bias].map(|m| tape.leaf(m));
                let y = a.conv2d(b, Some(c), w).value();
                let (height, width) = w.places();
                prop_assert_eq!(y.shape(), (3 * height * width, 2));
                for (row, e) in (0..y.nrows()).flat_map(|row| [(row, 0), (row, 1)]) {
                    let (k, i, j) = (row / (height * width), row / width % height, row % width);
                    let mut sum = bias[k];
                    for c in 0..2 {
                        for q in 0..w.taps() {
                            let tap = (q / w.kernel.1 as usize, q % w.kernel.1 as usize);
                            let x = pixel(w, c, (i, j), tap).map_or(0.0, |at| x[(at, e)]);
                            sum += weights[(k, c * w.taps() + q)] * x;
                        }
                    }
                    prop_assert!((y[(row, e)] - sum).abs() < 1e-13);
                }
                Ok(())
            });
        }
    }

    #[test]
    fn an_empty_batch_stays_empty_and_the_op_is_stored_in_the_node() {
        let tape = Tape::<f64>::new();
        assert_eq!(tape.zeros(16, 0).conv2d(tape.zeros(3, 4), None, windows()[0]).shape(), (12, 0));
        assert!(size_of::<Conv2d>() <= 32);
    }

    #[test]
    #[should_panic(
        expected = "conv2d: 2 channels of 4 taps need as many columns of weights, not 4; inputs are [(32, 1), (3, 4)]"
    )]
    fn weights_for_fewer_channels_are_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(32, 1).conv2d(tape.zeros(3, 4), None, windows()[0]);
    }

    #[test]
    #[should_panic(expected = "conv2d: the bias must be 3 × 1; inputs are [(16, 1), (3, 4), (1, 3)]")]
    fn a_bias_of_another_shape_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(16, 1).conv2d(tape.zeros(3, 4), Some(tape.zeros(1, 3)), windows()[0]);
    }
}
