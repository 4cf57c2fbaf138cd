//! Hello: the lecture's example. A plain RNN reads h, e, l, l and learns to say e, l, l, o.
//!
//! 1. **One step in numbers**, at the start: x_t, W_x x_t, W_h h_{t−1}, their sum, tanh, the logits, the softmax.
//! 2. **Training**: the mean cross-entropy of the word's letters, by Adam, through all of its steps.
//! 3. **Spelling**: from the first letter, each letter said is the next one read.
//!
//! The equations are in [`notes`](experiments::notes), and the layout of the letters, with what no memory can do better than, in [`Word`]. The
//! example is Karpathy's (2015, "The Unreasonable Effectiveness of Recurrent Neural Networks"), as most lectures show it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use experiments::notes::{Notes, Pass, Prediction, STEPS};
use experiments::plot::{Axis, Figure, Panel, RuleLine, Series};
use experiments::run::{Findings, Run, Unit};
use experiments::settings::{Admits, Key, Kind, Resolved, Scale, Settings, TrainingConfig};
use experiments::study::{About, Study};
use experiments::task::Batch;
use experiments::tasks::word::Word;
use experiments::train::{Metric, Objective};
use experiments::{Stop, counted};
use models::cells::Rnn;
use models::stacks::SequenceModel;
use models::{Dims, Params, Recorded, Sequence};
use serde::{Deserialize, Serialize};

struct Hello;

/// What decides the results: the run's identity is its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Config {
    word: String,
    hidden: usize,
    #[serde(flatten)]
    training: TrainingConfig,
    seed: u64,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let model = |name, kind, help| Key::new("Model", name, kind, help);
        vec![
            model("word", Kind::Text, "The word or sentence to spell, in any script; a letter is a Unicode character"),
            model("hidden", Kind::Count(1, 512), "D_h, the numbers of the state h_t"),
            Key::updates("Updates, each on the whole word"),
            Key::learning_rate(),
            Key::seed("What the first weights are drawn by"),
        ]
    }

    fn at(scale: Scale) -> Self {
        let updates = if scale == Scale::Quick { 100 } else { 200 };
        let training = TrainingConfig { updates, learning_rate: 0.03, ..TrainingConfig::default() };
        Self { word: "hello".into(), hidden: 3, training, seed: 1 }
    }

    fn check(&self) -> Result<(), String> {
        self.word().map(|_| ())
    }

    fn admits(&self) -> Admits {
        Admits { omega: Ok(()), ..Admits::layers(1) }
    }
}

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
    fn word(&self) -> Result<Word, String> {
        Word::new(&self.word).map_err(|why| format!("--word {why}"))
    }

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
            metrics: unit.metrics()?,
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
        resolved.settings.word().map_err(Stop::Refused)
    }

    fn run(&self, resolved: &Resolved<Config>, word: &Word, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let outcome = run.whole(config.training.updates, |unit| config.train(word, unit))?;
        let notes = Notes::of(&config.network(word).1);
        let passes = [("before", &outcome.before), ("after", &outcome.after)];
        run.csv("forward.csv", passes.into_iter().flat_map(|(when, pass)| pass.numbers(when)))?;
        run.csv("figures/predictions.csv", passes.into_iter().flat_map(|(when, pass)| pass.predictions(when, word)))?;
        let start = Loss { update: 0, loss: outcome.before.loss };
        let losses = outcome.metrics.iter().map(|m| Loss { update: m.update, loss: m.loss });
        run.csv("figures/loss.csv", std::iter::once(start).chain(losses))?;
        draw(run, config, word, outcome.spelled[1] == word.tokens())?;
        Ok(Findings { numbers: numbers(word, &outcome), text: text(config, word, &notes, &outcome) })
    }
}

/// The mean loss of the updates up to one: `figures/loss.csv`.
#[derive(Serialize, Deserialize)]
struct Loss {
    update: u64,
    loss: f64,
}

