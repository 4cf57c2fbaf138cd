//! `Kept`: the result of a paper's file, kept beside it: what the table is made from.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::paper::{Paper, Row};
use super::statistic::{Statistic, Verdict};
use crate::settings::Scale;
use crate::table::{row, table};
use crate::{Stop, echo, stats};

/// What a run at full scale found: `EXPERIMENT.result.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The id of the run: what it was run with.
    pub identity: String,
    /// The program's.
    pub version: String,
    /// The minutes that its units took, one after the other on one core.
    pub core_minutes: f64,
    /// In the order of the file.
    pub rows: Vec<KeptRow>,
}

/// What a row found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRow {
    /// As in the paper's file.
    pub name: String,
    /// Seed by seed; nothing where the cap was reached or the training diverged.
    pub values: Vec<Option<f64>>,
}

/// A row of the table.
pub struct Found {
    /// As in the paper's file.
    pub row: Row,
    values: Vec<Option<f64>>,
    /// The statistic of the values.
    pub measured: f64,
    tolerance: f64,
}

impl Kept {
    /// Where that of the paper's file at `path` is.
    pub(super) fn path(path: &Path) -> PathBuf {
        path.with_extension("result.json")
    }

    /// That of the paper's file at `path`, if there is one.
    ///
    /// # Errors
    /// Refused, if it cannot be read.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Stop> {
        let path = Self::path(path);
        let refused = |why: &dyn std::fmt::Display| {
            Stop::Refused(format!("{}: {why}; remove it, and run the paper again", echo(path.display())))
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|why| refused(&why)),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(refused(&why)),
        }
    }

    /// Its rows beside what was published. Those of another file are none.
    pub fn found(&self, paper: &Paper, scale: Scale) -> Vec<Found> {
        let rows = paper.rows(scale).unwrap_or_default().into_iter().zip(&self.rows);
        rows.map(|(row, kept)| Found::new(row, kept.values.clone(), paper.tolerance)).collect()
    }
}

impl Found {
    pub(super) fn new(row: Row, values: Vec<Option<f64>>, tolerance: f64) -> Self {
        let measured = row.set.statistic.map_or(f64::NAN, |statistic| statistic.of(&values));
        Self { row, values, measured, tolerance }
    }

    /// More than half of the seeds without a value reproduce nothing, whatever the mean of the others is.
    pub fn verdict(&self) -> Verdict {
        let there = self.values.iter().flatten().count();
        let few = 2 * there < self.values.len() && self.row.set.statistic != Some(Statistic::Share);
        let measured = if few { f64::NAN } else { self.measured };
        Verdict::of(measured, self.row.published, self.tolerance, self.row.bound)
    }

    /// What is kept of it.
    pub(super) fn kept(&self) -> KeptRow {
        KeptRow { name: self.row.name.clone(), values: self.values.clone() }
    }

    /// What was published, with its bound and its spread.
    fn published(&self) -> String {
        let Some(published) = self.row.published else { return "—".into() };
        let bound = self.row.bound.map_or("", |bound| bound.sign());
        let spread = self.row.spread.as_ref().map(|spread| format!(" ({spread})")).unwrap_or_default();
        format!("{bound}{}{spread}", short(published))
    }

    /// The statistic, with its interval over the seeds and what the seeds are.
    fn ours(&self) -> String {
        let statistic = self.row.set.statistic.unwrap_or(Statistic::Mean);
        let seeds = self.values.len();
        let failed = seeds - self.values.iter().flatten().count();
        let (low, high) = interval(statistic, &self.values);
        let beyond = self.measured.is_nan() && statistic == Statistic::Median;
        let measured = if beyond { "beyond the cap".into() } else { short(self.measured) };
        let mut text = format!("{} {measured}", statistic.name());
        if seeds > 1 && low.is_finite() {
            text += &format!(" [{}, {}]", short(low), short(high));
        }
        text + &match failed {
            0 => format!(", {}", crate::counted(seeds, "seed")),
            failed => format!(", {failed} of {seeds} seeds failed"),
        }
    }
}

/// The rows as a table.
pub(super) fn shown(found: &[Found]) -> String {
    let mut shown = table(["", "published", "ours [95 % over seeds]", "cap", "verdict"]);
    for found in found {
        let cap = found.row.set.cap.map_or_else(String::new, |cap| cap.to_string());
        shown.add_row(row(&found.row.name, [found.published(), found.ours(), cap, found.verdict().to_string()]));
    }
    shown.to_string()
}

/// The least favourable of the rows that have a published number.
pub(super) fn overall(found: &[Found]) -> Verdict {
    found.iter().map(Found::verdict).max().unwrap_or(Verdict::Unpublished)
}

/// The 95 % interval of a statistic over the seeds that have a value, by resampling them (Efron 1979); of a share, see
/// [`stats::Share::interval`].
fn interval(statistic: Statistic, values: &[Option<f64>]) -> (f64, f64) {
    if statistic == Statistic::Share {
        return stats::Share::count(values.iter().map(Option::is_some)).interval();
    }
    let mut draws = models::Draws::at(1, "resampling", &[]);
    let again = |_| statistic.of(&(0..values.len()).map(|_| values[draws.below(values.len())]).collect::<Vec<_>>());
    let again: Vec<f64> = (0..2000).map(again).collect();
    (stats::quantile(&again, 0.025), stats::quantile(&again, 0.975))
}

/// A number in a few digits.
fn short(x: f64) -> String {
    match x.abs() {
        _ if x.is_nan() => "none".into(),
        size if size >= 1000.0 || (x.fract() == 0.0 && size >= 1.0) || size == 0.0 => format!("{x:.0}"),
        size if size >= 0.001 => {
            let digits = (2 - size.log10().floor() as i32).clamp(0, 5) as usize;
            format!("{x:.digits$}")
        }
        _ => format!("{x:.1e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [31_390.4, 0.0331, 1.5, 0.1733, 2e-7, 0.0, 14.0, 129.6].map(short);
        assert_eq!(shown, ["31390", "0.0331", "1.50", "0.173", "2.0e-7", "0", "14", "130"]);
    }
}
