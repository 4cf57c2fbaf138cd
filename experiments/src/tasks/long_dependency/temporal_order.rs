use models::Draws;

use super::sequences::of_symbols;
use crate::task::{Batch, Criterion, Score, Targets, Task};

/// Temporal order: two or three relevant symbols stand far apart among distractors. Which were they, in which order?
///
/// # Source
/// Hochreiter & Schmidhuber 1997 (Neural Computation 9(8)), §5.6, tasks 6a and 6b; Pascanu, Mikolov & Bengio 2013
/// (arXiv:1211.5063), §4.1.
///
/// # Layout
/// ```text
/// step     0   1   2  …  t₁  …  t₂  …  T − 1
/// symbol   E   c   a  …  X   …  Y   …  B          T is any of L … 1.1 L
/// answer                               X, Y       one of 4 classes, of 8 with a third symbol
/// ```
/// Eight one-hot rows: the distractors a to d, the relevant X and Y, E at the start and B at the end. For L = 100, t₁ is any of
/// 10 … 20 and t₂ of 50 … 60, or, of three symbols, any of 10 … 20, 33 … 43 and 66 … 76; for other L in proportion. An answer is
/// a column of numbers, 1 for the class and 0 elsewhere. The form of 2013 has neither E nor B, so six rows, T = L steps, and
/// answers that are classes.
///
/// # Baseline
/// The relevant symbols are X or Y with probability ½ each, whatever the others are, so that all K classes are equally likely: no
/// answer without memory is right more often than 1 in K. Of numbers the best constant is 1/K, whose squared error has the
/// mean 1/K · (1 − 1/K).
#[derive(Clone, Copy, Debug)]
pub struct TemporalOrder {
    /// L, at least 10.
    pub length: usize,
    /// How many symbols are relevant: 2 or 3.
    pub symbols: usize,
    /// Whose form it is.
    pub form: Form,
}

/// Whose form of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Hochreiter & Schmidhuber's.
    Original,
    /// Pascanu, Mikolov & Bengio's.
    Pascanu,
}

const DISTRACTORS: usize = 4;
/// X; Y is the next one.
const X: usize = DISTRACTORS;
const START: usize = 6;
const END: usize = 7;

impl TemporalOrder {
    fn classes(&self) -> usize {
        1 << self.symbols
    }

    /// Where each relevant symbol may stand: from … to, the end not included.
    fn places(&self) -> Vec<(usize, usize)> {
        let of = |percent: usize| percent * self.length / 100;
        let starts: &[usize] = if self.symbols == 2 { &[10, 50] } else { &[10, 33, 66] };
        let last = usize::from(self.form == Form::Original);
        starts.iter().map(|from| (of(*from), of(from + 10).max(of(*from) + 1 - last) + last)).collect()
    }

    /// An example's symbols, and its class.
    fn example(&self, draws: &mut Draws) -> (Vec<usize>, usize) {
        let original = self.form == Form::Original;
        let steps = self.length + if original { draws.below(self.length / 10 + 1) } else { 0 };
        let mut symbols: Vec<usize> = (0..steps).map(|_| draws.below(DISTRACTORS)).collect();
        let mut class = 0;
        for (from, to) in self.places() {
            let relevant = draws.below(2);
            symbols[from + draws.below(to - from)] = X + relevant;
            class = 2 * class + relevant;
        }
        if original {
            (symbols[0], symbols[steps - 1]) = (START, END);
        }
        (symbols, class)
    }
}

impl Task for TemporalOrder {
    fn inputs(&self) -> usize {
        if self.form == Form::Original { 8 } else { 6 }
    }

    fn outputs(&self) -> usize {
        self.classes()
    }

    fn source(&self) -> &'static str {
        match self.form {
            Form::Original => "Hochreiter & Schmidhuber 1997, §5.6",
            Form::Pascanu => "Pascanu, Mikolov & Bengio 2013, §4.1",
        }
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        let (symbols, classes): (Vec<_>, Vec<_>) = (0..examples).map(|_| self.example(draws)).unzip();
        let targets = match self.form {
            Form::Original => Targets::Numbers(Batch::one_hot(self.classes(), &classes)),
            Form::Pascanu => Targets::Classes(classes),
        };
        of_symbols(self.inputs(), &symbols, targets)
    }

    fn baseline(&self) -> Score {
        let chance = 1.0 / self.classes() as f64;
        match self.form {
            Form::Original => Score::SquaredError(chance * (1.0 - chance)),
            Form::Pascanu => Score::Accuracy(chance),
        }
    }

    fn criterion(&self) -> Option<Criterion> {
        let source = self.source();
        Some(match self.form {
            Form::Original => Criterion { within: 0.3, share: 1.0, source },
            Form::Pascanu => Criterion { within: 0.0, share: 0.99, source },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::Evaluation;
    use nalgebra::DMatrix;

    fn examples(task: &TemporalOrder, count: usize) -> Vec<(Vec<usize>, usize)> {
        let mut draws = Draws::at(1, "temporal order test", &[]);
        (0..count).map(|_| task.example(&mut draws)).collect()
    }

    #[test]
    fn relevant_symbols_stand_where_the_paper_says_and_name_the_class() {
        let six_a = TemporalOrder { length: 100, symbols: 2, form: Form::Original };
        let six_b = TemporalOrder { symbols: 3, ..six_a };
        let pascanu = TemporalOrder { form: Form::Pascanu, ..six_a };
        for (task, places) in [
            (six_a, vec![10..=20, 50..=60]),
            (six_b, vec![10..=20, 33..=43, 66..=76]),
            (pascanu, vec![10..=19, 50..=59]),
        ] {
            let mut seen = vec![Vec::new(); places.len()];
            for (symbols, class) in examples(&task, 2000) {
                let at: Vec<usize> = (0..symbols.len()).filter(|t| [X, X + 1].contains(&symbols[*t])).collect();
                assert!(at.len() == places.len() && at.iter().zip(&places).all(|(t, place)| place.contains(t)));
                assert_eq!(at.iter().fold(0, |class, t| 2 * class + symbols[*t] - X), class);
                at.iter().zip(&mut seen).for_each(|(t, seen)| seen.push(*t));
                let ends = (symbols[0], symbols[symbols.len() - 1]);
                let original = task.form == Form::Original;
                assert_eq!(ends == (START, END), original);
                assert!(if original { (100..=110).contains(&symbols.len()) } else { symbols.len() == 100 });
            }
            // Both ends of each range come up.
            assert!(seen.iter().zip(&places).all(|(t, place)| t.contains(place.start()) && t.contains(place.end())));
        }
    }

    #[test]
    fn chance_has_the_score_of_the_baseline_and_all_classes_come_as_often() {
        for symbols in [2, 3] {
            let task = TemporalOrder { length: 20, symbols, form: Form::Original };
            let batch = task.batch(&mut Draws::at(2, "temporal order test", &[]), 8000);
            let chance = 1.0 / task.classes() as f64;
            let constant = DMatrix::from_element(task.classes(), 8000, chance);
            let found = task.judge(&constant, &batch).score().value();
            assert!((found - task.baseline().value()).abs() < 1e-12, "{found}");
            let classes = TemporalOrder { form: Form::Pascanu, ..task };
            let batch = classes.batch(&mut Draws::at(2, "temporal order test", &[]), 8000);
            for class in 0..task.classes() {
                let always = Batch::one_hot(task.classes(), &vec![class; 8000]);
                let share = Evaluation::of(&always, &batch.targets, 0.0).share();
                assert!((share - classes.baseline().value()).abs() < 0.02, "{class}: {share}");
            }
        }
    }
}
