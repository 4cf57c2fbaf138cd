//! Clips of a shape on a circle, of which no single frame and no mean frame tells the class.

use models::Draws;

use super::shapes::Shape;
use crate::loaders::clips::Clip;
use crate::loaders::png::Raster;
use crate::splits::{Sizes, Splits, TooFew};

/// The places that a fast shape goes on by.
const FAST: i64 = 3;

/// Every class: its name, v₁ and v₂.
pub const CLASSES: [(&str, [i64; 2]); 8] = [
    ("clockwise, slow first", [1, FAST]),
    ("clockwise, fast first", [FAST, 1]),
    ("anticlockwise, slow first", [-1, -FAST]),
    ("anticlockwise, fast first", [-FAST, -1]),
    ("slow, clockwise first", [1, -1]),
    ("slow, anticlockwise first", [-1, 1]),
    ("fast, clockwise first", [FAST, -FAST]),
    ("fast, anticlockwise first", [-FAST, FAST]),
];

/// Clips of a shape on a circle, of which no single frame and no mean frame tells the class.
///
/// A clip has two halves of K frames. The shape stands on one of K places on a circle, and goes on by v places from frame to
/// frame: v = ±1 slow, ±3 fast, + clockwise. With v₁ in the first half, v₂ in the second, and n the place of the last frame:
/// ```text
/// place(t) = n + v₂ + v₁·t          (mod K), t = 0 … K−1
/// place(t) = n + v₂ + v₂·(t − K)    (mod K), t = K … 2K−1
/// ```
/// (K steps of v₁ lead back to where they began, so there is no jump.) A class is a pair (v₁, v₂): a direction, a speed, and
/// what came first. There are eight; each v₁ and each v₂ has two.
///
/// # Why frames tell nothing
/// K is no multiple of 3, so that t ↦ v·t is one to one mod K: in each half the shape is on each place exactly once, whatever
/// v is. So the eight clips of one scene (shape, size, brightness, circle, n), one of each class, are the same 2K frames in
/// another order, and
/// 1. their mean frame is the same, and so is what a frame at a random time may be;
/// 2. their last frame is the same, place n;
/// 3. n is uniform, so at every time t the place is uniform in each class.
///
/// A scene has all its eight clips in one split. Whoever answers from the mean frame or the last frame gives all eight the same
/// answer, and has exactly one in eight right: 12.5 %, on every test set. Whoever sees only the second half knows v₂, and can
/// be right in one of two.
///
/// A class that shows in some frame what happened first (a flash, then a beep of another colour) could not keep 3: what
/// comes first has an earlier mean time, so at some time t a frame is likelier in one class than in the other. It has to be in
/// the motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovingShapes {
    /// K, the frames of a half: no multiple of 3, and more than 4, so that ±1 and ±3 are four velocities.
    pub half: usize,
    /// The rows and columns of a frame.
    pub side: usize,
}

/// What the eight clips of a scene have in common; lengths as shares of a frame's side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// What moves.
    pub shape: Shape,
    /// Its radius.
    pub size: f64,
    /// Its brightness.
    pub bright: f64,
    /// That of what is behind it.
    pub ground: f64,
    /// The middle of the circle, x and y.
    pub middle: [f64; 2],
    /// The radius of the circle.
    pub radius: f64,
    /// How far the places are turned, as a share of the way between two.
    pub turn: f64,
    /// n, the place of the last frame.
    pub last: usize,
}

impl MovingShapes {
    /// A scene.
    pub fn scene(&self, draws: &mut Draws) -> Scene {
        Scene {
            shape: Shape::ALL[draws.below(Shape::ALL.len())],
            size: draws.between(0.09, 0.14),
            bright: draws.between(0.6, 1.0),
            ground: draws.between(0.0, 0.25),
            middle: [draws.between(0.46, 0.54), draws.between(0.46, 0.54)],
            radius: draws.between(0.24, 0.3),
            turn: draws.uniform(),
            last: draws.below(self.half),
        }
    }

    /// Where the shape of a scene stands in each frame of its clip of a class.
    pub fn places(&self, scene: &Scene, class: usize) -> Vec<usize> {
        let (k, [v1, v2]) = (self.half as i64, CLASSES[class].1);
        let begin = scene.last as i64 + v2;
        let halves = (0..k).map(|t| begin + v1 * t).chain((0..k).map(|t| begin + v2 * t));
        halves.map(|place| place.rem_euclid(k) as usize).collect()
    }

