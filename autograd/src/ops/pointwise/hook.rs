use std::fmt;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Known, Op, Reads, Scalar, Sink, Var};

/// Sees a gradient and may change it.
type Editor<T> = dyn Fn(DMatrixViewMut<'_, T>) + Send;

/// Y = X, copied; the function it holds sees dY and may change it, and what it leaves is added to dX.  X, Y (m×n).
///
/// Whether that is the derivative is the function's business. The certificate is held with one that changes nothing.
pub struct Hook<T: Scalar>(Box<Editor<T>>);

impl<T: Scalar> fmt::Debug for Hook<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

impl<T: Scalar> Op<T> for Hook<T> {
    fn name(&self) -> &'static str {
        "hook"
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut y: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        y.copy_from(&inputs[0]);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let mut seen = known.dy.into_owned();
        (self.0)(seen.as_view_mut());
        if let Some(mut dx) = sink.grad(0) {
            dx += seen; // dX += what the function left of dY
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The same value; in a sweep, `f` sees the whole gradient that arrives at it and may replace it in place. Only what
    /// uses the returned handle passes through `f`.
    ///
    /// Cut the gradient through a gate where it would explode, and clip it at every step:
    ///
    /// ```
    /// use autograd::{Scalar, Tape};
    /// use nalgebra::dmatrix;
    ///
    /// let tape = Tape::<f64>::new();
    /// let w = tape.constant(&dmatrix![3.0]);
    /// let first = tape.leaf(&dmatrix![0.5]);
    /// let mut h = first;
    /// for _ in 0..100 {
    ///     // ‖∂L/∂h_t‖ ≤ 1, step by step
    ///     h = w.matmul(h.hook(|mut g| {
    ///         let norm = g.norm();
    ///         if norm > 1.0 {
    ///             g /= norm;
    ///         }
    ///     }));
    /// }
    /// assert_eq!(tape.backward(h).of(first), dmatrix![1.0]); // and not 3¹⁰⁰
    /// ```
    ///
    /// `f` runs once in every sweep that wants a gradient behind it, in the order of the sweep (the latest recorded
    /// first), always on the calling thread, so two sweeps give the same bits if `f` keeps no state. It does not run
    /// where no gradient arrives, or one that is all zero. It lives until [`Tape::reset`](crate::Tape::reset) or the end
    /// of the tape, and must not record on the tape. Forward mode ([`jvp`](crate::differential::jvp)) does not see it;
    /// in [`hvp`](crate::differential::hvp) it gets dual numbers.
    #[track_caller]
    pub fn hook(self, f: impl Fn(DMatrixViewMut<'_, T>) + Send + 'static) -> Self {
        self.tape().inner.borrow_mut().looked_at = true;
        self.tape().record(Hook(Box::new(f)), &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ops::table::{Row, certify};
    use crate::testing::{Program, matrix};
    use crate::{Gradients, Tape};
    use nalgebra::{DMatrix, dmatrix};
    use std::sync::{Arc, Mutex};

    mod idle {
        /// `super::Hook` around a function that changes nothing, for every scalar.
        pub(super) struct Hook;
    }

    impl<T: Scalar> Program<T> for idle::Hook {
        fn name(&self) -> String {
            "hook".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            inputs[0].hook(|_| {})
        }
    }

    /// With a function that changes nothing.
    pub(in crate::ops) fn rows() -> Vec<Row> {
        vec![Row::of_program::<Hook<f64>, _>("hook", idle::Hook, |m, _, n| vec![matrix(m, n)], |x| x[0].hook(|_| {}))]
    }

    #[test]
    fn certificate() {
        certify(rows());
    }

    #[test]
    fn it_sees_the_whole_gradient_once_and_replaces_it() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 2.0]);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let y = x.hook({
            let seen = seen.clone();
            move |mut g| {
                seen.lock().expect("alone").push(g.clone_owned());
                g.fill(7.0);
            }
        });
        let gradients = tape.backward((y.scale(2.0) + y * y).sum() + x.sum());
        assert_eq!(*seen.lock().expect("alone"), [dmatrix![4.0, 6.0]]);
        assert_eq!(gradients.of(x), dmatrix![8.0, 8.0]);
    }

    #[test]
    fn hooks_run_latest_first_and_not_where_nothing_is_wanted_or_arrives() {
        let tape = Tape::<f64>::new();
        let (x, c) = (tape.leaf(&dmatrix![1.0]), tape.constant(&dmatrix![1.0]));
        let seen = Arc::new(Mutex::new(String::new()));
        let note = |letter: char| {
            let seen = seen.clone();
            move |_: DMatrixViewMut<'_, f64>| seen.lock().expect("alone").push(letter)
        };
        let y = x.hook(note('a')).hook(note('b')) + c.hook(note('c'));
        x.hook(note('d'));
        let z = y + x.hook(note('e')).scale(0.0);
        for _ in 0..2 {
            tape.backward(z);
        }
        assert_eq!(*seen.lock().expect("alone"), "baba");
    }

    #[test]
    fn a_reset_drops_the_function() {
        let held = Arc::new(());
        let mut tape = Tape::<f64>::new();
        let mut gradients = Gradients::new();
        let kept = held.clone();
        let y = tape.leaf(&dmatrix![1.0]).hook(move |_| assert_eq!(Arc::strong_count(&kept), 2));
        tape.backward_into(y, &mut gradients);
        tape.reset();
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn values_pass_unchanged() {
        let (tape, x) = (Tape::<f64>::new(), DMatrix::from_fn(2, 3, |i, j| (i + j) as f64));
        assert_eq!(tape.leaf(&x).hook(|mut g| g.fill(0.0)).value(), x);
    }
}
