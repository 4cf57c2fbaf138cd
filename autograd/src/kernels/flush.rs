//! Numbers next to the subnormal ones to zero.
//!
//! Below the smallest normal number (2⁻¹²⁶ = 1.2e-38 in `f32`, 2⁻¹⁰²² = 2.2e-308 in `f64`) processors compute many times
//! slower, and that is where a vanishing gradient spends its last steps. So that the products of what is left with weights
//! and activations are normal, too, the line is drawn higher: at 2⁻¹⁰⁰ = 7.9e-31 and 2⁻¹⁰⁰⁰ = 9.3e-302.

use super::vectorize::{Loop, vectorize};

macro_rules! flush {
    ($name:ident, $T:ident, $smallest:expr) => {
        pub(crate) mod $name {
            use super::*;

            /// The number, or 0 if it is nearer to 0 than the line; NaN is left.
            #[inline(always)]
            pub(crate) fn one(x: $T) -> $T {
                // In bits, for that vectorises: a power of two is the least number of its exponent.
                let bits = x.to_bits();
                let kept = bits & $T::INFINITY.to_bits() >= $smallest.to_bits();
                $T::from_bits(if kept { bits } else { 0 })
            }

            /// [`one`] of every entry; says whether an entry is left that is not 0.
            pub(crate) fn all(x: &mut [$T]) -> bool {
                let mut left = false;
                vectorize(All { x, left: &mut left });
                left
            }

            struct All<'a> {
                x: &'a mut [$T],
                left: &'a mut bool,
            }

            impl Loop for All<'_> {
                #[inline(always)]
                fn run(self) {
                    let mut left = 0;
                    for x in self.x {
                        // The sum changes no number, but the compiler sees a new one: else it stores the zeros alone, by a
                        // mask, which takes an AVX2 machine of AMD's five times as long as storing all.
                        *x = one(*x) + 0.0;
                        left |= x.to_bits();
                    }
                    *self.left = left != 0;
                }
            }
        }
    };
}

/// The lines, with the exponents −100 and −1000.
const SMALLEST_F32: f32 = f32::from_bits((127 - 100) << 23);
const SMALLEST_F64: f64 = f64::from_bits((1023 - 1000) << 52);

flush!(flush_f32, f32, SMALLEST_F32);
flush!(flush_f64, f64, SMALLEST_F64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Level;

    #[test]
    fn every_simd_level_flushes_every_length_alike() {
        let entries = [1e-310, 0.0, -1.0, 1e-39, f64::NAN, -1e-310, SMALLEST_F64, 1e-31, f64::INFINITY, -0.0];
        for (length, start) in (0..68).flat_map(|length| (0..10).map(move |start| (length, start))) {
            let x: Vec<_> = (start..start + length).map(|i| entries[i % entries.len()]).collect();
            let kept = |x: f64| if x.abs() < SMALLEST_F64 { 0.0 } else { x };
            for level in Level::available() {
                let (mut wide, mut narrow) = (x.clone(), x.iter().map(|&x| x as f32).collect::<Vec<_>>());
                let left = Level::forced(level, || (flush_f64::all(&mut wide), flush_f32::all(&mut narrow)));
                let expected: Vec<_> = x.iter().map(|&x| kept(x).to_bits()).collect();
                assert!(wide.iter().map(|x| x.to_bits()).eq(expected), "{level:?}: {x:?}");
                assert!(narrow.iter().all(|x| *x == 0.0 || x.is_nan() || x.abs() >= SMALLEST_F32), "{level:?}: {x:?}");
                let any = (wide.iter().any(|x| *x != 0.0), narrow.iter().any(|x| *x != 0.0));
                assert_eq!(left, any, "{level:?}: {x:?}");
            }
        }
    }

    #[test]
    fn only_numbers_below_the_line_become_zero() {
        assert!(SMALLEST_F32 == 2f32.powi(-100) && SMALLEST_F64 == 2f64.powi(-1000));
        let mut x = [1e-39f32, -7e-31, SMALLEST_F32, -1.0, 0.0, f32::NAN, f32::INFINITY];
        assert!(flush_f32::all(&mut x));
        assert_eq!(x[..5], [0.0, 0.0, SMALLEST_F32, -1.0, 0.0]);
        assert!(x[5].is_nan() && x[6].is_infinite());
        assert!(!flush_f64::all(&mut [9e-302, -0.0, 0.0]) && flush_f64::all(&mut [0.0, 1e-301]));
        assert!(flush_f64::all(&mut [0.0, f64::NAN]) && !flush_f32::all(&mut []));
    }
}
