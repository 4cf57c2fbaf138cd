use models::Draws;
use nalgebra::DMatrix;

use crate::task::{AtDistance, Batch, Criterion, Score, Targets, Task, Wording};

/// The adding problem: which two numbers were marked, and what is their sum?
///
/// # Source
/// Hochreiter & Schmidhuber 1997 (Neural Computation 9(8)), §5.4, in the form of Le, Jaitly & Hinton 2015 (arXiv:1504.00941),
/// §4.1: all sequences are T steps long, and the target is the sum itself. With a mark in each half, Arjovsky, Shah & Bengio 2016
/// (arXiv:1511.06464), §5.2.
///
/// # Layout
/// ```text
/// step     0      1      2      3    …   T − 1
/// number   0.62   0.17   0.95   0.30 …   0.48     uniform in [0, 1)
/// mark     0      1      0      0    …   1        1 at two steps, 0 elsewhere
/// answer                                 0.65     0.17 + 0.48
/// ```
/// Two rows; the two marked steps are any two, all pairs equally likely, or any one of each half. It asks for memory of real numbers, and for not
/// remembering all the others. At distance d there are d + 1 steps, of which the first and any other one are marked.
///
/// # Baseline
/// Who does not know which numbers were marked answers best by the mean of the sum, 1. The squared error is then the variance
/// of a sum of two independent uniform numbers, 2 · 1/12 = 1/6.
#[derive(Clone, Copy, Debug)]
pub struct Adding {
    /// T, at least 2.
    pub steps: usize,
    /// Whether a mark stands in each half of the steps, not anywhere.
    pub halves: bool,
}

impl Adding {
    /// Any two steps, or one of each half.
    fn marks(&self, draws: &mut Draws) -> [usize; 2] {
        let (steps, half) = (self.steps, self.steps / 2);
        if self.halves {
            return [draws.below(half), half + draws.below(steps - half)];
        }
        let first = draws.below(steps);
        [first, (first + 1 + draws.below(steps - 1)) % steps]
    }

    /// Examples with marks where `marks` says.
    fn marked(&self, marks: impl Fn(&mut Draws) -> [usize; 2], draws: &mut Draws, examples: usize) -> Batch {
        let mut x = DMatrix::zeros(2, self.steps * examples);
        let mut sums = DMatrix::zeros(1, examples);
        for e in 0..examples {
            for t in 0..self.steps {
                x[(0, t * examples + e)] = draws.uniform();
            }
            for t in marks(draws) {
                x[(1, t * examples + e)] = 1.0;
                sums[e] += x[(0, t * examples + e)];
            }
        }
        Batch::new(x, examples, Targets::Numbers(sums))
    }
}

impl Task for Adding {
    fn inputs(&self) -> usize {
        2
    }

    fn outputs(&self) -> usize {
        1
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        self.marked(|draws| self.marks(draws), draws, examples)
    }

    fn source(&self) -> &'static str {
        if self.halves { "Arjovsky, Shah & Bengio 2016, §5.2" } else { "Le, Jaitly & Hinton 2015, §4.1" }
    }

    fn baseline(&self) -> Score {
        Score::SquaredError(1.0 / 6.0)
    }

    /// An error of 0.04 where the target has the range 1 is one of 0.08 where it has 2.
    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { within: 0.08, share: 1.0, source: "Hochreiter & Schmidhuber 1997, §5.4" })
    }
}

/// Whatever its own number of steps is.
impl AtDistance for Adding {
    fn at_distance(&self, d: usize, draws: &mut Draws, examples: usize) -> Batch {
        let first = |draws: &mut Draws| [0, 1 + draws.below(d)];
        Self { steps: d + 1, halves: false }.marked(first, draws, examples)
    }

