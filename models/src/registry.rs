//! `Registry`: cells by name, ours and the user's.

use std::fmt;
use std::sync::Arc;

use crate::cells::{Gru, GruResetBefore, Irnn, Lstm, Lstm1997, Lstm1997Form, LstmPeephole, Rnn};
use crate::{About, AnyCell, Catalogue, Dims, NamedError, Options};

type Make = Arc<dyn Fn(Dims, &mut Options<'_>) -> Box<dyn AnyCell> + Send + Sync>;

/// A cell's description needs sizes, though it says nothing of them; the smallest cost nothing.
const SMALLEST: Dims = Dims { input: 1, hidden: 1, horizon: 1 };

/// The largest hidden state that is tried for a description.
const LARGEST: usize = 64;

/// Cells by name, in order.
#[derive(Clone)]
pub struct Registry(Catalogue<Make>);

impl Default for Registry {
    fn default() -> Self {
        Self(Catalogue::new("cell"))
    }
}

impl Registry {
    /// Our own cells.
    pub fn builtin() -> Self {
        Self::default()
            .with("rnn", |d, o| match o.word("phi", &["tanh", "relu", "identity"]) {
                "relu" => Box::new(Rnn::relu(d)),
                "identity" => Box::new(Rnn::identity(d)),
                _ => Box::new(Rnn::new(d)),
            })
            .with("irnn", |d, o| {
                let scale = o.real("scale", 1.0, -10.0..=10.0);
                match o.word("init", &["identity", "shift"]) {
                    "shift" => Box::new(Irnn::shifting(d)),
                    _ => Box::new(Irnn::with_scale(d, scale)),
                }
            })
            .with("gru", |d, _| Box::new(Gru::new(d)))
            .with("gru_reset_before", |d, _| Box::new(GruResetBefore::new(d)))
            .with("lstm_forget0", |d, _| Box::new(Lstm::with_forget_bias(d, 0.0)))
            .with("lstm", |d, o| Box::new(Lstm::with_forget_bias(d, o.real("forget_bias", 1.0, -100.0..=100.0))))
            .with("lstm_chrono", |d, _| Box::new(Lstm::chrono(d)))
            .with("lstm_peephole", |d, _| Box::new(LstmPeephole::new(d)))
            .with("rnn_relu", |d, _| Box::new(Rnn::relu(d)))
            .with("rnn_identity", |d, _| Box::new(Rnn::identity(d)))
            .with("lstm1997", |d, o| Box::new(Lstm1997::with_form(d, Lstm1997Form::ask(o, d.hidden))))
    }

    /// Adds a cell, or replaces the one of that name. `make` builds it from sizes and [`Options`], and asks for an option
    /// where it needs one; a cell without options calls them `_`.
    ///
    /// ```
    /// use models::{Dims, Registry, cells::Lstm};
    ///
    /// let registry = Registry::builtin()
    ///     .with("lstm_of_mine", |dims, options| Box::new(Lstm::with_forget_bias(dims, options.real("bias", 3.0, 0.0..=9.0))));
    /// let dims = Dims { input: 2, hidden: 3, horizon: 10 };
    /// assert_eq!(registry.build("lstm_of_mine", dims)?.about().label, "LSTM, forget bias 3");
    /// assert_eq!(registry.build("lstm_of_mine:bias=5", dims)?.about().label, "LSTM, forget bias 5");
    /// # Ok::<(), models::NamedError>(())
    /// ```
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<String>,
        make: impl Fn(Dims, &mut Options<'_>) -> Box<dyn AnyCell> + Send + Sync + 'static,
    ) -> Self {
        self.0.insert(name, Arc::new(make));
        self
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names()
    }

    /// What is known of the cell that `spec` names, built of the smallest sizes that its options allow: its label and its paper, say.
    ///
    /// ```
    /// let about = models::Registry::builtin().about("lstm:forget_bias=2")?;
    /// let paper = about.paper.expect("of every built-in cell");
    /// assert_eq!((&*about.label, paper.to_string().as_str()), ("LSTM, forget bias 2", "Hochreiter & Schmidhuber 1997"));
    /// # Ok::<(), models::NamedError>(())
    /// ```
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn about(&self, spec: &str) -> Result<About, NamedError> {
        // Options may ask for more rows than the smallest: blocks of four cells are in no hidden state of one.
        let build = |hidden| self.build(spec, Dims { hidden, ..SMALLEST });
        let cell = build(1).or_else(|why| (2..=LARGEST).find_map(|hidden| build(hidden).ok()).ok_or(why))?;
        Ok(cell.about().clone())
    }

    /// What figures and tables call the cell that `spec` names; `spec` itself, if there is none.
    pub fn label(&self, spec: &str) -> String {
        self.about(spec).map_or_else(|_| spec.into(), |about| about.label.into_owned())
    }

    /// The options of the cell called `name`, with their defaults, as a spec has them: `forget_bias=1`.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn options(&self, name: &str) -> Result<Vec<String>, NamedError> {
        self.0.options(name, |make, options| make(SMALLEST, options))
    }

    /// The cell that `spec` names, of these sizes: `lstm`, or with options `lstm:forget_bias=2`; see [`Named`](crate::Named).
    ///
    /// # Errors
    /// If there is none, the message lists all; if it has no such option, or the value is none for it, the message says what
    /// it expects and which options there are.
    pub fn build(&self, spec: &str, dims: Dims) -> Result<Box<dyn AnyCell>, NamedError> {
        self.0.build(spec, |make, options| make(dims, options))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Params;
    use crate::testing::certified;

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
    fn a_cell_of_the_same_name_replaces_ours() {
        let registry = Registry::builtin().with("rnn", |d, _| Box::new(Irnn::new(d)));
        assert_eq!(registry.names().filter(|name| *name == "rnn").count(), 1);
        assert_eq!(registry.build("rnn", DIMS).expect("there").about().name, "irnn");
    }

    #[test]
    fn every_builtin_cell_has_a_label_of_its_own_and_a_paper() {
        let registry = Registry::builtin();
        let mut labels: Vec<_> =
            registry.names().map(|name| registry.about(name).expect("a builtin name").label).collect();
        assert!(registry.names().all(|name| registry.about(name).expect("a builtin name").paper.is_some()));
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), registry.names().count());
    }

    #[test]
    fn an_option_at_its_default_builds_the_same_parameters() {
        let registry = Registry::builtin();
        for name in registry.names() {
            for option in registry.options(name).expect("a builtin name") {
                let [plain, said] = [name.to_owned(), format!("{name}:{option}")].map(|spec| {
                    let mut params = Params::<f64>::new();
                    params.place("cell", registry.build(&spec, DIMS).expect("its default").about().specs.clone(), 1);
                    params
                });
                assert_eq!(plain, said, "{name}:{option}");
            }
        }
    }

    #[test]
    fn an_option_is_used() {
        let registry = Registry::builtin();
        let entry = |spec: &str, param: &str, at: (usize, usize)| {
            let mut params = Params::<f64>::new();
            params.place("cell", registry.build(spec, DIMS).expect("options of its").about().specs.clone(), 1);
            params.get(&format!("cell.{param}")).expect("declared").value[at].to_bits()
        };
        assert_eq!(entry("lstm:forget_bias=2.5", "b", (3, 0)), 2.5f64.to_bits());
        assert_eq!(entry("irnn:scale=1e-2", "w_h", (1, 1)), 0.01f64.to_bits());
        assert_eq!(registry.about("rnn:phi=relu").expect("an option of its").name, "rnn_relu");
    }

    #[test]
    fn every_builtin_cell_conforms() {
        for name in Registry::builtin().names() {
            crate::testing::conform(|dims| Registry::builtin().build(certified(name), dims).expect("a builtin name"));
        }
    }
}
