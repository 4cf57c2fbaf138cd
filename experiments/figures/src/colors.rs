//! Colours for values: even steps of a value are even steps of lightness, also for colour-blind readers.

use super::axis::{Axis, Ruler};

/// Red, green and blue, as they stand in a file.
pub(super) type Rgb = [u8; 3];

/// Which colours values get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colors {
    /// From dark blue to bright yellow (viridis; van der Walt and Smith 2015): for amounts, such as 0 to 1.
    #[default]
    Sequential,
    /// From blue over white at zero to red (ColorBrewer's RdBu; Harrower and Brewer 2003): for values with a sign. Its
    /// range always has zero in the middle.
    Diverging,
    /// The half of `Diverging` from white at zero to red: for amounts behind text. Its range always begins at zero.
    Rising,
}

const VIRIDIS: [u32; 11] = [
    0x44_01_54, 0x48_25_76, 0x41_44_87, 0x35_60_8D, 0x2A_78_8E, 0x21_90_8C, 0x22_A8_84, 0x43_BF_71, 0x7A_D1_51,
    0xBB_DF_27, 0xFD_E7_25,
];
const BLUE_TO_RED: [u32; 11] = [
    0x05_30_61, 0x21_66_AC, 0x43_93_C3, 0x92_C5_DE, 0xD1_E5_F0, 0xF7_F7_F7, 0xFD_DB_C7, 0xF4_A5_82, 0xD6_60_4D,
    0xB2_18_2B, 0x67_00_1F,
];

impl Colors {
    /// The colour at a place from 0 to 1, in 256 steps.
    fn at(self, place: f64) -> Rgb {
        let (anchors, place) = match self {
            Self::Sequential => (&VIRIDIS, place),
            Self::Diverging => (&BLUE_TO_RED, place),
            Self::Rising => (&BLUE_TO_RED, 0.5 + place / 2.0),
        };
        // 0.5 stays between two steps, so that the two sides of a diverging map mirror each other.
        let along = (place.clamp(0.0, 1.0) * 256.0).round() / 256.0 * (anchors.len() - 1) as f64;
        let from = (along as usize).min(anchors.len() - 2);
        let (a, b) = (anchors[from].to_be_bytes(), anchors[from + 1].to_be_bytes());
        let mix = |i: usize| f64::from(a[i]) + (along - from as f64) * (f64::from(b[i]) - f64::from(a[i]));
        [1, 2, 3].map(|i| mix(i).round() as u8)
    }
}

/// Values to colours, over a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shades {
    pub colors: Colors,
    pub ruler: Ruler,
    /// Whether there are values below and above the range; they have the colour of its end.
    pub beyond: (bool, bool),
    /// Whether there are values without a colour.
    pub missing: bool,
}

impl Shades {
    /// Of a range, or if it is `None` of the finite values.
    pub(super) fn new(colors: Colors, range: Option<(f64, f64)>, values: &[f64]) -> Self {
        let range = match colors {
            Colors::Sequential => range,
            Colors::Diverging | Colors::Rising => {
                let reach = values.iter().map(|value| value.abs()).filter(|reach| reach.is_finite());
                let reach = range.map_or(reach.fold(0.0, f64::max), |(low, high)| low.abs().max(high.abs()));
                let reach = if reach > 0.0 { reach } else { 1.0 };
                Some((if colors == Colors::Rising { 0.0 } else { -reach }, reach))
            }
        };
        let ruler = Axis { range, ..Axis::default() }.ruler(values.iter().copied(), 0.0);
        let beyond = (values.iter().any(|&v| v < ruler.low), values.iter().any(|&v| v > ruler.high));
        Self { colors, ruler, beyond, missing: values.iter().any(|v| v.is_nan()) }
    }

