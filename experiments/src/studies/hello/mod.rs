//! Hello: the lecture's example.

mod config;
mod figures;
pub mod notes;
mod report;
mod rows;
pub mod word;

pub use config::Config;

use models::cells::Rnn;
use models::stacks::SequenceModel;
use models::{Dims, Params, Recorded, Sequence};
use serde::{Deserialize, Serialize};

use crate::Stop;
use crate::run::{Findings, Run, Unit};
use crate::settings::Resolved;
use crate::study::{About, Study};
use crate::task::Batch;
use crate::train::{Metric, Objective};
use notes::{Notes, Pass};
use word::Word;

/// Hello: the lecture's example. A plain RNN reads h, e, l, l and learns to say e, l, l, o.
///
/// 1. **One step in numbers**, at the start: x_t, W_x x_t, W_h h_{t−1}, their sum, tanh, the logits, the softmax.
/// 2. **Training**: the mean cross-entropy of the word's letters, by Adam, through all of its steps.
/// 3. **Spelling**: from the first letter, each letter said is the next one read.
///
/// The equations are in [`notes`], and the layout of the letters, with what no memory can do better than, in [`word`]. The
/// example is Karpathy's (2015, "The Unreasonable Effectiveness of Recurrent Neural Networks"), as most lectures show it.
#[derive(Clone, Copy, Debug)]
pub struct Hello;

/// What a training found.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outcome {
    before: Pass,
    after: Pass,
    /// What it spelled before and after, by the letters' places in the alphabet.
    spelled: [Vec<usize>; 2],
    metrics: Vec<Metric>,
}

/// The mean cross-entropy of a word's letters, each after those before it, and ω Ω.
struct Spelling<'a> {
    model: &'a SequenceModel,
    word: &'a Word,
    omega: f64,
}

impl Objective<f64> for Spelling<'_> {
    fn sequence(&self, _: u64) -> Box<dyn Sequence<f64> + '_> {
        let (model, steps) = (self.model, self.word.inputs().len());
        let x = Batch::one_hot(self.word.letters(), self.word.inputs());
        Box::new(Recorded::new(1, 0..steps, move |block| {
            let (h, mut end) = model.run(&block, block.columns(&x, 1).named("x"), &[steps], self.omega);
            let mean = || model.read(block.bound, h).softmax_cross_entropy(&self.word.targets()[block.steps.clone()]);
            end.loss = block.loss_wanted.then(|| block.share(mean(), block.steps.len(), steps));
            end
        }))
    }
}

impl Config {
    /// The network before training.
    fn network(&self, word: &Word) -> (SequenceModel, Params<f64>) {
        let dims = Dims { input: word.letters(), hidden: self.hidden, horizon: word.inputs().len() };
        SequenceModel::new(Box::new(Rnn::new(dims)), word.letters(), self.seed)
    }

    fn train(&self, word: &Word, unit: &mut Unit<'_>) -> Result<Outcome, Stop> {
        let (model, mut params) = self.network(word);
        let start = Notes::of(&params);
        let mut training = self.training.constant();
        training.record_every = (self.training.updates / 250).max(1);
        let spelling = Spelling { model: &model, word, omega: unit.engine().omega };
        unit.train(&spelling, &mut params, &training)?;
        let end = Notes::of(&params);
        Ok(Outcome {
            before: start.read(word),
            after: end.read(word),
            spelled: [start.spell(word), end.spell(word)],
            metrics: unit.metrics(),
        })
    }
}

impl Study for Hello {
    type Settings = Config;
    type Input = Word;

