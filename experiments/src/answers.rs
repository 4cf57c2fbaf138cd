//! What a network answers, and how good that is.

use autograd::{Scalar, Var};
use models::networks::{Network, Read};
use models::{CellScalar, Params, Phase};
use nalgebra::DMatrix;

use crate::Stop;
use crate::chunks::in_chunks;
use crate::task::{Batch, Score, Targets};
use crate::train::diverged;

/// How good some answers are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Answers that are right: the largest entry is that of the class, or all numbers are within ε.
    pub right: usize,
    /// Answers.
    pub of: usize,
    /// The mean of (z − y)², of numbers.
    pub squared_error: Option<f64>,
    /// The mean of −ln P(the right class) in nats, of classes.
    pub cross_entropy: Option<f64>,
}

impl Evaluation {
    /// Of the answers `z`, outputs × n. Numbers are right `within` ε.
    pub fn of<T: Scalar>(z: &DMatrix<T>, targets: &Targets, within: f64) -> Self {
        let (right, squared_error, cross_entropy) = match targets {
            Targets::Classes(classes) => (right_answers(z, classes), None, Some(cross_entropy(z, classes))),
            Targets::Numbers(y) => {
                let off = z.map(|z| z.re()) - y;
                let right = off.column_iter().map(|off| off.iter().all(|off| off.abs() <= within));
                (right.collect(), Some(off.norm_squared() / off.len() as f64), None)
            }
        };
        Self { right: right.iter().filter(|right| **right).count(), of: right.len(), squared_error, cross_entropy }
    }

    /// Of the answers `z` to a batch, after the last step or at every step that is no padding. Numbers are right `within` ε.
    pub fn of_batch<T: Scalar>(z: &DMatrix<T>, batch: &Batch, read: Read, within: f64) -> Self {
        let there = |j: &usize| read != Read::Every || j / batch.examples() < batch.lengths[j % batch.examples()];
        let there: Vec<_> = (0..z.ncols()).filter(there).collect();
        Self::of(&z.select_columns(&there), &batch.targets.select(&there), within)
    }

    /// Of these answers and `others` to the same task together.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        let of = self.of + others.of;
        let mean = |a: f64, b: f64| (a * self.of as f64 + b * others.of as f64) / of as f64;
        let squared_error = self.squared_error.zip(others.squared_error).map(|(a, b)| mean(a, b));
        let cross_entropy = self.cross_entropy.zip(others.cross_entropy).map(|(a, b)| mean(a, b));
        Self { right: self.right + others.right, of, squared_error, cross_entropy }
    }

    /// The share of right answers.
    pub fn share(&self) -> f64 {
        self.right as f64 / self.of as f64
    }

    /// The squared error of numbers, the share of right classes.
    pub fn score(&self) -> Score {
        self.squared_error.map_or_else(|| Score::Accuracy(self.share()), Score::SquaredError)
    }

    /// What is to be held against a task's `baseline`: the measure is the same.
    ///
    /// # Panics
    /// If the answers have no such measure.
    #[track_caller]
    pub fn against(&self, baseline: Score) -> Score {
        match baseline {
            Score::Accuracy(_) => Score::Accuracy(self.share()),
            Score::SquaredError(_) => {
                Score::SquaredError(self.squared_error.expect("evaluation: the answers are classes"))
            }
            Score::CrossEntropy(_) => {
                Score::CrossEntropy(self.cross_entropy.expect("evaluation: the answers are numbers"))
            }
        }
    }
}

/// How good the answers of `network` to a batch are; numbers are right `within` ε.
///
/// # Panics
/// If the batch is another network's.
pub fn evaluate<T: CellScalar>(network: &Network, params: &Params<T>, batch: &Batch, within: f64) -> Evaluation {
    Evaluation::of_batch(&network.evaluate(params, batch), batch, network.read(), within)
}

