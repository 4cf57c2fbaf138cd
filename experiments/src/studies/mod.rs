//! The studies, one folder each: `run(registry, args)` and what belongs to it alone.

pub mod ner;
pub mod translate;
pub mod vanishing_gradient;

pub use ner::Ner;
pub use translate::Translate;
pub use vanishing_gradient::VanishingGradient;
