use models::Draws;
use models::networks::Read;

use super::sequences::{of_symbols, time_major};
use crate::task::{AtDistance, Batch, Criterion, Score, Targets, Task, Wording};

/// Parity: was the number of ones even or odd?
///
/// # Source
/// Bengio, Simard & Frasconi 1994 (IEEE Trans. Neural Networks 5(2)); as a test of length generalisation Delétang et al.
/// 2023 (arXiv:2207.02098), §4.
///
/// # Layout
/// ```text
/// step     0   1   2   3   …   T − 1
/// bit      1   0   1   1   …   0          T is any of shortest … longest
/// answer   1   1   0   1   …   1          the parity so far; at every step, or after the last one alone
/// ```
/// Two one-hot rows, two classes. At distance d there are d + 1 bits and one answer.
///
/// # Baseline
/// The last bit is 0 or 1 with probability ½, whatever those before it are. So without one of the bits the parity is even or odd
/// with probability ½: no answer that forgets a bit is right more often than 1 in 2. Asked at every step, the first answer needs
/// no memory. It is one of T̄ answers, T̄ the mean of T, so the baseline is ½ + ½/T̄.
#[derive(Clone, Copy, Debug)]
pub struct Parity {
    /// The fewest bits, at least 1.
    pub shortest: usize,
    /// The most bits.
    pub longest: usize,
    /// Whether it asks at every step.
    pub every: bool,
}

impl Parity {
    fn bits(bits: &[Vec<usize>], every: bool) -> Batch {
        let so_far = |bits: &Vec<usize>| {
            let parities = bits.iter().scan(0, |parity, bit| {
                *parity ^= bit;
                Some(*parity)
            });
            parities.collect::<Vec<_>>()
        };
        let parities: Vec<Vec<usize>> = bits.iter().map(so_far).collect();
        let last = || parities.iter().map(|parities| parities[parities.len() - 1]).collect();
        of_symbols(2, bits, Targets::Classes(if every { time_major(&parities, &0) } else { last() }))
    }
}

impl Task for Parity {
    fn inputs(&self) -> usize {
        2
    }

    fn outputs(&self) -> usize {
        2
    }

    fn read(&self) -> Read {
        if self.every { Read::Every } else { Read::Last }
    }

    fn source(&self) -> &'static str {
        "Bengio, Simard & Frasconi 1994"
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        let of = |draws: &mut Draws| {
            let steps = self.shortest + draws.below(self.longest + 1 - self.shortest);
            (0..steps).map(|_| draws.below(2)).collect()
        };
        Self::bits(&(0..examples).map(|_| of(draws)).collect::<Vec<_>>(), self.every)
    }

    fn baseline(&self) -> Score {
        let mean_steps = (self.shortest + self.longest) as f64 / 2.0;
        Score::Accuracy(if self.every { 0.5 + 0.5 / mean_steps } else { 0.5 })
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { within: 0.0, share: 0.99, source: "this project" })
    }
}

/// Of the bits the first stands at the distance; every other is nearer.
impl AtDistance for Parity {
    fn at_distance(&self, d: usize, draws: &mut Draws, examples: usize) -> Batch {
        Parity { shortest: d + 1, longest: d + 1, every: self.every }.batch(draws, examples)
    }

    fn wording(&self) -> Wording {
        Wording { title: "Parity", examples: "sequences", from: "first bit", to: "parity" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_parity_of_the_bits_so_far() {
        for every in [false, true] {
            let task = Parity { shortest: 3, longest: 9, every };
            let batch = task.batch(&mut Draws::at(1, "parity test", &[]), 300);
            let Targets::Classes(answers) = &batch.targets else { panic!("classes") };
            for (e, length) in batch.lengths.iter().enumerate() {
                let ones = |steps: usize| (0..steps).filter(|t| batch.x[(1, t * 300 + e)] > 0.5).count();
                for t in if every { 0..*length } else { *length - 1..*length } {
                    assert_eq!(answers[if every { t * 300 + e } else { e }], ones(t + 1) % 2);
                }
            }
            let seen: std::collections::BTreeSet<_> = batch.lengths.iter().copied().collect();
            assert_eq!(seen, (3..=9).collect());
        }
    }

    #[test]
    fn who_knows_the_last_bit_alone_scores_the_baseline() {
        for every in [false, true] {
            let task = Parity { shortest: 2, longest: 6, every };
            let batch = task.batch(&mut Draws::at(1, "parity test", &[]), 20_000);
            let columns = |e: usize| (batch.lengths[e] - 1) * 20_000 + e;
            let last: Vec<_> = (0..20_000).map(columns).collect();
            let z = if every { batch.x.clone() } else { batch.x.select_columns(&last) };
            let share = task.judge(&z, &batch).share();
            assert!((share - task.baseline().value()).abs() < 0.01, "{share}, {:?}", task.baseline());
        }
    }
}
