//! A short video: a shape comes, drifts, changes once into another one and goes. From what into what?
//! ```text
//! t:      0      1      2      3      4      5      6      7
//!         ·      ·      circle circle circle cross  cross  ·        → circle to cross
//! ```
//! Of 8 frames of 8 × 8 pixels with noise of standard deviation 0.1, the shape is in 4 to 8, of these 2 or more before the change
//! and 2 or more after it; when it comes, changes and goes is drawn, and so is where it is: it drifts by up to half a pixel a
//! frame down or up and to a side. Each frame says what is seen, whenever and wherever that is; only their order says which was
//! first. Three [shapes](super::shapes) make 6 changes, drawn alike often: chance is 1/6.

use models::Draws;

use super::shapes::Shape;

/// Frames of a video, and the rows and columns of each.
pub const FRAMES: usize = 8;
/// See [`FRAMES`].
pub const SIDE: usize = 8;
/// What the classes mean.
pub const CLASSES: [&str; 6] = [
    "circle to triangle",
    "circle to cross",
    "triangle to circle",
    "triangle to cross",
    "cross to circle",
    "cross to triangle",
];
/// The shapes of each class.
const CHANGES: [[Shape; 2]; 6] = [
    [Shape::Circle, Shape::Triangle],
    [Shape::Circle, Shape::Cross],
    [Shape::Triangle, Shape::Circle],
    [Shape::Triangle, Shape::Cross],
    [Shape::Cross, Shape::Circle],
    [Shape::Cross, Shape::Triangle],
];
const NOISE: f64 = 0.1;

/// The pixels, frame after frame, each row after row from the top; and the class.
pub fn video(draws: &mut Draws) -> (Vec<f32>, usize) {
    let class = draws.below(CLASSES.len());
    let frames = frames(class, draws);
    let mut pixels = Vec::with_capacity(FRAMES * SIDE * SIDE);
    for seen in frames {
        for k in 0..SIDE * SIDE {
            let cover = seen.map_or(0.0, |s| s.shape.cover(s.middle, s.radius, (k / SIDE, k % SIDE)));
            pixels.push((cover + NOISE * draws.normal()) as f32);
        }
    }
    (pixels, class)
}

/// What is in a frame; lengths are in pixels.
#[derive(Clone, Copy, Debug)]
struct Seen {
    shape: Shape,
    /// (x, y).
    middle: (f64, f64),
    radius: f64,
}

/// What is in each frame.
fn frames(class: usize, draws: &mut Draws) -> [Option<Seen>; FRAMES] {
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
    let (x, y) = (way(), way());
    std::array::from_fn(|t| {
        let at = |(start, step): (f64, f64)| start + step * (t - comes) as f64;
        (comes..comes + seen).contains(&t).then(|| Seen {
            shape: CHANGES[class][usize::from(t >= changes)],
            middle: (at(x), at(y)),
            radius,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_the_first_and_the_last_shape_that_are_seen() {
        for k in 0..2000 {
            let class = k as usize % 6;
            let frames = frames(class, &mut Draws::at(1, "changing test", &[k]));
            let seen: Vec<Seen> = frames.into_iter().flatten().collect();
            let [first, last] = [&seen[0], &seen[seen.len() - 1]];
            assert_eq!(CLASSES[class], format!("{} to {}", first.shape.name(), last.shape.name()));
            assert!(seen.len() >= 4 && seen[1].shape == first.shape && seen[seen.len() - 2].shape == last.shape);
            let runs = seen.windows(2).filter(|pair| pair[0].shape != pair[1].shape).count();
            let gaps = frames.windows(2).filter(|pair| pair[0].is_some() != pair[1].is_some()).count();
            assert!(runs == 1 && gaps <= 2, "{frames:?}");
            let inside = |x: f64, r: f64| x >= r - 1e-9 && x <= SIDE as f64 - r + 1e-9;
            assert!(seen.iter().all(|s| inside(s.middle.0, s.radius) && inside(s.middle.1, s.radius)));
        }
    }

    #[test]
    fn a_frame_with_a_shape_is_brighter() {
        for k in 0..200 {
            let address = [k];
            let (pixels, class) = video(&mut Draws::at(1, "changing test", &address));
            let mut draws = Draws::at(1, "changing test", &address);
            assert_eq!(draws.below(CLASSES.len()), class);
            for (frame, seen) in pixels.chunks(SIDE * SIDE).zip(frames(class, &mut draws)) {
                let sum: f32 = frame.iter().sum();
                assert_eq!(sum > 3.0, seen.is_some(), "{sum}");
            }
        }
    }
}
