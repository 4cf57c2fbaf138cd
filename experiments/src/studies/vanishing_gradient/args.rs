//! The command line of the study, and the configuration that it resolves to.

use std::path::PathBuf;

use clap::Parser;
use models::Registry;

use super::config::{Config, TextConfig};
use crate::Stop;
use crate::cli::{Common, in_range};
use crate::loaders;
use crate::run_dir::short_hash;
use crate::tasks::{Mix, Text};

/// The cells of the study, unless `--cells` says otherwise; a user's own come after them.
const CELLS: [&str; 6] = ["rnn", "irnn", "gru", "lstm_forget0", "lstm", "lstm_chrono"];

/// The default text: some pages of our own book as they were when the results were measured, so that editing the book changes
/// no result.
const BOOK: &str = include_str!("../../../assets/book.txt");

/// Watch the gradient vanish in a plain RNN and survive in an LSTM.
///
/// Measures ‖∂L/∂h_{T−k}‖, the gradient of the last step's loss k steps back, for each cell: at initialisation and after
/// training on the France task ("I grew up in France … I speak ___"), and for a character model of a real text; and tests
/// at which distance each trained cell still knows the country. After Bengio, Simard & Frasconi 1994; Pascanu, Mikolov &
/// Bengio 2013; Hochreiter & Schmidhuber 1997.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "vanishing_gradient",
    version,
    allow_negative_numbers = true,
    after_help = "\
Examples:
  vanishing_gradient                         the whole study, within 2 minutes on 2 cores
  vanishing_gradient --quick                 the same in 10 seconds, too short to conclude from
  vanishing_gradient --cells rnn,lstm        two cells only
  vanishing_gradient --text novel.txt        the curves of figure 3 on a text of yours

Exit codes: 0 done, 1 failed after the start, 2 refused before it, 3 every training diverged,
130 interrupted: the same command goes on from what is finished."
)]
pub struct Args {
    /// Cells to compare, by name, separated by commas [default: rnn,irnn,gru,lstm_forget0,lstm,lstm_chrono, and added ones]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Models")]
    pub cells: Option<Vec<String>>,

    /// Hidden units H of every cell [default: 32]
    #[arg(long, value_name = "UNITS", help_heading = "Models")]
    pub hidden: Option<usize>,

    /// Give every cell the H that comes nearest to the parameters of the largest at --hidden, not the same H
    #[arg(long, help_heading = "Models")]
    pub match_parameters: bool,

    /// Seeds 1 … N: each draws its own weights and examples [default: 5; --quick 2; --full 10]
    #[arg(long, value_name = "N", help_heading = "Models")]
    pub seeds: Option<u64>,

    /// Time steps T of the gradient curves; the France task is trained to distance T − 1 [default: 200; --quick 64]
    #[arg(long, value_name = "STEPS", help_heading = "Measurement")]
    pub steps: Option<usize>,

    /// Examples per seed for the gradient curves [default: 8]
    #[arg(long, value_name = "N", help_heading = "Measurement")]
    pub examples: Option<usize>,

    /// Test examples per seed and distance [default: 200; --quick 50]
    #[arg(long, value_name = "N", help_heading = "Measurement")]
    pub test_examples: Option<usize>,

    /// Updates of each model on the France task [default: 1500; --quick 300; --full 6000]
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub updates: Option<usize>,

    /// How often training meets each distance
    #[arg(long, value_name = "MIX", value_enum, default_value_t = Mix::Uniform, help_heading = "Training")]
    pub mix: Mix,

    /// Examples per update [default: 32]
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub batch: Option<usize>,

    /// Learning rate of Adam [default: 0.003]
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub learning_rate: Option<f64>,

    /// Global gradient norm above which gradients are scaled down [default: 1]
    #[arg(long, value_name = "NORM", help_heading = "Training")]
    pub clip: Option<f64>,

    /// UTF-8 text for the character models, of any language [default: pages of Unroll's own book]
    #[arg(long, value_name = "FILE", help_heading = "Text")]
    pub text: Option<PathBuf>,

    /// Updates of each character model [default: 300; --quick 60; --full 3000]
    #[arg(long, value_name = "N", help_heading = "Text")]
    pub text_updates: Option<usize>,

    /// Seeds of the character models [default: 3; --quick 1; --full 5]
    #[arg(long, value_name = "N", help_heading = "Text")]
    pub text_seeds: Option<u64>,

    /// Everything small, in 10 seconds: to see that it runs, not to conclude from
    #[arg(long, conflicts_with = "full", help_heading = "Scale")]
    pub quick: bool,

    /// Longer training, more seeds: an estimated 15 minutes on 2 cores
    #[arg(long, help_heading = "Scale")]
    pub full: bool,

    #[command(flatten)]
    #[allow(missing_docs)] // clap would take a comment for the program's description
    pub common: Common,
}

/// A configuration, with the text it names.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What decides the results.
    pub config: Config,
    /// The text in windows of T steps.
    pub text: Text,
}

