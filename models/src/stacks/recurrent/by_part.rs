//! `ByPart`: a rate for all state parts of a cell, or for each by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::About;

/// One number for all state parts, or one for each part that is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number, or a table of numbers by state part such as { h = 0.1 }")]
pub enum ByPart {
    /// For all.
    All(f64),
    /// For these; the others stay plain.
    Parts(BTreeMap<String, f64>),
}

impl ByPart {
    pub(super) fn zero() -> Self {
        Self::All(0.0)
    }

    pub(super) fn one() -> Self {
        Self::All(1.0)
    }

    /// The number for each of a cell's parts, `plain` where none is given.
    pub(super) fn of(&self, key: &'static str, about: &About, plain: f64) -> Result<Vec<f64>, ConfigError> {
        let parts = match self {
            Self::All(number) => return Ok(vec![*number; about.states.len()]),
            Self::Parts(parts) => parts,
        };
        let mut numbers = vec![plain; about.states.len()];
        for (name, number) in parts {
            let Some(part) = about.part(name) else {
                let known: Vec<_> = about.states.iter().map(|part| part.name).collect();
                let (part, cell) = (name.clone(), about.name.into());
                return Err(ConfigError::UnknownPart { key, part, cell, known: known.join(", ") });
            };
            numbers[part] = *number;
        }
        Ok(numbers)
    }

    pub(super) fn numbers(&self) -> Vec<f64> {
        match self {
            Self::All(number) => vec![*number],
            Self::Parts(parts) => parts.values().copied().collect(),
        }
    }
}
