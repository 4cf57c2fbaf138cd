//! `Confusion`: which class is taken for which.

use comfy_table::Table;
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::plot::{Axis, HeatMap, Panel};
use crate::table::table;

/// Which class is taken for which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// The classes.
    pub classes: Vec<String>,
    /// How often an example of the row's class was said to be of the column's.
    pub counts: DMatrix<usize>,
}

/// A row of the CSV.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionRow {
    /// The class.
    pub label: String,
    /// What was said.
    pub predicted: String,
    /// How often.
    pub texts: usize,
}

impl Confusion {
    /// Of examples, each with the index of its class and of what was said.
    pub fn of(classes: &[String], examples: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut counts = DMatrix::zeros(classes.len(), classes.len());
        examples.into_iter().for_each(|at| counts[at] += 1);
        Self { classes: classes.to_vec(), counts }
    }

    /// As it was written.
    pub fn read(rows: &[ConfusionRow]) -> Self {
        let classes = rows.len().isqrt();
        let counts = DMatrix::from_row_iterator(classes, classes, rows.iter().map(|row| row.texts));
        Self { classes: rows[..classes].iter().map(|row| row.predicted.clone()).collect(), counts }
    }

    /// Its rows, class by class.
    pub fn rows(&self) -> Vec<ConfusionRow> {
        let row = |j: usize, k: usize| ConfusionRow {
            label: self.classes[j].clone(),
            predicted: self.classes[k].clone(),
            texts: self.counts[(j, k)],
        };
        let classes = 0..self.classes.len();
        classes.clone().flat_map(|j| classes.clone().map(move |k| (j, k))).map(|(j, k)| row(j, k)).collect()
    }

    /// Of examples of class j, the share that is said to be of class k; NaN if there are none.
    pub fn share(&self, j: usize, k: usize) -> f64 {
        self.counts[(j, k)] as f64 / self.counts.row(j).sum() as f64
    }

    /// Of examples of class k, the share that is said to be so; NaN if there are none.
    pub fn recall(&self, k: usize) -> f64 {
        self.share(k, k)
    }

    /// Of examples that are said to be of class k, the share that is; NaN if there are none.
    pub fn precision(&self, k: usize) -> f64 {
        self.counts[(k, k)] as f64 / self.counts.column(k).sum() as f64
    }

    /// The mean recall of the classes that there are examples of.
    pub fn mean_recall(&self) -> f64 {
        let recalls = (0..self.classes.len()).map(|k| self.recall(k)).filter(|recall| !recall.is_nan());
        let recalls: Vec<f64> = recalls.collect();
        recalls.iter().sum::<f64>() / recalls.len() as f64
    }

    /// The counts, with the recall of every row and the precision of every column.
    pub fn table(&self) -> Table {
        let share = |x: f64| if x.is_nan() { "–".into() } else { format!("{x:.3}") };
        let line = |name: &str, cells: Vec<String>, end: Option<String>| {
            std::iter::once(name.to_owned()).chain(cells).chain(end).collect::<Vec<_>>()
        };
        let mut table = table(line("", self.classes.clone(), Some("recall".into())));
        for (k, class) in self.classes.iter().enumerate() {
            let counts = self.counts.row(k).iter().map(usize::to_string).collect();
            table.add_row(line(class, counts, Some(share(self.recall(k)))));
        }
        table.add_row(line("precision", (0..self.classes.len()).map(|k| share(self.precision(k))).collect(), None));
        table
    }

    /// The shares of each true class, as a map; `who` said so.
    pub fn panel(&self, who: &str) -> Panel {
        let map = HeatMap {
            values: DMatrix::from_fn(self.classes.len(), self.classes.len(), |j, k| self.share(j, k)),
            rows: self.classes.clone(),
            columns: self.classes.clone(),
            range: Some((0.0, 1.0)),
            label: "share of the true class".into(),
            decimals: Some(3),
            ..HeatMap::default()
        };
        Panel {
            title: "What is taken for what".into(),
            x: Axis::linear(format!("what {who} says")),
            y: Axis::linear("true class"),
            content: map.into(),
            ..Panel::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_is_in_rows() {
        let confusion = Confusion::of(&["a", "b"].map(String::from), [(0, 0), (0, 1), (0, 1), (1, 0)]);
        assert_eq!(confusion.counts, nalgebra::dmatrix![1, 2; 1, 0]);
        assert!((confusion.recall(0) - 1.0 / 3.0).abs() < 1e-12 && (confusion.precision(0) - 0.5).abs() < 1e-12);
        assert!((confusion.mean_recall() - 1.0 / 6.0).abs() < 1e-12);
        let rows = confusion.rows();
        assert_eq!((rows.len(), &*rows[1].label, &*rows[1].predicted, rows[1].texts), (4, "a", "b", 2));
        assert_eq!(Confusion::read(&rows), confusion);
    }
}
