//! Accuracy against distance over all units: the numbers behind figure 2.

use serde::{Deserialize, Serialize};

use super::curves::of_cell;
use super::unit::{Outcome, Source};
use crate::stats::wilson;

/// One cell at one distance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The cell's name.
    pub cell: String,
    /// From the country to the answer, in time steps.
    pub distance: usize,
    /// The seed; empty for all seeds together.
    pub seed: Option<u64>,
    /// Right answers.
    pub right: usize,
    /// Test examples.
    pub of: usize,
    /// right / of.
    pub accuracy: f64,
    /// The 95 % Wilson interval over test examples.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// All seeds together, then each seed, for every cell and distance.
pub fn rows(outcomes: &[Outcome], cells: &[String], distances: &[usize]) -> Vec<Row> {
    let mut rows = Vec::new();
    for cell in cells {
        let of_cell = of_cell(outcomes, Source::France, cell);
        for &distance in distances {
            let scores = of_cell.iter().flat_map(|o| o.scores.iter().map(|s| (o.seed, s)));
            let scores: Vec<_> = scores.filter(|(_, score)| score.distance == distance).collect();
            let sum = |f: fn(&super::unit::Score) -> usize| scores.iter().map(|(_, s)| f(s)).sum::<usize>();
            let all = (None, sum(|s| s.right), sum(|s| s.of));
            let each = scores.iter().map(|(seed, s)| (Some(*seed), s.right, s.of));
            for (seed, right, of) in std::iter::once(all).chain(each).filter(|(_, _, of)| *of > 0) {
                let (low, high) = wilson(right, of);
                rows.push(Row {
                    cell: cell.clone(),
                    distance,
                    seed,
                    right,
                    of,
                    accuracy: right as f64 / of as f64,
                    low,
                    high,
                });
            }
        }
    }
    rows
}
