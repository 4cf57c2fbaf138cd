//! The studies, one folder each: `run(registry, args)` and what belongs to it alone.

pub mod chat;
pub mod ner;
pub mod translate;
pub mod vanishing_gradient;

pub use chat::Chat;
pub use ner::Ner;
pub use translate::Translate;
pub use vanishing_gradient::VanishingGradient;
