//! The numbers of a run, from its CSV files.

use std::collections::BTreeMap;

use experiments::by_distance::{self, Phase, Row};
use experiments::report::of_diverged;
use experiments::settings::Scale;
use experiments::stats::median;
use experiments::table::{row, table};
use experiments::task;
use experiments::task::Task;

use super::config::Config;
use super::unit::{Flow, Outcome, Score};

/// What a run found.
pub struct Summary {
    cells: Vec<Cell>,
    distances: Vec<usize>,
    chance: task::Score,
    diverged: usize,
    scale: Scale,
}

/// One cell's, all seeds together.
struct Cell {
    name: String,
    /// The share of right answers, by distance.
    accuracy: Vec<f64>,
    /// The median relative gradient, by distance: at initialisation, after training.
    gradients: Vec<[f64; 2]>,
}

impl Summary {
    /// Of the rows of all units together, and their scores `by_distance`.
    pub fn of(all: &Outcome, by_distance: &[Row], config: &Config, diverged: usize, scale: Scale) -> Self {
        let distances = config.distances();
        let of_all_seeds = || by_distance.iter().filter(|row| row.seed.is_none());
        let cell = |name: &String| Cell {
            name: name.clone(),
            accuracy: of_all_seeds().filter(|row| row.cell == *name).map(|row| row.accuracy).collect(),
            gradients: distances
                .iter()
                .map(|d| [Phase::Initial, Phase::Trained].map(|phase| median(&relative(&all.flows, name, phase, *d))))
                .collect(),
        };
        let chance = config.task().baseline();
        Self { cells: config.cells.iter().map(cell).collect(), distances, chance, diverged, scale }
    }

    pub fn numbers(&self) -> BTreeMap<String, f64> {
        let mut numbers = BTreeMap::new();
        for cell in &self.cells {
            if let (Some(accuracy), Some([_, trained])) = (cell.accuracy.last(), cell.gradients.last()) {
                numbers.insert(format!("{}.accuracy", cell.name), *accuracy);
                numbers.insert(format!("{}.gradient", cell.name), *trained);
            }
        }
        numbers
    }

    pub fn to_text(&self) -> String {
        let mut scores = table(row("cell", &self.distances));
        let mut gradients = table(row("cell", row("when", &self.distances)));
        for cell in &self.cells {
            scores.add_row(row(&cell.name, cell.accuracy.iter().map(|accuracy| format!("{accuracy:.3}"))));
            for (k, when) in ["at start", "trained"].into_iter().enumerate() {
                let shown = cell.gradients.iter().map(|of| format!("{:.0e}", of[k]));
                gradients.add_row(row(&cell.name, row(when, shown)));
            }
        }
        let mut text = format!("Right answers by distance in words ({})\n{scores}\n\n", self.chance);
        text += &format!("‖∂L/∂x‖ of the country over that of the last word, median, by distance\n{gradients}\n");
        text + &of_diverged(self.diverged) + self.scale.warning().trim_start()
    }
}

/// The scores of all seeds together, and of each.
pub fn rows(scores: &[Score], config: &Config) -> Vec<Row> {
    let score = |s: &Score| by_distance::Score { distance: s.distance, right: s.right, of: s.of, squared_error: None };
    let scores: Vec<_> = scores.iter().map(|s| (&*s.cell, s.seed, score(s))).collect();
    by_distance::rows(&config.cells, &config.distances(), &scores)
}

/// The relative gradients of all seeds and examples.
pub fn relative(flows: &[Flow], cell: &str, phase: Phase, distance: usize) -> Vec<f64> {
    let found = flows.iter().filter(|f| f.cell == cell && f.phase == phase && f.distance == distance);
    found.map(|f| f.relative).collect()
}
