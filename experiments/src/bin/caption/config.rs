//! `Config`: what decides a run's results.

use experiments::settings::{Admits, Key, Kind, Scale, Settings, TrainingConfig};
use serde::{Deserialize, Serialize};

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub images: String,
    pub unseen_pairs: usize,
    pub side: usize,
    pub test: usize,
    pub filters: Vec<u32>,
    pub features: usize,
    pub cell: String,
    pub hidden: usize,
    pub embedding: usize,
    #[serde(flatten)]
    pub training: TrainingConfig,
    pub seed: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let data = |name, kind, help| Key::new("Data", name, kind, help);
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        vec![
            data(
                "images",
                Kind::Folder,
                "Pictures of your own in place of the drawn ones: a folder with PNGs of one size and captions.tsv, `picture TAB \
                 caption` on every line",
            ),
            data(
                "unseen_pairs",
                Kind::Count(1, 8),
                "How many of the 16 pairs of colour and shape training never sees; for drawn pictures",
            ),
            data("side", Kind::Count(8, 128), "Rows and columns of a drawn picture"),
            data("test", Kind::Count(1, 20_000), "Drawn pictures to report on, of each kind"),
            model(
                "filters",
                Kind::Counts(1, 512),
                "Filters of each convolution, 3 × 3, each followed by the maximum over 2 × 2",
            ),
            model("features", Kind::Count(1, 4096), "Numbers c that the writing network is given of a picture"),
            model("cell", Kind::Cell, "The cell that writes, by name"),
            model("hidden", Kind::Count(1, 4096), "Its hidden units H"),
            model("embedding", Kind::Count(1, 4096), "Numbers of a word's vector"),
            Key::updates("Updates"),
            Key::batch("Pictures per update"),
            Key::first_learning_rate(),
            Key::clip(),
            Key::seed("Of weights, pictures and what is held out"),
        ]
    }

    fn admits(&self) -> Admits {
        Admits::not_in_time(self.training.batch, "the picture is read at once, before the first word")
    }

    fn at(scale: Scale) -> Self {
        Self {
            images: String::new(),
            unseen_pairs: 4,
            side: scale.of(32, 16),
            test: scale.of(500, 50),
            filters: scale.of(vec![16, 32, 64, 64], vec![8, 16]),
            features: scale.of(128, 24),
            cell: "lstm".into(),
            hidden: scale.of(128, 24),
            embedding: scale.of(24, 12),
            training: TrainingConfig {
                batch: scale.of(32, 16),
                ..TrainingConfig::new(scale.of(1300, 60), scale.of(0.0015, 0.005))
            },
            seed: 1,
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.filters.is_empty() {
            return Err(
                "--filters is empty; give the filters of one convolution or more, such as --filters 16,32".into()
            );
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
}
