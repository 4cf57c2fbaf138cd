use models::Draws;
use nalgebra::DMatrix;

use super::sequences::of_numbers;
use crate::task::{Batch, Criterion, Score, Targets, Task};

/// Two of many pairs are marked: the sum or the product of their numbers, in the form of 1997.
///
/// # Source
/// Hochreiter & Schmidhuber 1997 (Neural Computation 9(8)), §5.4 (experiment 4, adding) and §5.5 (experiment 5, multiplication).
///
/// # Layout
/// ```text
/// step      0      1     2     3    …          T − 1
/// number    0.62  −0.17  0.95  0.30 …          0.48     uniform in [−1, 1); of a product in [0, 1)
/// mark     −1      1     0     0    …  1   …  −1        T is any of L … 1.1 L
/// answer                                       ½ + (X₁ + X₂)/4,   or X₁ · X₂
/// ```
/// Marks are 0, 1 at the two marked pairs, and −1 at the first and the last pair. First one of the first ten pairs is marked,
/// then one of those of the first L/2 − 1 that are not. If the very first pair is marked, its mark is 1, and X₁ counts as 0 in
/// the sum and as 1 in the product.
///
/// # Baseline
/// Without the marks the best answer is the mean of the target, and its squared error is the target's variance. X₁ is drawn in
/// 9 of 10 examples. Of the sum, E X₁² = 0.9/3 and E X₂² = 1/3, so (0.3 + 1/3)/16 = 0.0396. Of the product, E X₁ = 0.9/2 + 0.1
/// and E X₁² = 0.9/3 + 0.1, so 0.4/3 − (0.55/2)² = 0.0577.
///
/// X₂ is never the first pair's: it is drawn among the later ones.
#[derive(Clone, Copy, Debug)]
pub struct MarkedPairs {
    /// L, at least 24: the first ten pairs are among the first L/2 − 1.
    pub length: usize,
    /// Whether the product is asked for, not the sum.
    pub product: bool,
}

const FIRST: usize = 10;

impl MarkedPairs {
    /// An example's pairs of number and mark, and its answer.
    fn example(&self, draws: &mut Draws) -> (Vec<[f64; 2]>, f64) {
        let low = if self.product { 0.0 } else { -1.0 };
        let steps = self.length + draws.below(self.length / 10 + 1);
        let mut pairs: Vec<[f64; 2]> = (0..steps).map(|_| [draws.between(low, 1.0), 0.0]).collect();
        let first = draws.below(FIRST);
        // One of pairs 1 … L/2 − 2 that is not the first marked one.
        let others = self.length / 2 - 2;
        let second = match first {
            0 => 1 + draws.below(others),
            _ => Some(1 + draws.below(others - 1)).map(|t| if t < first { t } else { t + 1 }).expect("some"),
        };
        (pairs[0][1], pairs[steps - 1][1]) = (-1.0, -1.0);
        (pairs[first][1], pairs[second][1]) = (1.0, 1.0);
        let (x_1, x_2) =
            (if first == 0 { f64::from(u8::from(self.product)) } else { pairs[first][0] }, pairs[second][0]);
        (pairs, if self.product { x_1 * x_2 } else { 0.5 + (x_1 + x_2) / 4.0 })
    }
}

impl Task for MarkedPairs {
    fn inputs(&self) -> usize {
        2
    }

    fn outputs(&self) -> usize {
        1
    }

    fn source(&self) -> &'static str {
        if self.product { "Hochreiter & Schmidhuber 1997, §5.5" } else { "Hochreiter & Schmidhuber 1997, §5.4" }
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        let (pairs, answers): (Vec<_>, Vec<_>) = (0..examples).map(|_| self.example(draws)).unzip();
        of_numbers(&pairs, Targets::Numbers(DMatrix::from_row_slice(1, examples, &answers)))
    }

    fn baseline(&self) -> Score {
        Score::SquaredError(if self.product { 0.4 / 3.0 - 0.275 * 0.275 } else { (0.3 + 1.0 / 3.0) / 16.0 })
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { within: 0.04, share: 1.0, source: self.source() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_that_of_the_marked_pairs_in_their_ranges() {
        for product in [false, true] {
            let task = MarkedPairs { length: 100, product };
            let mut draws = Draws::at(1, "marked pairs test", &[]);
            let (mut firsts, mut steps) = ([0; FIRST], std::collections::BTreeSet::new());
            for _ in 0..3000 {
                let (pairs, answer) = task.example(&mut draws);
                let marked: Vec<usize> = (0..pairs.len()).filter(|t| pairs[*t][1] > 0.5).collect();
                let [a, b] = marked[..] else { panic!("{marked:?}") };
                assert!(a < FIRST && b < 49 && (a == 0 || pairs[0][1] < -0.5) && pairs[pairs.len() - 1][1] < -0.5);
                firsts[a] += 1;
                steps.insert(pairs.len());
                let x_a = if a == 0 { f64::from(u8::from(product)) } else { pairs[a][0] };
                let wanted = if product { x_a * pairs[b][0] } else { 0.5 + (x_a + pairs[b][0]) / 4.0 };
                assert!((answer - wanted).abs() < 1e-15 && (0.0..=1.0).contains(&answer));
            }
            assert_eq!(steps, (100..=110).collect());
            assert!((250..350).contains(&firsts[0]), "{firsts:?}");
        }
    }

    #[test]
    fn always_the_mean_has_the_error_of_the_baseline() {
        for (product, mean) in [(false, 0.5), (true, 0.275)] {
            let task = MarkedPairs { length: 30, product };
            let batch = task.batch(&mut Draws::at(1, "marked pairs test", &[]), 20_000);
            let error = |answer: f64| task.judge(&DMatrix::from_element(1, 20_000, answer), &batch).score().value();
            assert!((error(mean) - task.baseline().value()).abs() < 0.001, "{}", error(mean));
            assert!(error(mean - 0.1) > error(mean) && error(mean + 0.1) > error(mean));
        }
    }
}
