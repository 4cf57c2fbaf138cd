//! The checker is itself checked: rules that are wrong in the ways rules go wrong must not get a certificate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use autograd::kernels::{as_mut_slice, as_slice};
use autograd::testing::{Fault, Single, examine};
use autograd::{Dual, Elementwise, Known, Map, Op, Reads, Scalar, Shape, Sink, same_shape};
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, dmatrix};

fn fault<O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone>(op: O, inputs: &[DMatrix<f64>]) -> &'static str {
    whole_fault(op, inputs).check
}

fn whole_fault<O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone>(op: O, inputs: &[DMatrix<f64>]) -> Fault {
    examine(&Single(op), inputs, 7).expect_err("a fault")
}

fn inputs() -> Vec<DMatrix<f64>> {
    vec![dmatrix![0.5, -1.5; 2.0, 0.25], dmatrix![1.5, 0.5; -0.75, 1.0]]
}

/// tanh with a derivative of the tester's choice.
#[derive(Clone, Debug)]
struct TanhWith(Slope);

#[derive(Clone, Copy, Debug)]
enum Slope {
    Right,
    OneMinusY,
    Doubled,
    TinyBitOff,
}

impl Elementwise for TanhWith {
    const NAME: &'static str = "tanh_with";
    fn value<T: Scalar>(&self, x: T) -> T {
        x.tanh()
    }
    fn derivative<T: Scalar>(&self, _: T, y: T) -> T {
        let right = T::one() - y * y;
        match self.0 {
            Slope::Right => right,
            Slope::OneMinusY => T::one() - y,
            Slope::Doubled => T::from_f64(2.001) * right,
            Slope::TinyBitOff => T::from_f64(1.0 + 1e-9) * right,
        }
    }
}

#[test]
fn a_right_rule_is_certified() {
    examine(&Single(Map(TanhWith(Slope::Right))), &inputs()[..1], 7).expect("tanh is right");
}

#[test]
fn a_wrong_derivative_fails_the_dot_test() {
    for slope in [Slope::OneMinusY, Slope::Doubled, Slope::TinyBitOff] {
        assert_eq!(fault(Map(TanhWith(slope)), &inputs()[..1]), "dot test", "{slope:?}");
    }
}

/// A ∘ B with a fault of the tester's choice.
#[derive(Clone, Debug)]
struct MulWith(Fails);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fails {
    MissingTerm,
    Overwrites,
    SignOfOne,
    OneEntry,
    SkipsZero,
    ForwardInF32Only,
    ForwardOfDualsOnly,
    BackwardOfDualsOnly,
    BothAlike,
    Forgetful,
    AddsToOutput,
    NeedsBothWanted,
    BackwardInF32Only,
    DropsOneTangent,
    CutsIn(&'static str),
}

impl<T: Scalar> Op<T> for MulWith {
    fn name(&self) -> &'static str {
        "mul_with"
    }
    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        same_shape(inputs)
    }
    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let calls = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (a, b) = (as_slice(&inputs[0]), as_slice(&inputs[1]));
        for ((y, &a), &b) in as_mut_slice(&mut out).iter_mut().zip(a).zip(b) {
            if self.0 == Fails::SkipsZero && a.is_zero() {
                continue; // in fresh memory there is a 0 already
            }
            *y = match self.0 {
                Fails::ForwardInF32Only if T::NAME == "f32" => T::from_f64(1.001) * a * b,
                Fails::ForwardOfDualsOnly if T::NAME == "dual64" => T::from_f64(1.0 + 1e-9) * a * b,
                Fails::AddsToOutput => *y + a * b,
                Fails::Forgetful => a * b + T::from_f64(1e-14 * calls as f64),
                _ => a * b,
            }
        }
    }
    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        let both = sink.wants(0) && sink.wants(1);
        for (k, other) in [(0, 1), (1, 0)] {
            let factor = match self.0 {
                Fails::MissingTerm if k == 1 => T::zero(),
                Fails::SignOfOne if k == 1 => -T::one(),
                Fails::BackwardOfDualsOnly if T::NAME == "dual64" => T::from_f64(1.0 + 1e-9),
                Fails::BackwardInF32Only if T::NAME == "f32" => T::from_f64(1.001),
                Fails::NeedsBothWanted if !both => T::zero(),
                Fails::BothAlike => T::from_f64(1.0 + 1e-5),
                _ => T::one(),
            };
            let Some(mut grad) = sink.grad(k) else { continue };
            let other = as_slice(&inputs[other]);
            let entries = as_mut_slice(&mut grad).iter_mut().zip(as_slice(&dy)).zip(other);
            for (at, ((grad, &dy), &other)) in entries.enumerate() {
                let factor = if self.0 == Fails::OneEntry && (k, at) == (1, 2) { -factor } else { factor };
                let line = if T::NAME == "f32" { 1e-30 } else { 1e-300 };
                if self.0 == Fails::CutsIn(T::NAME) && dy.re().abs() < line {
                    continue;
                }
                let other = if self.0 == Fails::DropsOneTangent && k == 1 { T::from_f64(other.re()) } else { other };
                if self.0 == Fails::Overwrites {
                    *grad = dy * other;
                } else {
                    *grad += factor * dy * other;
                }
            }
        }
    }
}

