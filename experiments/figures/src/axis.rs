//! An axis: its label, its scale, its range, and where a value stands on it.

/// How values become places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// By their decimal logarithm; zero and negative values have no place.
    Log10,
}

/// How many decades from 1 are shown of ratios.
const FAR: f64 = 20.0;

/// One axis of a panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub label: String,
    /// How values become places.
    pub scale: Scale,
    /// Lowest and highest value shown; `None` takes them from the data, as does a range without extent.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis, its range from the data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear, range: None }
    }

    /// A logarithmic axis, its range from the data.
    pub fn log10(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Log10, range: None }
    }

    /// A logarithmic axis for ratios, over the whole decades that these take; but where some are nearer to 1, not beyond 20
    /// decades from it: what vanishes or explodes leaves the frame, and the others keep their room.
    pub fn decades(label: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let places = values.into_iter().filter(|x| *x > 0.0 && x.is_finite()).map(f64::log10);
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = places.fold(none, |(low, high), x| (low.min(x), high.max(x)));
        if low > high {
            return Self::log10(label);
        }
        // A curve that ends at a power of ten shall not lie on the frame.
        let (low, high) = ((low - 0.1).floor(), (high + 0.1).ceil());
        let near = low < FAR && high > -FAR;
        let (low, high) = if near { (low.max(-FAR), high.min(FAR)) } else { (low, high) };
        Self::log10(label).range(10f64.powf(low), 10f64.powf(high))
    }

    /// With a range of its own.
    pub fn range(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }

    /// The ruler for these values; if the range comes from them, widened by `margin` of its length on both sides.
    pub(super) fn ruler(&self, values: impl IntoIterator<Item = f64>, margin: f64) -> Ruler {
        let Self { scale, range, .. } = *self;
        let fits = |x: &f64| x.is_finite() && x.abs() < 1e300;
        if let Some((low, high)) = range.map(|(low, high)| (scale.of(low), scale.of(high)))
            && fits(&low)
            && fits(&high)
            && high - low > 1e-300
        {
            return Ruler { scale, low, high };
        }
        let seen = values.into_iter().map(|value| scale.of(value)).filter(fits);
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = seen.fold(none, |(low, high), x| (low.min(x), high.max(x)));
        if low > high {
            return Ruler { scale, low: 0.0, high: 1.0 };
        }
        let air = match high - low {
            length if length > 1e-300 => margin * length,
            // One value only: half of it to each side, or half a decade.
            _ if scale == Scale::Linear && low.abs() > 1e-300 => 0.5 * low.abs(),
            _ => 0.5,
        };
        Ruler { scale, low: low - air, high: high + air }
    }
}

impl Scale {
    /// NaN where a value has no place.
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log10 if value > 0.0 => value.log10(),
            Self::Log10 => f64::NAN,
        }
    }
}

/// An axis that knows its range: `low` and `high` are logarithms on a logarithmic one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ruler {
    pub scale: Scale,
    pub low: f64,
    pub high: f64,
}

impl Ruler {
    /// Where a value stands, 0 at the low end and 1 at the high one, beyond both outside. `None` if it has no place: not
    /// finite, or not positive on a logarithmic axis.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let scaled = self.scale.of(value);
        // A billion rulers away is far enough to give the right slope, and no later sum of pixels overflows.
        let at = ((scaled - self.low) / (self.high - self.low)).clamp(-1e9, 1e9);
        scaled.is_finite().then_some(at)
    }

    /// Where the end of an interval stands: as [`place`](Self::place), but an end that is endlessly far away (±∞, or not
    /// positive on a logarithmic axis) counts as just outside. `None` for NaN alone.
    pub(super) fn place_end(&self, value: f64) -> Option<f64> {
        if value.is_nan() {
            return None;
        }
        let far = if value > 0.0 { 2.0 } else { -1.0 };
        Some(self.place(value).unwrap_or(far))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_comes_from_what_has_a_place() {
        let ruler = Axis::log10("").ruler([f64::NAN, 0.0, -1.0, 1e-3, 10.0, f64::INFINITY], 0.0);
        assert_eq!((ruler.low.round(), ruler.high.round()), (-3.0, 1.0));
        assert!(ruler.place(1e-2).is_some_and(|at| (at - 0.25).abs() < 1e-12));
    }

    #[test]
    fn whole_decades_hold_the_values_and_none_that_vanishes_or_explodes_empties_the_frame() {
        let ends = |values: &[f64]| {
            let ruler = Axis::decades("", values.iter().copied()).ruler([], 0.0);
            (ruler.low.round(), ruler.high.round())
        };
        assert_eq!(ends(&[1.0, 0.3, 0.02, 0.0, f64::NAN, f64::INFINITY]), (-2.0, 1.0));
        assert_eq!((ends(&[1.0, 1e-49, 1.5]), ends(&[1.0, 1e200])), ((-20.0, 1.0), (-1.0, 20.0)));
        assert_eq!(ends(&[3e-31, 2e-33]), (-33.0, -30.0));
        assert_eq!((ends(&[1.0]), ends(&[3.0]), ends(&[])), ((-1.0, 1.0), (0.0, 1.0), (0.0, 1.0)));
    }

    #[test]
    fn values_without_a_place_have_none() {
        let ruler = Axis::log10("").range(1e-9, 1.0).ruler([], 0.0);
        assert_eq!([0.0, -1.0, f64::NAN, f64::INFINITY].map(|x| ruler.place(x)), [None; 4]);
        assert!(ruler.place(1e-60).is_some_and(|at| at < -1.0));
    }

    #[test]
    fn an_interval_down_to_zero_goes_through_the_bottom() {
        let ruler = Axis::log10("").range(1e-9, 1.0).ruler([], 0.0);
        assert_eq!([0.0, f64::INFINITY, f64::NAN].map(|x| ruler.place_end(x)), [Some(-1.0), Some(2.0), None]);
    }

    #[test]
    fn every_ruler_has_an_extent() {
        for axis in
            [Axis::linear(""), Axis::log10(""), Axis::linear("").range(2.0, 2.0), Axis::log10("").range(0.0, 1.0)]
        {
            for values in [
                vec![],
                vec![3.0],
                vec![0.0],
                vec![5e-324],
                vec![5e-324, 1e-323],
                vec![1e-300, 1e300],
                vec![f64::MAX, -f64::MAX],
            ] {
                let ruler = axis.ruler(values, 0.05);
                assert!(ruler.low < ruler.high && (ruler.high - ruler.low).is_finite(), "{ruler:?}");
            }
        }
    }
}
