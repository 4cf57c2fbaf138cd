//! Placeholder.

/// The Rust blocks of the book are tests: `cargo test --doc -p experiments` runs them.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../docs/tour.md")]
    struct Tour;
    #[doc = include_str!("../../docs/how_to_op.md")]
    struct HowToOp;
    #[doc = include_str!("../../docs/how_to_cell.md")]
    struct HowToCell;
    #[doc = include_str!("../../docs/certificate.md")]
    struct Certificate;
    #[doc = include_str!("../../docs/why_gradients_vanish.md")]
    struct WhyGradientsVanish;
}
