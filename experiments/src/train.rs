//! `train`: the one training loop.

use autograd::{Anomaly, Gradients, Scalar, Tape, Var};
use models::optim::{Adam, Optimizer};
use models::stacks::SequenceModel;
use models::{Bound, CellScalar, Draws, NonFiniteGradient, ParamGrads, Params, Unrolled};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::task::{Batch, Labels, Task};

/// How to train.
#[derive(Clone, Debug)]
pub struct Training {
    /// How many updates.
    pub updates: usize,
    /// B, the examples of one update.
    pub batch: usize,
    /// Adam's η.
    pub learning_rate: f64,
    /// The global gradient norm above which gradients are scaled down.
    pub clip: f64,
    /// The seed of the examples.
    pub seed: u64,
}

/// A row of the training record: means over the updates since the row before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// After how many updates.
    pub update: usize,
    /// Cross-entropy in nats.
    pub loss: f64,
    /// The global gradient norm before clipping.
    pub gradient_norm: f64,
}

/// How a training ended before its last update.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Ended {
    /// A gradient or the loss stopped being a number.
    #[error("diverged at update {update}: {why}")]
    Diverged {
        /// The update that could not be made.
        update: usize,
        /// What was found, and where it began.
        why: String,
    },
    /// Somebody asked it to stop.
    #[error("interrupted")]
    Interrupted,
}

/// The cross-entropy of `model` on one batch.
pub fn loss<'t, T: CellScalar>(
    model: &SequenceModel,
    bound: &Bound<'t, T>,
    run: &Unrolled<'t, T>,
    labels: &Labels,
) -> Var<'t, T> {
    match labels {
        Labels::Last(labels) => {
            let last = run.last[model.cell().about().output];
            model.read(bound, last).softmax_cross_entropy(labels)
        }
        Labels::Every(labels) => model.read(bound, run.outputs).softmax_cross_entropy(labels),
    }
}

/// Changes `params` by `training.updates` updates on `task`. Some fifty rows of the training go to `record`; `proceed` is
/// asked after each update whether to go on.
///
/// # Errors
/// If a loss or gradient is not finite (`params` are then as they were before that update), or `proceed` says no.
pub fn train<T: CellScalar>(
    model: &SequenceModel,
    params: &mut Params<T>,
    task: &impl Task,
    training: &Training,
    mut record: impl FnMut(Metric),
    mut proceed: impl FnMut() -> bool,
) -> Result<(), Ended> {
    let every = (training.updates / 50).max(1);
    let mut adam = Adam::new(training.learning_rate);
    let (mut tape, mut gradients, mut grads) = (Tape::new(), Gradients::new(), ParamGrads::zeros(params));
    let (mut sums, mut since) = ((0.0, 0.0), 0);
    for update in 1..=training.updates {
        let batch = task.batch(&mut Draws::at(training.seed, "train", &[update as u64]), training.batch);
        let cost = descend(model, params, &tape, &batch, &mut gradients, &mut grads);
        tape.reset();
        let diverged = |what: String| {
            let culprit = culprit(model, params, &batch).map(|culprit| format!("; it began here: {culprit}"));
            Ended::Diverged { update, why: what + &culprit.unwrap_or_default() }
        };
        if !cost.is_finite() {
            return Err(diverged(format!("the loss is {cost}")));
        }
        let norm = grads.clip(training.clip, params).map_err(|e: NonFiniteGradient| diverged(e.to_string()))?;
        adam.step(params, &grads);
        sums = (sums.0 + cost, sums.1 + norm);
        since += 1;
        if update % every == 0 || update == training.updates {
            let mean = |sum: f64| sum / since as f64;
            record(Metric { update, loss: mean(sums.0), gradient_norm: mean(sums.1) });
            (sums, since) = ((0.0, 0.0), 0);
        }
        if !proceed() {
            return Err(Ended::Interrupted);
        }
    }
    Ok(())
}

