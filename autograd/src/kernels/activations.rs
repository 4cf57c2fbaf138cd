//! tanh and σ as loops that vectorise, for `f32` and `f64`.
//!
//! Both rest on eˣ for x ≤ 0: with k = round(x / ln 2) and r = x − k ln 2 ∈ [−½ ln 2, ½ ln 2],
//!
//! ```text
//! f32: expm1(x) = 2ᵏ p(r) + (2ᵏ − 1),     p(r) = r + r²/2! + … + r⁷/7!
//!      tanh |x| = −e / (e + 2),           e = expm1(−2|x|)                    odd in x
//!      σ(x)     = 1 / (1 + eᶻ) or eᶻ / (1 + eᶻ),   z = −|x|                   by the sign of x
//!
//! f64: eʳ = (d + 2r) / d,                 d = R(r²) − r,  R(r²) = r (eʳ + 1) / (eʳ − 1) = 2 + r²/6 − r⁴/360 + …
//! ```
//!
//! As a sum, f64 would take a polynomial of degree 13. R is even in r: the polynomial that is right at five Chebyshev
//! points of r² is off by at most 7e-18. And no division is added: tanh and σ are written with eˣ = 2ᵏ (d + 2r) / d
//! and cleared of the inner fraction.
//!
//! No branch, no table and no fused multiply-add, so that every SIMD level gives the same bits. Errors measured
//! over the whole range by the tests below: at most 1.8e-7 (f32) and 5.0e-16 (f64), relative.
//!
//! Within that error they are monotone. To the last bit they are not: of two neighbouring `f64`, the larger may have a tanh
//! that is up to 4 units in the last place smaller, between 0.001 and 8.

use super::level::Level;
use super::vectorize::{Loop, vectorize};

/// A scalar function and its loop over slices, compiled once per level and chosen at run time.
macro_rules! pointwise {
    ($name:ident, $T:ident, $f:expr) => {
        pub(crate) mod $name {
            use super::*;

            #[inline(always)]
            pub(crate) fn one(x: $T) -> $T {
                $f(x)
            }

            #[inline(always)]
            fn body(x: &[$T], y: &mut [$T]) {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = one(x);
                }
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2(x: &[$T], y: &mut [$T]) {
                body(x, y);
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq")]
            fn avx512(x: &[$T], y: &mut [$T]) {
                body(x, y);
            }

            pub(crate) fn at(level: Level, x: &[$T], y: &mut [$T]) {
                match level {
                    Level::Baseline => body(x, y),
                    // SAFETY: a level is only ever named if `Level::available` detected it.
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 => unsafe { avx2(x, y) },
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => unsafe { avx512(x, y) },
                }
            }

            pub(crate) fn slice(x: &[$T], y: &mut [$T]) {
                at(Level::best(), x, y);
            }

            struct InPlace<'a>(&'a mut [$T]);

            impl Loop for InPlace<'_> {
                #[inline(always)]
                fn run(self) {
                    self.0.iter_mut().for_each(|x| *x = one(*x));
                }
            }

            pub(crate) fn in_place(x: &mut [$T]) {
                vectorize(InPlace(x));
            }
        }
    };
}

macro_rules! reduction {
    ($name:ident, $T:ident, $bits:ident, $mantissa:expr, $bias:expr, $lowest:expr, $ln2_hi:expr, $ln2_lo:expr) => {
        /// (r, 2ᵏ) for x ≤ 0; x is held at `lowest`, where 2ᵏ is 0, as it is wherever 2ᵏ would be subnormal. NaN passes through.
        #[inline(always)]
        fn $name(x: $T) -> ($T, $T) {
            let x = if x < $lowest { $lowest } else { x };
            // Adding 1.5·2^mantissa leaves no bits for a fraction: it rounds to the nearest integer.
            let magic = (3u64 << ($mantissa - 1)) as $T;
            let shifted = x * std::$T::consts::LOG2_E + magic;
            let k = shifted - magic;
            let r = (x - k * $ln2_hi) - k * $ln2_lo;
            (r, $T::from_bits(shifted.to_bits().wrapping_add($bias) << $mantissa))
        }
    };
}

// ln 2 in two parts, the first with trailing zeros so that k·hi is exact.
reduction!(reduce_f32, f32, u32, 23, 127, -88.0, 0.693_359_4, -2.121_944_4e-4);
reduction!(reduce_f64, f64, u64, 52, 1023, -709.0, 6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);

/// (eˣ, expm1 x) for x ≤ 0.
#[inline(always)]
fn expm1_f32(x: f32) -> (f32, f32) {
    let (r, power) = reduce_f32(x);
    let mut p = 0.0;
    for c in [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5] {
        p = p * r + c;
    }
    let p = (p * r) * r + r;
    (power * p + power, power * p + (power - 1.0))
}

pointwise!(tanh_f32, f32, |x: f32| {
    let (_, e) = expm1_f32(-2.0 * x.abs());
    (-e / (e + 2.0)).copysign(x)
});

pointwise!(sigmoid_f32, f32, |x: f32| {
    let (exp, _) = expm1_f32(-x.abs());
    let numerator = if x < 0.0 { exp } else { 1.0 };
    numerator / (1.0 + exp)
});

