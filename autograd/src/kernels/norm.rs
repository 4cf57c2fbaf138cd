//! The largest entry and the length of a list of numbers, neither of which hides a NaN as `f64::max` does.

use super::{Loop, vectorize};
use crate::Scalar;

/// max |x|: 0 of nothing, NaN if any number is.
pub fn largest(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().fold(0.0, |max: f64, x| if max.is_nan() || x.is_nan() { f64::NAN } else { max.max(x.abs()) })
}

/// √Σ x²: numbers of 1e±200 neither overflow nor vanish; NaN if any number is, else ∞ if any number is.
pub fn norm(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    scaled_norm(largest(numbers.clone()), numbers)
}

/// √Σ x² of numbers whose largest entry is known.
pub fn scaled_norm(largest: f64, numbers: impl Iterator<Item = f64>) -> f64 {
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * numbers.map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt()
}

/// [`largest`] of a slice, for every SIMD level.
pub fn largest_of<T: Scalar>(numbers: &[T]) -> f64 {
    struct Largest<'a, T> {
        numbers: &'a [T],
        found: &'a mut f64,
    }

    impl<T: Scalar> Loop for Largest<'_, T> {
        #[inline(always)]
        fn run(self) {
            // Eight side by side, for one would wait for itself.
            let (mut max, mut nan) = ([0.0f64; 8], false);
            for numbers in self.numbers.chunks(8) {
                for (max, x) in max.iter_mut().zip(numbers) {
                    let size = x.re().abs();
                    nan |= size.is_nan();
                    *max = if size > *max { size } else { *max };
                }
            }
            *self.found = if nan { f64::NAN } else { largest(max) };
        }
    }

    let mut found = 0.0;
    vectorize(Largest { numbers, found: &mut found });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiny_and_huge_numbers_have_a_length() {
        for size in [1e-200, 1.0, 1e200] {
            assert!((norm([3.0 * size, -4.0 * size].into_iter()) / size - 5.0).abs() < 1e-14);
        }
        assert_eq!(norm([0.0, -0.0].into_iter()).to_bits(), 0);
    }

    #[test]
    fn a_nan_is_not_hidden_wherever_it_stands() {
        for numbers in [[f64::NAN, 0.0, 1.0], [1.0, f64::NAN, 0.0], [0.0, f64::INFINITY, f64::NAN]] {
            assert!(
                largest_of(&numbers).is_nan() && largest(numbers).is_nan() && norm(numbers.into_iter()).is_nan(),
                "{numbers:?}"
            );
        }
        for n in 0..40 {
            let numbers: Vec<f64> = (0..n).map(|i| f64::from(i * i % 37) - 18.0).collect();
            assert!(largest_of(&numbers).total_cmp(&largest(numbers.iter().copied())).is_eq(), "{numbers:?}");
        }
        assert!(norm([1.0, f64::NEG_INFINITY].into_iter()).is_infinite());
    }
}
