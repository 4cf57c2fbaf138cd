//! The statistics that tables and figures show.

use std::collections::BTreeMap;

/// The q-quantile, 0 ≤ q ≤ 1, by linear interpolation between order statistics (Hyndman & Fan 1996, type 7). NaN if
/// there are no values or one is NaN.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    if values.is_empty() || values.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}

/// The 0.5-quantile.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The arithmetic mean. NaN if there are no values.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean and the standard deviation, each 0 of no values.
pub fn mean_and_deviation(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    (mean, (values.map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt())
}

/// The mean of some values, and the least and the greatest of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

impl Spread {
    /// Of these values; NaN if there are none.
    pub fn of(values: &[f64]) -> Self {
        let fold = |f: fn(f64, f64) -> f64| values.iter().copied().fold(f64::NAN, f);
        Self { mean: mean(values), low: fold(f64::min), high: fold(f64::max) }
    }
}

/// The 95 % score interval for a proportion of `right` in `of` (Wilson 1927, JASA 22(158)): unlike the normal interval,
/// right at 0 and 1.
pub fn wilson(right: usize, of: usize) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, z) = (of as f64, 1.959_963_984_540_054);
    let p = right as f64 / n;
    let centre = p + z * z / (2.0 * n);
    let reach = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    (((centre - reach) / scale).max(0.0), ((centre + reach) / scale).min(1.0))
}

/// A part of a whole, such as the right answers of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: usize,
    /// The whole.
    pub of: usize,
}

impl Share {
    /// Of those for which this is true.
    pub fn count(which: impl IntoIterator<Item = bool>) -> Self {
        which.into_iter().fold(Self::default(), |sum, one| sum + Self { part: usize::from(one), of: 1 })
    }

    /// From 0 to 1; 0 of nothing.
    pub fn value(self) -> f64 {
        self.part as f64 / self.of.max(1) as f64
    }

    /// See [`wilson`].
    pub fn interval(self) -> (f64, f64) {
        wilson(self.part, self.of)
    }

    /// Both: the value, and the interval around it.
    pub fn estimate(self) -> (f64, (f64, f64)) {
        (self.value(), self.interval())
    }
}

impl std::ops::Add for Share {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { part: self.part + other.part, of: self.of + other.of }
    }
}

impl std::iter::Sum for Share {
    fn sum<I: Iterator<Item = Self>>(shares: I) -> Self {
        shares.fold(Self::default(), |sum, one| sum + one)
    }
}

/// The most frequent of these; of equally frequent ones the first in their order.
pub fn most_frequent<K: Ord>(values: impl IntoIterator<Item = K>) -> Option<K> {
    let mut counts = BTreeMap::new();
    values.into_iter().for_each(|value| *counts.entry(value).or_insert(0usize) += 1);
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(value, _)| value)
}

/// The first k with `curve[k]` < ½, if any: the half-life of a curve that starts at 1.
pub fn half_life(curve: &[f64]) -> Option<usize> {
    curve.iter().position(|x| *x < 0.5)
}

/// The same between the steps: where the logarithm of the curve, a line from step to step, passes ln ½.
pub fn half_life_between_steps(curve: &[f64]) -> Option<f64> {
    let after = half_life(curve)?;
    let Some(before) = after.checked_sub(1) else { return Some(0.0) };
    let (above, below) = (curve[before], curve[after]);
    Some(before as f64 + (2.0 * above).ln() / (above / below).ln())
}

/// The least-squares slope of ln `curve[k]` over k in `lags` (natural logarithm a step). `None` if the curve is shorter
/// or somewhere not positive there.
pub fn log_slope(curve: &[f64], lags: std::ops::RangeInclusive<usize>) -> Option<f64> {
    let points: Option<Vec<(f64, f64)>> =
        lags.map(|k| curve.get(k).filter(|x| **x > 0.0 && x.is_finite()).map(|x| (k as f64, x.ln()))).collect();
    let points = points.filter(|points| points.len() > 1)?;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / points.len() as f64;
    let (k_mean, y_mean) = (mean(|p| p.0), mean(|p| p.1));
    let covariance: f64 = points.iter().map(|(k, y)| (k - k_mean) * (y - y_mean)).sum();
    let variance: f64 = points.iter().map(|(k, _)| (k - k_mean) * (k - k_mean)).sum();
    Some(covariance / variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let values = [4.0, 1.0, 3.0, 2.0];
        let found = [0.0, 0.5, 1.0].map(|q| quantile(&values, q).to_bits());
        assert_eq!(found, [1.0f64, 2.5, 4.0].map(f64::to_bits));
        assert!(median(&[]).is_nan() && median(&[1.0, f64::NAN]).is_nan());
    }

    #[test]
    fn wilson_intervals_are_the_known_ones() {
        // 10 of 20: (0.299, 0.701); 0 of 10: (0, 0.2775).
        let (low, high) = wilson(10, 20);
        assert!((low - 0.2993).abs() < 1e-4 && (high - 0.7007).abs() < 1e-4);
        let (low, high) = wilson(0, 10);
        assert!(low == 0.0 && (high - 0.2775).abs() < 1e-4);
    }

    #[test]
    fn shares_add_up() {
        let share: Share = [Share::count([true, false, true]), Share { part: 1, of: 1 }].into_iter().sum();
        assert_eq!(share, Share { part: 3, of: 4 });
        assert_eq!((share.value().to_bits(), share.interval()), (0.75f64.to_bits(), wilson(3, 4)));
        assert_eq!(Share::default().value().to_bits(), 0);
    }

    #[test]
    fn of_equally_frequent_ones_the_first_is_taken() {
        assert_eq!(most_frequent([3, 2, 2, 3, 1]), Some(2));
        assert_eq!(most_frequent::<u8>([]), None);
    }

    #[test]
    fn the_deviation_is_that_of_all_values() {
        let found = mean_and_deviation([2.0, 4.0, 6.0, 8.0].into_iter());
        assert!((found.0 - 5.0).abs() < 1e-15 && (found.1 - 5f64.sqrt()).abs() < 1e-15);
        assert_eq!(mean_and_deviation(std::iter::empty()), (0.0, 0.0));
    }

    #[test]
    fn half_life_and_slope_of_an_exponential() {
        let curve: Vec<f64> = (0..100).map(|k| 0.9f64.powi(k)).collect();
        assert_eq!(half_life(&curve), Some(7));
        assert_eq!(half_life(&curve[..5]), None);
        let between = half_life_between_steps(&curve).expect("it halves");
        assert!((between - 0.5f64.ln() / 0.9f64.ln()).abs() < 1e-12);
        assert_eq!(half_life_between_steps(&[1.0, 0.75, 0.0]).map(f64::to_bits), Some(1.0f64.to_bits()));
        assert_eq!(half_life_between_steps(&[1.0, 0.75]), None);
        let slope = log_slope(&curve, 10..=60).expect("long enough");
        assert!((slope - 0.9f64.ln()).abs() < 1e-12);
        assert_eq!(log_slope(&curve[..60], 10..=60), None);
        assert_eq!(log_slope(&[0.0; 100], 10..=60), None);
    }
}
