use experiments::loaders::table::Table;
use experiments::splits::{Sizes, Splits, TooFew};
use experiments::stats::{Share, mean_and_deviation, most_frequent};
use experiments::tasks::{changing, interactions, last_set, shape_anywhere, turning};
use models::Draws;

use super::Config;

/// What the examples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rows of a table.
    Table,
    /// Images.
    Image,
    /// Sequences of symbols, of unequal lengths.
    Sequence,
    /// Sequences of images in which something changes, at any time.
    Video,
    /// Sequences of images in which something moves all the time.
    Motion,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Table, Self::Image, Self::Sequence, Self::Video, Self::Motion];

    /// As in settings.
    pub fn name(self) -> &'static str {
        ["table", "image", "sequence", "video", "motion"][self as usize]
    }

    /// By name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The size of every example: T, and C, H, W.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Of which kind.
    pub kind: Kind,
    /// T.
    pub steps: usize,
    /// C, H and W.
    pub image: [usize; 3],
}

impl Form {
    /// The numbers of a step.
    pub fn rows(&self) -> usize {
        self.image.iter().product()
    }
}

/// One example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// T·C·H·W numbers.
    pub x: Vec<f32>,
    /// The steps that it has; those after them are 0.
    pub length: usize,
    /// The index of its class.
    pub class: usize,
}

/// Examples of one kind, each with a class.
///
/// An example is T steps of images of C channels, H rows and W columns, in this order: a table's row is 1 step, 1 channel and
/// 1 row of its columns; an image is 1 step; a sequence of symbols has T steps of 1 pixel, its channels the symbols (one-hot).
#[derive(Clone, Debug)]
pub struct Problem {
    /// Its name in the reports.
    pub name: String,
    /// The size of its examples.
    pub form: Form,
    /// The classes.
    pub classes: Vec<String>,
    table: Option<Table>,
}

impl Problem {
    /// The generated problem of a kind.
    pub fn generated(kind: Kind) -> Self {
        let (steps, image, classes): (_, _, &[&str]) = match kind {
            Kind::Table => (1, [1, 1, interactions::COLUMNS], &interactions::CLASSES),
            Kind::Image => (1, [1, shape_anywhere::SIDE, shape_anywhere::SIDE], &shape_anywhere::CLASSES),
            Kind::Sequence => (last_set::LONGEST, [last_set::SYMBOLS.len(), 1, 1], &last_set::CLASSES),
            Kind::Video => (changing::FRAMES, [1, changing::SIDE, changing::SIDE], &changing::CLASSES),
            Kind::Motion => (turning::FRAMES, [1, turning::SIDE, turning::SIDE], &turning::CLASSES),
        };
        let classes = classes.iter().map(|class| (*class).into()).collect();
        Self { name: kind.name().into(), form: Form { kind, steps, image }, classes, table: None }
    }

    /// The rows of a user's table.
    pub fn of_table(name: &str, table: Table) -> Self {
        let form = Form { kind: Kind::Table, steps: 1, image: [1, 1, table.columns.len()] };
        Self { name: name.into(), form, classes: table.classes.clone(), table: Some(table) }
    }

    /// The examples of one seed.
    ///
    /// # Errors
    /// If there are too few.
    pub fn splits(&self, config: &Config, seed: u64) -> Result<Splits<Example>, TooFew> {
        let key = |example: &Example| example.x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let Some(table) = &self.table else {
            let sizes = Sizes { train: config.train, validation: config.train.div_ceil(5), test: config.test };
            let purpose = format!("when to use {}", self.name);
            return Splits::draw(sizes, (seed, &purpose), |_, draws| self.draw(draws), key);
        };
        let example = |&(ref x, class): &(Vec<f64>, usize)| {
            let x = x.iter().map(|x| *x as f32).collect();
            Example { x, length: 1, class }
        };
        let mut splits = Splits::cut(table.rows.iter().map(example).collect(), [0.15, 0.25], seed, key)?;
        standardize(&mut splits);
        Ok(splits)
    }