#[test]
fn every_kind_of_fault_is_found_by_the_check_made_for_it() {
    for (fails, check) in [
        (Fails::MissingTerm, "dot test"),
        (Fails::SignOfOne, "dot test"),
        (Fails::BothAlike, "dot test"),
        (Fails::ForwardOfDualsOnly, "dual value"),
        (Fails::BackwardOfDualsOnly, "dual gradient"),
        (Fails::Overwrites, "accumulation"),
        (Fails::NeedsBothWanted, "one wanted"),
        (Fails::Forgetful, "repetition"),
        (Fails::AddsToOutput, "repetition"),
        (Fails::DropsOneTangent, "second order"),
        (Fails::CutsIn("f32"), "tiny f32 gradient"),
        (Fails::CutsIn("f64"), "tiny gradient"),
        (Fails::ForwardInF32Only, "f32 value"),
        (Fails::BackwardInF32Only, "f32 gradient"),
    ] {
        assert_eq!(fault(MulWith(fails), &inputs()), check, "{fails:?}");
    }
}

#[test]
fn the_fault_names_the_input_the_entry_and_both_values() {
    // Entry 2, counted down the columns, of the second input: dB = dY ∘ A with the sign turned there.
    let Fault { check, worst, seed, .. } = whole_fault(MulWith(Fails::OneEntry), &inputs());
    let worst = worst.expect("an entry");
    assert_eq!((check, seed, worst.input, worst.entry), ("dot test", 7, Some(1), (0, 1)));
    let [(found, x), (expected, y)] = worst.values;
    assert_eq!((found, expected, x), ("backward", "forward mode", -y));

    let text = whole_fault(MulWith(Fails::DropsOneTangent), &inputs()).to_string();
    assert!(text.starts_with("mul_with: second order: input 0, entry (") && text.ends_with("; seed 7"), "{text}");
    let text = whole_fault(MulWith(Fails::ForwardInF32Only), &inputs()).to_string();
    assert!(text.starts_with("mul_with: f32 value: value, entry (1, 0): in f32 -"), "{text}");
}

#[test]
fn an_entry_that_forward_leaves_as_it_was_is_found_in_memory_that_was_used_before() {
    let inputs = [dmatrix![1.0, 0.0], dmatrix![2.0, 3.0]];
    let Fault { check, worst, .. } = whole_fault(MulWith(Fails::SkipsZero), &inputs);
    assert_eq!((check, worst.map(|worst| (worst.input, worst.entry))), ("repetition", Some((None, (0, 1)))));
}

/// a², whose gradient is right once and 0 in a second node of the same input: a rule that remembers.
#[derive(Clone, Debug)]
struct OnlyOnce(Arc<AtomicBool>);

impl<T: Scalar> Op<T> for OnlyOnce {
    fn name(&self) -> &'static str {
        "only_once"
    }
    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        self.0.store(false, Relaxed); // a tape with one node of it starts anew
        same_shape(inputs)
    }
    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out.copy_from(&inputs[0].component_mul(&inputs[0]));
    }
    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        if !self.0.swap(true, Relaxed)
            && let Some(mut grad) = sink.grad(0)
        {
            grad += dy.component_mul(&inputs[0]) * T::from_f64(2.0);
        }
    }
}