/// The loss on `batch`, and its gradients.
fn descend<T: CellScalar>(
    model: &SequenceModel,
    params: &Params<T>,
    tape: &Tape<T>,
    batch: &Batch,
    gradients: &mut Gradients<T>,
    grads: &mut ParamGrads<T>,
) -> f64 {
    let bound = params.bind(tape);
    let run = model.unroll(&bound).run(tape.constant(&batch.inputs()).named("x"), batch.batch);
    let cost = loss(model, &bound, &run, &batch.labels);
    tape.backward_into(cost, gradients);
    grads.read(&bound, gradients);
    cost.item().re()
}

/// What was not finite first when `params` meet `batch`: the same update once more, on a traced tape.
fn culprit<T: CellScalar>(model: &SequenceModel, params: &Params<T>, batch: &Batch) -> Option<Anomaly> {
    let (tape, mut gradients) = (Tape::traced(), Gradients::new());
    descend(model, params, &tape, batch, &mut gradients, &mut ParamGrads::zeros(params));
    tape.anomaly().or_else(|| gradients.anomaly().cloned())
}

/// For each example, whether `model` answers right after the last step.
///
/// # Panics
/// If the labels are not for the last step.
pub fn answers<T: CellScalar>(model: &SequenceModel, params: &Params<T>, batch: &Batch) -> Vec<bool> {
    let Labels::Last(labels) = &batch.labels else { panic!("answers: the labels are not for the last step") };
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let run = model.unroll(&bound).run(tape.constant(&batch.inputs()), batch.batch);
    let logits = model.read(&bound, run.last[model.cell().about().output]).value();
    right_answers(&logits, labels)
}

