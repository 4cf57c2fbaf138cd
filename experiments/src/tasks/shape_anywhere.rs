//! A small grey image with one shape in it, anywhere: which one is it?
//!
//! 12 × 12 pixels, noise of standard deviation 0.2 and a shape of value 1: a disc, a square, a triangle or a cross, of radius
//! 2.5 to 4 pixels, its centre drawn so that all of it is in the image, turned by up to 10°. A pixel is the share of it that the
//! shape covers (4 × 4 points). All shapes are drawn alike often: chance is ¼.

use models::Draws;

/// Rows and columns.
pub const SIDE: usize = 12;
/// The shapes.
pub const CLASSES: [&str; 4] = ["disc", "square", "triangle", "cross"];
const NOISE: f64 = 0.2;

/// The pixels, row after row from the top; and the class.
pub fn image(draws: &mut Draws) -> (Vec<f32>, usize) {
    let shape = Shape::draw(draws);
    let pixels = (0..SIDE * SIDE).map(|k| (shape.cover(k / SIDE, k % SIDE) + NOISE * draws.normal()) as f32);
    (pixels.collect(), shape.class)
}

/// A shape in an image.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Its index in [`CLASSES`].
    pub class: usize,
    /// In pixels.
    pub radius: f64,
    /// Pixels from the top and from the left.
    pub centre: (f64, f64),
    /// In radians.
    pub turn: f64,
}

impl Shape {
    /// One of those of this task.
    fn draw(draws: &mut Draws) -> Self {
        let class = draws.below(CLASSES.len());
        let radius = draws.between(2.5, 4.0);
        let mut centre = || draws.between(radius, SIDE as f64 - radius);
        Self { class, radius, centre: (centre(), centre()), turn: draws.between(-10.0, 10.0).to_radians() }
    }

    /// The share of a pixel that it covers.
    pub fn cover(&self, row: usize, column: usize) -> f64 {
        let (sin, cos) = self.turn.sin_cos();
        let has = |n: usize| {
            let at =
                |pixel: usize, n: usize, centre: f64| (pixel as f64 + (n as f64 + 0.5) / 4.0 - centre) / self.radius;
            let (y, x) = (at(row, n / 4, self.centre.0), at(column, n % 4, self.centre.1));
            covers(self.class, cos * y - sin * x, sin * y + cos * x)
        };
        (0..16).filter(|n| has(*n)).count() as f64 / 16.0
    }
}

/// Whether a shape of radius 1 has the point y below and x to the right of its centre. Turned by 10° it is within ±1 still.
fn covers(class: usize, y: f64, x: f64) -> bool {
    match class {
        0 => x.hypot(y) <= 0.9,
        1 => x.abs().max(y.abs()) <= 0.8,
        2 => y <= 0.75 && x.abs() <= (y + 1.0) / 2.0,
        _ => x.abs().min(y.abs()) <= 0.28 && x.abs().max(y.abs()) <= 0.95,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_all_in_the_image_and_they_are_of_like_area() {
        let area = |class: usize| {
            let points = (0..40_000).map(|k| (f64::from(k / 200) / 100.0 - 1.0, f64::from(k % 200) / 100.0 - 1.0));
            points.filter(|(y, x)| covers(class, *y, *x)).count() as f64 / 10_000.0
        };
        let areas = [0, 1, 2, 3].map(area);
        assert!(areas.iter().all(|area| (1.4..2.7).contains(area)), "{areas:?}");
        for k in 0..500 {
            let shape = Shape::draw(&mut Draws::at(1, "shape anywhere test", &[k]));
            let all: f64 = (0..SIDE * SIDE).map(|k| shape.cover(k / SIDE, k % SIDE)).sum();
            let expected = areas[shape.class] * shape.radius * shape.radius;
            assert!((all / expected - 1.0).abs() < 0.08, "{shape:?}: {all} of {expected}");
        }
    }

    #[test]
    fn shapes_are_alike_often_and_everywhere() {
        let images: Vec<_> = (0..4000).map(|k| image(&mut Draws::at(1, "shape anywhere test", &[k]))).collect();
        for class in 0..4 {
            let own: Vec<_> = images.iter().filter(|(_, c)| *c == class).map(|(pixels, _)| pixels).collect();
            assert!((own.len() as f64 / 4000.0 - 0.25).abs() < 0.03);
            // No pixel tells the class: each shape is often there and often not.
            let middle = own.iter().filter(|pixels| pixels[SIDE * SIDE / 2 + SIDE / 2] > 0.5).count() as f64;
            assert!((0.2..0.9).contains(&(middle / own.len() as f64)), "{class}");
        }
    }
}
