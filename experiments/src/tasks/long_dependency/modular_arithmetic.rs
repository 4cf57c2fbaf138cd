use models::Draws;

use super::sequences::of_symbols;
use crate::task::{Batch, Criterion, Score, Targets, Task};

/// Modular arithmetic without brackets: the value of a sum of signed digits modulo 5.
///
/// # Source
/// Delétang et al. 2023 (arXiv:2207.02098), §4 and appendix A.1, a regular language; the form here has + and −, and no product,
/// whose precedence a network would have to know.
///
/// # Layout
/// ```text
/// step     0   1   2   3   4   …   T − 1
/// symbol   3   −   4   +   1   …   2          digits 0 … 4 and the signs + and − in turn
/// answer                           (3 − 4 + 1 … 2) mod 5
/// ```
/// Seven one-hot rows, five classes; T is any odd number from the shortest to the longest.
///
/// # Baseline
/// The first digit is uniform in 0 … 4 and adds to the value whatever the rest is. So without any one of the digits all five
/// values are equally likely: no answer that forgets one is right more often than 1 in 5.
#[derive(Clone, Copy, Debug)]
pub struct ModularArithmetic {
    /// The fewest symbols, at least 1.
    pub shortest: usize,
    /// The most symbols.
    pub longest: usize,
}

const MODULUS: usize = 5;
const PLUS: usize = MODULUS;
const MINUS: usize = MODULUS + 1;

impl ModularArithmetic {
    /// The symbols of an expression, and its value.
    fn example(&self, draws: &mut Draws) -> (Vec<usize>, usize) {
        let (fewest, most) = (self.shortest.div_ceil(2).max(1), self.longest.div_ceil(2).max(1));
        let digits = fewest + draws.below(most + 1 - fewest.min(most));
        let mut value = draws.below(MODULUS);
        let mut symbols = vec![value];
        for _ in 1..digits {
            let (sign, digit) = (PLUS + draws.below(2), draws.below(MODULUS));
            value = (value + if sign == PLUS { digit } else { MODULUS - digit }) % MODULUS;
            symbols.extend([sign, digit]);
        }
        (symbols, value)
    }
}

impl Task for ModularArithmetic {
    fn inputs(&self) -> usize {
        MINUS + 1
    }

    fn outputs(&self) -> usize {
        MODULUS
    }

    fn source(&self) -> &'static str {
        "Delétang et al. 2023, §4"
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        let (symbols, values): (Vec<_>, Vec<_>) = (0..examples).map(|_| self.example(draws)).unzip();
        of_symbols(self.inputs(), &symbols, Targets::Classes(values))
    }

    fn baseline(&self) -> Score {
        Score::Accuracy(1.0 / MODULUS as f64)
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { within: 0.0, share: 0.99, source: "this project" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_that_of_the_expression() {
        let task = ModularArithmetic { shortest: 3, longest: 12 };
        let mut draws = Draws::at(1, "modular arithmetic test", &[]);
        let mut lengths = std::collections::BTreeSet::new();
        for _ in 0..500 {
            let (symbols, value) = task.example(&mut draws);
            lengths.insert(symbols.len());
            let sign = |t: usize| if t > 0 && symbols[t - 1] == MINUS { -1 } else { 1 };
            let sum: i64 = (0..symbols.len()).step_by(2).map(|t| sign(t) * symbols[t] as i64).sum();
            assert_eq!(sum.rem_euclid(5), value as i64, "{symbols:?}");
            assert!(symbols.iter().enumerate().all(|(t, symbol)| (*symbol >= PLUS) == (t % 2 == 1)));
        }
        assert_eq!(lengths, [3, 5, 7, 9, 11].into());
    }

    #[test]
    fn no_digit_alone_tells_the_value() {
        let task = ModularArithmetic { shortest: 5, longest: 5 };
        let batch = task.batch(&mut Draws::at(1, "modular arithmetic test", &[]), 20_000);
        for t in [0, 2, 4] {
            let digit = batch.x.view((0, t * 20_000), (5, 20_000)).into_owned();
            let share = task.judge(&digit, &batch).share();
            assert!((share - task.baseline().value()).abs() < 0.012, "step {t}: {share}");
        }
    }
}
