//! `Catalogue`: what is built by name and options, such as cells.

use crate::suggest::did_you_mean;
use crate::{Named, NamedError, Options};

/// Things by name, in order, each with what builds it, an `M`. [`Registry`](crate::Registry) is one of cells.
///
/// ```
/// use models::{Catalogue, Options};
///
/// type Make = fn(&mut Options<'_>) -> usize;
/// let mut steps = Catalogue::<Make>::new("task");
/// steps.insert("adding", |options| options.count("length", 100, 2..=1000));
/// assert_eq!(steps.build("adding:length=7", |make, options| make(options)).unwrap(), 7);
/// let refused = steps.build("ading", |make, options| make(options)).unwrap_err();
/// assert_eq!(refused.to_string(), "no task is called `ading`; did you mean `adding`? there are adding");
/// ```
#[derive(Clone, Debug)]
pub struct Catalogue<M> {
    what: &'static str,
    entries: Vec<(String, M)>,
}

impl<M> Catalogue<M> {
    /// Without any entry, of what errors call `what`: "cell".
    pub const fn new(what: &'static str) -> Self {
        Self { what, entries: Vec::new() }
    }

    /// Adds an entry, or replaces the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, make: M) {
        let name = name.into();
        match self.entries.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = make,
            None => self.entries.push((name, make)),
        }
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// What `build` makes of the entry that `spec` names and of its options.
    ///
    /// # Errors
    /// If there is none, the message lists all; if it has no such option, or the value is none for it, the message says what
    /// it expects and which options there are.
    pub fn build<R>(&self, spec: &str, build: impl FnOnce(&M, &mut Options<'_>) -> R) -> Result<R, NamedError> {
        let spec: Named = spec.parse()?;
        let mut options = Options::new(&spec);
        let built = build(self.find(spec.name())?, &mut options);
        options.finish(self.what)?;
        Ok(built)
    }

    /// The options of the entry called `name`, which `build` asks for, with their defaults as a spec has them: `forget_bias=1`.
    ///
    /// # Errors
    /// If there is no such entry.
    pub fn options<R>(
        &self,
        name: &str,
        build: impl FnOnce(&M, &mut Options<'_>) -> R,
    ) -> Result<Vec<String>, NamedError> {
        let spec = Named::new(name);
        let mut options = Options::new(&spec);
        build(self.find(name)?, &mut options);
        Ok(options.known().collect())
    }

    fn find(&self, name: &str) -> Result<&M, NamedError> {
        let found = self.entries.iter().find(|(known, _)| known == name).map(|(_, make)| make);
        found.ok_or_else(|| {
            let (what, known) = (self.what, self.names().collect::<Vec<_>>());
            let hint = did_you_mean(name, known.iter().copied());
            NamedError(format!("no {what} is called `{name}`;{hint} there are {}", known.join(", ")))
        })
    }
}
