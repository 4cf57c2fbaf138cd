//! A small grey image with one shape in it, anywhere: which one is it?
//!
//! 12 × 12 pixels, noise of standard deviation 0.2 and one of the [shapes](super::shapes), of value 1 and radius 2.5 to 4 pixels,
//! its middle drawn so that all of it is in the image. All shapes are drawn alike often: chance is ¼.

use models::Draws;

use super::shapes::Shape;

/// Rows and columns.
pub const SIDE: usize = 12;
/// The shapes, as in [`Shape::ALL`].
pub const CLASSES: [&str; 4] = {
    let [a, b, c, d] = Shape::ALL;
    [a.name(), b.name(), c.name(), d.name()]
};
const NOISE: f64 = 0.2;

/// The pixels, row after row from the top; and the class.
pub fn image(draws: &mut Draws) -> (Vec<f32>, usize) {
    let class = draws.below(CLASSES.len());
    let (middle, radius) = place(draws);
    let cover = |k: usize| Shape::ALL[class].cover(middle, radius, (k / SIDE, k % SIDE));
    let pixels = (0..SIDE * SIDE).map(|k| (cover(k) + NOISE * draws.normal()) as f32).collect();
    (pixels, class)
}

/// Middle (x, y) and radius of a shape.
fn place(draws: &mut Draws) -> ((f64, f64), f64) {
    let radius = draws.between(2.5, 4.0);
    let mut middle = || draws.between(radius, SIDE as f64 - radius);
    ((middle(), middle()), radius)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_all_in_the_image() {
        const MARGIN: usize = 6;
        for k in 0..500 {
            let ((x, y), radius) = place(&mut Draws::at(1, "shape anywhere test", &[k]));
            let moved = (x + MARGIN as f64, y + MARGIN as f64);
            for shape in Shape::ALL {
                let inside = |pixel: &usize| (MARGIN..MARGIN + SIDE).contains(pixel);
                let beyond = (0..SIDE + 2 * MARGIN)
                    .flat_map(|row| (0..SIDE + 2 * MARGIN).map(move |column| (row, column)))
                    .filter(|(row, column)| !(inside(row) && inside(column)))
                    .any(|pixel| shape.cover(moved, radius, pixel) > 0.0);
                assert!(!beyond, "{shape:?} of radius {radius} at {x}, {y}");
            }
        }
    }

    #[test]
    fn a_class_is_its_shape_and_the_shapes_are_alike_often_and_everywhere() {
        let images: Vec<_> = (0..4000).map(|k| image(&mut Draws::at(1, "shape anywhere test", &[k]))).collect();
        // Of all shapes at all whole places, the nearest to an image is mostly of its class.
        let of = |class: usize, k: usize| {
            let (middle, radius) = (((k % 9 + 2) as f64, (k / 9 % 9 + 2) as f64), [2.5, 3.0, 3.5, 4.0][k / 81]);
            let cover = |k: usize| Shape::ALL[class].cover(middle, radius, (k / SIDE, k % SIDE)) as f32;
            (class, (0..SIDE * SIDE).map(cover).collect::<Vec<_>>())
        };
        let all: Vec<_> = (0..4 * 9 * 9 * 4).map(|k| of(k % 4, k / 4)).collect();
        let nearest = |pixels: &[f32]| {
            let distance = |other: &[f32]| pixels.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            let near = all.iter().min_by(|a, b| distance(&a.1).total_cmp(&distance(&b.1)));
            near.map(|(class, _)| *class)
        };
        let right = images[..40].iter().filter(|(pixels, class)| nearest(pixels) == Some(*class)).count();
        assert!(right > 32, "{right} of 40");
        for class in 0..4 {
            let own: Vec<_> = images.iter().filter(|(_, c)| *c == class).map(|(pixels, _)| pixels).collect();
            assert!((own.len() as f64 / 4000.0 - 0.25).abs() < 0.03);
            // No pixel tells the class: each shape is often there and often not.
            let middle = own.iter().filter(|pixels| pixels[SIDE * SIDE / 2 + SIDE / 2] > 0.5).count() as f64;
            assert!((0.2..0.9).contains(&(middle / own.len() as f64)), "{class}");
        }
    }
}