    fn name(&self) -> &'static str {
        "hello"
    }

    fn about(&self) -> About {
        About {
            sentence: "Teach a plain RNN to spell a word, with every number of its steps in sight.",
            more: "It prints its first steps in numbers, h_t = tanh(W_x x_t + W_h h_{t-1} + b) and y_t = softmax(W_y h_t + b_y), \
                   to be followed with pen and paper; learns to say each next letter; and spells the word from its first letter.",
            examples: "  \
  hello                                      spell hello, within a second
  hello --word world                         a word in which no letter needs memory
  hello --word 안녕하세요 --hidden 8          any script; a longer word needs a larger state
  hello --hidden 1                           too small to know which l it reads",
        }
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Word, Stop> {
        Word::new(&resolved.settings.word).map_err(|why| Stop::Refused(format!("--word {why}")))
    }

    fn run(&self, resolved: &Resolved<Config>, word: &Word, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let outcome = run.whole(config.training.updates, |unit| config.train(word, unit))?;
        let notes = Notes::of(&config.network(word).1);
        run.csv("forward.csv", rows::forward(&outcome))?;
        run.csv("figures/loss.csv", rows::losses(&outcome))?;
        run.csv("figures/predictions.csv", rows::predictions(word, &outcome))?;
        figures::draw(run, config, word, &outcome)?;
        Ok(Findings { numbers: report::numbers(word, &outcome), text: report::text(config, word, &notes, &outcome) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Scale, Settings};
    use crate::train::{Forgetful, Training, train};
    use models::{Engine, Whole};

    fn trained(config: &Config, word: &Word) -> (Notes, f64) {
        let (model, mut params) = config.network(word);
        let training = config.training.constant();
        train(
            &Spelling { model: &model, word, omega: 0.0 },
            &mut params,
            &training,
            &mut Whole::default(),
            &mut Forgetful,
        )
        .expect("finite");
        let notes = Notes::of(&params);
        let loss = notes.read(word).loss;
        (notes, loss)
    }

    #[test]
    fn the_tape_computes_the_notes_equations() {
        let word = Word::new("안녕, hello!").expect("a word");
        let (model, mut params) = Config { hidden: 5, ..Config::at(Scale::Usual) }.network(&word);
        // No bias of 0, which would hide a bias forgotten.
        for (k, param) in params.iter_mut().enumerate() {
            param.value.add_scalar_mut(0.1 * (k + 1) as f64);
        }
        let pass = Notes::of(&params).read(&word);
        let mut stream = model.stream(&params, 1);
        let logits = stream.step(&Batch::one_hot(word.letters(), word.inputs()));
        for (t, step) in pass.steps.iter().enumerate() {
            let differ = logits.column(t) - nalgebra::DVector::from_column_slice(&step.logits);
            assert!(differ.amax() < 1e-13, "step {}", t + 1);
        }
        let spelling = Spelling { model: &model, word: &word, omega: 0.0 };
        let loss = Whole::default().sweep(&params, &*spelling.sequence(1), &[]).expect("it can").loss;
        assert!((loss - pass.loss).abs() < 1e-13);
    }

    #[test]
    fn every_one_of_ten_seeds_learns_to_spell_hello() {
        let word = Word::new("hello").expect("a word");
        for seed in 1..=10 {
            let (notes, loss) = trained(&Config { seed, ..Config::at(Scale::Usual) }, &word);
            assert_eq!(word.text(&notes.spell(&word)), "hello", "seed {seed}");
            assert!(loss < 0.1 * word.without_memory(), "seed {seed}: {loss}");
        }
    }

    #[test]
    fn with_the_recurrence_cut_it_cannot_beat_the_best_without_memory() {
        let word = Word::new("hello").expect("a word");
        let config = Config { hidden: 8, ..Config::at(Scale::Usual) };
        let (model, mut params) = config.network(&word);
        params.iter_mut().filter(|p| p.name.ends_with("w_h")).for_each(|p| p.value.fill(0.0));
        params.freeze("layers.0.fwd.w_h");
        let training = Training::new(2000, config.training.learning_rate);
        train(
            &Spelling { model: &model, word: &word, omega: 0.0 },
            &mut params,
            &training,
            &mut Whole::default(),
            &mut Forgetful,
        )
        .expect("finite");
        let loss = Notes::of(&params).read(&word).loss;
        assert!(loss > word.without_memory() && loss < word.without_memory() + 0.01, "{loss}");
    }
}
