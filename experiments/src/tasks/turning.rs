//! A short video: a blob moves over a small grey image and turns once. Which way did it turn?
//! ```text
//! t = 0, 1, …, T − 1:   p_t = p_{t−1} + d for t ≤ k,   p_{t−1} + d' after;   d' = d turned to the left, to the right, or d itself
//! ```
//! d is one of the four directions, ¾ to 1 pixel a frame; k = 3 or 4 and the place are drawn (all of the path is in the image),
//! and every pixel has noise. One frame tells nothing, nor do two: what happens before the turn must be compared with what
//! happens after it. The three classes are drawn alike often: chance is 1/3.

use models::Draws;

/// Frames of a video, and the rows and columns of each.
pub const FRAMES: usize = 8;
/// See [`FRAMES`].
pub const SIDE: usize = 8;
/// What the classes mean.
pub const CLASSES: [&str; 3] = ["left", "straight", "right"];
/// Standard deviation of the noise; the blob is 1 at its centre.
const NOISE: f64 = 0.1;
/// Standard deviation of the blob, in pixels.
const WIDTH: f64 = 0.7;

/// The pixels, frame after frame, row after row from the top; and the class.
pub fn video(draws: &mut Draws) -> (Vec<f32>, usize) {
    let class = draws.below(CLASSES.len());
    let path = path(class, draws);
    let mut pixels = Vec::with_capacity(FRAMES * SIDE * SIDE);
    for (row, column) in path {
        for pixel in 0..SIDE * SIDE {
            let (i, j) = ((pixel / SIDE) as f64, (pixel % SIDE) as f64);
            let squared = (i - row).powi(2) + (j - column).powi(2);
            let blob = (-squared / (2.0 * WIDTH * WIDTH)).exp();
            pixels.push((blob + NOISE * draws.normal()) as f32);
        }
    }
    (pixels, class)
}

/// Where the blob's centre is in each frame: (row, column).
fn path(class: usize, draws: &mut Draws) -> [(f64, f64); FRAMES] {
    let (direction, turn) = (draws.below(4), 3 + draws.below(FRAMES - 6));
    let speed = draws.between(0.75, 1.0);
    // Up, right, down, left: a step to the right is a turn by one.
    let step = |direction: usize| [(-1.0, 0.0), (0.0, 1.0), (1.0, 0.0), (0.0, -1.0)][direction % 4];
    let after = direction + [3, 0, 1][class];
    let (mut at, mut path) = ((0.0, 0.0), [(0.0, 0.0); FRAMES]);
    for (t, place) in path.iter_mut().enumerate().skip(1) {
        let (down, right) = step(if t <= turn { direction } else { after });
        at = (at.0 + speed * down, at.1 + speed * right);
        *place = at;
    }
    // Moved to where all of it is within the image.
    let mut shift = |of: fn(&(f64, f64)) -> f64| {
        let (low, high) = path.iter().map(of).fold((0.0f64, 0.0f64), |(low, high), x| (low.min(x), high.max(x)));
        draws.between(0.0, (SIDE - 1) as f64 - (high - low)) - low
    };
    let (down, right) = (shift(|p| p.0), shift(|p| p.1));
    path.map(|(row, column)| (row + down, column + right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_of_the_path_is_the_class_and_the_blob_stays_in_the_image() {
        for k in 0..2000 {
            let class = k as usize % 3;
            let path = path(class, &mut Draws::at(1, "turning test", &[k]));
            let inside = |x: f64| (-1e-9..=SIDE as f64 - 1.0 + 1e-9).contains(&x);
            assert!(path.iter().all(|p| inside(p.0) && inside(p.1)), "{path:?}");
            let step = |t: usize| (path[t].0 - path[t - 1].0, path[t].1 - path[t - 1].1);
            let (first, last) = (step(1), step(FRAMES - 1));
            // Rows grow downwards: the third component of first × last is above 0 for a turn to the left.
            let cross = first.0 * last.1 - first.1 * last.0;
            assert_eq!(
                CLASSES[class],
                if cross.abs() < 1e-9 {
                    "straight"
                } else if cross > 0.0 {
                    "left"
                } else {
                    "right"
                }
            );
        }
    }

    #[test]
    fn a_video_has_its_blob_where_the_path_is() {
        let (pixels, _) = video(&mut Draws::at(1, "turning test", &[0]));
        assert_eq!(pixels.len(), FRAMES * SIDE * SIDE);
        for frame in pixels.chunks(SIDE * SIDE) {
            assert!(frame.iter().sum::<f32>() > 1.0 && frame.iter().copied().fold(0.0, f32::max) > 0.5);
        }
    }
}
