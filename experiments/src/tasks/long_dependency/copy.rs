use models::Draws;
use models::networks::Read;
use nalgebra::DMatrix;

use super::sequences::{of_symbols, time_major};
use crate::answers::Evaluation;
use crate::task::{Batch, Criterion, Score, Targets, Task};

/// Copy memory: ten symbols are read, and said again after a long wait.
///
/// # Source
/// Arjovsky, Shah & Bengio 2016 (arXiv:1511.06464), §5.1, after Hochreiter & Schmidhuber 1997. The variable form is that of
/// Tallec & Ollivier 2018 (arXiv:1804.11188), §3.
///
/// # Layout
/// ```text
/// step     0 … 9      10 … T + 8   T + 9    T + 10 … T + 19
/// symbol   a₀ … a₉    blank        marker   blank              a_k any of 8 symbols
/// answer   blank      blank        blank    a₀ … a₉            at every step
/// ```
/// Ten one-hot rows: the eight symbols, blank, marker; nine classes: the symbols and blank. Between the symbols and the marker
/// stand T − 1 blanks. In the variable form T is drawn anew for each example, from 1 to the longest.
///
/// # Baseline
/// Without memory of the symbols the best answer is blank until the marker, which costs nothing, and then a guess among 8, which
/// costs ln 8 nats ten times: 10 ln 8/(T + 20) a step. In the variable form the mean of T is (1 + the longest)/2. Of numbers the
/// guess is 1/8 for each symbol, with the squared error 8 · 1/8 · 7/8 over nine entries: 10 · 7/72/(T + 20).
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    /// T, at least 1.
    pub length: usize,
    /// Whether T is only the longest wait.
    pub variable: bool,
    /// Whether answers are nine numbers, 1 for the class and 0 elsewhere, as in Keller et al. 2024 (arXiv:2309.08045).
    pub numbers: bool,
}

const SYMBOLS: usize = 8;
const COPIED: usize = 10;
const BLANK: usize = 8;
const MARKER: usize = 9;

impl Copy {
    /// What an example reads and says.
    fn example(&self, draws: &mut Draws) -> (Vec<usize>, Vec<usize>) {
        let wait = if self.variable { 1 + draws.below(self.length) } else { self.length };
        let copied: Vec<usize> = (0..COPIED).map(|_| draws.below(SYMBOLS)).collect();
        let blanks = |count| std::iter::repeat_n(BLANK, count);
        let said = blanks(wait + COPIED).chain(copied.iter().copied()).collect();
        (copied.into_iter().chain(blanks(wait - 1)).chain([MARKER]).chain(blanks(COPIED)).collect(), said)
    }
}

impl Task for Copy {
    fn inputs(&self) -> usize {
        10
    }

    fn outputs(&self) -> usize {
        9
    }

    fn read(&self) -> Read {
        Read::Every
    }

    fn source(&self) -> &'static str {
        if self.variable { "Tallec & Ollivier 2018, §3" } else { "Arjovsky, Shah & Bengio 2016, §5.1" }
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        let (read, said): (Vec<_>, Vec<_>) = (0..examples).map(|_| self.example(draws)).unzip();
        let classes = time_major(&said, &BLANK);
        let targets = match self.numbers {
            true => Targets::Numbers(Batch::one_hot(self.outputs(), &classes)),
            false => Targets::Classes(classes),
        };
        of_symbols(self.inputs(), &read, targets)
    }

    fn baseline(&self) -> Score {
        let wait = if self.variable { (1 + self.length) as f64 / 2.0 } else { self.length as f64 };
        let share = COPIED as f64 / (wait + 2.0 * COPIED as f64);
        match self.numbers {
            true => Score::SquaredError(share * 7.0 / 72.0),
            false => Score::CrossEntropy(share * (SYMBOLS as f64).ln()),
        }
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { within: 0.5, share: 0.99, source: "this project" })
    }

    /// The cross-entropy or squared error is that of all steps, but right or wrong are the last ten answers alone.
    fn judge(&self, z: &DMatrix<f64>, batch: &Batch) -> Evaluation {
        let examples = batch.examples();
        let asked = |e: usize| (batch.lengths[e] - COPIED..batch.lengths[e]).map(move |t| t * examples + e);
        let asked: Vec<usize> = (0..examples).flat_map(asked).collect();
        let copied = Evaluation::of(&z.select_columns(&asked), &batch.targets.select(&asked), 0.5);
        let Evaluation { right, of, .. } = copied;
        Evaluation { right, of, ..Evaluation::of_batch(z, batch, self.read(), 0.5) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_first_is_said_last() {
        for variable in [false, true] {
            let task = Copy { length: 7, variable, numbers: false };
            let mut waits = Vec::new();
            for seed in 0..200 {
                let (read, said) = task.example(&mut Draws::at(seed, "copy test", &[]));
                let wait = read.len() - 20;
                waits.push(wait);
                assert_eq!(read.len(), said.len());
                assert!(read[..10] == said[wait + 10..] && read[..10].iter().all(|symbol| *symbol < 8));
                assert!(said[..wait + 10].iter().all(|symbol| *symbol == BLANK));
                assert_eq!(read.iter().position(|symbol| *symbol == MARKER), Some(wait + 9));
            }
            assert_eq!(waits.iter().min() == Some(&1), variable);
            assert_eq!(waits.iter().max(), Some(&7));
        }
    }

    /// Sure of blank until the marker, then a guess among the eight.
    fn without_memory(batch: &Batch) -> DMatrix<f64> {
        let (mut z, examples) = (DMatrix::from_element(9, batch.x.ncols(), -1e3), batch.examples());
        for (e, length) in batch.lengths.iter().enumerate() {
            for t in 0..*length {
                let mut column = z.column_mut(t * examples + e);
                if t + COPIED < *length { column[BLANK] = 0.0 } else { column.rows_mut(0, 8).fill(0.0) }
            }
        }
        z
    }

    #[test]
    fn the_best_answer_without_memory_scores_the_baseline() {
        for (variable, off) in [(false, 1e-12), (true, 0.03)] {
            let task = Copy { length: 30, variable, numbers: false };
            let batch = task.batch(&mut Draws::at(1, "copy test", &[]), 500);
            let found = task.judge(&without_memory(&batch), &batch);
            let Score::CrossEntropy(nats) = found.against(task.baseline()) else { panic!("{found:?}") };
            assert!((nats - task.baseline().value()).abs() < off, "{nats}, {:?}", task.baseline());
            // The first of equal ones is the answer: right one time in eight.
            assert!(found.of == 5000 && (found.share() - 0.125).abs() < 0.02, "{found:?}");
        }
        let numbers = Copy { length: 30, variable: false, numbers: true };
        let batch = numbers.batch(&mut Draws::at(1, "copy test", &[]), 500);
        let guess = without_memory(&batch).map(f64::exp);
        let guess = DMatrix::from_fn(9, guess.ncols(), |i, j| guess[(i, j)] / guess.column(j).sum());
        let found = numbers.judge(&guess, &batch).against(numbers.baseline()).value();
        assert!((found - numbers.baseline().value()).abs() < 1e-12, "{found}");
        // Published: 0.1733 for T = 100.
        assert!((Copy { length: 100, variable: false, numbers: false }.baseline().value() - 0.1733).abs() < 5e-5);
    }
}
