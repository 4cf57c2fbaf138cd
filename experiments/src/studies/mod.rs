//! The studies, one folder each: `run(registry, args)` and what belongs to it alone.

pub mod vanishing_gradient;

pub use vanishing_gradient::VanishingGradient;
