use nalgebra::{DMatrixView, DMatrixViewMut};

use super::Window;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y[c·P + p, e] = Σ_q X[c·H·W + pixel(p, q), e] / (A·B): the mean under an A×B kernel, each channel c by itself, an
/// image e an example; [`Window`] says what places p, taps q and pixels are. Zeros of the padding count, so the divisor
/// is the same at every place.  X (C·H·W × n), Y (C·P × n).  dX[c·H·W + pixel(p, q), e] += dY[c·P + p, e] / (A·B).
#[derive(Clone, Debug)]
pub struct AveragePool2d(pub Window);

impl<T: Scalar> Op<T> for AveragePool2d {
    fn name(&self) -> &'static str {
        "average_pool2d"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.0.pooled(inputs[0])
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        let share = T::Wide::from_f64(1.0 / self.0.taps() as f64);
        let mut means = vec![T::zero().wide(); out.nrows()];
        for (x, mut y) in inputs[0].column_iter().zip(out.column_iter_mut()) {
            means.fill(T::zero().wide());
            for (pixels, places) in self.0.each(x.nrows() / self.0.pixels()) {
                self.0.visit(|p, _, pixel| means[places + p] += x[pixels + pixel].wide() * share);
            }
            y.iter_mut().zip(&means).for_each(|(y, &mean)| *y = T::narrow(mean));
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let dy = known.dy;
        let Some(mut dx) = sink.grad(0) else { return };
        let share = T::from_f64(1.0 / self.0.taps() as f64);
        for (mut dx, dy) in dx.column_iter_mut().zip(dy.column_iter()) {
            for (pixels, places) in self.0.each(dx.nrows() / self.0.pixels()) {
                self.0.visit(|p, _, pixel| dx[pixels + pixel] += dy[places + p] * share); // dX += dY / (A·B)
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean under a kernel at each of its places P, each channel by itself: C·H·W × n to C·P × n. See [`Window`].
    ///
    /// # Panics
    /// If the kernel does not fit the image, or the rows are no whole channels.
    #[track_caller]
    pub fn average_pool2d(self, window: Window) -> Self {
        self.tape().record(AveragePool2d(window), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::window::tests::{pixel, windows};
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::{DMatrix, dmatrix};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |w: Window| {
            let inputs = move |m: usize, _, n| vec![matrix(m.min(2) * w.pixels(), n)];
            Row::new(AveragePool2d(w), inputs, move |x| x[0].average_pool2d(w))
                .refuses(move |t| t.zeros(w.pixels() * 2 + 1, 2).average_pool2d(Window { image: (2, 2), ..w }))
                .refuses(move |t| t.zeros(w.pixels(), 2).average_pool2d(Window { stride: (0, 1), ..w }))
                .refuses(move |t| t.zeros(w.pixels(), 2).average_pool2d(Window { kernel: (9, 9), ..w }))
        };
        windows().map(row).into()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn a_direct_loop_agrees() {
        for w in windows() {
            let x = DMatrix::from_fn(2 * w.pixels(), 2, |i, j| ((7 * i + 3 * j) as f64).sin());
            let y = Tape::new().leaf(&x).average_pool2d(w).value();
            let (height, width) = w.places();
            for (k, e) in (0..y.nrows()).flat_map(|k| [(k, 0), (k, 1)]) {
                let (c, i, j) = (k / (height * width), k / width % height, k % width);
                let taps = (0..w.taps()).map(|q| (q / w.kernel.1 as usize, q % w.kernel.1 as usize));
                let sum: f64 = taps.filter_map(|tap| pixel(w, c, (i, j), tap)).map(|at| x[(at, e)]).sum();
                assert!((y[(k, e)] - sum / w.taps() as f64).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn zeros_of_the_padding_count_and_an_empty_batch_stays_empty() {
        let tape = Tape::<f64>::new();
        let window = Window { image: (1, 2), kernel: (1, 2), stride: (1, 1), padding: (0, 1) };
        assert_eq!(tape.leaf(&dmatrix![2.0; 4.0]).average_pool2d(window).value(), dmatrix![1.0; 3.0; 2.0]);
        assert_eq!(tape.zeros(2, 0).average_pool2d(window).shape(), (3, 0));
    }

    #[test]
    #[should_panic(expected = "average_pool2d: 15 rows are no whole channels of 4 × 4; inputs are [(15, 2)]")]
    fn half_a_channel_is_refused() {
        Tape::<f64>::new().zeros(15, 2).average_pool2d(windows()[0]);
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn a_stride_of_zero_is_refused() {
        Tape::<f64>::new().zeros(16, 2).average_pool2d(Window { stride: (0, 1), ..windows()[0] });
    }
}
