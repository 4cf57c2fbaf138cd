use models::networks::{Batch, Targets};
use nalgebra::{DMatrix, DVector};

use super::Input;
use crate::loaders::clips::Clip;
use crate::stats::mean_and_deviation;

/// What the networks read of clips.
///
/// Pixels are read as (x − μ) / σ, with mean and deviation of the training clips.
#[derive(Debug)]
pub struct View {
    /// C·H·W of a frame.
    rows: usize,
    /// The frames of the longest clip.
    longest: usize,
    /// μ and σ.
    scale: (f64, f64),
}

impl View {
    /// As the training clips of `input` ask for.
    pub fn new(input: &Input) -> Self {
        Self { rows: input.image.rows(), longest: input.longest, scale: scale(&input.splits.train) }
    }

    /// The rows of a [`window`](Self::window).
    pub fn window_rows(&self) -> usize {
        self.rows * self.longest
    }

    /// The frames of the clips, without targets.
    pub fn frames(&self, clips: &[&Clip], frozen: &[usize]) -> Batch {
        let lengths: Vec<usize> = clips.iter().zip(frozen).map(|(clip, more)| clip.frames.len() + more).collect();
        let (steps, batch) = (lengths.iter().copied().max().unwrap_or(0), clips.len());
        let mut x = DMatrix::zeros(self.rows, steps * batch);
        for (e, clip) in clips.iter().enumerate() {
            for t in 0..lengths[e] {
                let values = &clip.frames[t.min(clip.frames.len() - 1)].values;
                x.column_mut(t * batch + e)
                    .iter_mut()
                    .zip(values)
                    .for_each(|(x, &value)| *x = f64::from(self.scaled(f64::from(value))));
            }
        }
        Batch { tokens: Vec::new(), x, lengths, targets: Targets::Classes(Vec::new()) }
    }

    /// The last frame.
    pub fn last(&self, clip: &Clip) -> DVector<f32> {
        let frame = &clip.frames[clip.frames.len() - 1];
        DVector::from_fn(self.rows, |i, _| self.scaled(f64::from(frame.values[i])))
    }

    /// The mean frame; its sum in 53 bits does not depend on the order.
    pub fn mean(&self, clip: &Clip) -> DVector<f32> {
        let sum = |i: usize| clip.frames.iter().map(|frame| f64::from(frame.values[i])).sum::<f64>();
        DVector::from_fn(self.rows, |i, _| self.scaled(sum(i) / clip.frames.len() as f64))
    }

    /// What is seen of each clip, a column each.
    pub fn side_by_side(&self, columns: impl Iterator<Item = DVector<f32>>) -> DMatrix<f32> {
        DMatrix::from_columns(&columns.collect::<Vec<_>>())
    }

    /// The frames that were shown last, below each other, as many as the longest clip has.
    pub fn window(&self, clip: &Clip, frozen: usize) -> DVector<f32> {
        let (shown, rows) = (clip.frames.len() + frozen, self.rows);
        let missing = self.longest.saturating_sub(shown);
        let first = (shown + missing) - self.longest;
        let mut x = DVector::zeros(self.window_rows());
        for (at, t) in (first..shown).enumerate() {
            let values = &clip.frames[t.min(clip.frames.len() - 1)].values;
            let mut x = x.rows_mut((missing + at) * rows, rows);
            x.iter_mut().zip(values).for_each(|(x, &value)| *x = self.scaled(f64::from(value)));
        }
        x
    }

    fn scaled(&self, value: f64) -> f32 {
        ((value - self.scale.0) / self.scale.1) as f32
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
    use super::*;
    use crate::splits::Sizes;
    use crate::tasks::moving_shapes::{CLASSES, MovingShapes};

    #[test]
    fn a_window_has_the_frames_that_were_shown_last() {
        let splits =
            MovingShapes { half: 5, side: 10 }.splits(Sizes { train: 2, validation: 2, test: 3 }, 1).expect("enough");
        let input = Input::of("test".into(), CLASSES.map(|(name, _)| name.to_owned()).to_vec(), splits, true);
        let view = View::new(&input);
        let clip = &input.splits.test[0];
        let first = |frames: usize, frozen: usize| {
            let clip = Clip { frames: clip.frames[..frames].to_vec(), ..clip.clone() };
            let x = view.window(&clip, frozen);
            let frame = |at: usize| x.rows(at * 100, 100).iter().copied().collect::<Vec<_>>();
            (0..10).map(frame).collect::<Vec<_>>()
        };
        let (whole, later, short) = (first(10, 0), first(10, 3), first(4, 1));
        assert_eq!(later[..7], whole[3..]);
        assert_eq!(later[7..], [&whole[9][..]; 3]);
        assert_eq!(short[5..9], whole[..4]);
        assert_eq!((&short[9], &short[4]), (&whole[3], &vec![0.0; 100]));
    }
}
