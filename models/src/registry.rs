//! `Registry`: cells by name, ours and the user's.

use std::fmt;
use std::sync::Arc;

use crate::cells::{Gru, GruResetBefore, Irnn, Lstm, LstmPeephole, Rnn};
use crate::{AnyCell, Dims};

type Make = Arc<dyn Fn(Dims) -> Box<dyn AnyCell> + Send + Sync>;

/// A name that stands for no cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no cell is called `{name}`;{} there are {known}", did_you_mean(name, known))]
pub struct UnknownCell {
    /// The name asked for.
    pub name: String,
    /// The names there are.
    pub known: String,
}

/// Cells by name, in order.
#[derive(Clone, Default)]
pub struct Registry(Vec<(String, Make)>);

impl Registry {
    /// Our own cells.
    pub fn builtin() -> Self {
        Self::default()
            .with("rnn", |d| Box::new(Rnn::new(d)))
            .with("irnn", |d| Box::new(Irnn::new(d)))
            .with("gru", |d| Box::new(Gru::new(d)))
            .with("gru_reset_before", |d| Box::new(GruResetBefore::new(d)))
            .with("lstm_forget0", |d| Box::new(Lstm::with_forget_bias(d, 0.0)))
            .with("lstm", |d| Box::new(Lstm::new(d)))
            .with("lstm_chrono", |d| Box::new(Lstm::chrono(d)))
            .with("lstm_peephole", |d| Box::new(LstmPeephole::new(d)))
            .with("rnn_relu", |d| Box::new(Rnn::relu(d)))
            .with("rnn_identity", |d| Box::new(Rnn::identity(d)))
    }

    /// Adds a cell, or replaces the one of that name.
    pub fn with(
        mut self,
        name: impl Into<String>,
        make: impl Fn(Dims) -> Box<dyn AnyCell> + Send + Sync + 'static,
    ) -> Self {
        let (name, make): (String, Make) = (name.into(), Arc::new(make));
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = make,
            None => self.0.push((name, make)),
        }
        self
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Every name with the source that its cell says its equations are from.
    ///
    /// ```
    /// let registry = models::Registry::builtin();
    /// let (name, source) = registry.sources().next().expect("the first");
    /// assert_eq!((name, source), ("rnn", "Elman 1990, Cognitive Science 14(2)"));
    /// ```
    pub fn sources(&self) -> impl Iterator<Item = (&str, &'static str)> {
        // A source needs no sizes, but a cell does; the smallest costs nothing.
        let smallest = Dims { input: 1, hidden: 1, horizon: 1 };
        self.0.iter().map(move |(name, make)| (name.as_str(), make(smallest).about().source))
    }

    /// The cell called `name`, of these sizes.
    ///
    /// # Errors
    /// If there is none; the message lists all.
    pub fn build(&self, name: &str, dims: Dims) -> Result<Box<dyn AnyCell>, UnknownCell> {
        match self.0.iter().find(|(known, _)| known == name) {
            Some((_, make)) => Ok(make(dims)),
            None => Err(UnknownCell { name: name.into(), known: self.names().collect::<Vec<_>>().join(", ") }),
        }
    }
}

/// The known name nearest to `name`, if it is near.
fn did_you_mean(name: &str, known: &str) -> String {
    let distances = known.split(", ").map(|known| (edits(name, known), known));
    match distances.min() {
        Some((distance, nearest)) if distance <= 1 + name.len() / 4 => format!(" did you mean `{nearest}`?"),
        _ => String::new(),
    }
}

/// How many letters must be put in, left out or changed to make b of a (Levenshtein 1966).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &b) in b.iter().enumerate() {
            let cheapest = (diagonal + usize::from(a != b)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cheapest);
        }
    }
    row[b.len()]
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIMS: Dims = Dims { input: 2, hidden: 3, horizon: 10 };

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Registry::builtin().build("gruu", DIMS).expect_err("no such cell");
        let known = "there are rnn, irnn, gru,";
        assert!(error.to_string().starts_with(&format!("no cell is called `gruu`; did you mean `gru`? {known}")));
        let error = Registry::builtin().build("transformer", DIMS).expect_err("no such cell");
        assert!(error.to_string().starts_with(&format!("no cell is called `transformer`; {known}")));
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, count) in
            [("", "abc", 3), ("lstm", "lsmt", 2), ("gru", "gru", 0), ("rnn", "irnn", 1), ("abc", "b", 2)]
        {
            assert_eq!((edits(a, b), edits(b, a)), (count, count), "{a} {b}");
        }
    }

    #[test]
    fn a_cell_of_the_same_name_replaces_ours() {
        let registry = Registry::builtin().with("rnn", |d| Box::new(Irnn::new(d)));
        assert_eq!(registry.names().filter(|name| *name == "rnn").count(), 1);
        assert_eq!(registry.build("rnn", DIMS).expect("there").about().name, "irnn");
    }

    #[test]
    fn every_builtin_cell_conforms() {
        for name in Registry::builtin().names() {
            crate::testing::conform(|dims| Registry::builtin().build(name, dims).expect("a builtin name"));
        }
    }
}
