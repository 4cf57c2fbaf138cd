use experiments::loaders::clips::Clip;
use experiments::stats::mean_and_deviation;
use models::networks::{Batch, Targets};
use nalgebra::DMatrix;

use super::{Input, Kind};

/// A clip, and how many times more its last frame is shown.
pub type Shown<'a> = (&'a Clip, usize);

/// What a network reads of clips.
///
/// Pixels are read as (x − μ) / σ, with mean and deviation of the training clips.
#[derive(Debug)]
pub struct View {
    kind: Kind,
    /// C·H·W of a frame.
    frame: usize,
    /// The frames of the longest clip.
    longest: usize,
    /// μ and σ.
    scale: (f64, f64),
}

impl View {
    /// As a network of this kind and the training clips of `input` ask for.
    pub fn new(kind: Kind, input: &Input) -> Self {
        Self { kind, frame: input.image.rows(), longest: input.longest, scale: scale(&input.splits.train) }
    }

    /// The rows of a step.
    pub fn rows(&self) -> usize {
        if self.kind == Kind::Mlp { self.frame * self.longest } else { self.frame }
    }

    /// The clips, without targets.
    pub fn batch(&self, clips: &[Shown<'_>]) -> Batch {
        let read: Vec<_> = clips.iter().map(|shown| self.steps(*shown)).collect();
        let lengths: Vec<usize> = read.iter().map(Vec::len).collect();
        let mut x = DMatrix::zeros(self.rows(), lengths.iter().copied().max().unwrap_or(0) * clips.len());
        for (e, steps) in read.iter().enumerate() {
            for (t, step) in steps.iter().enumerate() {
                x.column_mut(t * clips.len() + e).copy_from_slice(step);
            }
        }
        Batch { tokens: Vec::new(), x, lengths, targets: Targets::Classes(Vec::new()) }
    }

    /// What is read of a clip: every frame, one in a step; or one step alone.
    fn steps(&self, (clip, frozen): Shown<'_>) -> Vec<Vec<f64>> {
        let (frames, shown) = (&clip.frames, clip.frames.len() + frozen);
        let at = |t: usize, i: usize| f64::from(frames[t.min(frames.len() - 1)].values[i]);
        let frame = |t: usize| (0..self.frame).map(|i| self.scaled(at(t, i))).collect::<Vec<f64>>();
        match self.kind {
            Kind::Lstm | Kind::LstmFrozen => (0..shown).map(frame).collect(),
            Kind::Last => vec![frame(frames.len() - 1)],
            Kind::Mean => {
                // The sum in 53 bits does not depend on the order.
                let sum = |i: usize| (0..frames.len()).map(|t| at(t, i)).sum::<f64>();
                vec![(0..self.frame).map(|i| self.scaled(sum(i) / frames.len() as f64)).collect()]
            }
            // Those shown last, as many as the longest clip has; what is missing of them stands before, and is 0.
            Kind::Mlp => {
                let mut window = vec![0.0; self.longest.saturating_sub(shown) * self.frame];
                window.extend((shown.saturating_sub(self.longest)..shown).flat_map(frame));
                vec![window]
            }
        }
    }

    /// As a network of single precision reads it.
    fn scaled(&self, value: f64) -> f64 {
        f64::from(((value - self.scale.0) / self.scale.1) as f32)
    }
}

/// The mean and the standard deviation of all pixels; a deviation of 1 if all are the same.
fn scale(clips: &[Clip]) -> (f64, f64) {
    let values = clips.iter().flat_map(|clip| &clip.frames).flat_map(|frame| &frame.values).map(|x| f64::from(*x));
    let (mean, deviation) = mean_and_deviation(values);
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use experiments::splits::Sizes;
    use experiments::tasks::moving_shapes::{CLASSES, MovingShapes};

    use super::*;

    #[test]
    fn a_window_has_the_frames_that_were_shown_last() {
        let splits =
            MovingShapes { half: 5, side: 10 }.splits(Sizes { train: 2, validation: 2, test: 3 }, 1).expect("enough");
        let input = Input::of("test".into(), CLASSES.map(|(name, _)| name.to_owned()).to_vec(), splits, true);
        let view = View::new(Kind::Mlp, &input);
        let clip = &input.splits.test[0];
        let first = |frames: usize, frozen: usize| {
            let clip = Clip { frames: clip.frames[..frames].to_vec(), ..clip.clone() };
            view.steps((&clip, frozen))[0].chunks(100).map(<[f64]>::to_vec).collect::<Vec<_>>()
        };
        let (whole, later, short) = (first(10, 0), first(10, 3), first(4, 1));
        assert_eq!(later[..7], whole[3..]);
        assert_eq!(later[7..], [&whole[9][..]; 3]);
        assert_eq!(short[5..9], whole[..4]);
        assert_eq!((&short[9], &short[4]), (&whole[3], &vec![0.0; 100]));
    }
}
