//! Papers reproduced: a protocol in a file, its published number, and ours beside it.
//!
//! A paper is data: [`Paper`] is its file, [`Protocol`] what decides its result, and the [kinds](Kind) of measurement are coded
//! once each. [`Reproduce`] is the program and, for one file, the study.

mod kept;
mod kinds;
mod map;
mod page;
mod paper;
mod program;
mod protocol;
mod statistic;
#[cfg(test)]
mod tests;

pub use kept::{Found, Kept, KeptRow};
pub use kinds::{Kind, Moment};
pub use paper::{Along, Deviation, Map, Paper, Row, Whose};
pub use protocol::{Measure, Protocol};
pub use statistic::{Bound, Statistic, Verdict};

use std::path::{Path, PathBuf};

use models::Registry;
use serde::{Deserialize, Serialize};

use crate::run::{Findings, Run, json, release};
use crate::settings::{Key, Kind as Of, Resolved, Scale, Settings};
use crate::study::{About, Study};
use crate::tasks::Tasks;
use crate::{Stop, echo};
use kept::{overall, shown};
use protocol::Setup;

/// Published numbers beside our own: the program `reproduce`, and the study of one file.
///
/// ```no_run
/// use experiments::reproduce::Reproduce;
/// use experiments::tasks::Tasks;
/// use models::Registry;
///
/// // Papers with cells and tasks of your own: what their files name is looked up here.
/// Reproduce::new(Registry::builtin(), Tasks::builtin()).main();
/// ```
#[derive(Clone)]
pub struct Reproduce {
    registry: Registry,
    tasks: Tasks,
    /// Where results are kept: beside the papers' files, if the user says so.
    keep: bool,
}

impl Reproduce {
    /// With the cells and tasks that papers may name.
    pub fn new(registry: Registry, tasks: Tasks) -> Self {
        Self { registry, tasks, keep: false }
    }
}

/// Which file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Config {
    file: String,
}

impl Settings for Config {
    fn keys() -> Vec<Key> {
        let help = "The experiment of a paper: a name of --list, or a TOML file of yours";
        vec![Key::new("Paper", "file", Of::File, help).without_flag("PAPER").deciding_by(Paper::decides)]
    }

    fn at(_: Scale) -> Self {
        Self::default()
    }

    fn check(&self) -> Result<(), String> {
        if self.file.is_empty() { Err("no paper is named; --list shows those there are".into()) } else { Ok(()) }
    }
}

/// A file, and what its rows train.
pub struct Input {
    path: PathBuf,
    paper: Paper,
    rows: Vec<Row>,
    setups: Vec<Option<Setup>>,
}

/// A seed of a row.
struct Unit<'a> {
    row: usize,
    seed: u64,
    of: &'a Row,
    setup: Option<&'a Setup>,
}

