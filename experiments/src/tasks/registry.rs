use std::sync::Arc;

use super::{Adding, France, Mix};
use crate::settings::hint;
use crate::task::AtDistance;

/// The tasks that can be drawn at a distance, by name, as the cells are in [`models::Registry`].
#[derive(Clone)]
pub struct Tasks(Vec<(String, Arc<dyn AtDistance>)>);

impl Tasks {
    /// `france` and `adding`.
    pub fn builtin() -> Self {
        let none = Self(Vec::new());
        none.with("france", France { longest: 1, mix: Mix::Uniform }).with("adding", Adding { steps: 2 })
    }

    /// Adds a task, or replaces the one of that name.
    ///
    /// # Panics
    /// If the name does not consist of small letters, digits and `_`: files are called after it.
    #[must_use]
    #[track_caller]
    pub fn with(mut self, name: &str, task: impl AtDistance + 'static) -> Self {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(
            !name.is_empty() && name.chars().all(plain),
            "task: `{name}` is no name of small letters, digits and _"
        );
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.into(), Arc::new(task)));
        self
    }

    /// The task of that name.
    ///
    /// # Errors
    /// If there is none: one line with those that are there.
    pub fn get(&self, name: &str) -> Result<Arc<dyn AtDistance>, String> {
        let found = self.0.iter().find(|(known, _)| known == name).map(|(_, task)| task.clone());
        found.ok_or_else(|| {
            let names = || self.0.iter().map(|(name, _)| name.as_str());
            format!(
                "there is no such task; give one of {}{}",
                names().collect::<Vec<_>>().join(", "),
                hint(name, names())
            )
        })
    }
}
