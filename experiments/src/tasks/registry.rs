use std::sync::Arc;

use models::{Catalogue, NamedError, Options};

use super::long_dependency::{
    Copy, Group, MarkedPairs, ModularArithmetic, Parity, TemporalOrder, TemporalOrderForm, WordProblem,
};
use super::{Adding, France, Mix};
use crate::task::{AtDistance, Task};

/// Tasks by name, built by their options, as the cells are in [`models::Registry`].
///
/// ```
/// let tasks = experiments::tasks::Tasks::builtin();
/// assert_eq!(tasks.build("adding:length=7").unwrap().inputs(), 2);
/// ```
#[derive(Clone)]
pub struct Tasks(Catalogue<Make>);

/// What builds a task from its options. `length` is the option for its size.
#[derive(Clone)]
enum Make {
    Any(MakeOf<dyn Task>),
    AtDistance(MakeOf<dyn AtDistance>),
}

type MakeOf<K> = Arc<dyn Fn(&mut Options<'_>) -> Arc<K> + Send + Sync>;

impl Make {
    fn build(&self, options: &mut Options<'_>) -> Arc<dyn Task> {
        match self {
            Self::Any(make) => make(options),
            Self::AtDistance(make) => make(options),
        }
    }
}

impl Tasks {
    /// Our own tasks.
    pub fn builtin() -> Self {
        const LONG: usize = 100_000;
        // The shortest and the longest: `length`, and `shortest`, which is no longer.
        let lengths = |o: &mut Options<'_>, shortest: usize, length: usize| {
            let longest = o.count("length", length, 1..=LONG);
            (o.count("shortest", shortest, 1..=LONG).min(longest), longest)
        };
        let marked = |product: bool| {
            move |o: &mut Options<'_>| MarkedPairs { length: o.count("length", 100, 24..=LONG), product }
        };
        Self(Catalogue::new("task"))
            .at_distance("france", |o| {
                Arc::new(France { longest: o.count("length", 200, 2..=LONG) - 1, mix: Mix::Uniform })
            })
            .at_distance("adding", |o| {
                let steps = o.count("length", 100, 2..=LONG);
                Arc::new(Adding { steps, halves: o.switch("halves", false) })
            })
            .with("adding_1997", move |o| Arc::new(marked(false)(o)))
            .with("multiplication", move |o| Arc::new(marked(true)(o)))
            .with("temporal_order", |o| {
                let (length, symbols) = (o.count("length", 100, 10..=LONG), o.count("symbols", 2, 2..=3));
                let form = match o.word("form", &["1997", "pascanu"]) {
                    "1997" => TemporalOrderForm::Original,
                    _ => TemporalOrderForm::Pascanu,
                };
                Arc::new(TemporalOrder { length, symbols, form })
            })
            .with("copy", |o| {
                let (length, variable) = (o.count("length", 100, 1..=LONG), o.switch("variable", false));
                Arc::new(Copy { length, variable, numbers: o.switch("numbers", false) })
            })
            .at_distance("parity", move |o| {
                let (shortest, longest) = lengths(o, 1, 40);
                Arc::new(Parity { shortest, longest, every: o.switch("every", false) })
            })
            .with("modular_arithmetic", move |o| {
                let (shortest, longest) = lengths(o, 3, 40);
                Arc::new(ModularArithmetic { shortest, longest })
            })
            .with("word_problem", move |o| {
                let (shortest, longest) = lengths(o, 1, 40);
                let group = if o.word("group", &["s3", "a5"]) == "s3" { Group::S3 } else { Group::A5 };
                Arc::new(WordProblem::new(group, shortest, longest))
            })
    }

    /// Adds a task, or replaces the one of that name. `make` asks for an option where it needs one.
    ///
    /// # Panics
    /// If the name does not consist of small letters, digits and `_`: files are called after it.
    #[must_use]
    #[track_caller]
    pub fn with(self, name: &str, make: impl Fn(&mut Options<'_>) -> Arc<dyn Task> + Send + Sync + 'static) -> Self {
        self.insert(name, Make::Any(Arc::new(make)))
    }

    /// The same of a task that can be drawn at a distance: the main study takes it, too.
    ///
    /// # Panics
    /// As [`with`](Self::with).
    #[must_use]
    #[track_caller]
    pub fn at_distance(
        self,
        name: &str,
        make: impl Fn(&mut Options<'_>) -> Arc<dyn AtDistance> + Send + Sync + 'static,
    ) -> Self {
        self.insert(name, Make::AtDistance(Arc::new(make)))
    }

    #[track_caller]
    fn insert(mut self, name: &str, make: Make) -> Self {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(
            !name.is_empty() && name.chars().all(plain),
            "task: `{name}` is no name of small letters, digits and _"
        );
        self.0.insert(name, make);
        self
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names()
    }

    /// The options of the task called `name`, with their defaults, as a spec has them: `length=100`.
    ///
    /// # Errors
    /// If there is no such task.
    pub fn options(&self, name: &str) -> Result<Vec<String>, NamedError> {
        self.0.options(name, Make::build)
    }

    /// The task that `spec` names: `adding`, or with options `adding:length=50`.
    ///
    /// # Errors
    /// If there is none, or it has no such option; one line with those that are there.
    pub fn build(&self, spec: &str) -> Result<Arc<dyn Task>, NamedError> {
        self.0.build(spec, Make::build)
    }

    /// The same of one that can be drawn at a distance.
    ///
    /// # Errors
    /// As [`build`](Self::build); or if it cannot be drawn so.
    pub fn build_at_distance(&self, spec: &str) -> Result<Arc<dyn AtDistance>, String> {
        let built = self.0.build(spec, |make, options| match make {
            Make::AtDistance(make) => Ok(make(options)),
            // Its options are asked for, so that a wrong one is said first.
            Make::Any(make) => Err(make(options).source()),
        });
        built.map_err(|why| why.to_string())?.map_err(|source| {
            format!("the task ({source}) has no distance between what must be remembered and one question")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Draws;

    #[test]
    fn every_builtin_task_draws_batches_that_fit_its_network() {
        let tasks = Tasks::builtin();
        for name in tasks.names() {
            let task = tasks.build(name).expect("a builtin name");
            let batch = task.batch(&mut Draws::at(1, name, &[]), 3);
            assert_eq!((batch.x.nrows(), batch.examples()), (task.inputs(), 3), "{name}");
            let every = task.read() == models::networks::Read::Every;
            assert_eq!(batch.targets.count(), if every { batch.x.ncols() } else { 3 }, "{name}");
        }
    }

    #[test]
    fn an_option_is_used_and_a_wrong_one_refused() {
        let tasks = Tasks::builtin();
        assert_eq!(tasks.build("adding:length=7").expect("there").batch(&mut Draws::at(1, "t", &[]), 2).steps(), 7);
        let refused = |spec: &str| tasks.build(spec).err().expect("refused").to_string();
        assert!(refused("addign").starts_with("no task is called `addign`; did you mean `adding`? there are france,"));
        assert!(refused("adding:lenght=3").contains("it has no option `lenght`; did you mean `length`?"));
    }
}
