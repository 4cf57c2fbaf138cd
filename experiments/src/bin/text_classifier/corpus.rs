//! `Corpus`: the generated texts of a study, and what is known about them.

use experiments::loaders::tsv::Labelled;
use experiments::splits::{Sizes, Splits, TooFew};
use experiments::study::About;

/// What tells the two studies apart.
#[derive(Clone, Copy, Debug)]
pub struct Corpus {
    /// The study's name.
    pub name: &'static str,
    /// What a text is called, of more than one.
    pub texts: &'static str,
    /// The rule that gives a generated text its class.
    pub rule: &'static str,
    /// Different texts for each split: the share of twins, the sizes, the seed.
    pub draw: fn(f64, Sizes, u64) -> Result<Splits<Labelled>, TooFew>,
    /// The accuracy that no bag of words exceeds, by the share of twins.
    pub bound: fn(f64) -> f64,
    /// Of `--help`.
    pub about: About,
}