/// What a network answers to each of many examples, outputs × its answers: one, or one at each of its steps. `batch` is what it
/// reads of `at_once` examples, and `answer` what becomes of z.
pub fn answers<'e, T: CellScalar, E: Sync>(
    (network, params): (&Network, &Params<T>),
    (examples, at_once): (&'e [E], usize),
    batch: impl Fn(&'e [E]) -> Batch + Sync,
    answer: impl for<'t> Fn(Var<'t, T>) -> Var<'t, T> + Sync,
) -> Vec<DMatrix<T>> {
    in_chunks(params, examples, at_once, |tape, bound, chunk| {
        let batch = batch(chunk);
        let x = network.inputs(tape, bound, &batch);
        let z = answer(network.answers(bound, x, &batch.lengths, Phase::Evaluation)).value();
        let steps = |e: usize| if network.read() == Read::Every { batch.lengths[e] } else { 1 };
        let of = |e: usize| DMatrix::from_fn(z.nrows(), steps(e), |k, t| z[(k, t * batch.examples() + e)]);
        (0..batch.examples()).map(of).collect()
    })
}

/// The same, of which every one must be a number: an evaluation may see longer sequences than the training did.
///
/// # Errors
/// Diverged, with the first that is none.
pub fn all_finite<T: Scalar>(answers: Vec<DMatrix<T>>) -> Result<Vec<DMatrix<T>>, Stop> {
    let spoilt = answers.iter().enumerate().find_map(|(e, z)| Some((e, z.iter().find(|z| !z.is_finite())?)));
    match spoilt {
        None => Ok(answers),
        Some((e, z)) => Err(diverged(&format!("diverged: the network answers {} to example {}", z.re(), e + 1))),
    }
}

/// The index of the largest; the first of equal ones. 0 of none.
pub fn argmax<T: PartialOrd>(values: impl IntoIterator<Item = T>) -> usize {
    let largest = values.into_iter().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    largest.map_or(0, |(index, _)| index)
}

/// ln P(class k) = z_k − ln Σ_j exp z_j
pub fn log_softmax(z: &[f64]) -> Vec<f64> {
    let most = z[argmax(z)];
    let log_sum = z.iter().map(|z_k| (z_k - most).exp()).sum::<f64>().ln();
    z.iter().map(|z_k| z_k - most - log_sum).collect()
}

/// The mean of −ln softmax(z)_label over the columns of `logits`, in nats.
fn cross_entropy<T: Scalar>(logits: &DMatrix<T>, labels: &[usize]) -> f64 {
    let nats = |(column, &label): (usize, &usize)| {
        let z: Vec<f64> = logits.column(column).iter().map(|z| z.re()).collect();
        -log_softmax(&z)[label]
    };
    labels.iter().enumerate().map(nats).sum::<f64>() / labels.len() as f64
}