#[test]
fn a_rule_that_fails_where_an_input_is_reached_twice_fails_the_diamond() {
    assert_eq!(fault(OnlyOnce(Arc::default()), &inputs()[..1]), "diamond");
}

/// sin, whose derivative under duals is wrong *and* whose backward agrees with it: only the values can tell.
#[derive(Clone, Debug)]
struct WrongBothWays;

impl Elementwise for WrongBothWays {
    const NAME: &'static str = "wrong_both_ways";
    fn value<T: Scalar>(&self, x: T) -> T {
        // The square of the real part alone: its tangent is dropped, as a careless `re()` would.
        T::from_f64(x.re()) * x
    }
    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        T::from_f64(x.re())
    }
}

#[test]
fn a_dual_rule_wrong_in_both_modes_fails_finite_differences() {
    assert_eq!(fault(Map(WrongBothWays), &inputs()[..1]), "finite differences");
}

/// √x, whose infinite slope at 0 is multiplied by an incoming 0.
#[derive(Clone, Debug)]
struct Unmasked;

impl<T: Scalar> Op<T> for Unmasked {
    fn name(&self) -> &'static str {
        "unmasked"
    }
    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        same_shape(inputs)
    }
    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out.copy_from(&inputs[0].map(T::sqrt));
    }
    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        if let Some(mut grad) = sink.grad(0) {
            grad += known.dy.zip_map(&known.y, |dy, y| dy * (T::one() / (y + y)));
        }
    }
}

#[test]
fn an_infinite_slope_where_nothing_arrives_fails_zero_incoming() {
    let Fault { check, worst, .. } = whole_fault(Unmasked, &[dmatrix![0.5, 1.5; 2.0, 0.25]]);
    assert_eq!((check, worst.map(|worst| worst.input)), ("zero incoming", Some(Some(0))));
}

/// x², whose derivative drops its tangent: the Hessian comes out as 0, which is symmetric.
#[derive(Clone, Debug)]
struct FlatSlope;

impl Elementwise for FlatSlope {
    const NAME: &'static str = "flat_slope";
    fn value<T: Scalar>(&self, x: T) -> T {
        x * x
    }
    fn derivative<T: Scalar>(&self, x: T, _: T) -> T {
        T::from_f64(2.0 * x.re())
    }
}

#[test]
fn a_backward_that_drops_every_tangent_fails_gradient_differences() {
    assert_eq!(fault(Map(FlatSlope), &inputs()[..1]), "gradient differences");
}

/// a ∘ b, whose backward reads more than it declares, entry by entry or as a slice.
#[derive(Clone, Debug)]
struct ReadsMoreThanItSays {
    as_slices: bool,
}

impl<T: Scalar> Op<T> for ReadsMoreThanItSays {
    fn name(&self) -> &'static str {
        "reads_more"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        same_shape(inputs)
    }

    fn reads(&self) -> Reads {
        Reads::only([true, false, false, false])
    }

    fn forward(&self, inputs: &[DMatrixView<'_, T>], mut out: DMatrixViewMut<'_, T>, _: DMatrixViewMut<'_, T>) {
        out.copy_from(&inputs[0].component_mul(&inputs[1]));
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { inputs, dy, .. } = known;
        if self.as_slices {
            as_slice(&inputs[1]);
        }
        for (k, other) in [(0, 1), (1, 0)] {
            if let Some(mut grad) = sink.grad(k) {
                grad += dy.component_mul(&inputs[other]);
            }
        }
    }
}

#[test]
fn a_rule_that_reads_what_it_does_not_declare_fails_the_repetition() {
    assert_eq!(fault(ReadsMoreThanItSays { as_slices: false }, &inputs()), "repetition");
    let panic = std::panic::catch_unwind(|| fault(ReadsMoreThanItSays { as_slices: true }, &inputs()));
    let message = panic.expect_err("a panic").downcast::<&str>().expect("a sentence");
    assert!(message.contains("let `Op::reads` say that backward reads it"), "{message}");
}
