//! The largest entry and the length of a list of numbers, neither of which hides a NaN as `f64::max` does.

/// max |x|: 0 of nothing, NaN if any number is.
pub fn largest(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().fold(0.0, |max: f64, x| if max.is_nan() || x.is_nan() { f64::NAN } else { max.max(x.abs()) })
}

/// √Σ x²: numbers of 1e±200 neither overflow nor vanish; NaN if any number is, else ∞ if any number is.
pub fn norm(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = largest(numbers.clone());
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * numbers.map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt()
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
            assert!(largest(numbers).is_nan() && norm(numbers.into_iter()).is_nan(), "{numbers:?}");
        }
        assert!(norm([1.0, f64::NEG_INFINITY].into_iter()).is_infinite());
    }
}
