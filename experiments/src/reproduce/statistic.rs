//! `Statistic`: what of the seeds' values is held against the published number; and the verdict.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::stats;

/// What of the seeds' values is held against the published number. A seed has no value if its cap was reached, or its
/// training diverged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The mean of those that there are.
    Mean,
    /// The median, a seed without a value being beyond all others.
    Median,
    /// The least.
    Least,
    /// The greatest.
    Greatest,
    /// The share of seeds that have one.
    Share,
}

impl Statistic {
    /// NaN, if there is none.
    pub(super) fn of(self, values: &[Option<f64>]) -> f64 {
        let there: Vec<f64> = values.iter().flatten().copied().collect();
        match self {
            Self::Mean => stats::mean(&there),
            Self::Median => {
                let mut all: Vec<f64> = values.iter().map(|value| value.unwrap_or(f64::INFINITY)).collect();
                all.sort_by(f64::total_cmp);
                let middle = |k: usize| all.get(k).copied().unwrap_or(f64::NAN);
                let median = (middle(all.len().saturating_sub(1) / 2) + middle(all.len() / 2)) / 2.0;
                if median.is_finite() { median } else { f64::NAN }
            }
            Self::Least => there.iter().copied().fold(f64::NAN, f64::min),
            Self::Greatest => there.iter().copied().fold(f64::NAN, f64::max),
            Self::Share => there.len() as f64 / values.len().max(1) as f64,
        }
    }

    /// As in files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Least => "least",
            Self::Greatest => "greatest",
            Self::Share => "share",
        }
    }
}

/// Which side of a published number is as good as the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// It was published as "at most".
    AtMost,
    /// It was published as "at least".
    AtLeast,
}

impl Bound {
    /// As tables have it.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "≤ ",
            Self::AtLeast => "≥ ",
        }
    }
}

/// Whether the published number was found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The paper gives none.
    Unpublished,
    /// Within the tolerance of the file.
    Reproduced,
    /// Within a factor of 3.
    SameOrder,
    /// Neither.
    NotReproduced,
}

impl Verdict {
    /// Of what was `measured` against what was `published` as that or, if there is a bound, as that at most or at least.
    /// `tolerance` is a part of the published number.
    pub(super) fn of(measured: f64, published: Option<f64>, tolerance: f64, bound: Option<Bound>) -> Self {
        let Some(published) = published else { return Self::Unpublished };
        let beyond = match bound {
            Some(Bound::AtMost) => (measured - published).max(0.0),
            Some(Bound::AtLeast) => (published - measured).max(0.0),
            None => (measured - published).abs(),
        };
        let factor = (measured / published).max(published / measured);
        // What is no number is on no side.
        if measured.is_nan() {
            Self::NotReproduced
        } else if beyond <= tolerance * published.abs() {
            Self::Reproduced
        } else if factor <= 3.0 {
            Self::SameOrder
        } else {
            Self::NotReproduced
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unpublished => "no number published",
            Self::Reproduced => "reproduced",
            Self::SameOrder => "same order",
            Self::NotReproduced => "not reproduced",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_without_a_value_is_beyond_all_others_in_a_median_and_out_of_a_mean() {
        let values = [Some(3.0), None, Some(1.0)];
        let of = |statistic: Statistic| statistic.of(&values);
        assert_eq!(
            [of(Statistic::Mean), of(Statistic::Median), of(Statistic::Least)].map(f64::to_bits),
            [2.0f64, 3.0, 1.0].map(f64::to_bits)
        );
        assert!((of(Statistic::Share) - 2.0 / 3.0).abs() < 1e-15);
        assert!(Statistic::Median.of(&[None, None, Some(1.0)]).is_nan() && Statistic::Mean.of(&[None]).is_nan());
    }

    #[test]
    fn a_verdict_is_by_the_tolerance_then_by_a_factor_of_three() {
        use Verdict::{NotReproduced, Reproduced, SameOrder, Unpublished};
        for (measured, bound, verdict) in [
            (124.0, None, Reproduced),
            (126.0, None, SameOrder),
            (74.0, None, SameOrder),
            (301.0, None, NotReproduced),
            (33.0, None, NotReproduced),
            (33.0, Some(Bound::AtMost), Reproduced),
            (33.0, Some(Bound::AtLeast), NotReproduced),
            (900.0, Some(Bound::AtLeast), Reproduced),
            (f64::NAN, None, NotReproduced),
        ] {
            assert_eq!(Verdict::of(measured, Some(100.0), 0.25, bound), verdict, "{measured}");
        }
        assert_eq!(Verdict::of(1.0, None, 0.25, None), Unpublished);
        assert_eq!(Verdict::of(0.0, Some(0.0), 0.25, None), Reproduced);
    }
}