    fn wording(&self) -> Wording {
        Wording { title: "The adding problem", examples: "sequences", from: "first marked number", to: "sum" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Examples;
    use crate::answers::{Evaluation, evaluate};
    use crate::train::{Forgetful, Training, train};
    use models::networks::Network;
    use models::stacks::RecurrentConfig;
    use models::{Params, Registry, Whole};

    fn batch(steps: usize, examples: usize) -> (Batch, DMatrix<f64>) {
        let batch = Adding { steps, halves: false }.batch(&mut Draws::at(1, "adding test", &[]), examples);
        let Targets::Numbers(sums) = batch.targets.clone() else { panic!("numbers") };
        (batch, sums)
    }

    #[test]
    fn the_target_is_the_sum_of_the_two_numbers_that_are_marked() {
        let (batch, sums) = batch(7, 500);
        let mut pairs = [[0; 7]; 7];
        for e in 0..500 {
            let marked: Vec<usize> = (0..7).filter(|t| batch.x[(1, t * 500 + e)] > 0.5).collect();
            let [first, second] = marked[..] else { panic!("{marked:?}") };
            pairs[first][second] += 1;
            assert!((batch.x[(0, first * 500 + e)] + batch.x[(0, second * 500 + e)] - sums[e]).abs() < 1e-15);
        }
        // 21 pairs, about 24 times each.
        assert!(pairs.iter().flatten().all(|n| *n < 50) && pairs.iter().flatten().filter(|n| **n > 8).count() == 21);
        assert!(batch.x.row(0).iter().all(|x| (0.0..1.0).contains(x)) && (batch.x.row(1).sum() - 1000.0).abs() < 0.5);
    }

    #[test]
    fn a_mark_stands_in_each_half_where_that_is_asked_for() {
        for steps in [2, 7] {
            let mut draws = Draws::at(1, "adding test", &[]);
            let marks = (0..500).map(|_| Adding { steps, halves: true }.marks(&mut draws));
            let seen: std::collections::BTreeSet<_> = marks.collect();
            let half = steps / 2;
            assert!(seen.iter().all(|[first, second]| *first < half && (half..steps).contains(second)));
            assert_eq!(seen.len(), half * (steps - half));
        }
    }

    #[test]
    fn at_a_distance_the_first_step_is_marked_and_any_other() {
        for d in [1, 2, 9] {
            let batch = Adding { steps: 50, halves: false }.at_distance(d, &mut Draws::at(1, "adding test", &[]), 100);
            let Targets::Numbers(sums) = &batch.targets else { panic!("numbers") };
            let mut seconds = vec![false; d + 1];
            for e in 0..100 {
                let marked: Vec<usize> = (0..batch.steps()).filter(|t| batch.x[(1, t * 100 + e)] > 0.5).collect();
                let [0, second] = marked[..] else { panic!("{marked:?}") };
                seconds[second] = true;
                assert!((batch.x[(0, e)] + batch.x[(0, second * 100 + e)] - sums[e]).abs() < 1e-15);
            }
            assert!(batch.steps() == d + 1 && seconds[1..].iter().all(|seen| *seen));
        }
    }

    #[test]
    fn always_the_mean_has_the_error_of_the_baseline_and_any_other_number_a_larger_one() {
        let (batch, sums) = batch(5, 20_000);
        let error = |answer| Evaluation::of(&sums.map(|_| answer), &batch.targets, 0.0).score().value();
        assert!((error(1.0) - Adding { steps: 5, halves: false }.baseline().value()).abs() < 0.003);
        assert!(error(0.9) > error(1.0) && error(1.1) > error(1.0));
    }

    #[test]
    fn a_gru_learns_a_short_sum_to_far_below_the_baseline() {
        let (task, mut params) = (Adding { steps: 6, halves: false }, Params::<f32>::new());
        let config = task.network(RecurrentConfig::new("gru", 16));
        let network = Network::new(&config, &Registry::builtin(), 6, params.at("", 1)).expect("built in");
        let test = task.batch(&mut Draws::at(1, "test", &[]), 200);
        let within = task.criterion().expect("one").within;
        let before = evaluate(&network, &params, &test, within);
        let objective = Examples { network: &network, task: &task, batch: 32, seed: 1 };
        let training = Training::new(500, 0.01);
        train(&objective, &mut params, &training, &mut Whole::default(), &mut Forgetful).expect("it converges");
        let after = evaluate(&network, &params, &test, within);
        assert!(before.score().value() > 0.1 && after.score().value() < 0.01, "{before:?} → {after:?}");
        assert!(after.share() > 0.6 && before.share() < 0.2, "{before:?} → {after:?}");
    }
}
