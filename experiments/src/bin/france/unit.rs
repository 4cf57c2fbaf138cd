//! One cell with one seed: trained on paragraphs, tested at every distance, its gradients traced back to the words.

use experiments::answers::{Evaluation, argmax};
use experiments::by_distance::{Phase, tested};
use experiments::task::Targets;
use experiments::tasks::FranceText;
use experiments::tasks::france_text::Paragraphs;
use experiments::trial::Trial;
use experiments::{Stop, run};
use models::stacks::TokenBatch;
use models::{Draws, Params, Registry};
use serde::{Deserialize, Serialize};

use super::config::Config;
use super::reader::{Reader, Reading};

/// Right answers at one distance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Score {
    pub cell: String,
    pub seed: u64,
    pub distance: usize,
    pub right: usize,
    pub of: usize,
}

/// The gradient of one paragraph's answer with respect to the country's vector.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flow {
    pub cell: String,
    pub seed: u64,
    pub phase: Phase,
    pub distance: usize,
    pub example: usize,
    /// ‖∂L/∂x‖ of the country over that of the last word.
    #[serde(with = "experiments::number")]
    pub relative: f64,
}

/// One word of the paragraph that is drawn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Word {
    pub cell: String,
    pub seed: u64,
    pub step: usize,
    pub word: String,
    /// ‖∂L/∂x_t‖.
    #[serde(with = "experiments::number")]
    pub gradient: f64,
    pub truth: String,
    pub said: String,
}

/// Everything measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub diverged: Option<String>,
    pub scores: Vec<Score>,
    pub flows: Vec<Flow>,
    pub words: Vec<Word>,
}

/// A language by its class.
pub fn language(class: usize) -> String {
    FranceText::languages().nth(class).expect("a class of the task").into()
}

/// The reader of a trial, and its parameters before training.
///
/// # Errors
/// Refused, if there is no such cell.
pub fn reader(
    trial: &Trial,
    config: &Config,
    registry: &Registry,
    task: &FranceText,
) -> Result<(Reader, Params<f64>), Stop> {
    let dims = config.dims(registry)?;
    let cell = registry.build(&trial.cell, dims).map_err(|e| Stop::Refused(e.to_string()))?;
    Ok(Reader::new(cell, task, trial.seed))
}

/// Trains in f32, measures gradients in f64.
pub fn run(
    trial: &Trial,
    config: &Config,
    registry: &Registry,
    task: &FranceText,
    unit: &mut run::Unit,
) -> Result<Outcome, Stop> {
    let (reader, initial) = reader(trial, config, registry, task)?;
    let mut params = initial.cast::<f32>();
    let (batch, omega) = (config.training.batch, unit.engine().omega);
    let objective = Reading { reader: &reader, task, batch, seed: trial.seed, omega };
    let diverged = unit.train_until_diverged(&objective, &mut params, &config.training.constant())?;
    let trained = params.cast::<f64>();
    let measured = Measured { trial, config, task, reader: &reader };
    let distances = config.distances();
    let phases = [(Phase::Initial, &initial), (Phase::Trained, &trained)];
    let flow = |d: &usize| phases.iter().flat_map(|(phase, params)| measured.flow(*phase, params, *d)).collect();
    Ok(Outcome {
        diverged,
        scores: distances.iter().map(|d| measured.score(&params, *d)).collect(),
        flows: distances.iter().flat_map::<Vec<_>, _>(flow).collect(),
        words: measured.words(&trained),
    })
}

/// What is measured of a unit's reader.
struct Measured<'a> {
    trial: &'a Trial,
    config: &'a Config,
    task: &'a FranceText,
    reader: &'a Reader,
}

impl Measured<'_> {
    fn score(&self, params: &Params<f32>, distance: usize) -> Score {
        let Trial { cell, seed } = self.trial.clone();
        // Some at a time: each lot has an opening of another length, too.
        let found = tested((seed, distance), (self.config.test_examples, 20), |draws, examples| {
            let Paragraphs { words, labels, .. } = self.task.paragraphs_at(distance, draws, examples);
            Evaluation::of(&self.reader.logits(params, &words), &Targets::Classes(labels), 0.0)
        });
        Score { cell, seed, distance, right: found.right, of: found.of }
    }

    fn flow(&self, phase: Phase, params: &Params<f64>, distance: usize) -> Vec<Flow> {
        let mut draws = Draws::at(self.trial.seed, "flow", &[distance as u64]);
        let drawn = self.task.paragraphs_at(distance, &mut draws, self.config.examples);
        let norms = self.reader.word_gradients(params, &drawn.words, &drawn.labels);
        let of_example = |example: usize| {
            let Trial { cell, seed } = self.trial.clone();
            let (country, last) = (norms[(drawn.country, example)], norms[(norms.nrows() - 1, example)]);
            // An answer that is surer than f64 can say has no gradient at all.
            (last > 0.0).then(|| Flow { cell, seed, phase, distance, example, relative: country / last })
        };
        (0..self.config.examples).filter_map(of_example).collect()
    }

    fn words(&self, params: &Params<f64>) -> Vec<Word> {
        let mut draws = Draws::at(self.config.seed, "shown", &[]);
        let (words, class) = self.task.paragraph(super::OPENING, self.config.shown, &mut draws);
        let batch = TokenBatch::new(&[self.task.vocabulary().encode(&words)]);
        let norms = self.reader.word_gradients(params, &batch, &[class]);
        let said = language(argmax(self.reader.logits(params, &batch).iter()));
        let truth = language(class);
        let row = |(step, word): (usize, &str)| {
            let (Trial { cell, seed }, word) = (self.trial.clone(), word.into());
            Word { cell, seed, step, word, gradient: norms[step], truth: truth.clone(), said: said.clone() }
        };
        words.into_iter().enumerate().map(row).collect()
    }
}
