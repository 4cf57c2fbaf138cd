//! What the notes give to a page: rows of CSV files, tables and a heat map.

use comfy_table::Table;
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{Notes, Pass, Step};
use crate::answers::argmax;
use crate::plot::HeatMap;
use crate::table::table;
use crate::tasks::word::Word;

/// Tables show this number of rows of a vector at most.
const ROWS: usize = 8;
/// Tables and heat maps show this number of steps at most.
pub const STEPS: usize = 40;

/// One number of one step, as a row of a CSV file.
#[derive(Debug, Serialize)]
pub struct Number {
    /// "before" or "after" training.
    pub when: &'static str,
    /// t, from 1.
    pub step: usize,
    /// Its name in the equations.
    pub quantity: &'static str,
    /// Its row, from 1.
    pub row: usize,
    /// The number.
    pub value: f64,
}

/// The probability of a letter at a step, as a row of a CSV file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Prediction {
    /// "before" or "after" training.
    pub when: String,
    /// t, from 1.
    pub step: usize,
    /// The letter that is read.
    pub read: String,
    /// The letter that should be said.
    pub target: String,
    /// A letter that may be said.
    pub letter: String,
    /// Its share of y_t.
    pub probability: f64,
}

impl Prediction {
    /// y_t of the steps, each row of which is a letter and each column a step, from the rows of one pass over a word with so
    /// many different `letters`.
    pub fn map(rows: &[&Self], letters: usize, label: &str) -> HeatMap {
        let shown = &rows[..rows.len().min(STEPS * letters)];
        HeatMap {
            values: DMatrix::from_iterator(letters, shown.len() / letters, shown.iter().map(|row| row.probability)),
            rows: shown.iter().take(letters).map(|row| row.letter.clone()).collect(),
            columns: shown.chunks(letters).map(|step| format!("{}→{}", step[0].read, step[0].target)).collect(),
            range: Some((0.0, 1.0)),
            label: label.into(),
            decimals: Some(2),
            ..HeatMap::default()
        }
    }
}

impl Pass {
    /// y_t of every step over a word.
    pub fn predictions(&self, when: &str, word: &Word) -> Vec<Prediction> {
        let of = |(t, step): (usize, &Step)| {
            let row = |(letter, probability): (usize, &f64)| Prediction {
                when: when.into(),
                step: t + 1,
                read: word.shown(word.inputs()[t]),
                target: word.shown(word.targets()[t]),
                letter: word.shown(letter),
                probability: *probability,
            };
            step.y.iter().enumerate().map(row).collect::<Vec<_>>()
        };
        self.steps.iter().enumerate().flat_map(of).collect()
    }

    /// What is said at each step, at the start and `after` training.
    pub fn said(&self, after: &Self, word: &Word) -> Table {
        let header =
            "step|reads|should say|says at the start|y of the right letter|says after training|y of the right letter";
        let mut table = table(header.split('|').map(String::from));
        for (t, (before, after)) in self.steps.iter().zip(&after.steps).enumerate().take(STEPS) {
            let target = word.targets()[t];
            let mut row = vec![(t + 1).to_string(), word.shown(word.inputs()[t]), word.shown(target)];
            for y in [&before.y, &after.y] {
                row.extend([word.shown(argmax(y)), format!("{:.3}", y[target])]);
            }
            table.add_row(row);
        }
        table
    }

    /// Every number of every step.
    pub fn numbers(&self, when: &'static str) -> Vec<Number> {
        let mut numbers = Vec::new();
        for (t, step) in self.steps.iter().enumerate() {
            let Step { x, input, memory, sum, h, logits, y } = step;
            let names = ["x", "W_x x", "W_h h", "sum", "h", "logits", "y"];
            for (quantity, values) in names.into_iter().zip([x, input, memory, sum, h, logits, y]) {
                let of =
                    |(row, value): (usize, &f64)| Number { when, step: t + 1, quantity, row: row + 1, value: *value };
                numbers.extend(values.iter().enumerate().map(of));
            }
        }
        numbers
    }
}

impl Notes {
    /// The weights in tables, if they fit on a page.
    pub fn weights(&self, letters: &[String]) -> String {
        let units = count(self.b.len());
        if units.len().max(letters.len()) > ROWS {
            return "The weights are too many to print; those after training are in model.safetensors.".into();
        }
        let mut state = table(header("unit", &[("W_x", letters), ("W_h", &units)], "b"));
        for (k, unit) in units.iter().enumerate() {
            let row = self
                .w_x
                .row(k)
                .iter()
                .chain(self.w_h.row(k).iter())
                .chain([&self.b[k]])
                .map(number)
                .collect::<Vec<_>>();
            state.add_row([unit.clone()].into_iter().chain(row));
        }
        let mut output = table(header("letter", &[("W_y", &units)], "b_y"));
        for (k, letter) in letters.iter().enumerate() {
            let row = self.w_y.row(k).iter().chain([&self.b_y[k]]).map(number).collect::<Vec<_>>();
            output.add_row([letter.clone()].into_iter().chain(row));
        }
        format!("The weights at the start, as they are drawn\n{state}\n\n{output}")
    }

    /// Step t of a word, from 0, in tables, as the equations go.
    pub fn in_numbers(&self, word: &Word, t: usize, step: &Step) -> String {
        let (now, target) = (t + 1, word.targets()[t]);
        let header = format!("unit|W_x x_{now}|W_h h_{t}|b|sum|h_{now} = tanh(sum)");
        let mut state = table(header.split('|').map(String::from));
        for (k, unit) in count(step.h.len().min(ROWS)).into_iter().enumerate() {
            let row = [&step.input[k], &step.memory[k], &self.b[k], &step.sum[k], &step.h[k]].map(number);
            state.add_row([unit].into_iter().chain(row));
        }
        let header = format!("letter|x_{now}|z = W_y h_{now} + b_y|exp(z)|y_{now} = exp(z) / Σ exp(z)|");
        let mut output = table(header.split('|').map(String::from));
        for k in (0..step.y.len()).filter(|k| *k < ROWS || *k == target) {
            let [z, e, y] = [step.logits[k], step.logits[k].exp(), step.y[k]].map(|x| number(&x));
            let mark = if k == target { "should be said" } else { "" };
            output.add_row([word.shown(k), step.x[k].to_string(), z, e, y, mark.into()]);
        }
        let cut =
            if step.h.len().max(step.y.len()) > ROWS { format!("; the first {ROWS} rows") } else { String::new() };
        format!("Step {now} at the start, reading {}{cut}\n{state}\n\n{output}", word.shown(word.inputs()[t]))
    }
}

/// The headings of a table of weights: for each name a column for each thing that it is of, between the first and the last.
fn header(first: &str, blocks: &[(&str, &[String])], last: &str) -> Vec<String> {
    let columns = blocks.iter().flat_map(|(name, of)| of.iter().map(move |of| format!("{name} {of}")));
    [first.into()].into_iter().chain(columns).chain([last.into()]).collect()
}

/// 1, 2, … as words.
fn count(units: usize) -> Vec<String> {
    (1..=units).map(|k| k.to_string()).collect()
}

fn number(x: &f64) -> String {
    format!("{x:.3}").replace('-', "−")
}