impl Args {
    /// The configuration, every number of it in its range, every cell and the text there.
    ///
    /// # Errors
    /// Refused, with the flag and its cure.
    pub fn resolve(&self, registry: &Registry) -> Result<Resolved, Stop> {
        let scaled = |usual: usize, quick: usize, full: usize| match (self.quick, self.full) {
            (true, _) => quick,
            (_, true) => full,
            _ => usual,
        };
        let seeds = |given: Option<u64>, usual, quick, full| given.unwrap_or(scaled(usual, quick, full) as u64);
        let count =
            |flag, given: Option<usize>, default, low, high| in_range(flag, given.unwrap_or(default), low, high);
        let steps = count("--steps", self.steps, scaled(200, 64, 200), 2, 100_000)?;
        let (name, contents) = match &self.text {
            Some(path) => {
                // The name alone: the same text from another folder is the same run.
                let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into());
                (name, loaders::text::read(path).map_err(|e| Stop::Refused(format!("--text: {e}")))?)
            }
            None => ("Unroll's book".into(), BOOK.to_owned()),
        };
        let text = Text::new(&name, &contents, steps).map_err(|e| Stop::Refused(format!("--text: {e}")))?;
        let config = Config {
            study: super::NAME.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            cells: self.cell_names(registry)?,
            hidden: count("--hidden", self.hidden, 32, 1, 4096)?,
            match_parameters: self.match_parameters,
            seeds: in_range("--seeds", seeds(self.seeds, 5, 2, 10), 1, 10_000)?,
            steps,
            examples: count("--examples", self.examples, 8, 1, 10_000)?,
            test_examples: count("--test-examples", self.test_examples, scaled(200, 50, 500), 1, 1_000_000)?,
            distances: distances(steps - 1),
            updates: count("--updates", self.updates, scaled(1500, 300, 6000), 1, 100_000_000)?,
            mix: self.mix,
            batch: count("--batch", self.batch, 32, 1, 100_000)?,
            learning_rate: in_range("--learning-rate", self.learning_rate.unwrap_or(0.003), 1e-12, 1e3)?,
            clip: in_range("--clip", self.clip.unwrap_or(1.0), 1e-12, 1e12)?,
            quick: self.quick,
            text: TextConfig {
                name,
                hash: short_hash(&contents),
                characters: text.len(),
                window: steps.min(64),
                updates: count("--text-updates", self.text_updates, scaled(300, 60, 3000), 1, 100_000_000)?,
                seeds: in_range("--text-seeds", seeds(self.text_seeds, 3, 1, 5), 1, 10_000)?,
            },
        };
        for cell in &config.cells {
            config.dims(registry, cell, &config.france())?;
        }
        Ok(Resolved { config, text })
    }

    fn cell_names(&self, registry: &Registry) -> Result<Vec<String>, Stop> {
        let builtin = Registry::builtin();
        let added = registry.names().filter(|name| builtin.names().all(|known| known != *name));
        let default = || CELLS.into_iter().chain(added).map(String::from).collect();
        let names: Vec<String> = self.cells.clone().unwrap_or_else(default);
        if names.iter().all(String::is_empty) {
            return Err(Stop::Refused("--cells names no cell; leave it out for the usual ones".into()));
        }
        for (k, name) in names.iter().enumerate() {
            if names[..k].contains(name) {
                return Err(Stop::Refused(format!("--cells: `{name}` is named twice")));
            }
        }
        Ok(names)
    }
}

/// 1, 2, 3, 5, 10, 20, 30, 50, … up to the longest of the training, that, and five times that.
fn distances(longest: usize) -> Vec<usize> {
    let rounds = (0..5).flat_map(|power| [1, 2, 3, 5].map(|n| n * 10usize.pow(power)));
    rounds.filter(|d| *d < longest).chain([longest, 5 * longest]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(flags: &[&str]) -> Result<Config, Stop> {
        let args = Args::try_parse_from(std::iter::once("study").chain(flags.iter().copied())).expect("flags parse");
        args.resolve(&Registry::builtin()).map(|resolved| resolved.config)
    }

    #[test]
    fn every_number_out_of_range_is_refused_with_its_flag() {
        for (flag, values) in [
            ("--hidden", ["0", "5000"]),
            ("--seeds", ["0", "10001"]),
            ("--steps", ["0", "1"]),
            ("--examples", ["0", "10001"]),
            ("--test-examples", ["0", "1000001"]),
            ("--updates", ["0", "100000001"]),
            ("--batch", ["0", "100001"]),
            ("--learning-rate", ["0", "NaN"]),
            ("--learning-rate", ["inf", "1e4"]),
            ("--clip", ["0", "NaN"]),
            ("--text-updates", ["0", "100000001"]),
            ("--text-seeds", ["0", "10001"]),
        ] {
            for value in values {
                let stop = resolve(&[flag, value]).expect_err(flag);
                let line = stop.to_string();
                assert!(stop.code() == 2 && line.starts_with(flag) && line.contains("out of range"), "{line}");
            }
        }
    }

    #[test]
    fn unknown_and_doubled_cells_are_refused() {
        assert!(resolve(&["--cells", "gruu"]).expect_err("unknown").to_string().contains("`gruu`"));
        assert!(resolve(&["--cells", "rnn,rnn"]).expect_err("twice").to_string().contains("named twice"));
    }

    #[test]
    fn distances_are_round_reach_the_longest_and_go_beyond_it() {
        assert_eq!(distances(199), [1, 2, 3, 5, 10, 20, 30, 50, 100, 199, 995]);
        assert_eq!(distances(1), [1, 5]);
    }
}
