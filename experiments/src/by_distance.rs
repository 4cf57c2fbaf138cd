//! Against distance: which distances are tested, how good the answers at each are, and their curve.

use models::Draws;
use serde::{Deserialize, Serialize};

use crate::answers::Evaluation;
use crate::plot::{Axis, Panel, RuleLine, Series};
use crate::stats::wilson;
use crate::task;

/// When something was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Before any update.
    Initial,
    /// After training.
    Trained,
}

impl Phase {
    /// In the order of time.
    pub const BOTH: [Self; 2] = [Self::Initial, Self::Trained];
}

/// 1, 2, 3, 5, 10, 20, 30, 50, … from `shortest` on and below `longest`, and that.
pub fn round_distances(shortest: usize, longest: usize) -> Vec<usize> {
    let round = (0..5).flat_map(|power| [1, 2, 3, 5].map(|n| n * 10usize.pow(power)));
    round.filter(|d| (shortest..longest).contains(d)).chain([longest]).collect()
}

/// How good the answers to the test examples at one distance are, as files say it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Score {
    pub distance: usize,
    pub right: usize,
    pub of: usize,
    /// Of answers that are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::number::option")]
    pub squared_error: Option<f64>,
}

/// How good the answers to `examples` test examples of a seed at a distance are. `test` draws and tests some: no more than
/// `at_once`, for what is on the tape grows with the distance.
pub fn tested(
    (seed, distance): (u64, usize),
    (examples, at_once): (usize, usize),
    test: impl Fn(&mut Draws, usize) -> Evaluation,
) -> Score {
    let lots = (0..examples).step_by(at_once).map(|start| {
        let mut draws = Draws::at(seed, "test", &[distance as u64, start as u64]);
        test(&mut draws, at_once.min(examples - start))
    });
    let Evaluation { right, of, squared_error, .. } = lots.reduce(Evaluation::and).expect("there are examples");
    Score { distance, right, of, squared_error }
}

/// How good a cell's answers at one distance are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The cell's name.
    pub cell: String,
    /// In time steps.
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
    /// Of answers that are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub squared_error: Option<f64>,
}

impl Row {
    fn new(cell: &str, distance: usize, seed: Option<u64>, found: Evaluation) -> Self {
        let Evaluation { right, of, squared_error, .. } = found;
        let (low, high) = wilson(right, of);
        Self { cell: cell.into(), distance, seed, right, of, accuracy: found.share(), low, high, squared_error }
    }

    /// What is drawn: the squared error, or else the share of right answers.
    fn score(&self) -> f64 {
        self.squared_error.unwrap_or(self.accuracy)
    }
}

/// All seeds together, then each seed, for every cell and distance: of each score and its cell and seed.
pub fn rows(cells: &[String], distances: &[usize], scores: &[(&str, u64, Score)]) -> Vec<Row> {
    let found = |score: &Score| {
        let Score { right, of, squared_error, .. } = *score;
        Evaluation { right, of, squared_error, cross_entropy: None }
    };
    let of_cell = |cell: &String| {
        let at = |&distance: &usize| {
            let here: Vec<_> = scores.iter().filter(|(c, _, score)| (*c, score.distance) == (cell, distance)).collect();
            let all = here.iter().map(|(.., score)| found(score)).reduce(Evaluation::and);
            let all = all.into_iter().map(|found| Row::new(cell, distance, None, found));
            let each = here.iter().map(|(_, seed, score)| Row::new(cell, distance, Some(*seed), found(score)));
            all.chain(each).collect::<Vec<_>>()
        };
        distances.iter().flat_map(at).collect::<Vec<_>>()
    };
    cells.iter().flat_map(of_cell).collect()
}

/// The curve of each cell, which has a name and what it is called, beside the task's baseline.
pub fn panel<N: AsRef<str>>(
    rows: &[Row],
    cells: impl IntoIterator<Item = (N, String)>,
    baseline: task::Score,
) -> Panel {
    let (y, rule) = match baseline {
        task::Score::Accuracy(chance) => {
            let inverse = 1.0 / chance;
            let is_whole = (inverse - inverse.round()).abs() < 1e-9;
            let odds = if is_whole { format!("1 in {inverse:.0}") } else { format!("{chance:.3}") };
            (Axis::linear("accuracy").range(0.0, 1.05), format!("chance, {odds}"))
        }
        task::Score::SquaredError(error) => (Axis::log10("mean squared error"), format!("baseline, {error:.3}")),
        task::Score::CrossEntropy(nats) => (Axis::log10("cross-entropy (nats)"), format!("baseline, {nats:.3}")),
    };
    let of_cell = |(color, (cell, label)): (usize, (N, String))| Series { label, color, ..series(rows, cell.as_ref()) };
    Panel {
        y,
        series: cells.into_iter().enumerate().map(of_cell).collect(),
        lines: vec![RuleLine { y: baseline.value(), label: rule }],
        ..Panel::default()
    }
}

/// A cell's curve: all seeds together, with error bars if it is an accuracy, and each seed as dots.
fn series(rows: &[Row], cell: &str) -> Series {
    let of_cell = |all: bool| rows.iter().filter(move |row| row.cell == cell && row.seed.is_none() == all);
    let point = |row: &Row| (row.distance as f64, row.score());
    let with_interval = of_cell(true).filter(|row| row.squared_error.is_none());
    Series {
        points: of_cell(true).map(point).collect(),
        bars: with_interval.map(|row| (row.distance as f64, row.low, row.high)).collect(),
        dots: of_cell(false).map(point).collect(),
        ..Series::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_pool_the_seeds_of_a_cell_at_a_distance_and_numbers_have_an_error_too() {
        let score = |right, squared_error| Score { distance: 5, right, of: 4, squared_error };
        let scores = [("rnn", 1, score(4, None)), ("gru", 1, score(0, None)), ("rnn", 2, score(1, None))];
        let pooled = rows(&["rnn".into()], &[5, 9], &scores);
        let seen: Vec<_> = pooled.iter().map(|row| (row.seed, row.right, row.of)).collect();
        assert_eq!(seen, [(None, 5, 8), (Some(1), 4, 4), (Some(2), 1, 4)]);
        let curve = series(&pooled, "rnn");
        assert_eq!((curve.points, curve.dots), (vec![(5.0, 0.625)], vec![(5.0, 1.0), (5.0, 0.25)]));
        assert_eq!(curve.bars.len(), 1);
        let numbers = [("rnn", 1, score(4, Some(0.5))), ("rnn", 2, score(1, Some(0.25)))];
        let curve = series(&rows(&["rnn".into()], &[5], &numbers), "rnn");
        assert_eq!((curve.points, curve.bars), (vec![(5.0, 0.375)], vec![]));
    }

    #[test]
    fn a_baseline_is_a_line_with_its_odds_or_its_number() {
        let of = |baseline| panel::<String>(&[], [], baseline).lines.remove(0).label;
        use task::Score::{Accuracy, SquaredError};
        let lines = [of(Accuracy(1.0 / 12.0)), of(Accuracy(0.3)), of(SquaredError(0.5))];
        assert_eq!(lines, ["chance, 1 in 12", "chance, 0.300", "baseline, 0.500"]);
        assert_eq!([Accuracy(0.125).to_string(), SquaredError(0.5).to_string()], ["chance 0.125", "baseline 0.500"]);
    }
}
