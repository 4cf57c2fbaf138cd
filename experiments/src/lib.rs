//! Studies of long dependencies: tasks, the training loop, run directories and figures.
//!
//! A study is a type that is a [`Study`](study::Study). Its program gives it a registry of cells, and so does a user's own that adds a cell:
//!
//! ```no_run
//! use experiments::{program, studies::VanishingGradient};
//! use models::Registry;
//!
//! let registry = Registry::builtin(); // .with("my_cell", |dims, _| Box::new(MyCell::new(dims)))
//! program::main(&VanishingGradient::new(registry));
//! ```
#![warn(unreachable_pub)]

pub mod answers;
pub mod attribution;
mod audit;
pub mod baselines;
pub mod by_distance;
pub mod chunks;
pub mod confusion;
mod disturbance;
pub mod entity;
mod examples;
pub mod f1;
mod gradient_curves;
pub mod gradient_flow;
pub mod loaders;
pub mod loss_curve;
pub mod notes;
pub mod report;
pub mod reproduce;
mod spectrum;
pub mod splits;
pub mod studies;
pub mod task;
pub mod tasks;
pub mod tokenizer;
pub mod translator;
pub mod trial;
pub mod vocabulary;
pub mod written;

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod train_tests;

pub use examples::{Examples, Learning};
/// Figures: what `figures` has.
pub use figures as plot;
pub use runs::{Stop, counted, echo, hash, number, one_line, program, run, settings, stats, study, table, train};

/// The Rust blocks of the book are tests: `cargo test --doc -p experiments` runs them.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/tour.md")]
    struct Tour;
    #[doc = include_str!("../../docs/derivatives.md")]
    struct Derivatives;
    #[doc = include_str!("../../docs/long_sequences.md")]
    struct LongSequences;
    #[doc = include_str!("../../docs/sequences.md")]
    struct Sequences;
    #[doc = include_str!("../../docs/pytorch.md")]
    struct PyTorch;
    #[doc = include_str!("../../docs/how_to_op.md")]
    struct HowToOp;
    #[doc = include_str!("../../docs/how_to_cell.md")]
    struct HowToCell;
    #[doc = include_str!("../../docs/how_to_task.md")]
    struct HowToTask;
    #[doc = include_str!("../../docs/how_to_experiment.md")]
    struct HowToExperiment;
    #[doc = include_str!("../../docs/certificate.md")]
    struct Certificate;
    #[doc = include_str!("../../docs/why_gradients_vanish.md")]
    struct WhyGradientsVanish;
    #[doc = include_str!("../../docs/find_the_culprit.md")]
    struct FindTheCulprit;
}