/// For each column of `logits` (classes × n), whether its largest entry is that of its label. A column with an entry that
/// is not finite answers nothing.
pub fn right_answers<T: Scalar>(logits: &DMatrix<T>, labels: &[usize]) -> Vec<bool> {
    let right = |(j, &label): (usize, &usize)| {
        let column = logits.column(j);
        let best = (0..column.len()).fold(0, |best, i| if column[i].re() > column[best].re() { i } else { best });
        best == label && column.iter().all(|x| x.is_finite())
    };
    labels.iter().enumerate().map(right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::{France, Mix};
    use models::{About, Cell, Describe, Dims, Gates, Handle, Registry, Weights};
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn rnn(task: &France) -> (SequenceModel, Params<f32>) {
        let dims = Dims { input: task.inputs(), hidden: 16, horizon: 4 };
        let cell = Registry::builtin().build("rnn", dims).expect("built in");
        SequenceModel::new(cell, task.classes(), 1)
    }

    fn training(updates: usize, learning_rate: f64) -> Training {
        Training { updates, batch: 16, learning_rate, clip: 1.0, seed: 1 }
    }

    #[test]
    fn a_short_distance_is_learnt_and_the_record_says_so() {
        let task = France { longest: 2, mix: Mix::Uniform };
        let (model, mut params) = rnn(&task);
        let mut metrics = Vec::new();
        train(&model, &mut params, &task, &training(200, 0.01), |m| metrics.push(m), || true).expect("no divergence");
        assert_eq!(metrics.last().map(|m| m.update), Some(200));
        assert!(metrics[0].loss > 1.0 && metrics[metrics.len() - 1].loss < 0.2, "{metrics:?}");
        let test = task.at_distance(2, &mut Draws::at(2, "test", &[]), 200);
        assert!(answers(&model, &params, &test).iter().filter(|right| **right).count() > 190);
    }

    #[test]
    fn a_loss_that_is_no_number_ends_the_training_and_names_the_update() {
        let task = France { longest: 2, mix: Mix::Uniform };
        let (model, mut params) = rnn(&task);
        let ended = train(&model, &mut params, &task, &training(50, 1e38), |_| (), || true).expect_err("diverges");
        assert!(matches!(ended, Ended::Diverged { update: 2..=10, .. }), "{ended}");
    }

    /// France with a token's one-hot column spoilt at time step 1 of the third update's examples.
    struct Spoilt(France, AtomicUsize);

    impl Task for Spoilt {
        fn inputs(&self) -> usize {
            self.0.inputs()
        }
        fn classes(&self) -> usize {
            self.0.classes()
        }
        fn baseline(&self) -> f64 {
            self.0.baseline()
        }
        fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
            let mut batch = self.0.batch(draws, examples);
            if self.1.fetch_add(1, Ordering::Relaxed) == 2 {
                batch.x[(0, examples)] = f64::NAN;
            }
            batch
        }
    }

    #[test]
    fn the_culprit_of_a_divergence_is_in_the_error() {
        let task = France { longest: 2, mix: Mix::Uniform };
        let (model, mut params) = rnn(&task);
        let ended = train(&model, &mut params, &task, &training(50, 1e38), |_| (), || true).expect_err("diverges");
        let text = ended.to_string();
        assert!(
            text.starts_with("diverged at update 2: the loss is NaN; it began here: leaf `layers.0.fwd.w"),
            "{text}"
        );

        // Weights that are finite still, with products that are not.
        let (model, mut params) = rnn(&task);
        let ended = train(&model, &mut params, &task, &training(50, 3e37), |_| (), || true).expect_err("diverges");
        let text = ended.to_string();
        assert!(text.contains(": the loss is NaN; it began here: matmul gave "), "{text}");
        assert!(text.contains("models/src/cells/rnn.rs:") && text.contains(", layers.0.fwd, time step "), "{text}");

        let (model, mut params) = rnn(&task);
        let spoilt = Spoilt(task, AtomicUsize::new(0));
        let ended = train(&model, &mut params, &spoilt, &training(50, 0.01), |_| (), || true).expect_err("diverges");
        let text = ended.to_string();
        assert!(
            text.starts_with("diverged at update 3: the loss is NaN; it began here: constant `x` holds NaN"),
            "{text}"
        );
        assert!(text.contains(" at row 0, column 16 ("), "{text}");
    }

    /// h_t = √relu(W x_t): finite at W = 0, but of infinite slope.
    #[derive(Debug)]
    struct Rooted(About, Handle);

    impl Describe for Rooted {
        fn about(&self) -> &About {
            &self.0
        }
    }

    impl<T: Scalar> Cell<T> for Rooted {
        fn step<'t>(
            &self,
            p: Weights<'_, 't, T>,
            x: Var<'t, T>,
            _: &[Var<'t, T>],
            next: &mut Vec<Var<'t, T>>,
            _: &mut Gates<'t, T>,
        ) {
            next.push(p[self.1].matmul(x).relu().sqrt());
        }
    }

    #[test]
    fn a_gradient_that_is_not_finite_has_a_culprit_too() {
        let task = France { longest: 2, mix: Mix::Uniform };
        let mut about = About::new("rooted", "this test", task.inputs());
        about.state("h", 4);
        let w = about.param("w", (4, task.inputs()), models::init::zeros());
        let (model, mut params) = SequenceModel::new::<f32>(Box::new(Rooted(about, w)), task.classes(), 1);
        let ended = train(&model, &mut params, &task, &training(50, 0.01), |_| (), || true).expect_err("diverges");
        let text = ended.to_string();
        assert!(text.contains("update 1: the gradient of `layers.0.fwd.w` is not finite"), "{text}");
        assert!(text.contains("; it began here: backward of sqrt `h` gave its input the gradient "), "{text}");
    }

    #[test]
    fn a_training_stops_when_asked() {
        let task = France { longest: 2, mix: Mix::Uniform };
        let (model, mut params) = rnn(&task);
        let mut left = 3;
        let ended = train(
            &model,
            &mut params,
            &task,
            &training(50, 0.01),
            |_| (),
            || {
                left -= 1;
                left > 0
            },
        );
        assert_eq!(ended, Err(Ended::Interrupted));
    }

    #[test]
    fn a_network_that_says_nan_is_never_right() {
        let logits = nalgebra::dmatrix![f64::NAN, 2.0, 0.0; 0.0, 1.0, 1.0];
        assert_eq!(right_answers(&logits, &[0, 0, 1]), [false, true, true]);
    }
}
