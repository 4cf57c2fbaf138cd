use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};
use num_traits::{One, Zero};

use crate::kernels::Operand;
use crate::{Real, Scalar};

/// A dual number re + eps·ε, ε² = 0. Equality compares both parts; branches look at `re` alone.
///
/// Put the direction u into the ε parts of the inputs; every value's ε part is then its exact derivative along u. A reverse
/// sweep over such a tape carries the derivative of the *gradient* in its ε parts: H·u, forward over reverse.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dual<F> {
    /// The value.
    pub re: F,
    /// The derivative along the chosen direction.
    pub eps: F,
}

impl<F> Dual<F> {
    /// re + eps·ε.
    pub fn new(re: F, eps: F) -> Self {
        Self { re, eps }
    }
}

impl<F: Real> Add for Dual<F> {
    type Output = Self;
    fn add(self, y: Self) -> Self {
        Self::new(self.re + y.re, self.eps + y.eps)
    }
}

impl<F: Real> Sub for Dual<F> {
    type Output = Self;
    fn sub(self, y: Self) -> Self {
        Self::new(self.re - y.re, self.eps - y.eps)
    }
}

impl<F: Real> Mul for Dual<F> {
    type Output = Self;
    // (a + bε)(c + dε) = ac + (ad + bc)ε
    fn mul(self, y: Self) -> Self {
        Self::new(self.re * y.re, self.re * y.eps + self.eps * y.re)
    }
}

impl<F: Real> Div for Dual<F> {
    type Output = Self;
    // (a + bε)/(c + dε) = q + (b − q d)/c ε,  q = a/c
    fn div(self, y: Self) -> Self {
        let q = self.re / y.re;
        Self::new(q, (self.eps - q * y.eps) / y.re)
    }
}

impl<F: Real> Neg for Dual<F> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.re, -self.eps)
    }
}

macro_rules! assign {
    ($Trait:ident, $method:ident, $op:tt) => {
        impl<F: Real> $Trait for Dual<F> {
            fn $method(&mut self, y: Self) {
                *self = *self $op y;
            }
        }
    };
}
assign!(AddAssign, add_assign, +);
assign!(SubAssign, sub_assign, -);
assign!(MulAssign, mul_assign, *);
assign!(DivAssign, div_assign, /);

impl<F: Real> Sum for Dual<F> {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::zero(), |sum, x| sum + x)
    }
}

impl<F: Real> Zero for Dual<F> {
    fn zero() -> Self {
        Self::new(F::zero(), F::zero())
    }
    fn is_zero(&self) -> bool {
        self.re.is_zero() && self.eps.is_zero()
    }
}

impl<F: Real> One for Dual<F> {
    fn one() -> Self {
        Self::new(F::one(), F::zero())
    }
}

impl<F: Real> Scalar for Dual<F> {
    const NAME: &'static str = if size_of::<F>() == 4 { "dual32" } else { "dual64" };
    type Wide = Dual<f64>;

    fn wide(self) -> Self::Wide {
        Dual::new(self.re.wide(), self.eps.wide())
    }
    fn narrow(x: Self::Wide) -> Self {
        Self::new(F::narrow(x.re), F::narrow(x.eps))
    }
    fn from_f64(x: f64) -> Self {
        Self::new(F::from_f64(x), F::zero())
    }
    fn re(self) -> f64 {
        self.re.re()
    }
    fn tangent(self) -> f64 {
        self.eps.re()
    }
    fn is_finite(self) -> bool {
        self.re.is_finite() && self.eps.is_finite()
    }
    fn through(self, slope: Self) -> Self {
        Self::new(self.re.through(slope.re), self.re.through(slope.eps) + self.eps.through(slope.re))
    }
    fn exp(self) -> Self {
        let y = self.re.exp();
        Self::new(y, y * self.eps)
    }
    fn exp_m1(self) -> Self {
        Self::new(self.re.exp_m1(), self.re.exp() * self.eps)
    }
    fn ln(self) -> Self {
        Self::new(self.re.ln(), self.eps / self.re)
    }
    fn ln_1p(self) -> Self {
        Self::new(self.re.ln_1p(), self.eps / (F::one() + self.re))
    }
    fn powf(self, p: f64) -> Self {
        // At p = 0 the factor p wins over x^(p−1), which is infinite at x = 0.
        let slope = if p == 0.0 { F::zero() } else { F::from_f64(p) * self.re.powf(p - 1.0) };
        Self::new(self.re.powf(p), slope * self.eps)
    }
    fn sin(self) -> Self {
        Self::new(self.re.sin(), self.re.cos() * self.eps)
    }
    fn cos(self) -> Self {
        Self::new(self.re.cos(), -self.re.sin() * self.eps)
    }
    fn sqrt(self) -> Self {
        let y = self.re.sqrt();
        Self::new(y, self.eps / (y + y))
    }
    fn tanh(self) -> Self {
        let y = self.re.tanh();
        Self::new(y, (F::one() - y * y) * self.eps)
    }
    fn sigmoid(self) -> Self {
        let y = self.re.sigmoid();
        Self::new(y, y * (F::one() - y) * self.eps)
    }

