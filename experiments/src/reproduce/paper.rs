//! `Paper`: an experiment of a paper as a file says it.

use std::path::Path;

use models::Named;
use serde::{Deserialize, Serialize};

use super::protocol::{Protocol, Setup, Wrong};
use super::statistic::Bound;
use crate::settings::Scale;
use crate::tasks::Tasks;
use crate::{Stop, echo};

/// An experiment of a paper: `experiments/papers/PAPER/EXPERIMENT.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Authors, year, where, section and table.
    pub source: String,
    /// What is measured, in a sentence.
    pub question: String,
    /// How long it takes on 2 cores.
    pub minutes: f64,
    /// How far off the published number a reproduction may be, as a part of it.
    pub tolerance: f64,
    /// In what the protocol is not the paper's.
    #[serde(default)]
    pub deviations: Vec<Deviation>,
    /// What all rows share.
    protocol: Protocol,
    /// What `--quick` changes in every row.
    #[serde(default)]
    quick: Protocol,
    #[serde(default)]
    rows: Vec<Row>,
    /// Rows over two options, drawn as a map.
    #[serde(default)]
    pub map: Option<Map>,
}

/// In what the protocol is not the paper's, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// What is different.
    pub what: String,
    /// The reason.
    pub because: String,
}

/// A variant with a number of its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What tables call it.
    pub name: String,
    /// What the paper found, if it says.
    pub published: Option<f64>,
    /// How far its own repetitions were apart, and what the number is of.
    pub spread: Option<String>,
    /// Whether it was published as "at most" or "at least".
    pub bound: Option<Bound>,
    /// What it changes in the file's protocol; then the whole.
    #[serde(default)]
    pub set: Protocol,
}

/// Two options, each with its values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// The columns.
    pub x: Along,
    /// The rows, from the top.
    pub y: Along,
    /// What is in the cells.
    pub label: String,
    /// For each value of x, at which value of y theory expects the best.
    #[serde(default)]
    pub theory: Vec<f64>,
}

/// An option and its values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Along {
    /// Whose option it is.
    pub of: Whose,
    /// Its name.
    pub option: String,
    /// Its values.
    pub values: Vec<f64>,
}

/// Whose an option is.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The task's.
    Task,
    /// The cell's.
    Cell,
}

/// What of a file decides its results: the names and protocols of its rows.
#[derive(Serialize)]
struct Decides {
    rows: Vec<(String, Protocol)>,
}

