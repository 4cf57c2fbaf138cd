//! The clips: generated ones, or those of a folder.

use std::collections::BTreeSet;

use experiments::Stop;
use experiments::hash::long_hash;
use experiments::loaders::clips::{self, Clip};
use experiments::loaders::png::Channels;
use experiments::run::Run;
use experiments::settings::Resolved;
use experiments::splits::{Sizes, Splits};
use experiments::tasks::moving_shapes::{CLASSES, MovingShapes};
use models::stacks::ImageSize;

use super::SHOWN;
use super::config::Config;

/// The largest side of a frame that the networks take.
const LARGEST: u32 = 128;

/// What the study needs besides its settings.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is, for the reports.
    pub name: String,
    /// The names of the classes; an answer is an index into them.
    pub classes: Vec<String>,
    /// A frame.
    pub image: ImageSize,
    /// The frames of the longest clip.
    pub longest: usize,
    /// The clips.
    pub splits: Splits<Clip>,
    /// Whether they were made so that frames tell nothing.
    pub generated: bool,
}

impl Input {
    /// # Errors
    /// Refused, if a file is wrong, or a class has too few clips.
    pub fn open(resolved: &Resolved<Config>) -> Result<Self, Stop> {
        let config = &resolved.settings;
        let Some(folder) = resolved.files.folder("clips") else {
            let task = MovingShapes { half: config.half, side: config.side };
            let sizes =
                Sizes { train: config.scenes, validation: config.scenes.div_ceil(10), test: config.test_scenes };
            let splits = task.splits(sizes, config.seed).map_err(|why| Stop::Refused(format!("--scenes: {why}")))?;
            let classes = CLASSES.map(|(name, _)| name.to_owned()).to_vec();
            return Ok(Self::of("generated clips".into(), classes, splits, true));
        };
        let channels = if config.channels == "rgb" { Channels::Rgb } else { Channels::Grey };
        let all = clips::parse(folder, channels, LARGEST).map_err(|why| resolved.files.refuse("clips", why))?;
        let classes: Vec<String> =
            all.iter().map(|clip| clip.label.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let mut splits = Splits { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
        for class in &classes {
            // Each class has its share in each split. A clip that is there twice is in one of them.
            let own = all.iter().filter(|clip| clip.label == *class).cloned().collect();
            let bytes = |clip: &Clip| {
                let values = clip.frames.iter().flat_map(|frame| &frame.values);
                long_hash(&values.flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
            };
            let cut = Splits::cut(own, [0.15, 0.15], config.seed, bytes);
            let cut = cut.map_err(|why| resolved.files.refuse("clips", format!("{}/{class}: {why}", folder.name)))?;
            splits.train.extend(cut.train);
            splits.validation.extend(cut.validation);
            splits.test.extend(cut.test);
        }
        Ok(Self::of(folder.name.clone(), classes, splits, false))
    }

    pub(super) fn of(name: String, classes: Vec<String>, splits: Splits<Clip>, generated: bool) -> Self {
        let all = || [&splits.train, &splits.validation, &splits.test].into_iter().flatten();
        let longest = all().map(|clip| clip.frames.len()).max().unwrap_or(0);
        let image = splits.train[0].frames[0].size();
        Self { name, classes, image, longest, splits, generated }
    }

    /// The index of a clip's class.
    pub fn class(&self, clip: &Clip) -> usize {
        self.classes.iter().position(|class| *class == clip.label).expect("a clip's class is one of the classes")
    }

    /// How many of these answers, one for each clip, are right.
    pub fn right(&self, clips: &[Clip], answers: &[usize]) -> usize {
        clips.iter().zip(answers).filter(|(clip, answer)| self.class(clip) == **answer).count()
    }

    /// The numbers of the test clips that are drawn: the first one of each class, of generated ones all of one scene.
    pub fn shown(&self) -> Vec<usize> {
        let first = |class: &String| self.splits.test.iter().position(|clip| clip.label == *class);
        self.classes.iter().filter_map(first).take(SHOWN).collect()
    }

    /// Writes the first `count` test clips of every class to the run's folder `clips`, in the layout that is read.
    ///
    /// # Errors
    /// Failed, if a file cannot be written.
    pub fn export(&self, run: &Run, count: usize) -> Result<(), Stop> {
        for class in &self.classes {
            let own = self.splits.test.iter().filter(|clip| clip.label == *class);
            for (n, clip) in own.take(count).enumerate() {
                let folder = run.dir().within(&format!("clips/{class}/{}", n + 1))?;
                for (t, frame) in clip.frames.iter().enumerate() {
                    folder.write(&format!("{}.png", t + 1), frame.to_png())?;
                }
            }
        }
        Ok(())
    }
}
