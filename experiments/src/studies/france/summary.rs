//! The numbers of a run, from its CSV files.

use std::collections::BTreeMap;

use super::config::Config;
use super::unit::{Flow, Own, Score};
use crate::Stop;
use crate::by_distance::{self, Phase, Row};
use crate::run::Run;
use crate::stats::{median, wilson};
use crate::table::table;
use crate::task::Task;

/// What a run found.
pub struct Summary {
    cells: Vec<Cell>,
    distances: Vec<usize>,
    chance: f64,
    own: Option<(Vec<Own>, f64)>,
    diverged: usize,
    quick: bool,
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
    /// `own` is the share of unknown words in the user's paragraphs, if there are any.
    pub fn read(run: &Run, config: &Config, own: Option<f64>, diverged: usize, quick: bool) -> Result<Self, Stop> {
        let mut scores = rows(&run.rows::<Score>("figures/accuracy.csv")?, config);
        scores.retain(|row| row.seed.is_none());
        let flows: Vec<Flow> = run.rows("figures/gradient.csv")?;
        let distances = config.distances();
        let cell = |name: &String| Cell {
            name: name.clone(),
            accuracy: scores.iter().filter(|row| row.cell == *name).map(|row| row.accuracy).collect(),
            gradients: distances
                .iter()
                .map(|d| [Phase::Initial, Phase::Trained].map(|phase| median(&relative(&flows, name, phase, *d))))
                .collect(),
        };
        let own = match own {
            Some(unknown) => Some((run.rows("paragraphs.csv")?, unknown)),
            None => None,
        };
        let chance = config.task().baseline().value();
        Ok(Self { cells: config.cells.iter().map(cell).collect(), distances, chance, own, diverged, quick })
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
        let distances: Vec<String> = self.distances.iter().map(ToString::to_string).collect();
        let header =
            |first: &[&str]| first.iter().map(|h| (*h).to_owned()).chain(distances.clone()).collect::<Vec<String>>();
        let (mut scores, mut gradients) = (table(header(&["cell"])), table(header(&["cell", "when"])));
        for cell in &self.cells {
            let accuracy = cell.accuracy.iter().map(|accuracy| format!("{accuracy:.3}"));
            scores.add_row([cell.name.clone()].into_iter().chain(accuracy));
            for (k, when) in ["at start", "trained"].into_iter().enumerate() {
                let shown = cell.gradients.iter().map(|of| format!("{:.0e}", of[k]));
                gradients.add_row([cell.name.clone(), when.into()].into_iter().chain(shown));
            }
        }
        let mut text = format!("Right answers by distance in words (chance {:.3})\n{scores}\n\n", self.chance);
        text += &format!("‖∂L/∂x‖ of the country over that of the last word, median, by distance\n{gradients}\n");
        if let Some((own, unknown)) = &self.own {
            text += &format!("\nYour paragraphs ({:.1} % of their words are not in the vocabulary)\n", 100.0 * unknown);
            let mut table = table(["cell", "right", "95 % interval"].map(String::from).to_vec());
            for cell in &self.cells {
                let of_cell = || own.iter().filter(|o| o.cell == cell.name);
                let (right, of) = (of_cell().filter(|o| o.said == o.truth).count(), of_cell().count());
                let (low, high) = wilson(right, of);
                table.add_row([cell.name.clone(), format!("{right} of {of}"), format!("{low:.3}–{high:.3}")]);
            }
            text += &format!("{table}\nEach answer stands in paragraphs.csv.\n");
        }
        if self.diverged > 0 {
            text += &format!("{} trainings diverged; measured is what they were before.\n", self.diverged);
        }
        if self.quick {
            text += "This was --quick: too short to conclude from.\n";
        }
        text
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
