use nalgebra::{DMatrixView, DMatrixViewMut};

use super::{Conv2d, Window};
use crate::{Known, Op, Scalar, Shape, Sink, Var};

/// Y[k·P + p, e] = b_k + Σ_{c,q} W[k, c·A + q] · X[c·L + p·stride + q − padding, e], where X is 0 outside a channel's L
/// entries: K filters of A taps on C channels, a signal e an example, P = ⌊(L + 2·padding − A) / stride⌋ + 1 places.
/// X (C·L × n, channel after channel), W (K × C·A), b (K×1, may be left out), Y (K·P × n).
/// dW, db and dX as in [`Conv2d`](super::Conv2d), of which this is the case of images with one row; it saves the
/// patches too.
/// As in [`Matmul`](crate::ops::Matmul), 0 · ∞ is NaN in its gradients.
#[derive(Clone, Copy, Debug)]
pub struct Conv1d {
    /// L, the length of a channel.
    pub length: u32,
    /// A, the taps of a filter on a channel.
    pub kernel: u32,
    /// From one place to the next, at least 1.
    pub stride: u32,
    /// Zeros on either side of a channel, fewer than the kernel has taps.
    pub padding: u32,
}

impl Conv1d {
    fn on_one_row(&self) -> Conv2d {
        let Self { length, kernel, stride, padding } = *self;
        Conv2d(Window { image: (1, length), kernel: (1, kernel), stride: (1, stride), padding: (0, padding) })
    }
}

impl<T: Scalar> Op<T> for Conv1d {
    fn name(&self) -> &'static str {
        "conv1d"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        Op::<T>::output_shape(&self.on_one_row(), inputs)
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        Op::<T>::saved_shape(&self.on_one_row(), inputs)
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], y: DMatrixViewMut<'_, T>, saved: DMatrixViewMut<'_, T>) {
        self.on_one_row().forward(inputs, y, saved);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        self.on_one_row().backward(known, sink);
    }
}

impl<T: Scalar> Var<'_, T> {
    /// Convolves each column, a signal of C channels, with the filters in the rows of `weights` (K × C·A) and adds
    /// `bias` (K×1): C·L × n to K·P × n, with P places. It runs along the rows of a column, not over the columns of a
    /// sequence.
    ///
    /// # Panics
    /// If the kernel does not fit the signal, the rows are no whole channels, or weights or bias have another shape.
    #[track_caller]
    pub fn conv1d(self, weights: Self, bias: Option<Self>, op: Conv1d) -> Self {
        match bias {
            Some(bias) => self.tape().record(op, &[self, weights, bias]),
            None => self.tape().record(op, &[self, weights]),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::{self, matrix};
    use nalgebra::DMatrix;
    use proptest::prelude::*;

    const OPS: [Conv1d; 3] = [
        Conv1d { length: 5, kernel: 3, stride: 1, padding: 1 },
        Conv1d { length: 6, kernel: 2, stride: 2, padding: 0 },
        Conv1d { length: 3, kernel: 4, stride: 3, padding: 3 },
    ];

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let row = |op: Conv1d| {
            let [length, kernel] = [op.length, op.kernel].map(|n| n as usize);
            let inputs =
                move |m: usize, k, n| vec![matrix(m.min(2) * length, n), matrix(k, m.min(2) * kernel), matrix(k, 1)];
            Row::new(op, inputs, move |x| x[0].conv1d(x[1], Some(x[2]), op))
        };
        let plain = |m: usize, k, n| vec![matrix(m.min(2) * 5, n), matrix(k, m.min(2) * 3)];
        let plain = Row::new(OPS[0], plain, |x| x[0].conv1d(x[1], None, OPS[0]))
            .refuses(|t| t.zeros(9, 2).conv1d(t.zeros(3, 6), None, OPS[0]))
            .refuses(|t| t.zeros(10, 2).conv1d(t.zeros(3, 5), None, OPS[0]))
            .refuses(|t| t.zeros(10, 2).conv1d(t.zeros(3, 6), Some(t.zeros(1, 3)), OPS[0]))
            .refuses(|t| t.zeros(10, 2).conv1d(t.zeros(3, 6), None, Conv1d { stride: 0, ..OPS[0] }));
        let dot = Conv1d { length: 1, kernel: 1, stride: 1, padding: 0 };
        let place_by_place = Conv1d { length: 4, kernel: 1, stride: 1, padding: 0 };
        OPS.into_iter().chain([dot, place_by_place]).map(row).chain([plain]).collect()
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn a_direct_loop_agrees() {
        for op in OPS {
            let [length, kernel, stride, padding] = [op.length, op.kernel, op.stride, op.padding].map(|n| n as usize);
            let places = (length + 2 * padding - kernel) / stride + 1;
            testing::check((matrix(2 * length, 2), matrix(3, 2 * kernel)), |(x, w)| {
                let tape = Tape::new();
                let y = tape.leaf(&x).conv1d(tape.leaf(&w), None, op).value();
                let expected = DMatrix::from_fn(3 * places, 2, |row, e| {
                    let mut sum = 0.0;
                    for (c, q) in (0..2).flat_map(|c| (0..kernel).map(move |q| (c, q))) {
                        let at = row % places * stride + q;
                        if at >= padding && at < padding + length {
                            sum += w[(row / places, c * kernel + q)] * x[(c * length + at - padding, e)];
                        }
                    }
                    sum
                });
                prop_assert!((y - expected).amax() < 1e-13);
                Ok(())
            });
        }
    }

    #[test]
    #[should_panic(expected = "conv1d: 9 rows are no whole channels of 1 × 5; inputs are [(9, 2), (3, 6)]")]
    fn half_a_channel_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(9, 2).conv1d(tape.zeros(3, 6), None, OPS[0]);
    }
}
