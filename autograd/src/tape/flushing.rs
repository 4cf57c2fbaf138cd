//! Which tapes cut the smallest gradients.

use super::Inner;
use crate::{Scalar, Tape};

impl<T: Scalar> Tape<T> {
    /// The same tape, for training: its sweeps set entries of a gradient that are nearer to 0 than [`T::negligible()`](Scalar::negligible)
    /// to 0 before they multiply it, in every op alike. That is 2⁻¹⁰⁰ = 7.9e-31 in `f32` and 2⁻¹⁰⁰⁰ = 9.3e-302 in `f64`.
    ///
    /// A gradient that vanishes ends in the subnormal numbers, with which processors compute slowly; an optimizer can use none of them.
    /// Where a gradient is looked at, nothing is cut: not in a recording with a [watched](crate::Var::watch) value or a [hook](crate::Var::hook), and
    /// not by [`backward_wrt`](Tape::backward_wrt). The setting stays through a [`reset`](Tape::reset).
    ///
    /// ```
    /// use autograd::Tape;
    /// use nalgebra::dmatrix;
    ///
    /// let slope = |tape: Tape<f32>| {
    ///     let x = tape.leaf(&dmatrix![1.0]);
    ///     tape.backward(x.scale(1e20).relu().scale(1e-35)).of(x)[0]
    /// };
    /// assert!((slope(Tape::new()) / 1e-15 - 1.0).abs() < 1e-6);
    /// assert_eq!(slope(Tape::new().flushing()), 0.0); // 1e-35 was on its way
    /// ```
    #[must_use]
    pub fn flushing(self) -> Self {
        self.inner.borrow_mut().flushes = true;
        self
    }

    /// Whether it is [`flushing`](Self::flushing).
    pub fn is_flushing(&self) -> bool {
        self.inner.borrow().flushes
    }
}

impl<T: Scalar> Inner<T> {
    /// Below which a sweep over this recording sets entries of a gradient to 0.
    pub(crate) fn line(&self) -> T {
        if self.flushes && !self.looked_at { T::negligible() } else { T::zero() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gradients, Var};
    use nalgebra::dmatrix;

    /// Ways to h / 2.
    const HALF: [for<'t> fn(Var<'t, f32>) -> Var<'t, f32>; 5] = [
        |h| h.scale(0.5),
        |h| h.tape().constant(&dmatrix![0.5]).matmul(h),
        |h| h * h.tape().constant(&dmatrix![0.5]),
        |h| h.scale(0.5).relu() + h.tape().zeros(1, 1),
        |h| h.columns(0, 1).scale(0.5).copied(),
    ];

    /// 2⁻ᵏ after k halvings of x.
    fn halved(x: Var<'_, f32>, k: i32, half: for<'t> fn(Var<'t, f32>) -> Var<'t, f32>) -> Var<'_, f32> {
        (0..k).fold(x, |h, _| half(h))
    }

    #[test]
    fn a_vanishing_gradient_is_exact_down_to_the_smallest_number() {
        for (half, k) in HALF.into_iter().flat_map(|half| [100, 101, 126, 127, 149, 150, 200].map(|k| (half, k))) {
            let tape = Tape::new();
            let x = tape.leaf(&dmatrix![1.0]);
            let expected = 2f64.powi(-k) as f32; // subnormal from k = 127 on, 0 from k = 150 on
            assert_eq!(tape.backward(halved(x, k, half)).of(x)[0].to_bits(), expected.to_bits(), "k = {k}");
        }
    }

    #[test]
    fn a_flushing_tape_passes_on_numbers_from_the_line_on_in_every_op_alike() {
        for half in HALF {
            for (k, passes) in [(100, true), (101, true), (102, false)] {
                let mut tape = Tape::new().flushing();
                for _ in 0..2 {
                    // What the last op adds to the leaf is passed on by nobody, and is 2⁻¹⁰¹.
                    let x = tape.leaf(&dmatrix![1.0]);
                    let expected = if passes { 2f32.powi(-k) } else { 0.0 };
                    assert_eq!(tape.backward(halved(x, k, half)).of(x)[0].to_bits(), expected.to_bits(), "k = {k}");
                    tape.reset();
                }
            }
        }
    }

    #[test]
    fn a_flushing_tape_cuts_nothing_where_a_gradient_is_looked_at() {
        let exact = dmatrix![2f32.powi(-120)];
        for half in HALF {
            let mut tape = Tape::new().flushing();
            let watched = tape.leaf(&dmatrix![1.0]).copied().watch();
            assert_eq!(tape.backward(halved(watched, 120, half)).of(watched), exact);
            tape.reset();
            let x = tape.leaf(&dmatrix![1.0]);
            assert_eq!(tape.backward(halved(x.hook(|_| {}), 120, half)).of(x), exact);
            tape.reset();
            let (x, mut gradients) = (tape.leaf(&dmatrix![1.0]), Gradients::new());
            let y = halved(x, 120, half);
            tape.backward_wrt(y, &[x], &mut gradients);
            assert_eq!(gradients.of(x), exact);
            assert_eq!(tape.backward(y).of(x), dmatrix![0.0], "and flushes again");
            tape.reset();
            let x = tape.leaf(&dmatrix![1.0]);
            assert_eq!(tape.backward(halved(x, 120, half)).of(x), dmatrix![0.0], "after a reset, too");
        }
    }
}
