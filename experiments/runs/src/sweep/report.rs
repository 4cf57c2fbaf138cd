//! What the runs of a sweep have found: a CSV of every run, a table over the seeds, a figure.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::grid::Grid;
use crate::cli::Common;
use crate::hash::short_hash;
use crate::run::{RunDir, RunResult, Status, found};
use crate::settings::{Resolved, Settings, shown};
use crate::stats::median;
use crate::table::table;
use crate::{Stop, terminal};
use figures::{Axis, Figure, Panel, Series};

/// How many numbers a figure shows.
const PANELS: usize = 6;

/// A run of the sweep, and what is there of it.
struct Row<'a> {
    id: &'a str,
    values: Vec<&'a Value>,
    result: Option<RunResult>,
}

/// Merges what is there of `runs`, writes it to a directory of its own, and prints it.
///
/// # Errors
/// Refused, if a run is of another version or not what it wrote, or the place cannot be written; failed, if a file cannot be
/// read or written.
pub(super) fn report<S: Settings>(study: &str, common: &Common, grid: &Grid, runs: &[Resolved<S>]) -> Result<(), Stop> {
    let read = |(k, run): (usize, &'_ Resolved<S>)| {
        let dir = RunDir::look(&common.out, study, &run.id);
        Ok((k, run.id.clone(), found(&dir, (&run.identity, &run.id), common.any_version)?))
    };
    let read = runs.iter().enumerate().map(read).collect::<Result<Vec<_>, Stop>>()?;
    let rows: Vec<Row> =
        read.iter().map(|(k, id, result)| Row { id, values: grid.values(*k), result: result.clone() }).collect();
    let keys: Vec<&str> = grid.keys().collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.id).collect();
    let dir = RunDir::open(&common.out, study, &format!("sweep-{}", short_hash(&ids.join(" "))))?;

    let names: BTreeSet<&str> = rows.iter().flat_map(Row::numbers).map(|(name, _)| name.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    dir.write("sweep.csv", csv(&keys, &names, &rows))?;
    let text = text(&keys, &names, &rows);
    dir.write("report.txt", &text)?;
    let mut said = text;
    let figures = dir.within("figures")?;
    if let Some(figure) = figure(study, &keys, &names, &rows) {
        figures.figure("sweep", &figure)?;
        said += &format!("\nFigure: {}\n", figures.path("sweep.png").display());
    }
    said += &format!("Every run: {}\n", dir.path("sweep.csv").display());
    terminal::print(&said)
}

impl Row<'_> {
    fn is(&self, status: Status) -> bool {
        self.result.as_ref().is_some_and(|result| result.status == status)
    }

    /// The numbers of a run that is done.
    fn numbers(&self) -> impl Iterator<Item = (&String, &f64)> {
        self.result.iter().filter(|result| result.status == Status::Done).flat_map(|result| &result.numbers)
    }

    fn status(&self) -> &'static str {
        match self.result.as_ref().map(|result| result.status) {
            Some(Status::Done) => "done",
            Some(Status::Diverged) => "diverged",
            Some(Status::Failed) => "failed",
            Some(Status::Interrupted) => "interrupted",
            None => "missing",
        }
    }
}

fn csv(keys: &[&str], names: &[&str], rows: &[Row]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let write = |writer: &mut csv::Writer<Vec<u8>>, record: Vec<String>| {
        writer.write_record(record).expect("as many fields as the header, to memory");
    };
    let header = ["id"].iter().chain(keys).chain(&["status"]).chain(names);
    write(&mut writer, header.map(|word| (*word).to_owned()).collect());
    for row in rows {
        let numbers: BTreeMap<&String, &f64> = row.numbers().collect();
        let mut record = vec![row.id.to_owned()];
        record.extend(row.values.iter().map(|value| shown(value)));
        record.push(row.status().into());
        record.extend(
            names.iter().map(|name| numbers.get(&(*name).to_owned()).map_or_else(String::new, |x| x.to_string())),
        );
        write(&mut writer, record);
    }
    writer.into_inner().expect("writing to memory")
}

/// Whether a key only tells repetitions apart.
fn is_seed(key: &str) -> bool {
    key == "seed" || key.ends_with(".seed")
}

