//! The ticks of an axis: few, at round values, in words as short as `10⁻¹⁰`.

use super::axis::{Ruler, Scale};
use super::font::Font;

/// A place on a [`Ruler`] (0 to 1) and the value there, in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    pub label: String,
}

/// At most `most` ticks, but two where that is possible.
pub(super) fn ticks(ruler: &Ruler, most: usize) -> Vec<Tick> {
    let most = most.max(2);
    match ruler.scale {
        Scale::Linear => linear(ruler, most.min(7)),
        Scale::Log10 if ruler.high - ruler.low > 3.5 => decades(ruler, most),
        Scale::Log10 => within_decades(ruler, most).unwrap_or_else(|| decades(ruler, most)),
    }
}

/// Those of an upright ruler of this height: at most `most`, and no closer than every second line.
pub(super) fn along(ruler: &Ruler, height: f64, most: usize, font: Font) -> Vec<Tick> {
    ticks(ruler, ((height / (2.0 * font.size)) as usize).min(most))
}

/// What stands at the ticks.
pub(super) fn labels(ticks: &[Tick]) -> impl Iterator<Item = &str> {
    ticks.iter().map(|tick| tick.label.as_str())
}

/// A value with `decimals` decimals.
pub(super) fn decimal(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('-', "−").replace("inf", "∞")
}

/// At multiples of 1, 2 or 5 times a power of ten.
fn linear(ruler: &Ruler, most: usize) -> Vec<Tick> {
    let Ruler { low, high, .. } = *ruler;
    let first = ((high - low) / most as f64).log10().floor() as i32;
    let steps = (first..first + 3).flat_map(|e| [(1, e), (2, e), (5, e)]);
    for (mantissa, exponent) in steps {
        let step = f64::from(mantissa) * 10f64.powi(exponent);
        let (from, to) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        if to - from < most as f64 {
            let label = |n: f64| {
                if (-4..6).contains(&exponent) && (n * step).abs() < 1e7 {
                    format!("{:.*}", (-exponent).max(0) as usize, n * step)
                } else if n == 0.0 {
                    "0".into()
                } else {
                    format!("{}·{}", n * f64::from(mantissa), power(exponent))
                }
            };
            let count = (to - from) as i32 + 1;
            return (0..count)
                .map(|i| from + f64::from(i))
                .map(|n| if n == 0.0 { 0.0 } else { n }) // no "-0"
                .map(|n| Tick { at: (n * step - low) / (high - low), label: label(n).replace('-', "−") })
                .collect();
        }
    }
    Vec::new()
}

/// At 1, 2 and 5 of each decade, or `None` if these are too few or too many.
fn within_decades(ruler: &Ruler, most: usize) -> Option<Vec<Tick>> {
    let mut ticks = Vec::new();
    for exponent in ruler.low.floor() as i32..=ruler.high.floor() as i32 {
        for mantissa in [1, 2, 5] {
            let at = f64::from(exponent) + f64::from(mantissa).log10();
            if at >= ruler.low - 1e-9 && at <= ruler.high + 1e-9 {
                let label = match exponent {
                    0..5 => format!("{:.0}", f64::from(mantissa) * 10f64.powi(exponent)),
                    -3..0 => format!("{:.*}", -exponent as usize, f64::from(mantissa) * 10f64.powi(exponent)),
                    _ if mantissa == 1 => power(exponent),
                    _ => format!("{mantissa}·{}", power(exponent)),
                };
                ticks.push(Tick { at: (at - ruler.low) / (ruler.high - ruler.low), label });
            }
        }
    }
    (2..=most).contains(&ticks.len()).then_some(ticks)
}

/// At every power of ten, or at every second, fifth, tenth...
fn decades(ruler: &Ruler, most: usize) -> Vec<Tick> {
    let Ruler { low, high, .. } = *ruler;
    let plain = low >= -3.001 && high <= 4.999;
    let label = |n: i32| if plain { format!("{:.*}", (-n).max(0) as usize, 10f64.powi(n)) } else { power(n) };
    for step in [1, 2, 5, 10, 20, 50, 100, 200] {
        let size = f64::from(step);
        let (from, to) = ((low / size - 1e-9).ceil() as i32, (high / size + 1e-9).floor() as i32);
        if to - from < most as i32 {
            let at = |n: i32| (f64::from(n) - low) / (high - low);
            return (from..=to).map(|i| Tick { at: at(i * step), label: label(i * step) }).collect();
        }
    }
    Vec::new()
}

/// `10⁻¹⁰`.
fn power(exponent: i32) -> String {
    let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |c: char| c.to_digit(10).map_or('⁻', |digit| digits[digit as usize]);
    "10".chars().chain(exponent.to_string().chars().map(raised)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;

    fn labels(axis: Axis, most: usize) -> String {
        let labels: Vec<String> = ticks(&axis.ruler([], 0.0), most).into_iter().map(|tick| tick.label).collect();
        labels.join(" ")
    }

    #[test]
    fn deep_log_axes_count_in_fives_or_tens() {
        assert_eq!(labels(Axis::log10("").range(1e-30, 1e3), 8), "10⁻³⁰ 10⁻²⁵ 10⁻²⁰ 10⁻¹⁵ 10⁻¹⁰ 10⁻⁵ 10⁰");
        assert_eq!(labels(Axis::log10("").range(1e-60, 1e1), 7), "10⁻⁶⁰ 10⁻⁵⁰ 10⁻⁴⁰ 10⁻³⁰ 10⁻²⁰ 10⁻¹⁰ 10⁰");
    }

    #[test]
    fn short_log_axes_count_one_two_five() {
        assert_eq!(labels(Axis::log10("").range(1.0, 200.0), 10), "1 2 5 10 20 50 100 200");
        assert_eq!(labels(Axis::log10("").range(0.01, 1.0), 10), "0.01 0.02 0.05 0.1 0.2 0.5 1");
        assert_eq!(labels(Axis::log10("").range(1.0, 1000.0), 5), "1 10 100 1000");
    }

    #[test]
    fn linear_axes_count_in_round_steps() {
        assert_eq!(labels(Axis::linear("").range(0.0, 1.0), 7), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(labels(Axis::linear("").range(-0.05, 200.0), 6), "0 50 100 150 200");
        assert_eq!(labels(Axis::linear("").range(-2e-9, 2e-9), 5), "−2·10⁻⁹ −1·10⁻⁹ 0 1·10⁻⁹ 2·10⁻⁹");
    }

    #[test]
    fn never_more_than_asked() {
        for exponent in -12..12 {
            for most in 2..9 {
                let high = 3.7 * 10f64.powi(exponent);
                for axis in [Axis::linear("").range(-high, high), Axis::log10("").range(1e-13, high)] {
                    let count = ticks(&axis.ruler([], 0.0), most).len();
                    assert!((1..=most).contains(&count), "{axis:?} {most} {count}");
                }
            }
        }
    }
}