    /// Three real products: (A + A′ε)(B + B′ε) = AB + (AB′ + A′B)ε.
    fn gemm(alpha: Self, a: Operand<'_, Self>, b: Operand<'_, Self>, beta: Self, c: &mut DMatrixViewMut<'_, Self>) {
        let ((a_re, a_eps), (b_re, b_eps)) = (parts(a.matrix), parts(b.matrix));
        let left = |m| Operand { matrix: m, transposed: a.transposed };
        let right = |m| Operand { matrix: m, transposed: b.transposed };
        let (one, zero) = (F::one(), F::zero());
        let (mut re, mut eps) = (DMatrix::zeros(c.nrows(), c.ncols()), DMatrix::zeros(c.nrows(), c.ncols()));
        F::gemm(one, left(a_re.as_view()), right(b_re.as_view()), zero, &mut re.as_view_mut());
        F::gemm(one, left(a_re.as_view()), right(b_eps.as_view()), zero, &mut eps.as_view_mut());
        F::gemm(one, left(a_eps.as_view()), right(b_re.as_view()), one, &mut eps.as_view_mut());
        for ((c, &re), &eps) in c.iter_mut().zip(&re).zip(&eps) {
            let old = if beta.is_zero() { Self::zero() } else { beta * *c };
            *c = old + alpha * Self::new(re, eps);
        }
    }
}

fn parts<F: Real>(m: DMatrixView<'_, Dual<F>>) -> (DMatrix<F>, DMatrix<F>) {
    (m.map(|x| x.re), m.map(|x| x.eps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, matrix};
    use num_dual::{Dual64, DualNum};
    use proptest::prelude::*;

    fn close(ours: Dual<f64>, theirs: Dual64) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-13 * (1.0 + b.abs());
        near(ours.re, theirs.re) && near(ours.eps, theirs.eps)
    }

    #[test]
    fn arithmetic_and_functions_agree_with_num_dual() {
        testing::check([0.1..3.0f64, -2.0..2.0, 0.1..3.0, -2.0..2.0], |[a, da, b, db]| {
            let (x, y) = (Dual::new(a, da), Dual::new(b, db));
            let (p, q) = (Dual64::new(a, da), Dual64::new(b, db));
            prop_assert!(close(x + y, p + q) && close(x - y, p - q));
            prop_assert!(close(x * y, p * q) && close(x / y, p / q) && close(-x, -p));
            prop_assert!(close(x.exp(), p.exp()) && close(x.ln(), p.ln()) && close(x.sqrt(), p.sqrt()));
            prop_assert!(close(x.exp_m1(), p.exp_m1()) && close(x.ln_1p(), p.ln_1p()));
            prop_assert!(close(x.sin(), p.sin()) && close(x.cos(), p.cos()));
            prop_assert!([-1.5, 0.0, 0.5, 1.0, 3.0].iter().all(|&e| close(x.powf(e), p.powf(e))));
            prop_assert!(close(x.tanh(), p.tanh()) && close(x.sigmoid(), ((-p).exp() + 1.0).recip()));
            Ok(())
        });
    }

    #[test]
    fn products_agree_with_the_sum_over_entries() {
        let two = (0usize..5, 0usize..5, 0usize..5)
            .prop_flat_map(|(m, k, n)| (matrix(m, k), matrix(m, k), matrix(k, n), matrix(k, n)));
        testing::check(two, |(a, da, b, db)| {
            let a = a.zip_map(&da, Dual::new);
            let b = b.zip_map(&db, Dual::new);
            let mut c = DMatrix::from_element(a.nrows(), b.ncols(), Dual::from_f64(f64::NAN));
            Dual::gemm(Dual::one(), (&a).into(), (&b).into(), Dual::zero(), &mut c.as_view_mut());
            let d = c - &a * &b;
            prop_assert!(d.iter().all(|d| d.re.abs() < 1e-13 && d.eps.abs() < 1e-13));
            Ok(())
        });
    }

    #[test]
    fn whole_powers_of_zero_and_of_negative_numbers_are_finite() {
        let x = |re| Dual::new(re, 3.0);
        assert_eq!(x(0.0).powf(0.0), Dual::new(1.0, 0.0));
        assert_eq!(x(0.0).powf(1.0), Dual::new(0.0, 3.0));
        assert_eq!(x(0.0).powf(2.0), Dual::new(0.0, 0.0));
        assert_eq!(x(-2.0).powf(3.0), Dual::new(-8.0, 36.0));
    }

    #[test]
    fn saturation_is_finite_and_equality_sees_the_tangent() {
        for x in [1e3, -1e3, 400.0, -800.0] {
            assert!(Dual::new(x, 1.0).tanh().is_finite() && Dual::new(x, 1.0).sigmoid().is_finite());
        }
        assert_ne!(Dual::new(1.0, 0.0), Dual::new(1.0, 1.0));
    }
}