impl Paper {
    /// The paper in the text of the file at `path`.
    ///
    /// # Errors
    /// Refused, with the line, the key and the cure.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Stop> {
        let at = |line: Option<usize>, why: String| {
            let line = line.map(|line| format!(" line {line}")).unwrap_or_default();
            Stop::Refused(format!("{}{line}: {}", echo(path.display()), crate::one_line(&why)))
        };
        let line = |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count();
        let paper: Self = toml::from_str(text)
            .map_err(|why| at(why.span().map(|span| line(span.start)), why.message().to_owned()))?;
        let key_at = |row: usize, key: &str| lines(text, row, key).map(line);
        if paper.rows.is_empty() == paper.map.is_none() {
            return Err(at(None, "it has no `rows`; give [[rows]], or [map] in the place of them".into()));
        }
        for prose in [("source", &paper.source), ("question", &paper.question)] {
            if prose.1.trim().is_empty() {
                return Err(at(key_at(usize::MAX, prose.0), format!("`{}` is empty; say it", prose.0)));
            }
        }
        for scale in [Scale::Usual, Scale::Quick] {
            for (k, row) in paper.rows(scale).map_err(|why| at(None, why.to_string()))?.iter().enumerate() {
                row.set.check().map_err(|Wrong { key, why }| at(key_at(k, key), format!("`{key}`: {why}")))?;
            }
        }
        Ok(paper)
    }

    /// What each row trains and tests; `None` where that is nothing.
    ///
    /// # Errors
    /// Refused, with the line, the key and the cure, if a task, a cell or a setting of the network is none.
    pub(super) fn setups(
        &self,
        (path, text): (&Path, &str),
        rows: &[Row],
        (registry, tasks): (&models::Registry, &Tasks),
    ) -> Result<Vec<Option<Setup>>, Stop> {
        let setup = |(k, row): (usize, &Row)| {
            let trains = row.set.task.is_some();
            let setup = trains.then(|| row.set.setup(registry, tasks)).transpose();
            setup.map_err(|Wrong { key, why }| {
                let line = lines(text, k, key).map(|at| text[..at].matches('\n').count() + 1);
                let line = line.map(|line| format!(" line {line}")).unwrap_or_default();
                Stop::Refused(format!("{}{line}: `{key}`: {why}", echo(path.display())))
            })
        };
        rows.iter().enumerate().map(setup).collect()
    }

    /// The rows, each with its whole protocol.
    ///
    /// # Errors
    /// If an option of the map is none.
    pub fn rows(&self, scale: Scale) -> Result<Vec<Row>, models::NamedError> {
        let whole = |row: &Row| {
            let set = row.set.over(&self.protocol);
            Row { set: if scale == Scale::Quick { self.quick.over(&set) } else { set }, ..row.clone() }
        };
        let Some(map) = &self.map else { return Ok(self.rows.iter().map(whole).collect()) };
        let mut rows = Vec::new();
        for y in &map.y.values {
            for x in &map.x.values {
                let mut row =
                    whole(&Row { name: format!("{} {y}, {} {x}", map.y.option, map.x.option), ..Row::default() });
                for (along, value) in [(&map.x, x), (&map.y, y)] {
                    let spec = match along.of {
                        Whose::Task => &mut row.set.task,
                        Whose::Cell => &mut row.set.cell,
                    };
                    let named: Named = spec.as_deref().unwrap_or_default().parse()?;
                    *spec = Some(named.with(&along.option, &value.to_string())?.to_string());
                }
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// What of the contents of a file decides its results: no prose, and no number that was published. All of a file that is none.
    pub(super) fn decides(contents: &[u8], scale: Scale) -> Vec<u8> {
        let paper = std::str::from_utf8(contents).ok().and_then(|text| Self::parse(Path::new(""), text).ok());
        let rows = paper.and_then(|paper| paper.rows(scale).ok());
        let Some(rows) = rows else { return contents.into() };
        let rows = rows.into_iter().map(|row| (row.name, row.set)).collect();
        toml::to_string(&Decides { rows }).expect("protocols have a TOML form").into()
    }
}

/// Where a key of the protocol of a row stands: in the row, in what `--quick` changes, or in what all rows share; or of the
/// file itself.
fn lines(text: &str, row: usize, key: &str) -> Option<usize> {
    use toml::de::{DeTable, DeValue};
    let parsed = DeTable::parse(text).ok()?;
    let file = parsed.get_ref();
    let within = |table: &DeTable<'_>, key: &str| {
        table.iter().find(|(name, _)| name.get_ref() == key).map(|(name, _)| name.span().start)
    };
    let table = |value: Option<&DeValue<'_>>| match value {
        Some(DeValue::Table(table)) => within(table, key),
        _ => None,
    };
    let of_row = || match file.get("rows").map(|rows| rows.get_ref()) {
        Some(DeValue::Array(rows)) => match rows.get(row)?.get_ref() {
            DeValue::Table(row) => table(row.get("set").map(|set| set.get_ref())),
            _ => None,
        },
        _ => None,
    };
    let shared = |name: &str| table(file.get(name).map(|table| table.get_ref()));
    of_row()
        .or_else(|| shared("protocol"))
        .or_else(|| shared("quick"))
        .or_else(|| within(file, key))
        .or_else(|| within(file, "protocol"))
}
