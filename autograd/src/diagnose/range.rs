//! `Range`: what numbers a matrix holds, in a few words. No NaN is swallowed: every kind of non-finite is counted.

use std::fmt;

use crate::{Scalar, kernels};

/// The finite entries' least and greatest, and how many are not finite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    /// The least and the greatest finite entry; `None` if there is none.
    pub finite: Option<(f64, f64)>,
    /// How many entries are NaN.
    pub nan: usize,
    /// How many are ∞.
    pub inf: usize,
    /// How many are −∞.
    pub neg_inf: usize,
}

impl Range {
    /// Of these numbers.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut range = Self::default();
        for x in numbers {
            if x.is_nan() {
                range.nan += 1;
            } else if x == f64::INFINITY {
                range.inf += 1;
            } else if x == f64::NEG_INFINITY {
                range.neg_inf += 1;
            } else {
                let (lo, hi) = range.finite.unwrap_or((x, x));
                range.finite = Some((lo.min(x), hi.max(x)));
            }
        }
        range
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some((lo, hi)) = self.finite {
            let (lo, hi) = (digits(lo), digits(hi));
            parts.push(if lo == hi { format!("all {lo}") } else { format!("{lo} … {hi}") });
        }
        for (count, what) in [(self.nan, "NaN"), (self.inf, "∞"), (self.neg_inf, "−∞")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        f.write_str(&if parts.is_empty() { "empty".into() } else { parts.join(", ") })
    }
}

/// `x` with three significant digits, as people write it.
pub(crate) fn digits(x: f64) -> String {
    if x.is_nan() {
        return "NaN".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "∞".into() } else { "−∞".into() };
    }
    if x == 0.0 {
        return "0".into();
    }
    // Rounded first, so that 9.996 counts as 10.0.
    let scientific = format!("{x:.2e}");
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let text = if (-3..5).contains(&exponent) { format!("{x:.*}", (2 - exponent).max(0) as usize) } else { scientific };
    text.replace('-', "−")
}

/// √Σ x², by the real parts: entries of 1e±200 neither overflow nor vanish; NaN if any entry is, else ∞ if any is.
pub(crate) fn norm<T: Scalar>(entries: &[T]) -> f64 {
    kernels::norm(entries.iter().map(|x| x.re()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_counted_and_the_finite_ones_bounded() {
        let range = Range::of([2.0, f64::NAN, -1.5, f64::INFINITY, f64::NAN, f64::NEG_INFINITY]);
        assert_eq!(range, Range { finite: Some((-1.5, 2.0)), nan: 2, inf: 1, neg_inf: 1 });
        assert_eq!(range.to_string(), "−1.50 … 2.00, 2 NaN, 1 ∞, 1 −∞");
        assert_eq!(Range::of([f64::NAN]).to_string(), "1 NaN");
        assert_eq!(Range::of([0.5, 0.5]).to_string(), "all 0.500");
        assert_eq!(Range::of([]).to_string(), "empty");
    }

    #[test]
    fn three_digits_are_three_digits() {
        let shown = [0.0, 1.0, 9.996, -0.0123456, 12345.6, 1.5e7, 3e-4, 1e-300].map(digits);
        assert_eq!(shown, ["0", "1.00", "10.0", "−0.0123", "12346", "1.50e7", "3.00e−4", "1.00e−300"]);
    }

    #[test]
    fn the_norm_neither_overflows_nor_vanishes_nor_hides_a_nan() {
        for size in [1e-200, 1.0, 1e200] {
            assert!((norm(&[3.0 * size, -4.0 * size]) / size - 5.0).abs() < 1e-14);
        }
        assert!(norm(&[1.0, f64::NAN, f64::INFINITY]).is_nan() && norm(&[f64::NEG_INFINITY, 0.0]).is_infinite());
        assert_eq!(norm::<f64>(&[]).to_bits(), 0);
    }
}