    fn draw(&self, draws: &mut Draws) -> Example {
        let (rows, steps) = (self.form.rows(), self.form.steps);
        let (x, class) = match self.form.kind {
            Kind::Table => interactions::row(draws),
            Kind::Image => shape_anywhere::image(draws),
            Kind::Sequence => {
                let (symbols, class) = last_set::sequence(draws);
                let mut x = vec![0.0; steps * rows];
                symbols.iter().enumerate().for_each(|(t, symbol)| x[t * rows + symbol] = 1.0);
                return Example { x, length: symbols.len(), class };
            }
            Kind::Video => changing::video(draws),
            Kind::Motion => turning::video(draws),
        };
        Example { x, length: steps, class }
    }
}

/// Every column with mean 0 and standard deviation 1 on the training split; a constant column is 0.
fn standardize(splits: &mut Splits<Example>) {
    for j in 0..splits.train[0].x.len() {
        let (mean, deviation) = mean_and_deviation(splits.train.iter().map(|example| f64::from(example.x[j])));
        let scale = if deviation > 0.0 { 1.0 / deviation } else { 0.0 };
        for example in splits.train.iter_mut().chain(&mut splits.validation).chain(&mut splits.test) {
            example.x[j] = ((f64::from(example.x[j]) - mean) * scale) as f32;
        }
    }
}

/// The share of test examples of the class that is most frequent in training: who looks at nothing is as often right.
pub fn majority(splits: &Splits<Example>) -> f64 {
    let most = most_frequent(splits.train.iter().map(|example| example.class));
    Share::count(splits.test.iter().map(|example| Some(example.class) == most)).value()
}

#[cfg(test)]
mod tests {
    use experiments::settings::{Scale, Settings};

    use super::*;

    #[test]
    fn every_example_has_the_size_it_should_have_and_stands_in_one_split() {
        let config = Config::at(Scale::Quick);
        for kind in Kind::ALL {
            let problem = Problem::generated(kind);
            let splits = problem.splits(&config, 1).expect("enough");
            assert_eq!((splits.train.len(), splits.test.len()), (config.train, config.test));
            let all = || splits.train.iter().chain(&splits.validation).chain(&splits.test);
            let (steps, rows) = (problem.form.steps, problem.form.rows());
            assert!(all().all(|e| e.x.len() == steps * rows && e.class < problem.classes.len()), "{kind:?}");
            assert!(all().all(|e| e.x[e.length * rows..].iter().all(|x| x.to_bits() == 0)), "{kind:?}");
            assert!(splits.test.iter().all(|e| splits.train.iter().all(|other| other.x != e.x)), "{kind:?}");
            assert!(splits != problem.splits(&config, 2).expect("enough"), "{kind:?}");
        }
    }

    #[test]
    fn a_users_columns_are_standardized_by_the_training_rows_alone() {
        let rows = (0..100).map(|k| (vec![f64::from(k), 7.0, 1e30 * f64::from(k % 3)], k as usize % 2)).collect();
        let columns = ["a", "b", "c"].map(String::from).to_vec();
        let table = Table { columns, classes: vec!["x".into(), "y".into()], rows };
        let splits = Problem::of_table("t", table).splits(&Config::at(Scale::Quick), 1).expect("enough");
        assert!(splits.test.len() > 15 && splits.validation.len() > 10);
        for j in [0, 2] {
            let moment = |p: i32| splits.train.iter().map(|e| f64::from(e.x[j]).powi(p)).sum::<f64>();
            let n = splits.train.len() as f64;
            assert!(moment(1).abs() < 1e-3 && (moment(2) / n - 1.0).abs() < 1e-5, "{j}");
        }
        assert!(splits.test.iter().all(|e| e.x[1].abs() < 1e-9));
    }

    #[test]
    fn the_majority_is_that_of_training() {
        let of = |classes: &[usize]| {
            classes.iter().map(|class| Example { x: vec![], length: 1, class: *class }).collect::<Vec<_>>()
        };
        let splits = Splits { train: of(&[1, 1, 0]), validation: vec![], test: of(&[0, 0, 0, 1]) };
        assert!((majority(&splits) - 0.25).abs() < 1e-12);
    }
}