    /// A scene's clip of every class, in their order.
    pub fn clips(&self, scene: &Scene) -> Vec<Clip> {
        let frames: Vec<Raster> = (0..self.half).map(|place| self.frame(scene, place)).collect();
        let clip = |class: usize| Clip {
            label: CLASSES[class].0.into(),
            frames: self.places(scene, class).into_iter().map(|place| frames[place].clone()).collect(),
        };
        (0..CLASSES.len()).map(clip).collect()
    }

    /// The frame with the shape on a place.
    fn frame(&self, scene: &Scene, place: usize) -> Raster {
        let side = self.side as f64;
        let angle = std::f64::consts::TAU * (place as f64 + scene.turn) / self.half as f64;
        // Rows are counted downwards, so that a growing angle is clockwise.
        let at = [angle.cos(), angle.sin()];
        let [x, y] = [0, 1].map(|axis| side * (scene.middle[axis] + scene.radius * at[axis]));
        let ground = vec![scene.ground as f32; self.side * self.side];
        let mut frame = Raster { channels: 1, height: self.side, width: self.side, values: ground };
        scene.shape.draw(&mut frame, (x, y), side * scene.size, &[scene.bright]);
        // As in a PNG of 8 bits.
        frame.values.iter_mut().for_each(|value| *value = (255.0 * *value).round() / 255.0);
        frame
    }

