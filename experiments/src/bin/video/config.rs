//! `Config`: what decides a run's results.

use experiments::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig};
use serde::{Deserialize, Serialize};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub clips: String,
    pub channels: String,
    pub scenes: usize,
    pub test_scenes: usize,
    pub half: usize,
    pub side: usize,
    pub frozen: usize,
    pub frozen_training: usize,
    pub export: usize,
    pub cell: String,
    pub hidden: usize,
    pub filters: u32,
    pub mlp: usize,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        use Kind::{Cell, Count, Folder};
        let data = |name, kind, help| Key::new("Data", name, kind, help);
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        vec![
            data(
                "clips",
                Folder,
                "Clips of your own: DIR/CLASS/CLIP/FRAME.png, frames in the natural order of their names (2 before 10), all of \
                 one size; 15 % of each class are for validation, 15 % for test. None: generated ones",
            ),
            data("channels", Kind::one_of(&["grey", "rgb"]), "What is read of the frames of --clips"),
            data("scenes", Count(1, 100_000), "Generated scenes to train on, a clip of each of the 8 classes in each"),
            data("test_scenes", Count(1, 10_000), "Generated scenes to report on"),
            data("half", Count(5, 100), "Frames K of each half of a generated clip; no multiple of 3"),
            data("side", Count(8, 128), "Rows and columns of a generated frame"),
            data("frozen", Count(0, 1000), "Accuracy is measured with the last frame repeated up to D times"),
            data(
                "frozen_training",
                Count(0, 1000),
                "The second CNN-LSTM is trained with the last frame repeated 0 to N times",
            ),
            data(
                "export",
                Count(0, 10_000),
                "How many test clips of each class are written to the run's folder clips/, as --clips reads them",
            ),
            model("cell", Cell, "The cell, by name"),
            model("hidden", Count(1, 4096), "Hidden units H of the recurrent layer"),
            model("filters", Count(1, 1024), "Filters of the first convolution; the second has twice as many"),
            model("mlp", Count(1, 4096), "Units of the hidden layer of every MLP"),
            Key::updates("Updates of each network"),
            Key::batch("Clips per update"),
            Key::first_learning_rate(),
            Key::clip(),
            Key::seed("Of weights, clips and batches"),
        ]
    }

    fn admits(&self) -> Admits {
        Admits::not_in_time(self.training.batch, "some networks of this study have no steps")
    }

    fn at(scale: Scale) -> Self {
        Self {
            clips: String::new(),
            channels: "grey".into(),
            scenes: scale.or_quick(400, 40),
            test_scenes: scale.or_quick(100, 10),
            half: scale.or_quick(8, 5),
            side: scale.or_quick(16, 12),
            frozen: scale.or_quick(100, 20),
            frozen_training: scale.or_quick(20, 5),
            export: 0,
            cell: "lstm".into(),
            hidden: scale.or_quick(48, 16),
            filters: scale.or_quick(8, 4),
            mlp: scale.or_quick(32, 16),
            training: TrainingConfig::new(scale.or_quick(600, 40), 0.002),
            seed: 1,
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.half.is_multiple_of(3) {
            let half = self.half;
            return Err(format!("--half {half} is a multiple of 3: a fast shape would skip places; give {}", half + 1));
        }
        if self.channels == "rgb" && self.clips.is_empty() {
            return Err("--channels rgb needs --clips: generated clips are grey".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_conform() {
        runs::testing::conform::<Config>();
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let nine = Config { half: 9, ..Config::at(Scale::Usual) };
        assert!(nine.check().is_err_and(|why| why.contains("--half 9") && why.contains("give 10")));
        let colour = Config { channels: "rgb".into(), ..Config::at(Scale::Usual) };
        assert!(colour.check().is_err_and(|why| why.contains("--clips")));
    }
}