    /// `None` for NaN alone; a value beyond the range has the colour of its end.
    pub(super) fn of(&self, value: f64) -> Option<Rgb> {
        if value.is_nan() {
            return None;
        }
        let (low, high) = (self.ruler.low, self.ruler.high);
        Some(self.colors.at(self.ruler.place(value.clamp(low, high)).unwrap_or(0.0)))
    }
}

/// CIE 1976 lightness, 0 for black to 100 for white.
pub(super) fn lightness(color: Rgb) -> f64 {
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    let y = 0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2]);
    if y > 0.008856 { 116.0 * y.cbrt() - 16.0 } else { 903.3 * y }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightnesses(colors: Colors, from: usize, to: usize) -> Vec<f64> {
        (from..=to).map(|i| lightness(colors.at(i as f64 / 16.0))).collect()
    }

    fn steps(of: &[f64]) -> Vec<f64> {
        of.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    #[test]
    fn the_sequential_map_gets_lighter_in_even_steps() {
        let steps = steps(&lightnesses(Colors::Sequential, 0, 16));
        assert!(steps.iter().all(|step| (3.0..7.0).contains(step)), "{steps:?}");
    }

    #[test]
    fn the_diverging_map_is_lightest_at_zero_and_both_sides_are_alike() {
        let all = lightnesses(Colors::Diverging, 0, 16);
        assert!(steps(&all[..9]).iter().all(|&step| step > 1.0) && steps(&all[8..]).iter().all(|&step| step < -1.0));
        assert!((0..8).all(|i| (all[i] - all[16 - i]).abs() < 6.0), "{all:?}");
    }

    /// Machado, Oliveira and Fernandes 2009, table 1: what a reader without the long, without the middle cones sees.
    #[test]
    fn the_signs_differ_for_colour_blind_readers() {
        let protan = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]];
        let deutan = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]];
        for eye in [protan, deutan] {
            let seen = |place| eye.map(|row| (0..3).map(|i| row[i] * f64::from(Colors::Diverging.at(place)[i])).sum());
            for i in 1..=8 {
                let (minus, plus): ([f64; 3], [f64; 3]) =
                    (seen(0.5 - f64::from(i) / 16.0), seen(0.5 + f64::from(i) / 16.0));
                let apart = (0..3).map(|c| (minus[c] - plus[c]).powi(2)).sum::<f64>().sqrt();
                assert!(apart > 14.0, "{i}: {apart}");
            }
        }
    }

    #[test]
    fn zero_is_white_whatever_the_range() {
        for range in [None, Some((0.0, 3.0)), Some((-0.1, 7.0))] {
            let shades = Shades::new(Colors::Diverging, range, &[-0.25, 0.5, f64::NAN, f64::INFINITY]);
            assert_eq!((shades.of(0.0), shades.of(f64::NAN)), (Some([0xF7; 3]), None));
            assert!(shades.missing && shades.beyond.1 && !shades.beyond.0);
        }
    }

    #[test]
    fn the_rising_map_is_the_red_half_of_the_diverging_one() {
        let values = [0.0, 0.5, 2.0];
        let [rising, diverging] = [Colors::Rising, Colors::Diverging].map(|colors| Shades::new(colors, None, &values));
        assert_eq!(values.map(|v| rising.of(v)), values.map(|v| diverging.of(v)));
        assert_eq!((rising.ruler.low, rising.beyond), (0.0, (false, false)));
    }

    #[test]
    fn values_beyond_the_range_have_the_colour_of_its_end() {
        let shades = Shades::new(Colors::Sequential, Some((0.0, 1.0)), &[0.5, 1.5]);
        assert_eq!((shades.of(1.5), shades.of(-9.0), shades.beyond), (shades.of(1.0), shades.of(0.0), (false, true)));
        let values = [2.0, 4.0];
        let shades = Shades::new(Colors::Sequential, None, &values);
        assert_eq!(values.map(|v| shades.of(v)), [Some([0x44, 0x01, 0x54]), Some([0xFD, 0xE7, 0x25])]);
    }
}