/// Draws the loss, and what is predicted at each step before and after training.
///
/// # Errors
/// Failed, if a CSV cannot be read or the figure not be written.
fn draw(run: &Run, config: &Config, word: &Word, right: bool) -> Result<(), Stop> {
    let losses: Vec<Loss> = run.rows("figures/loss.csv")?;
    let predictions: Vec<Prediction> = run.rows("figures/predictions.csv")?;
    let (letters, steps, floor) = (word.letters(), word.inputs().len(), word.without_memory());
    let needs_memory = floor > 0.0;
    let y = Axis::linear("loss L (nats per letter)");
    let falls = losses.first().zip(losses.last()).is_some_and(|(first, last)| last.loss < first.loss);
    let loss = Panel {
        title: if falls { "The loss falls" } else { "The loss does not fall" }.into(),
        x: Axis::linear("updates").range(0.0, config.training.updates as f64),
        y: Axis { range: losses.iter().map(|l| l.loss).reduce(f64::max).map(|most| (0.0, 1.05 * most)), ..y },
        series: vec![Series {
            points: losses.iter().map(|l| (l.update as f64, l.loss)).collect(),
            ..Series::default()
        }],
        lines: Vec::from_iter(needs_memory.then(|| RuleLine { y: floor, label: format!("no memory: {floor:.3}") })),
        ..Panel::default()
    };
    let map = |when: &str, title: &str, label: &str| {
        let of: Vec<&Prediction> = predictions.iter().filter(|p| p.when == when).collect();
        Panel {
            title: title.into(),
            x: Axis::linear("letter read → letter to say"),
            y: Axis::linear("letter said"),
            content: Prediction::map(&of, letters, label).into(),
            ..Panel::default()
        }
    };
    let mut footnote = String::new();
    if needs_memory {
        footnote += "No memory: the least loss of a network that knows the letter read and nothing else. ";
    }
    if steps > STEPS {
        footnote += &format!("The first {STEPS} of {steps} steps are shown.");
    }
    // As much of the word as a title has room for.
    let shown = word.tokens().len().min(24);
    let cut = if word.tokens().len() > shown { "…" } else { "" };
    let (shown, learns) = (word.line(&word.tokens()[..shown]), if right { "learns" } else { "does not learn" });
    let training = &config.training;
    let (columns, height) = if steps > 8 { (1, 1800) } else { (3, 700) };
    let figure = Figure {
        title: format!("A plain RNN with D_h = {} {learns} to spell “{shown}{cut}”", config.hidden),
        subtitle: format!(
            "{letters} different letters, {} by Adam, learning rate {}, seed {}",
            counted(training.updates, "update"),
            training.learning_rate,
            config.seed
        ),
        columns,
        size: (1760, height),
        panels: vec![loss, map("before", "Before training", ""), map("after", "After training", "probability y_t")],
        footnote,
    };
    run.figure("hello", &figure)
}

/// What a sweep compares.
fn numbers(word: &Word, outcome: &Outcome) -> BTreeMap<String, f64> {
    let right = word.tokens().iter().zip(&outcome.spelled[1]).skip(1).filter(|(a, b)| a == b).count();
    [
        ("loss.before", outcome.before.loss),
        ("loss.after", outcome.after.loss),
        ("loss.without_memory", word.without_memory()),
        ("letters.right", right as f64),
        ("letters.of", word.targets().len() as f64),
    ]
    .map(|(name, number)| (name.to_owned(), number))
    .into()
}

/// The whole report.
fn text(config: &Config, word: &Word, notes: &Notes, outcome: &Outcome) -> String {
    let letters: Vec<String> = (0..word.letters()).map(|k| word.shown(k)).collect();
    let (whole, steps, floor) = (word.line(word.tokens()), word.targets().len(), word.without_memory());
    let mut text = format!(
        "\"{whole}\": {} different letters ({}); D_h = {}; seed {}\n{}\n\n\
         h_t = tanh(W_x x_t + W_h h_(t-1) + b)    y_t = softmax(W_y h_t + b_y)    h_0 = 0\n\n{}\n\n",
        word.letters(),
        letters.join(", "),
        config.hidden,
        config.seed,
        word.memory(),
        notes.weights(&letters)
    );
    // With the state 0 at the first step, only the second one shows what W_h does.
    for (t, step) in outcome.before.steps.iter().enumerate().take(2) {
        text += &format!("{}\n\n", notes.in_numbers(word, t, step));
    }
    text += &format!(
        "{} by Adam: the loss, −ln y_t of the right letter, goes from {:.3} to {:.3} nats per letter{}\n{}\n",
        counted(config.training.updates, "update"),
        outcome.before.loss,
        outcome.after.loss,
        if floor > 0.0 { format!(" (without memory, {floor:.3} at best)") } else { String::new() },
        outcome.before.said(&outcome.after, word)
    );
    if steps > STEPS {
        text += &format!("… and so on; all {steps} steps are in figures/predictions.csv\n");
    }
    let [before, after] = outcome.spelled.each_ref().map(|said| word.line(said));
    let end = match outcome.spelled[1] == word.tokens() {
        true => ".".to_owned(),
        false => format!(", not \"{whole}\"; try a larger --hidden or more --updates."),
    };
    text + &format!(
        "\nFrom {} alone, each letter said being the next one read, it spelled \"{before}\" before training and spells \
         \"{after}\" now{end}\n\
         It stops after {} letters because the word has no more: it was not taught where a word ends.\n\
         Every number of every step, before and after training, is in forward.csv.\n",
        word.shown(word.tokens()[0]),
        word.tokens().len()
    )
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&Hello)
}
