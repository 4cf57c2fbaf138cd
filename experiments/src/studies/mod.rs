//! The studies, one folder each: `run(registry, args)` and what belongs to it alone.

pub mod char_lm;
pub mod france;
pub mod gates;
pub mod hello;
pub mod text_classifier;
pub mod vanishing_gradient;

pub use char_lm::CharLm;
pub use france::France;
pub use gates::Gates;
pub use hello::Hello;
pub use text_classifier::TextClassifier;
pub use vanishing_gradient::VanishingGradient;
