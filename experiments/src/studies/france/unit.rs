//! One cell with one seed: trained on paragraphs, tested at every distance, its gradients traced back to the words.

use models::stacks::TokenBatch;
use models::{Draws, Params, Registry};
use serde::{Deserialize, Serialize};

use super::Input;
use super::config::Config;
use super::reader::{Reader, Reading};
use crate::answers::right_answers;
use crate::tasks::FranceText;
use crate::train::Ended;
use crate::{Stop, run};

/// A cell with a seed.
#[derive(Clone, Debug)]
pub struct Unit {
    pub cell: String,
    pub seed: u64,
}

/// When a gradient was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    Initial,
    Trained,
}

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
    pub gradient: f64,
    pub truth: String,
    pub said: String,
}

/// What was said to one of the user's paragraphs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Own {
    pub cell: String,
    pub seed: u64,
    pub paragraph: usize,
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
    pub own: Vec<Own>,
}

fn language(class: usize) -> String {
    FranceText::languages().nth(class).expect("a class of the task").into()
}

impl Unit {
    pub fn all(config: &Config) -> Vec<Self> {
        let seeds = || config.seed..config.seed + config.seeds;
        config.cells.iter().flat_map(|cell| seeds().map(|seed| Self { cell: cell.clone(), seed })).collect()
    }

    pub fn name(&self) -> String {
        format!("{}-seed{}", self.cell, self.seed)
    }

    /// Trains in f32, measures gradients in f64.
    pub fn run(
        &self,
        config: &Config,
        registry: &Registry,
        input: &Input,
        unit: &mut run::Unit,
    ) -> Result<Outcome, Stop> {
        let task = &input.task;
        let dims = config.dims(registry)?;
        let cell = registry.build(&self.cell, dims).map_err(|e| Stop::Refused(e.to_string()))?;
        let (reader, initial) = Reader::new::<f64>(cell, task, self.seed);
        let mut params = initial.cast::<f32>();
        let objective = Reading {
            reader: &reader,
            task,
            batch: config.training.batch,
            seed: self.seed,
            omega: unit.engine().omega,
        };
        let training = config.training.constant();
        let diverged = match unit.train(&objective, &mut params, &training) {
            Ok(_) => None,
            Err(ended @ Ended::Diverged { .. }) => Some(ended.to_string()),
            Err(ended) => return Err(ended.into()),
        };
        let trained = params.cast::<f64>();
        let distances = config.distances();
        let mut flows = Vec::new();
        for &distance in &distances {
            for (phase, params) in [(Phase::Initial, &initial), (Phase::Trained, &trained)] {
                flows.extend(self.flow(config, task, &reader, params, (phase, distance)));
            }
        }
        Ok(Outcome {
            diverged,
            scores: distances.iter().map(|d| self.score(config, task, &reader, &params, *d)).collect(),
            flows,
            words: self.words(config, input, &reader, &trained),
            own: self.own(input, &reader, &params),
        })
    }

    fn score(
        &self,
        config: &Config,
        task: &FranceText,
        reader: &Reader,
        params: &Params<f32>,
        distance: usize,
    ) -> Score {
        // Some at a time: each lot has an opening of another length.
        const AT_ONCE: usize = 20;
        let right = (0..config.test_examples).step_by(AT_ONCE).map(|start| {
            let mut draws = Draws::at(self.seed, "test", &[distance as u64, start as u64]);
            let test = task.paragraphs_at(distance, &mut draws, AT_ONCE.min(config.test_examples - start));
            let right = right_answers(&reader.logits(params, &test.words), &test.labels);
            right.into_iter().filter(|right| *right).count()
        });
        let right = right.sum();
        Score { cell: self.cell.clone(), seed: self.seed, distance, right, of: config.test_examples }
    }

    fn flow(
        &self,
        config: &Config,
        task: &FranceText,
        reader: &Reader,
        params: &Params<f64>,
        (phase, distance): (Phase, usize),
    ) -> Vec<Flow> {
        let mut draws = Draws::at(self.seed, "flow", &[distance as u64]);
        let drawn = task.paragraphs_at(distance, &mut draws, config.examples);
        let norms = reader.word_gradients(params, &drawn.words, &drawn.labels);
        let of_example = |example: usize| {
            let (country, last) = (norms[(drawn.country, example)], norms[(norms.nrows() - 1, example)]);
            // An answer that is surer than f64 can say has no gradient at all.
            (last > 0.0).then(|| Flow {
                cell: self.cell.clone(),
                seed: self.seed,
                phase,
                distance,
                example,
                relative: country / last,
            })
        };
        (0..config.examples).filter_map(of_example).collect()
    }

    fn words(&self, config: &Config, input: &Input, reader: &Reader, params: &Params<f64>) -> Vec<Word> {
        let (words, class) = match input.own.first() {
            Some(own) => (own.words.clone(), own.class),
            None => {
                let mut draws = Draws::at(config.seed, "shown", &[]);
                let (words, class) = input.task.paragraph(super::OPENING, config.shown, &mut draws);
                (words.into_iter().map(String::from).collect(), class)
            }
        };
        let batch = TokenBatch::new(&[input.task.vocabulary().encode(&words)]);
        let norms = reader.word_gradients(params, &batch, &[class]);
        let said = language(reader.logits(params, &batch).column(0).imax());
        let rows = words.into_iter().enumerate().map(|(step, word)| Word {
            cell: self.cell.clone(),
            seed: self.seed,
            step,
            word,
            gradient: norms[step],
            truth: language(class),
            said: said.clone(),
        });
        rows.collect()
    }

    fn own(&self, input: &Input, reader: &Reader, params: &Params<f32>) -> Vec<Own> {
        let of_paragraph = |(paragraph, own): (usize, &super::OwnParagraph)| {
            let batch = TokenBatch::new(&[input.task.vocabulary().encode(&own.words)]);
            let said = language(reader.logits(params, &batch).column(0).imax());
            Own { cell: self.cell.clone(), seed: self.seed, paragraph, truth: language(own.class), said }
        };
        input.own.iter().enumerate().map(of_paragraph).collect()
    }
}
