use nalgebra::{DMatrixView, DMatrixViewMut};

use super::Window;
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// Y[c·P + p, e] = max_q X[c·H·W + pixel(p, q), e]: the maximum under an A×B kernel, each channel c by itself, an image
/// e an example; [`Window`] says what places p, taps q and pixels are. The padding is never the maximum.
/// X (C·H·W × n), Y (C·P × n).  dX[c·H·W + pixel(p, q*), e] += dY[c·P + p, e] with q* the first tap on the maximum.
///
/// The tap q* is saved: a small whole number, which every scalar holds exactly. A NaN under the kernel is the maximum.
#[derive(Clone, Debug)]
pub struct MaxPool2d(pub Window);

impl<T: Scalar> Op<T> for MaxPool2d {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.0.pooled(inputs[0])
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        (inputs[0].0 / self.0.pixels() * self.0.count(), inputs[0].1)
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, mut taps: DMatrixViewMut<'_, T>) {
        taps.fill(-T::one()); // no tap seen yet
        for ((x, mut y), mut taps) in inputs[0].column_iter().zip(out.column_iter_mut()).zip(taps.column_iter_mut()) {
            for (pixels, places) in self.0.each(x.nrows() / self.0.pixels()) {
                self.0.visit(|p, q, pixel| {
                    let (x, k) = (x[pixels + pixel], places + p);
                    let (new, old) = (x.re(), y[k].re());
                    if taps[k].re() < 0.0 || new > old || (new.is_nan() && !old.is_nan()) {
                        (y[k], taps[k]) = (x, T::from_f64(q as f64));
                    }
                });
            }
        }
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { dy, saved: taps, .. } = known;
        let Some(mut dx) = sink.grad(0) else { return };
        for ((mut dx, dy), taps) in dx.column_iter_mut().zip(dy.column_iter()).zip(taps.column_iter()) {
            for (pixels, places) in self.0.each(dx.nrows() / self.0.pixels()) {
                self.0.visit(|p, q, pixel| {
                    if taps[places + p].re() as usize == q {
                        dx[pixels + pixel] += dy[places + p]; // dX[pixel(p, q*)] += dY[p]
                    }
                });
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The maximum under a kernel at each of its places P, each channel by itself: C·H·W × n to C·P × n. See
    /// [`Window`]. Its gradient goes to the first of equal maxima.
    ///
    /// # Panics
    /// If the kernel does not fit the image, or the rows are no whole channels.
    #[track_caller]
    pub fn max_pool2d(self, window: Window) -> Self {
        self.tape().record(MaxPool2d(window), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::window::tests::{pixel, windows};
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify, distinct};
    use nalgebra::{DMatrix, dmatrix};

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |w: Window| {
            let inputs = move |m: usize, _, n| vec![distinct(m.min(2) * w.pixels(), n)];
            Row::new(MaxPool2d(w), inputs, move |x| x[0].max_pool2d(w))
                .refuses(move |t| t.zeros(w.pixels() * 2 + 1, 2).max_pool2d(Window { image: (2, 2), ..w }))
                .refuses(move |t| t.zeros(w.pixels(), 2).max_pool2d(Window { stride: (0, 1), ..w }))
                .refuses(move |t| t.zeros(w.pixels(), 2).max_pool2d(Window { kernel: (9, 9), ..w }))
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
            let x = DMatrix::from_fn(2 * w.pixels(), 2, |i, j| ((7 * i + 3 * j) as f64).sin() - 2.0);
            let y = Tape::new().leaf(&x).max_pool2d(w).value();
            let (height, width) = w.places();
            let expected = DMatrix::from_fn(y.nrows(), 2, |k, e| {
                let (c, i, j) = (k / (height * width), k / width % height, k % width);
                let taps = (0..w.taps()).map(|q| (q / w.kernel.1 as usize, q % w.kernel.1 as usize));
                let pixels = taps.filter_map(|tap| pixel(w, c, (i, j), tap));
                pixels.map(|at| x[(at, e)]).fold(f64::NEG_INFINITY, f64::max)
            });
            assert_eq!(y, expected);
        }
    }

    #[test]
    fn a_tie_goes_to_the_first_and_an_empty_batch_stays_empty() {
        let tape = Tape::<f64>::new();
        let window = Window { image: (2, 2), kernel: (2, 2), stride: (1, 1), padding: (0, 0) };
        let x = tape.leaf(&dmatrix![1.0, f64::NEG_INFINITY; 3.0, f64::NEG_INFINITY; 3.0, -1e4; 3.0, -1e4]);
        let y = x.max_pool2d(window);
        assert_eq!(y.value(), dmatrix![3.0, -1e4]);
        assert_eq!(tape.backward(y.sum()).of(x), dmatrix![0.0, 0.0; 1.0, 0.0; 0.0, 1.0; 0.0, 0.0]);
        assert!(tape.leaf(&dmatrix![1.0; f64::NAN; 2.0; 0.0]).max_pool2d(window).item().is_nan());
        assert_eq!(tape.zeros(4, 0).max_pool2d(window).shape(), (1, 0));
    }

    #[test]
    #[should_panic(expected = "max_pool2d: 15 rows are no whole channels of 4 × 4; inputs are [(15, 2)]")]
    fn half_a_channel_is_refused() {
        Tape::<f64>::new().zeros(15, 2).max_pool2d(windows()[0]);
    }
}
