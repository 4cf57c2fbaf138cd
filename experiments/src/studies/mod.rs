//! The studies that a user's own crate calls with its registry; the others are programs alone, in `src/bin`.

pub mod vanishing_gradient;

pub use vanishing_gradient::VanishingGradient;