impl Study for Reproduce {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        "reproduce"
    }

    fn about(&self) -> About {
        About {
            sentence: "Run the experiments of papers, and print published numbers beside ours.",
            more: "A paper is a file: what is trained, by which rule, what is measured, and what was published. \
                   The verdict is \"reproduced\" within the file's tolerance, \"same order\" within a factor of 3, or \
                   \"not reproduced\". A result that is kept with the file is printed, and not run again.",
            examples: "  \
  reproduce --list                           the papers, with their sources, minutes and verdicts
  reproduce zucchet2024/moments              one of them
  reproduce mine.toml                        a file of yours
  reproduce --all --quick                    every one, small: to see that it runs
  reproduce zucchet2024/moments --force --keep   again, its result kept beside the file
  reproduce --table                          write docs/results.md from the results that are kept",
        }
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.registry)
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let path = Path::new(&resolved.settings.file);
        let (paper, text) = paper_of(resolved)?;
        let rows =
            paper.rows(resolved.scale).map_err(|why| Stop::Refused(format!("{}: {why}", echo(path.display()))))?;
        let setups = paper.setups((path, text), &rows, (&self.registry, &self.tasks))?;
        Ok(Input { path: path.into(), paper, rows, setups })
    }

    fn known(&self, resolved: &Resolved<Config>) -> Result<Option<String>, Stop> {
        let kept = Kept::read(Path::new(&resolved.settings.file))?;
        let Some(kept) = kept.filter(|kept| kept.identity == resolved.id) else { return Ok(None) };
        let paper = paper_of(resolved)?.0;
        let found = kept.found(&paper, resolved.scale);
        Ok(Some(report(&paper, &found) + "This result was kept; --force runs it again.\n"))
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let Input { path, paper, rows, setups } = input;
        let mut units = Vec::new();
        for (row, (of, setup)) in rows.iter().zip(setups).enumerate() {
            units.extend((1..=of.set.seeds.unwrap_or(1)).map(|seed| Unit { row, seed, of, setup: setup.as_ref() }));
        }
        let name = |unit: &Unit<'_>| format!("row{}-seed{}", unit.row + 1, unit.seed);
        let cap = |unit: &Unit<'_>| unit.of.set.cap.unwrap_or(1);
        let values = run.units(&units, name, cap, |Unit { of, setup, seed, .. }, own| {
            of.set.check()?.value(&of.set, *setup, *seed, own)
        })?;
        let mut found = Vec::new();
        for (k, row) in rows.iter().enumerate() {
            let of_row = units.iter().zip(&values).filter(|(unit, _)| unit.row == k).map(|(_, value)| *value);
            found.push(Found::new(row.clone(), of_row.collect(), paper.tolerance));
        }
        let by_seed = units.iter().zip(&values).map(|(unit, value)| (&unit.of.name, unit.seed, value));
        run.csv("values.csv", by_seed)?;
        if let Some(map) = &paper.map {
            map::draw(run, paper, map, &found)?;
        }
        if self.keep && resolved.scale == Scale::Usual {
            let rows = found.iter().map(Found::kept).collect();
            let kept = Kept { identity: resolved.id.clone(), version: release(), core_minutes: minutes(run)?, rows };
            let path = Kept::path(path);
            let failed = |why| Stop::Failed(format!("{}: {why}", echo(path.display())));
            std::fs::write(&path, json(&kept)).map_err(failed)?;
        }
        let numbers = found.iter().map(|found| (found.row.name.clone(), found.measured));
        Ok(Findings::new(numbers, report(paper, &found) + resolved.scale.warning()))
    }
}

/// The paper of a configuration, and the text of its file.
fn paper_of(resolved: &Resolved<Config>) -> Result<(Paper, &str), Stop> {
    let path = Path::new(&resolved.settings.file);
    let contents = resolved.files.bytes("file").map_or(&[][..], |(_, contents)| contents);
    let text = std::str::from_utf8(contents)
        .map_err(|why| Stop::Refused(format!("{} is not UTF-8 at byte {}", echo(path.display()), why.valid_up_to())))?;
    Ok((Paper::parse(path, text)?, text))
}

/// The minutes that all units took.
fn minutes(run: &Run) -> Result<f64, Stop> {
    let timing = run.dir().read("timing.jsonl")?.unwrap_or_default();
    let seconds = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?["seconds"].as_f64();
    let minutes = timing.lines().filter_map(seconds).sum::<f64>() / 60.0;
    Ok((100.0 * minutes).round() / 100.0)
}

/// What was asked, what was published and found, and in what ways this is not what the paper did.
fn report(paper: &Paper, found: &[Found]) -> String {
    let Paper { source, question, tolerance, .. } = paper;
    let mut text = format!("{source}\n{question}\n\n{}\n\n", shown(found));
    text += &format!("Verdict: {} (tolerance {} %)\n", overall(found), 100.0 * tolerance);
    for Deviation { what, because } in &paper.deviations {
        text += &format!("Not as in the paper: {what}, because {because}.\n");
    }
    text
}
