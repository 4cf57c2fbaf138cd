//! A short video: a shape comes, drifts, changes once into another one and goes. From what into what?
//! ```text
//! t:      0      1      2      3      4      5      6      7
//!         ·      ·      disc   disc   disc   cross  cross  ·        → disc to cross
//! ```
//! Of 8 frames of 8 × 8 pixels with noise of standard deviation 0.1, the shape is in 4 to 8, of these 2 or more before the change
//! and 2 or more after it; when it comes, changes and goes is drawn, and so is where it is: it drifts by up to half a pixel a
//! frame down or up and to a side. Each frame says what is seen, whenever and wherever that is; only their order says which was
//! first. Three [shapes](super::shape_anywhere) make 6 changes, drawn alike often: chance is 1/6.

use models::Draws;

use super::shape_anywhere::Shape;

/// Frames of a video, and the rows and columns of each.
pub const FRAMES: usize = 8;
/// See [`FRAMES`].
pub const SIDE: usize = 8;
/// What the classes mean.
pub const CLASSES: [&str; 6] = [
    "disc to triangle",
    "disc to cross",
    "triangle to disc",
    "triangle to cross",
    "cross to disc",
    "cross to triangle",
];
/// The shapes of each class, indices into [their names](super::shape_anywhere::CLASSES).
const CHANGES: [[usize; 2]; 6] = [[0, 2], [0, 3], [2, 0], [2, 3], [3, 0], [3, 2]];
const NOISE: f64 = 0.1;

/// The pixels, frame after frame, each row after row from the top; and the class.
pub fn video(draws: &mut Draws) -> (Vec<f32>, usize) {
    let class = draws.below(CLASSES.len());
    let shapes = shapes(class, draws);
    let mut pixels = Vec::with_capacity(FRAMES * SIDE * SIDE);
    for shape in shapes {
        for k in 0..SIDE * SIDE {
            let cover = shape.map_or(0.0, |shape| shape.cover(k / SIDE, k % SIDE));
            pixels.push((cover + NOISE * draws.normal()) as f32);
        }
    }
    (pixels, class)
}

/// What is in each frame.
fn shapes(class: usize, draws: &mut Draws) -> [Option<Shape>; FRAMES] {
    let seen = 4 + draws.below(FRAMES - 3);
    let comes = draws.below(FRAMES - seen + 1);
    let changes = comes + 2 + draws.below(seen - 3);
    let radius = draws.between(2.0, 2.6);
    // From one end of its way to the other; all of it is in the image.
    let mut way = || {
        let (low, high) = (radius, SIDE as f64 - radius);
        let start = draws.between(low, high);
        let end = (start + seen as f64 * draws.between(-0.5, 0.5)).clamp(low, high);
        (start, (end - start) / seen as f64)
    };
    let (row, column) = (way(), way());
    std::array::from_fn(|t| {
        (comes..comes + seen).contains(&t).then(|| Shape {
            class: CHANGES[class][usize::from(t >= changes)],
            radius,
            centre: (row.0 + row.1 * (t - comes) as f64, column.0 + column.1 * (t - comes) as f64),
            turn: 0.0,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::shape_anywhere;

    #[test]
    fn a_class_is_the_first_and_the_last_shape_that_are_seen() {
        for k in 0..2000 {
            let class = k as usize % 6;
            let shapes = shapes(class, &mut Draws::at(1, "changing test", &[k]));
            let seen: Vec<Shape> = shapes.into_iter().flatten().collect();
            let name = |shape: &Shape| shape_anywhere::CLASSES[shape.class];
            let [first, last] = [&seen[0], &seen[seen.len() - 1]];
            assert_eq!(CLASSES[class], format!("{} to {}", name(first), name(last)));
            assert!(seen.len() >= 4 && seen[1].class == first.class && seen[seen.len() - 2].class == last.class);
            let runs = seen.windows(2).filter(|pair| pair[0].class != pair[1].class).count();
            let gaps = shapes.windows(2).filter(|pair| pair[0].is_some() != pair[1].is_some()).count();
            assert!(runs == 1 && gaps <= 2, "{shapes:?}");
            let inside = |x: f64, r: f64| x >= r - 1e-9 && x <= SIDE as f64 - r + 1e-9;
            assert!(seen.iter().all(|s| inside(s.centre.0, s.radius) && inside(s.centre.1, s.radius)));
        }
    }

    #[test]
    fn a_frame_with_a_shape_is_brighter() {
        for k in 0..200 {
            let address = [k];
            let (pixels, class) = video(&mut Draws::at(1, "changing test", &address));
            let mut draws = Draws::at(1, "changing test", &address);
            assert_eq!(draws.below(CLASSES.len()), class);
            for (frame, shape) in pixels.chunks(SIDE * SIDE).zip(shapes(class, &mut draws)) {
                let sum: f32 = frame.iter().sum();
                assert_eq!(sum > 3.0, shape.is_some(), "{sum}");
            }
        }
    }
}