/// For each column of `logits` (classes × n), whether its largest entry is that of its label. A column with an entry that
/// is not finite answers nothing.
pub fn right_answers<T: Scalar>(logits: &DMatrix<T>, labels: &[usize]) -> Vec<bool> {
    let right = |(j, &label): (usize, &usize)| {
        let column = logits.column(j);
        argmax(column.iter().map(|x| x.re())) == label && column.iter().all(|x| x.is_finite())
    };
    labels.iter().enumerate().map(right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Registry;
    use models::networks::NetworkConfig;
    use models::stacks::RecurrentConfig;
    use nalgebra::dmatrix;

    #[test]
    fn each_of_many_examples_is_answered_as_it_is_alone() {
        for read in [Read::Every, Read::Last] {
            let config = NetworkConfig { read, ..NetworkConfig::new(1, RecurrentConfig::new("gru", 3), 2) };
            let mut params = Params::<f64>::new();
            let network = Network::new(&config, &Registry::builtin(), 4, params.at("", 1)).expect("built in");
            let batch = |lengths: &[usize]| {
                let (all, steps) = (lengths.len(), lengths.iter().max().copied().unwrap_or(0));
                let x = DMatrix::from_fn(1, steps * all, |_, j| (j / all + lengths[j % all]) as f64 / 5.0);
                Batch { lengths: lengths.to_vec(), ..Batch::new(x, all, Targets::Classes(Vec::new())) }
            };
            let lengths = [1, 4, 2, 3, 4];
            let found = answers((&network, &params), (&lengths, 2), batch, |z| z.softmax());
            assert_eq!(found.len(), lengths.len());
            for (length, found) in lengths.into_iter().zip(found) {
                assert_eq!(found.shape(), (2, if read == Read::Every { length } else { 1 }));
                let alone = &answers((&network, &params), (&[length], 2), batch, |z| z.softmax())[0];
                assert!((found - alone).amax() < 1e-12, "{length} steps, {read:?}");
            }
        }
    }

    #[test]
    fn of_equal_ones_the_first_is_the_largest() {
        assert_eq!([argmax([1.0, 3.0, 3.0]), argmax([2.0, 1.0]), argmax::<f64>([])], [1, 0, 0]);
    }

    #[test]
    fn large_logits_overflow_nothing() {
        assert!(log_softmax(&[1000.0, 0.0]).iter().zip([0.0, -1000.0]).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn a_network_that_says_nan_is_never_right() {
        let logits = dmatrix![f64::NAN, 2.0, 0.0; 0.0, 1.0, 1.0];
        assert_eq!(right_answers(&logits, &[0, 0, 1]), [false, true, true]);
        assert_eq!(Evaluation::of(&logits, &Targets::Numbers(DMatrix::zeros(2, 3)), 2.0).right, 2);
    }

    #[test]
    fn one_answer_that_is_no_number_is_a_divergence() {
        let fine = vec![dmatrix![0.0, 1.0], dmatrix![f64::MAX]];
        assert_eq!(all_finite(fine.clone()), Ok(fine.clone()));
        for spoilt in [f64::NAN, f64::INFINITY] {
            let stop = all_finite([fine.clone(), vec![dmatrix![0.5; spoilt]]].concat()).expect_err("no number");
            let begin = format!("diverged: the network answers {spoilt} to example 3; a smaller learning rate");
            assert!(stop.code() == 3 && stop.to_string().starts_with(&begin), "{stop}");
        }
    }

    #[test]
    fn equal_logits_have_the_cross_entropy_of_chance() {
        let found = Evaluation::of(&DMatrix::from_element(4, 3, 7.0), &Targets::Classes(vec![0, 1, 3]), 0.0);
        let Score::CrossEntropy(nats) = found.against(Score::CrossEntropy(0.0)) else { panic!("{found:?}") };
        assert!((nats - 4f64.ln()).abs() < 1e-15 && found.against(Score::Accuracy(0.0)) == Score::Accuracy(1.0 / 3.0));
    }

    #[test]
    fn numbers_are_right_within_a_bound_in_every_row() {
        let (z, y) = (dmatrix![1.0, 2.0, 0.1; 0.0, 1.0, 1.0], dmatrix![1.1, 2.0, 0.1; 0.0, 1.3, 1.0]);
        let found = Evaluation::of(&z, &Targets::Numbers(y), 0.2);
        assert_eq!((found.right, found.of), (2, 3));
        assert!((found.squared_error.expect("of numbers") - (0.01 + 0.09) / 6.0).abs() < 1e-15);
        let (whole, parts) = (found.and(found), Evaluation { squared_error: Some(0.0), of: 6, ..found }.and(found));
        assert_eq!((found.cross_entropy, found.against(Score::SquaredError(9.0))), (None, found.score()));
        assert_eq!((whole.share(), whole.score()), (found.share(), found.score()));
        assert!((parts.score().value() - found.score().value() / 3.0).abs() < 1e-16 && parts.right == 4);
    }
}
