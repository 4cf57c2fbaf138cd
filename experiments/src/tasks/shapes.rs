//! Shapes on small images: circle, square, triangle, cross, drawn without stairs at their edges.

use crate::loaders::png::Raster;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// A disc.
    Circle,
    /// Upright.
    Square,
    /// Its point up.
    Triangle,
    /// Two bars, one upright and one level.
    Cross,
}

impl Shape {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Circle, Self::Square, Self::Triangle, Self::Cross];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Square => "square",
            Self::Triangle => "triangle",
            Self::Cross => "cross",
        }
    }

    /// Whether (u, v) is in it; see the module documentation.
    pub fn contains(self, u: f64, v: f64) -> bool {
        let (wide, narrow) = (u.abs().max(v.abs()), u.abs().min(v.abs()));
        match self {
            Self::Circle => u * u + v * v <= 1.0,
            Self::Square => wide <= 0.88,
            Self::Triangle => (-1.0..=0.8).contains(&v) && u.abs() <= (v + 1.0) / 1.8,
            Self::Cross => wide <= 1.0 && narrow <= 0.33,
        }
    }

    /// How much it covers of the pixel at (row, column), from 0 to 1. Middle and radius are in pixels; the middle of the
    /// first pixel is at (0.5, 0.5).
    pub fn cover(self, (x, y): (f64, f64), radius: f64, (row, column): (usize, usize)) -> f64 {
        const FINE: usize = 4;
        let place = |pixel: usize, fine: usize| pixel as f64 + (fine as f64 + 0.5) / FINE as f64;
        let inside = |i: &usize| {
            let (u, v) = ((place(column, i % FINE) - x) / radius, (place(row, i / FINE) - y) / radius);
            self.contains(u, v)
        };
        (0..FINE * FINE).filter(inside).count() as f64 / (FINE * FINE) as f64
    }

    /// Draws it on an image, over what is there; `color` has a value for each channel. What is beyond the image is cut off.
    ///
    /// # Panics
    /// If the color has not as many values as the image has channels, or the radius is not above 0.
    #[track_caller]
    pub fn draw(self, on: &mut Raster, (x, y): (f64, f64), radius: f64, color: &[f64]) {
        let Raster { channels, height, width, .. } = *on;
        assert!(color.len() == channels, "shape: a colour of {} values on {channels} channels", color.len());
        assert!(radius > 0.0, "shape: the radius is {radius}, but it must be above 0");
        let span = |middle: f64, end: usize| {
            let at = |edge: f64| edge.clamp(0.0, end as f64) as usize;
            at((middle - radius).floor())..at((middle + radius).ceil())
        };
        for row in span(y, height) {
            for column in span(x, width) {
                let cover = self.cover((x, y), radius, (row, column));
                for (channel, part) in color.iter().enumerate() {
                    let value = &mut on.values[(channel * height + row) * width + column];
                    *value += (cover * (part - f64::from(*value))) as f32;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{check, proptest};
    use proptest::prelude::*;

    fn drawn(shape: Shape, middle: (f64, f64), radius: f64) -> Raster {
        let mut raster = Raster { channels: 1, height: 24, width: 30, values: vec![0.0; 24 * 30] };
        shape.draw(&mut raster, middle, radius, &[1.0]);
        raster
    }

    #[test]
    fn a_shape_has_its_area_wherever_it_stands() {
        let areas = [std::f64::consts::PI, 4.0 * 0.88 * 0.88, 1.8, 4.0 * 0.66 - 0.66 * 0.66];
        check((8.0..22.0, 8.0..16.0, 4.0..8.0), |(x, y, radius)| {
            for (shape, area) in Shape::ALL.into_iter().zip(areas) {
                let raster = drawn(shape, (x, y), radius);
                let found = raster.values.iter().map(|v| f64::from(*v)).sum::<f64>() / (radius * radius);
                prop_assert!((found / area - 1.0).abs() < 0.08, "{shape:?}: {found} is not {area}");
            }
            Ok(())
        });
    }

    #[test]
    fn nothing_is_drawn_beyond_the_box_and_what_is_beyond_the_image_is_cut_off() {
        check((-5.0..35.0, -5.0..29.0, 0.5..9.0), |(x, y, radius): (f64, f64, f64)| {
            for shape in Shape::ALL {
                for (i, value) in drawn(shape, (x, y), radius).values.iter().enumerate() {
                    let (dx, dy) = ((i % 30) as f64 + 0.5 - x, (i / 30) as f64 + 0.5 - y);
                    prop_assert!((0.0..=1.0).contains(value));
                    prop_assert!(*value <= 0.0 || dx.abs().max(dy.abs()) < radius + 0.5, "{shape:?} at {dx}, {dy}");
                }
            }
            Ok(())
        });
    }

    #[test]
    fn shapes_stand_upright_and_a_triangle_points_up() {
        let rows = |shape: Shape| {
            let raster = drawn(shape, (15.0, 12.0), 8.0);
            let row = |row: usize| raster.values[row * 30..(row + 1) * 30].to_vec();
            assert!((0..24).all(|r| row(r).iter().eq(row(r).iter().rev())), "{shape:?} is not symmetric");
            [6, 17].map(|r| row(r).iter().sum::<f32>())
        };
        let [upper, lower] = rows(Shape::Triangle);
        assert!(lower > upper + 5.0, "{upper} {lower}");
        for shape in [Shape::Circle, Shape::Square, Shape::Cross] {
            let [upper, lower] = rows(shape);
            assert!((upper - lower).abs() < 1e-4, "{shape:?}: {upper} {lower}");
        }
    }

    #[test]
    fn an_edge_mixes_the_colours_of_both_its_sides() {
        let mut raster = Raster { channels: 3, height: 4, width: 4, values: vec![0.5; 48] };
        // Its right edge is in the middle of column 2.
        Shape::Square.draw(&mut raster, (2.5 - 8.8, 2.0), 10.0, &[1.0, 0.0, 0.5]);
        let row = |channel: usize| &raster.values[channel * 16 + 4..channel * 16 + 8];
        assert_eq!(row(0), [1.0, 1.0, 0.75, 0.5]);
        assert_eq!(row(1), [0.0, 0.0, 0.25, 0.5]);
        assert_eq!(row(2), [0.5; 4]);
    }

    #[test]
    #[should_panic(expected = "shape: a colour of 1 values on 3 channels")]
    fn a_colour_of_other_channels_is_refused() {
        let mut raster = Raster { channels: 3, height: 1, width: 1, values: vec![0.0; 3] };
        Shape::Circle.draw(&mut raster, (0.5, 0.5), 1.0, &[1.0]);
    }
}
