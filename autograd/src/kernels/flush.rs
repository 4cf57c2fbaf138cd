//! Numbers next to the subnormal ones to zero.
//!
//! Below the smallest normal number (2⁻¹²⁶ = 1.2e-38 in `f32`, 2⁻¹⁰²² = 2.2e-308 in `f64`) processors compute many times
//! slower, and that is where a vanishing gradient spends its last steps. So that the products of what is left with weights
//! and activations are normal, too, the line is drawn higher: at 2⁻¹⁰⁰ = 7.9e-31 and 2⁻¹⁰⁰⁰ = 9.3e-302.

use super::vectorize::{Loop, vectorize};

macro_rules! flush {
    ($name:ident, $T:ident, $line:expr) => {
        pub(crate) mod $name {
            use super::*;

            /// Where a sweep that flushes draws the line.
            pub(crate) const LINE: $T = $line;

            /// The number, or 0 if it is nearer to 0 than `line`, which is 0 or a power of two; NaN is left.
            #[inline(always)]
            pub(crate) fn one(x: $T, line: $T) -> $T {
                // In bits, for that vectorises: a power of two is the least number of its exponent.
                let bits = x.to_bits();
                let kept = bits & $T::INFINITY.to_bits() >= line.to_bits();
                $T::from_bits(if kept { bits } else { 0 })
            }

            /// [`one`] of every entry; says whether an entry is left that is not 0.
            pub(crate) fn all(x: &mut [$T], line: $T) -> bool {
                let mut left = false;
                vectorize(All { x, line, left: &mut left });
                left
            }

            struct All<'a> {
                x: &'a mut [$T],
                line: $T,
                left: &'a mut bool,
            }

            impl Loop for All<'_> {
                #[inline(always)]
                fn run(self) {
                    let mut left = 0;
                    for x in self.x {
                        // The sum changes no number, but the compiler sees a new one: else it stores the zeros alone, by a
                        // mask, which takes an AVX2 machine of AMD's five times as long as storing all.
                        *x = one(*x, self.line) + 0.0;
                        left |= x.to_bits();
                    }
                    *self.left = left != 0;
                }
            }
        }
    };
}

// The exponents are −100 and −1000.
flush!(flush_f32, f32, f32::from_bits((127 - 100) << 23));
flush!(flush_f64, f64, f64::from_bits((1023 - 1000) << 52));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Level;

    const LINES: (f32, f64) = (flush_f32::LINE, flush_f64::LINE);

    #[test]
    fn every_simd_level_flushes_every_length_alike() {
        let entries = [1e-310, 0.0, -1.0, 1e-39, f64::NAN, -1e-310, LINES.1, 1e-31, f64::INFINITY, -0.0];
        for (length, start) in (0..68).flat_map(|length| (0..10).map(move |start| (length, start))) {
            let x: Vec<_> = (start..start + length).map(|i| entries[i % entries.len()]).collect();
            let kept = |x: f64| if x.abs() < LINES.1 { 0.0 } else { x };
            for level in Level::available() {
                let (mut wide, mut narrow) = (x.clone(), x.iter().map(|&x| x as f32).collect::<Vec<_>>());
                let left =
                    Level::forced(level, || (flush_f64::all(&mut wide, LINES.1), flush_f32::all(&mut narrow, LINES.0)));
                let expected: Vec<_> = x.iter().map(|&x| kept(x).to_bits()).collect();
                assert!(wide.iter().map(|x| x.to_bits()).eq(expected), "{level:?}: {x:?}");
                assert!(narrow.iter().all(|x| *x == 0.0 || x.is_nan() || x.abs() >= LINES.0), "{level:?}: {x:?}");
                let any = (wide.iter().any(|x| *x != 0.0), narrow.iter().any(|x| *x != 0.0));
                assert_eq!(left, any, "{level:?}: {x:?}");
            }
        }
    }

    #[test]
    fn only_numbers_below_the_line_become_zero() {
        assert_eq!(LINES, (2f32.powi(-100), 2f64.powi(-1000)));
        let mut x = [1e-39f32, -7e-31, LINES.0, -1.0, 0.0, f32::NAN, f32::INFINITY];
        let (narrow, wide) = (|x: &mut [f32]| flush_f32::all(x, LINES.0), |x: &mut [f64]| flush_f64::all(x, LINES.1));
        assert!(narrow(&mut x));
        assert_eq!(x[..5], [0.0, 0.0, LINES.0, -1.0, 0.0]);
        assert!(x[5].is_nan() && x[6].is_infinite());
        assert!(!wide(&mut [9e-302, -0.0, 0.0]) && wide(&mut [0.0, 1e-301]));
        assert!(wide(&mut [0.0, f64::NAN]) && !narrow(&mut []));
        assert!(
            [1e-45f32, -1e-40, 0.0].iter().all(|x| flush_f32::one(*x, 0.0).to_bits() == x.to_bits()),
            "a line of 0 cuts nothing"
        );
    }
}
