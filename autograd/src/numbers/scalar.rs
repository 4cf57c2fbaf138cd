use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use nalgebra::DMatrixViewMut;
use num_traits::{One, Zero};

use crate::kernels::{self, Operand};

/// A number that the tape differentiates: `f32`, `f64`, and [`Dual`](crate::Dual) over both.
///
/// Ops and models are generic over it, so one forward code runs in `f32` for speed, in `f64` for checks, and on dual numbers
/// for exact directional derivatives. The trait carries hooks where speed (`gemm`, `tanh_into`, `sigmoid_into`) or algebra
/// (the dual product and chain rule) differ.
///
/// `PartialEq` compares everything a number holds, so two duals are equal only if their tangents are too.
/// Branches (`relu`, `max`) order numbers by [`re`](Scalar::re), so that all modes branch alike.
pub trait Scalar:
    nalgebra::Scalar
    + Copy
    + Default
    + Send
    + Sync
    + Zero
    + One
    + Sum
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// How files and messages call this type: `f32`, `f64`, `dual32`, `dual64`.
    const NAME: &'static str;

    /// What sums are taken in, so that a long one keeps its digits: `f64` for `f32`, else the type itself.
    type Wide: Scalar<Wide = Self::Wide>;

    /// The number itself, in [`Wide`](Self::Wide).
    fn wide(self) -> Self::Wide;

    /// The nearest number to `x`.
    fn narrow(x: Self::Wide) -> Self;

    /// The nearest number to `x`, with no tangent.
    fn from_f64(x: f64) -> Self;

    /// The real part, as `f64`.
    fn re(self) -> f64;

    /// The derivative part, as `f64`: 0 unless this is a dual number.
    fn tangent(self) -> f64 {
        0.0
    }

    /// Whether every part is finite.
    fn is_finite(self) -> bool;

    /// The gradient `self` passed on through a slope: their product, and 0 where one of them is exactly 0, whatever the other
    /// one is. Where nothing flows, no ∞ or NaN does.
    #[inline(always)]
    fn through(self, slope: Self) -> Self {
        let product = self * slope;
        if self.is_zero() | slope.is_zero() { Self::zero() } else { product }
    }

    /// eˣ.
    fn exp(self) -> Self;

    /// eˣ − 1, with all its digits near 0.
    fn exp_m1(self) -> Self;

    /// ln x.
    fn ln(self) -> Self;

    /// ln (1 + x), with all its digits near 0.
    fn ln_1p(self) -> Self;

    /// xᵖ with a constant p. x⁰ is 1, with no tangent, at any x.
    fn powf(self, p: f64) -> Self;

    /// sin x, in radians.
    fn sin(self) -> Self;

    /// cos x, in radians.
    fn cos(self) -> Self;

    /// √x.
    fn sqrt(self) -> Self;

    /// tanh x; finite in every part at any finite x.
    fn tanh(self) -> Self;

    /// σ(x) = 1 / (1 + e⁻ˣ); finite in every part at any finite x.
    fn sigmoid(self) -> Self;

    /// `y[i] = tanh(x[i])`. Both slices have one length.
    fn tanh_into(x: &[Self], y: &mut [Self]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = x.tanh();
        }
    }

    /// `y[i] = σ(x[i])`. Both slices have one length.
    fn sigmoid_into(x: &[Self], y: &mut [Self]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = x.sigmoid();
        }
    }

    /// `x[i] ← tanh(x[i])`.
    fn tanh_in_place(x: &mut [Self]) {
        x.iter_mut().for_each(|x| *x = x.tanh());
    }

    /// `x[i] ← σ(x[i])`.
    fn sigmoid_in_place(x: &mut [Self]) {
        x.iter_mut().for_each(|x| *x = x.sigmoid());
    }

    /// The smallest number that a [flushing](crate::Tape::flushing) tape passes on in a gradient; 0 if it passes on all.
    fn negligible() -> Self {
        Self::zero()
    }

    /// Sets entries nearer to 0 than `line` (0 or [`negligible`](Self::negligible)) to 0, and says whether any entry is left
    /// that is not 0.
    fn flush(x: &mut [Self], _line: Self) -> bool {
        x.iter().any(|x| !x.is_zero())
    }

    /// The number, or 0 where [`flush`](Self::flush) would set it to 0: for a loop that computes what would be flushed next.
    #[doc(hidden)] // public for the fused steps of `models` alone; no promise is made of it
    fn flushed(self, _line: Self) -> Self {
        self
    }

    /// C ← β C + α A B, with A (m×k) and B (k×n) read as given or transposed. β = 0 overwrites C whatever it held.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    fn gemm(alpha: Self, a: Operand<'_, Self>, b: Operand<'_, Self>, beta: Self, c: &mut DMatrixViewMut<'_, Self>);
}

/// The two hardware types: what a [`Dual`](crate::Dual) is made of.
pub trait Real: Scalar<Wide = f64> + PartialOrd {}

impl Real for f32 {}
impl Real for f64 {}

/// Functions that `$T` has as methods of its own.
macro_rules! inherent {
    ($T:ident: $($function:ident)*) => {
        $(
            #[inline]
            fn $function(self) -> Self {
                $T::$function(self)
            }
        )*
    };
}

macro_rules! real {
    ($T:ident, $tanh:ident, $sigmoid:ident, $flush:ident, $gemm:path) => {
        impl Scalar for $T {
            const NAME: &'static str = stringify!($T);
            type Wide = f64;

            #[inline(always)]
            fn wide(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn narrow(x: f64) -> Self {
                x as $T
            }
            #[inline]
            fn from_f64(x: f64) -> Self {
                x as $T
            }
            #[inline]
            fn re(self) -> f64 {
                f64::from(self)
            }
            #[inline]
            fn is_finite(self) -> bool {
                $T::is_finite(self)
            }
            inherent!($T: exp exp_m1 ln ln_1p sin cos sqrt);
            #[inline]
            fn powf(self, p: f64) -> Self {
                $T::powf(self, p as $T)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                kernels::$tanh::one(self)
            }
            #[inline(always)]
            fn sigmoid(self) -> Self {
                kernels::$sigmoid::one(self)
            }
            fn tanh_into(x: &[Self], y: &mut [Self]) {
                kernels::$tanh::slice(x, y);
            }
            fn tanh_in_place(x: &mut [Self]) {
                kernels::$tanh::in_place(x);
            }
            fn sigmoid_into(x: &[Self], y: &mut [Self]) {
                kernels::$sigmoid::slice(x, y);
            }
            fn sigmoid_in_place(x: &mut [Self]) {
                kernels::$sigmoid::in_place(x);
            }
            fn negligible() -> Self {
                kernels::$flush::LINE
            }
            fn flush(x: &mut [Self], line: Self) -> bool {
                kernels::$flush::all(x, line)
            }
            #[inline(always)]
            fn flushed(self, line: Self) -> Self {
                kernels::$flush::one(self, line)
            }
            #[track_caller]
            fn gemm(
                alpha: Self,
                a: Operand<'_, Self>,
                b: Operand<'_, Self>,
                beta: Self,
                c: &mut DMatrixViewMut<'_, Self>,
            ) {
                $gemm(alpha, a, b, beta, c);
            }
        }
    };
}

real!(f32, tanh_f32, sigmoid_f32, flush_f32, kernels::gemm_f32);
real!(f64, tanh_f64, sigmoid_f64, flush_f64, kernels::gemm_f64);
