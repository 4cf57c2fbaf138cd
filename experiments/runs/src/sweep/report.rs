//! What the runs of a sweep have found: a CSV of every run, a table over the seeds, a figure.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::grid::Grid;
use crate::cli::Common;
use crate::hash::short_hash;
use crate::run::{RunDir, RunResult, Status, found};
use crate::settings::{Kind, Resolved, Settings, lookup, shown};
use crate::stats::median;
use crate::table::table;
use crate::{Stop, counted, terminal};
use figures::{Axis, Figure, Panel, Series};

/// How many numbers a figure shows.
const PANELS: usize = 6;

/// A run of the sweep, and what is there of it.
#[derive(Clone)]
struct Row<'a> {
    id: &'a str,
    values: Vec<&'a Value>,
    cells: Vec<String>,
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
    let mut rows = Vec::new();
    for (k, id, result) in &read {
        rows.push(Row { id, values: grid.values(*k), cells: cells(&runs[*k]), result: result.clone() });
    }
    let keys: Vec<&str> = grid.keys().collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.id).collect();
    let dir = RunDir::open(&common.out, study, &format!("sweep-{}", short_hash(&ids.join(" "))))?;

    dir.write("sweep.csv", csv(&keys, &names(&rows), &rows))?;
    let rows = without_single_cells(&rows);
    let names = names(&rows);
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

/// The cells of a run.
fn cells<S: Settings>(run: &Resolved<S>) -> Vec<String> {
    let values: toml::Table = toml::from_str(&run.toml).expect("our own TOML");
    let keys = S::keys().into_iter().filter(|key| matches!(key.kind, Kind::Cell | Kind::Cells));
    let found = keys.filter_map(|key| match lookup(&values, key.name)? {
        Value::Array(cells) => Some(cells.iter().map(shown).collect()),
        cell => Some(vec![shown(cell)]),
    });
    found.collect::<Vec<Vec<_>>>().concat()
}

/// A number's name without a cell's in it.
fn without(name: &str, cell: &str) -> String {
    let mut parts = format!(".{name}.");
    parts = parts.replacen(&format!(".{cell}."), ".", 1);
    parts.trim_matches('.').into()
}

/// The same, but where each run has a cell of its own, its numbers are called alike, whatever the cell.
fn without_single_cells<'a>(rows: &[Row<'a>]) -> Vec<Row<'a>> {
    let differ = rows.windows(2).any(|pair| pair[0].cells != pair[1].cells);
    let mut rows = rows.to_vec();
    if differ && rows.iter().all(|row| row.cells.len() == 1) {
        for Row { cells, result, .. } in &mut rows {
            if let Some(result) = result {
                let numbers = std::mem::take(&mut result.numbers);
                result.numbers = numbers.into_iter().map(|(name, x)| (without(&name, &cells[0]), x)).collect();
            }
        }
    }
    rows
}

/// The names of all numbers, in order.
fn names<'r>(rows: &'r [Row<'_>]) -> Vec<&'r str> {
    rows.iter().flat_map(Row::numbers).map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>().into_iter().collect()
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

/// Whether a key only tells repetitions apart; `seeds`, how many there are in a run, does not.
fn is_seed(key: &str) -> bool {
    key == "seed" || key.ends_with(".seed")
}

fn has_seeds(keys: &[&str]) -> bool {
    keys.iter().any(|key| is_seed(key))
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
    let are = if rows.len() == 1 { "is" } else { "are" };
    let mut text = format!("{done} of {} {are} done\n", counted(rows.len(), "run"));
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
    let how = if has_seeds(keys) { "\nMedian over the seeds, and the least and the most:\n\n" } else { "\n" };
    text + how + &table.to_string() + "\n"
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

/// An axis of the values of a key: logarithmic, where they span a decade or more.
fn axis(key: &str, values: &[f64]) -> Axis {
    let (low, high) = ends(values);
    if low > 0.0 && high >= 10.0 * low { Axis::log10(key) } else { Axis::linear(key) }
}

/// An axis for what a number measures: the same for all cells, so that their panels can be compared.
fn measure(name: &str, names: &[&str], rows: &[Row]) -> Axis {
    let cells: BTreeSet<&String> = rows.iter().flat_map(|row| &row.cells).collect();
    let of = |name: &str| cells.iter().fold(name.to_owned(), |name, cell| without(&name, cell));
    let label = of(name);
    let same = names.iter().filter(|name| of(name) == label);
    let rows: Vec<&Row> = rows.iter().collect();
    let (low, high) = ends(&same.flat_map(|name| numbers(&rows, name)).filter(|x| x.is_finite()).collect::<Vec<_>>());
    let air = 0.05 * (high - low);
    Axis::linear(label).range(low - air, high + air)
}

/// A panel for each number, against the first key whose values are numbers; a series for each combination of the others.
fn figure(study: &str, keys: &[&str], names: &[&str], rows: &[Row]) -> Option<Figure> {
    let kept: Vec<&str> = keys.iter().filter(|key| !is_seed(key)).copied().collect();
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
    let groups = groups(keys, rows);
    let along = (0..kept.len()).find(|k| groups.iter().all(|(values, _)| number(values[*k]).is_some()))?;
    let places: Vec<f64> = groups.iter().filter_map(|(values, _)| number(values[along])).collect();
    let label = |values: &[&Value]| {
        let others = kept.iter().zip(values).enumerate().filter(|(k, _)| *k != along);
        others.map(|(_, (key, value))| format!("{key} {}", shown(value))).collect::<Vec<_>>().join(", ")
    };
    // One colour a label, whichever panels have it.
    let mut labels: Vec<String> = Vec::new();
    let color = |(values, _): &(Vec<&Value>, _)| {
        let label = label(values);
        labels.iter().position(|other| *other == label).unwrap_or_else(|| {
            labels.push(label);
            labels.len() - 1
        })
    };
    let colors: Vec<usize> = groups.iter().map(color).collect();
    let panels = names.iter().take(PANELS).map(|name| {
        let of_label = |(color, label): (usize, &String)| Series { label: label.clone(), color, ..Series::default() };
        let mut series: Vec<Series> = labels.iter().enumerate().map(of_label).collect();
        for ((values, rows), at) in groups.iter().zip(&colors) {
            let (found, series) = (numbers(rows, name), &mut series[*at]);
            if found.is_empty() {
                continue;
            }
            let x = number(values[along]).unwrap_or(f64::NAN);
            let (low, high) = ends(&found);
            series.points.push((x, median(&found)));
            if found.len() > 1 {
                series.bars.push((x, low, high));
            }
        }
        series.retain(|series| !series.points.is_empty());
        Panel {
            title: (*name).into(),
            x: axis(kept[along], &places),
            y: measure(name, names, rows),
            series,
            ..Panel::default()
        }
    });
    let panels: Vec<Panel> = panels.collect();
    let done = rows.iter().filter(|row| row.is(Status::Done)).count();
    let more = names.len().saturating_sub(PANELS);
    let more = match more {
        0 => String::new(),
        1 => "1 more number is in sweep.csv.".into(),
        more => format!("{more} more numbers are in sweep.csv."),
    };
    let how = if has_seeds(keys) { "Lines: median over the seeds; bars: least and most. " } else { "" };
    (!panels.is_empty()).then(|| Figure {
        title: format!("{study}: {done} of {}", counted(rows.len(), "run")),
        columns: panels.len().min(2),
        size: (1760, 620 * (panels.len().div_ceil(2) as u32) + 200),
        panels,
        footnote: format!("{how}{more}"),
        ..Figure::default()
    })
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
