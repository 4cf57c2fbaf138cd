//! What is measured of a cell with a seed: the rows of the study's files.

use serde::{Deserialize, Serialize};

/// How a network is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hand {
    /// As it is.
    Free,
    /// f = 0 in every step: the input's share alone.
    NoMemory,
    /// i = 0 after the country: the memory's share alone.
    NoInput,
}

impl Hand {
    pub const ALL: [Self; 3] = [Self::Free, Self::NoMemory, Self::NoInput];
}

/// Where in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Country,
    Distractor,
    Question,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Country, Self::Distractor, Self::Question];

    /// Its steps in a sentence of distance d.
    pub fn steps(self, d: usize) -> std::ops::Range<usize> {
        match self {
            Self::Country => 0..1,
            Self::Distractor => 1..d,
            Self::Question => d..d + 1,
        }
    }
}

/// Right answers of a network in a hand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Score {
    pub cell: String,
    pub seed: u64,
    pub hand: Hand,
    pub right: usize,
    pub of: usize,
}

/// The mean of a gate (of g its size) over examples and the steps of a role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mean {
    pub cell: String,
    pub seed: u64,
    pub gate: String,
    pub unit: usize,
    pub role: Role,
    #[serde(with = "experiments::number")]
    pub mean: f64,
}

/// One value of the sentence that is drawn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shown {
    pub cell: String,
    pub seed: u64,
    pub hand: Hand,
    pub what: String,
    pub unit: usize,
    pub step: usize,
    pub word: String,
    #[serde(with = "experiments::number")]
    pub value: f64,
}

/// The memory of one unit over one sentence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Memory {
    pub cell: String,
    pub seed: u64,
    pub sentence: usize,
    pub unit: usize,
    /// f̄, the mean forget gate over the distractors.
    #[serde(with = "experiments::number")]
    pub forget: f64,
    /// Its geometric mean.
    #[serde(with = "experiments::number")]
    pub forget_geometric: f64,
    /// |∂L/∂c| at the last distractor, the way through h cut. It is 0 where tanh(c) is ±1 to the last bit, at |c| > 19.
    #[serde(with = "experiments::number")]
    pub direct_gradient: f64,
    /// Steps until it is halved, going back from there; empty if it is 0 or is not halved before the first distractor.
    pub direct: Option<f64>,
    /// The same two on all ways.
    #[serde(with = "experiments::number")]
    pub whole_gradient: f64,
    pub whole: Option<f64>,
}

impl Memory {
    /// 1 / (1 − f̄).
    pub fn time(&self) -> f64 {
        1.0 / (1.0 - self.forget)
    }
}

/// Everything measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub diverged: Option<String>,
    pub scores: Vec<Score>,
    pub means: Vec<Mean>,
    pub shown: Vec<Shown>,
    pub memory: Vec<Memory>,
}
