//! The studies, one folder each: `run(registry, args)` and what belongs to it alone.

pub mod text_classifier;
pub mod vanishing_gradient;

pub use text_classifier::TextClassifier;
pub use vanishing_gradient::VanishingGradient;