/// The runs in groups that differ in their seeds alone, in the order of the grid.
fn groups<'a, 'r>(keys: &[&str], rows: &'r [Row<'a>]) -> Vec<(Vec<&'a Value>, Vec<&'r Row<'a>>)> {
    let mut groups: Vec<(Vec<&Value>, Vec<&Row>)> = Vec::new();
    for row in rows {
        let values: Vec<_> =
            keys.iter().zip(&row.values).filter(|(key, _)| !is_seed(key)).map(|(_, value)| *value).collect();
        match groups.iter_mut().find(|(of, _)| *of == values) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((values, vec![row])),
        }
    }
    groups
}

fn numbers(rows: &[&Row], name: &str) -> Vec<f64> {
    rows.iter().flat_map(|row| row.numbers().filter(|(n, _)| *n == name).map(|(_, x)| *x)).collect()
}

fn text(keys: &[&str], names: &[&str], rows: &[Row]) -> String {
    let done = rows.iter().filter(|row| row.is(Status::Done)).count();
    let mut text = format!("{done} of {} runs are done\n", rows.len());
    for status in ["missing", "interrupted", "failed", "diverged"] {
        let ids: Vec<&str> = rows.iter().filter(|row| row.status() == status).map(|row| row.id).collect();
        if !ids.is_empty() {
            let more = if ids.len() > 8 { format!(" and {} more", ids.len() - 8) } else { String::new() };
            text += &format!("{} {status}: {}{more}\n", ids.len(), ids[..ids.len().min(8)].join(", "));
        }
    }
    let kept = keys.iter().filter(|key| !is_seed(key));
    let mut table = table(kept.chain(&["runs"]).chain(names).copied());
    for (values, rows) in groups(keys, rows) {
        let done = rows.iter().filter(|row| row.is(Status::Done)).count();
        let mut cells: Vec<String> = values.into_iter().map(shown).collect();
        cells.push(format!("{done} of {}", rows.len()));
        cells.extend(names.iter().map(|name| spread(&numbers(&rows, name))));
        table.add_row(cells);
    }
    text + "\nMedian over the seeds, and the least and the most:\n\n" + &table.to_string() + "\n"
}

fn spread(numbers: &[f64]) -> String {
    match numbers {
        [] => "–".into(),
        [x] => format!("{x:.4}"),
        _ => {
            let (low, high) = ends(numbers);
            format!("{:.4} ({low:.4} … {high:.4})", median(numbers))
        }
    }
}

fn ends(numbers: &[f64]) -> (f64, f64) {
    numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)))
}

/// A panel for each number, against the first key whose values are numbers; a series for each combination of the others.
fn figure(study: &str, keys: &[&str], names: &[&str], rows: &[Row]) -> Option<Figure> {
    let kept: Vec<&str> = keys.iter().filter(|key| !is_seed(key)).copied().collect();
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
    let groups = groups(keys, rows);
    let along = (0..kept.len()).find(|k| groups.iter().all(|(values, _)| number(values[*k]).is_some()))?;
    let panels = names.iter().take(PANELS).map(|name| {
        let mut series: Vec<Series> = Vec::new();
        for (values, rows) in &groups {
            let found = numbers(rows, name);
            if found.is_empty() {
                continue;
            }
            let others = kept.iter().zip(values).enumerate().filter(|(k, _)| *k != along);
            let label =
                others.map(|(_, (key, value))| format!("{key} {}", shown(value))).collect::<Vec<_>>().join(", ");
            let label = if label.is_empty() { (*name).to_owned() } else { label };
            let at = match series.iter().position(|s| s.label == label) {
                Some(at) => at,
                None => {
                    series.push(Series { label, color: series.len(), ..Series::default() });
                    series.len() - 1
                }
            };
            let x = number(values[along]).unwrap_or(f64::NAN);
            let (low, high) = ends(&found);
            series[at].points.push((x, median(&found)));
            series[at].bars.push((x, low, high));
        }
        Panel {
            title: (*name).into(),
            x: Axis::linear(kept[along]),
            y: Axis::linear(*name),
            series,
            ..Panel::default()
        }
    });
    let panels: Vec<Panel> = panels.collect();
    let done = rows.iter().filter(|row| row.is(Status::Done)).count();
    let more = names.len().saturating_sub(PANELS);
    let more = if more > 0 { format!(" {more} more numbers are in sweep.csv.") } else { String::new() };
    (!panels.is_empty()).then(|| Figure {
        title: format!("{study}: {done} of {} runs", rows.len()),
        columns: panels.len().min(2),
        size: (1760, 620 * (panels.len().div_ceil(2) as u32) + 200),
        panels,
        footnote: format!("Lines: median over the seeds; bars: least and most.{more}"),
        ..Figure::default()
    })
}