    /// The clips of the scenes of each split, a scene's eight one after the other; no scene is in two splits.
    ///
    /// # Errors
    /// Never, but by a chance of next to nothing: scenes have 53 random bits in each of seven numbers.
    pub fn splits(&self, scenes: Sizes, seed: u64) -> Result<Splits<Clip>, TooFew> {
        let key = |s: &Scene| {
            let [x, y] = s.middle;
            [s.size, s.bright, s.ground, x, y, s.radius, s.turn].map(f64::to_bits)
        };
        let scenes = Splits::draw(scenes, (seed, "scenes"), |_, draws| self.scene(draws), key)?;
        let clips = |scenes: Vec<Scene>| scenes.iter().flat_map(|scene| self.clips(scene)).collect();
        Ok(Splits { train: clips(scenes.train), validation: clips(scenes.validation), test: clips(scenes.test) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{check, proptest};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn bits(frame: &Raster) -> Vec<u32> {
        frame.values.iter().map(|value| value.to_bits()).collect()
    }

    /// Sums of at most 64 numbers of 24 bits are exact in 53.
    fn mean(clip: &Clip) -> Vec<f64> {
        let sum = |i: usize| clip.frames.iter().map(|frame| f64::from(frame.values[i])).sum::<f64>();
        (0..clip.frames[0].values.len()).map(|i| sum(i) / clip.frames.len() as f64).collect()
    }

    fn tasks() -> impl Strategy<Value = (MovingShapes, u64)> {
        let half = proptest::sample::select(vec![5usize, 7, 8, 10, 11, 14, 16]);
        (half, 8usize..24, any::<u64>()).prop_map(|(half, side, seed)| (MovingShapes { half, side }, seed))
    }

    /// The proof of the module documentation: the same frames, the same mean, the same last frame, exactly.
    #[test]
    fn the_clips_of_a_scene_are_the_same_frames_in_another_order() {
        check(tasks(), |(task, seed)| {
            let clips = task.clips(&task.scene(&mut Draws::at(seed, "moving shapes test", &[])));
            let sorted = |clip: &Clip| {
                let mut frames: Vec<_> = clip.frames.iter().map(bits).collect();
                frames.sort();
                frames
            };
            for clip in &clips[1..] {
                prop_assert_eq!(sorted(clip), sorted(&clips[0]));
                prop_assert_eq!(mean(clip), mean(&clips[0]));
                prop_assert_eq!(
                    bits(clip.frames.last().expect("frames")),
                    bits(clips[0].frames.last().expect("frames"))
                );
            }
            let different: BTreeSet<Vec<_>> = clips.iter().map(|clip| clip.frames.iter().map(bits).collect()).collect();
            prop_assert_eq!(different.len(), CLASSES.len());
            Ok(())
        });
    }

    /// A multiple of 3 is the fault that the check must catch: a fast shape then never comes to most places.
    #[test]
    fn with_a_multiple_of_three_the_frames_would_tell() {
        let task = MovingShapes { half: 9, side: 12 };
        let clips = task.clips(&task.scene(&mut Draws::at(1, "moving shapes test", &[])));
        assert!(mean(&clips[6]) != mean(&clips[4]));
    }

    #[test]
    fn at_every_time_every_place_is_as_likely_in_every_class() {
        let task = MovingShapes { half: 10, side: 16 };
        let scene = task.scene(&mut Draws::at(1, "moving shapes test", &[]));
        for class in 0..CLASSES.len() {
            let walks: Vec<_> = (0..10).map(|last| task.places(&Scene { last, ..scene }, class)).collect();
            for t in 0..20 {
                let places: BTreeSet<usize> = walks.iter().map(|walk| walk[t]).collect();
                assert_eq!(places.len(), 10, "class {class}, time {t}");
            }
        }
    }

    #[test]
    fn a_shape_goes_as_its_class_says_and_ends_at_its_last_place() {
        let task = MovingShapes { half: 10, side: 16 };
        let scene = Scene { last: 4, ..task.scene(&mut Draws::at(1, "moving shapes test", &[])) };
        for (class, (name, [v1, v2])) in CLASSES.into_iter().enumerate() {
            let places = task.places(&scene, class);
            assert_eq!((places.len(), places[19]), (20, 4));
            for t in 1..20 {
                let went = (places[t] + 10 - places[t - 1]) % 10;
                let v = if t <= 10 { v1 } else { v2 };
                assert_eq!(went as i64, v.rem_euclid(10), "{name}, step {t}");
            }
            // The step between the halves is one of the first.
            let (first, way) =
                (name.split(", ").nth(1).expect("two parts"), name.split(", ").next().expect("two parts"));
            assert_eq!(way == "clockwise" || first == "clockwise first", v1 > 0, "{name}");
            assert_eq!(way == "fast" || first == "fast first", v1.abs() == FAST, "{name}");
        }
    }

    #[test]
    fn half_a_clip_is_worth_one_of_two() {
        for half in 0..2 {
            for v in [1, -1, FAST, -FAST] {
                assert_eq!(CLASSES.iter().filter(|(_, velocities)| velocities[half] == v).count(), 2);
            }
        }
    }

    #[test]
    fn clockwise_is_as_on_a_clock_and_a_shape_is_whole() {
        let task = MovingShapes { half: 4, side: 20 };
        for shape in Shape::ALL {
            let drawn = task.scene(&mut Draws::at(1, "moving shapes test", &[]));
            let scene = Scene { shape, turn: 0.0, middle: [0.5; 2], ground: 0.0, bright: 1.0, size: 0.14, ..drawn };
            let middle = |place: usize| {
                let frame = task.frame(&scene, place);
                let total: f32 = frame.values.iter().sum();
                let of = |at: fn(usize) -> usize| {
                    frame.values.iter().enumerate().map(|(i, value)| at(i) as f32 * value).sum::<f32>() / total
                };
                let rim =
                    (0..400).filter(|i| i / 20 % 19 == 0 || i % 20 % 19 == 0).map(|i| frame.values[i]).sum::<f32>();
                assert!(rim.abs() < 1e-6 && total > 10.0, "{shape:?}: {rim} {total}");
                (of(|i| i % 20), of(|i| i / 20))
            };
            let [right, bottom, left, top] = [0, 1, 2, 3].map(middle);
            assert!(
                right.0 > 13.0 && bottom.1 > 13.0 && left.0 < 6.0 && top.1 < 6.0,
                "{right:?} {bottom:?} {left:?} {top:?}"
            );
        }
    }

    #[test]
    fn a_scene_is_in_one_split_with_all_its_clips() {
        let task = MovingShapes { half: 5, side: 8 };
        let splits = task.splits(Sizes { train: 6, validation: 2, test: 3 }, 1).expect("enough");
        assert_eq!([splits.train.len(), splits.validation.len(), splits.test.len()], [48, 16, 24]);
        let means = |clips: &[Clip]| -> BTreeSet<Vec<u64>> {
            clips.iter().map(|clip| mean(clip).into_iter().map(f64::to_bits).collect()).collect()
        };
        let [train, validation, test] = [&splits.train, &splits.validation, &splits.test].map(|clips| means(clips));
        assert_eq!([train.len(), validation.len(), test.len()], [6, 2, 3]);
        assert!(train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test));
    }
}