/// (2ᵏ, 2r, d) for x ≤ 0, where eˣ = 2ᵏ (d + 2r) / d.
#[inline(always)]
fn exp_quotient_f64(x: f64) -> (f64, f64, f64) {
    // (R(r²) − 2) / r², highest power first.
    const R: [f64; 5] = [
        4.143_766_280_402_43e-8,
        -1.653_406_003_383_645_6e-6,
        6.613_756_471_622_828e-5,
        -2.777_777_777_756_440_4e-3,
        1.666_666_666_666_666e-1,
    ];
    let (r, power) = reduce_f64(x);
    let square = r * r;
    let mut p = R[0];
    for &c in &R[1..] {
        p = p * square + c;
    }
    (power, 2.0 * r, 2.0 + (square * p - r))
}

pointwise!(tanh_f64, f64, |x: f64| {
    let (power, twice_r, d) = exp_quotient_f64(-2.0 * x.abs());
    let e = power * twice_r;
    (-(e + (power - 1.0) * d) / (e + (power + 1.0) * d)).copysign(x)
});

pointwise!(sigmoid_f64, f64, |x: f64| {
    let (power, twice_r, d) = exp_quotient_f64(-x.abs());
    let exp = power * (d + twice_r);
    let numerator = if x < 0.0 { exp } else { d };
    numerator / (d + exp)
});

#[cfg(test)]
mod tests {
    use super::*;

    /// From 0 through the smallest normal numbers to saturation, both signs.
    fn grid() -> impl Iterator<Item = f64> {
        let fine = (0..400_000).map(|i| f64::from(i) * 2.5e-4);
        let tiny = (0..600).map(|i| 10f64.powf(-f64::from(i) * 0.06));
        fine.chain(tiny).chain([1e3, 1e30]).flat_map(|x| [x, -x])
    }

    fn sigmoid(x: f64) -> f64 {
        if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
    }

    fn worst(f: impl Fn(f64) -> (f64, f64)) -> f64 {
        grid()
            .map(|x| {
                let (y, exact) = f(x);
                (y - exact).abs() / exact.abs().max(1e-37)
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn relative_errors_are_within_the_stated_bounds() {
        let f32_tanh = worst(|x| (f64::from(tanh_f32::one(x as f32)), f64::from(x as f32).tanh()));
        let f32_sigmoid = worst(|x| {
            let x = if x < -80.0 { -80.0 } else { x };
            (f64::from(sigmoid_f32::one(x as f32)), sigmoid(f64::from(x as f32)))
        });
        let f64_tanh = worst(|x| (tanh_f64::one(x), x.tanh()));
        let f64_sigmoid = worst(|x| (sigmoid_f64::one(x), sigmoid(x)));
        println!(
            "f32 tanh {f32_tanh:.2e} sigmoid {f32_sigmoid:.2e}; f64 tanh {f64_tanh:.2e} sigmoid {f64_sigmoid:.2e}"
        );
        assert!(f32_tanh < 4e-7 && f32_sigmoid < 4e-7, "{f32_tanh:e} {f32_sigmoid:e}");
        assert!(f64_tanh < 1e-15 && f64_sigmoid < 1e-15, "{f64_tanh:e} {f64_sigmoid:e}");
    }

    #[test]
    fn every_simd_level_gives_the_same_bits() {
        let x64: Vec<f64> = grid().collect();
        let x32: Vec<f32> = x64.iter().map(|&x| x as f32).collect();
        for level in Level::available() {
            let (mut y32, mut y64) = (vec![0.0f32; x32.len()], vec![0.0f64; x64.len()]);
            tanh_f32::at(level, &x32, &mut y32);
            tanh_f64::at(level, &x64, &mut y64);
            assert!(x32.iter().zip(&y32).all(|(&x, y)| tanh_f32::one(x).to_bits() == y.to_bits()), "{level:?}");
            assert!(x64.iter().zip(&y64).all(|(&x, y)| tanh_f64::one(x).to_bits() == y.to_bits()), "{level:?}");
            sigmoid_f32::at(level, &x32, &mut y32);
            sigmoid_f64::at(level, &x64, &mut y64);
            assert!(x32.iter().zip(&y32).all(|(&x, y)| sigmoid_f32::one(x).to_bits() == y.to_bits()), "{level:?}");
            assert!(x64.iter().zip(&y64).all(|(&x, y)| sigmoid_f64::one(x).to_bits() == y.to_bits()), "{level:?}");
        }
    }

    #[test]
    fn zero_keeps_its_sign_and_nan_stays_nan() {
        assert_eq!(tanh_f32::one(-0.0).to_bits(), (-0.0f32).to_bits());
        assert!(tanh_f64::one(f64::NAN).is_nan() && sigmoid_f32::one(f32::NAN).is_nan());
        assert_eq!(tanh_f64::one(f64::INFINITY).to_bits(), 1.0f64.to_bits());
        assert_eq!(tanh_f32::one(f32::NEG_INFINITY).to_bits(), (-1.0f32).to_bits());
        for x in [-1e3, -1e30, f64::NEG_INFINITY] {
            assert_eq!((sigmoid_f32::one(x as f32).to_bits(), sigmoid_f64::one(x).to_bits()), (0, 0), "{x}");
        }
        assert_eq!(
            (sigmoid_f32::one(f32::INFINITY).to_bits(), sigmoid_f64::one(f64::INFINITY).to_bits()),
            (1f32.to_bits(), 1f64.to_bits())
        );
    }
}
