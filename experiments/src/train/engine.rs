//! `EngineConfig`: which engine computes the gradients of a training, as settings say it.

use models::{CellScalar, Engine, Whole};

/// The settings of an engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineConfig {}

impl EngineConfig {
    /// The engine.
    pub fn build<T: CellScalar>(&self) -> Box<dyn Engine<T>> {
        Box::new(Whole::default())
    }
}
