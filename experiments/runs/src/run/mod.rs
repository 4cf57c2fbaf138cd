//! A run: one configuration of one study, in a directory of its own, that survives whatever ends it.

mod checkpoint;
mod clear;
mod dir;
mod environment;
mod finished;
mod listed;
mod lock;
mod log_file;
mod manifest;
mod result;
pub(crate) mod storage;
mod tensorboard;
#[cfg(test)]
mod tests;
mod unit;
pub(crate) mod whole_file;

pub use dir::RunDir;
pub(crate) use environment::command_line;
pub use environment::{Environment, cores, release, version};
pub(crate) use finished::{Finished, found};
pub use result::{Findings, RunResult, Status};
pub(crate) use tensorboard::of_finished as events_of_finished;
pub use unit::{Keeping, LAST, METRICS, MODEL, PREVIOUS, Unit};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::hash::hex;
use crate::settings::EngineConfig;
use crate::{Progress, Stop, interrupt, terminal};
use figures::{Animation, Figure};
use manifest::{Manifest, Versions, same_version};
use unit::{CHECKPOINTS, OUTCOME, Shared, UNIT_MANIFEST};

/// A run: one configuration of one study, in a directory of its own, that survives whatever ends it.
#[derive(Debug)]
pub struct Run {
    dir: RunDir,
    shared: Shared,
    progress: bool,
    written: Mutex<Vec<String>>,
    versions: Mutex<Versions>,
}

/// The folder of the units within a run.
const UNITS: &str = "units";
/// The wall times of the units.
const TIMING: &str = "timing.jsonl";
/// What was said while it ran.
const LOG: &str = "log.txt";
/// The program and the machine of the last start.
const ENVIRONMENT: &str = "environment.json";
/// What was found, as text and as numbers.
const REPORT: &str = "report.txt";
const RESULT: &str = "result.json";
/// What the run wrote: one that has it is finished.
const MANIFEST: &str = "manifest.json";

impl Run {
    /// Begins a run in `dir`, or goes on with it: `toml` is its configuration, `identity` what of it decides the results.
    ///
    /// # Errors
    /// Refused, if another version of the program began it; failed, if something cannot be written.
    pub fn begin(
        dir: RunDir,
        (toml, identity): (&str, &str),
        threads: usize,
        keeping: Keeping,
        progress: bool,
    ) -> Result<Self, Stop> {
        let here = Environment::here(threads);
        begun_here(&dir, keeping.any_version)?;
        interrupt::begun();
        // What it lists is made anew.
        dir.remove(&[MANIFEST])?;
        dir.write("config.toml", toml)?;
        dir.write_unlisted(ENVIRONMENT, json(&here).as_bytes())?;
        dir.write_unlisted("command.txt", (here.command_line() + "\n").as_bytes())?;
        let engine = EngineConfig::default();
        let versions = Mutex::new([here.version.clone()].into());
        let shared = Shared { config: identity.into(), version: here.version, keeping, engine };
        Ok(Self { dir, shared, progress, written: Mutex::default(), versions })
    }

    /// The same, whose trainings have this engine.
    #[must_use]
    pub fn by(mut self, engine: EngineConfig) -> Self {
        self.shared.engine = engine;
        self
    }

    /// Its directory.
    pub fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// Says a line on stderr, unless the run is one of a sweep, and keeps it in `log.txt`.
    pub fn say(&self, line: &str) {
        if self.progress {
            terminal::say(line);
        }
        // A log that cannot be written is no reason to lose a run.
        let _ = self.dir.append(LOG, format!("{line}\n"));
    }

    /// Writes a CSV file of rows, such as `figures/loss.csv`.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn csv<R: Serialize>(&self, name: &str, rows: impl IntoIterator<Item = R>) -> Result<(), Stop> {
        self.dir.write(name, csv_of(rows))
    }

    /// The rows of a CSV file of this run: what a figure is drawn from.
    ///
    /// # Errors
    /// Failed, if it is not there or its rows are others.
    pub fn rows<R: DeserializeOwned>(&self, name: &str) -> Result<Vec<R>, Stop> {
        let failed =
            |why: &dyn std::fmt::Display| Stop::Failed(format!("reading {}: {why}", self.dir.path(name).display()));
        let bytes = self.dir.bytes(name)?.ok_or_else(|| failed(&"it is not there"))?;
        csv::Reader::from_reader(&*bytes).deserialize().collect::<Result<_, _>>().map_err(|why| failed(&why))
    }

    /// Writes a CSV file of rows, and gives them as it has them: what a figure is drawn from.
    ///
    /// # Errors
    /// As [`csv`](Self::csv) and [`rows`](Self::rows).
    pub fn filed<W: Serialize, R: DeserializeOwned>(
        &self,
        name: &str,
        rows: impl IntoIterator<Item = W>,
    ) -> Result<Vec<R>, Stop> {
        self.csv(name, rows)?;
        self.rows(name)
    }

    /// Draws `figures/NAME.png` and `.svg`.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn figure(&self, name: &str, figure: &Figure) -> Result<(), Stop> {
        self.dir.within("figures")?.figure(name, figure)?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.push(format!("figures/{name}.png"));
        Ok(())
    }

    /// Writes `figures/NAME.gif`.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn animation(&self, name: &str, animation: &Animation) -> Result<(), Stop> {
        self.dir.within("figures")?.animation(name, animation)?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.push(format!("figures/{name}.gif"));
        Ok(())
    }

    /// The figures drawn so far.
    pub(crate) fn figures(&self) -> Vec<String> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One unit that is the whole run: its files are the run's own.
    ///
    /// # Errors
    /// As [`units`](Self::units).
    pub fn whole<R>(&self, updates: u64, work: impl Fn(&mut Unit) -> Result<R, Stop> + Sync) -> Result<R, Stop>
    where
        R: Serialize + DeserializeOwned + Send,
    {
        let found = self.units(&[()], |()| String::new(), |()| updates, |(), unit| work(unit))?;
        found.into_iter().next().ok_or_else(|| Stop::Failed("the run found nothing".into()))
    }

    /// What `work` finds of every unit, in their order: read, if an earlier start of the same run finished it, else found now
    /// and kept. Units run in parallel, each in the folder `units/NAME`; `updates` is how many a unit makes, for the progress.
    ///
    /// A unit that fails or panics does not keep the others from finishing.
    ///
    /// # Errors
    /// Interrupted, if the user asked for it; else the first unit's error.
    pub fn units<U: Sync, R: Serialize + DeserializeOwned + Send>(
        &self,
        units: &[U],
        name: impl Fn(&U) -> String + Sync,
        updates: impl Fn(&U) -> u64,
        work: impl Fn(&U, &mut Unit) -> Result<R, Stop> + Sync,
    ) -> Result<Vec<R>, Stop> {
        let folder = |unit: &U| match name(unit).as_str() {
            "" => Ok(self.dir.clone()),
            name => self.dir.within(&format!("{UNITS}/{name}")),
        };
        let folders = units.iter().map(folder).collect::<Result<Vec<_>, _>>()?;
        let hidden = Progress::hidden();
        let open =
            |k: usize, progress| Unit::new(name(&units[k]), folders[k].clone().with_own_list(), &self.shared, progress);
        let keep = |k: usize, unit: &Unit| {
            folders[k].listed().extend(&unit.dir().listed().all());
            self.versions.lock().unwrap_or_else(PoisonError::into_inner).extend(unit.versions().iter().cloned());
        };
        let kept = |k: usize| {
            let mut unit = open(k, &hidden);
            let outcome = unit.outcome()?;
            if outcome.is_some() {
                keep(k, &unit);
            }
            Ok(outcome)
        };
        let mut found: Vec<Option<R>> = (0..units.len()).map(kept).collect::<Result<_, Stop>>()?;
        let missing: Vec<usize> = (0..units.len()).filter(|k| found[*k].is_none()).collect();
        let kept = units.len() - missing.len();
        if units.len() > 1 {
            self.say(&format!("{kept} of {} trainings kept from before", units.len()));
        }
        let total: u64 = missing.iter().map(|k| updates(&units[*k])).sum();
        let progress = if self.progress { Progress::new(total, "updates") } else { Progress::hidden() };
        let run = |&k: &usize| {
            if interrupt::asked() {
                return (k, Err(Stop::Interrupted(String::new())));
            }
            let start = Instant::now();
            let mut unit = open(k, &progress);
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&units[k], &mut unit)));
            let outcome = outcome.unwrap_or_else(|panic| {
                let said = panic.downcast_ref::<String>().map(String::as_str);
                let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
                Err(Stop::Failed(format!("panicked: {said}")))
            });
            let outcome = outcome.and_then(|outcome| unit.finish(&outcome));
            keep(k, &unit);
            let seconds = start.elapsed().as_secs_f64();
            let row = serde_json::json!({ "unit": unit.name(), "seconds": seconds });
            // Times are for the curious: that they cannot be written is no reason to lose the unit.
            let _ = self.dir.append(TIMING, format!("{row}\n"));
            (k, outcome)
        };
        let results: Vec<(usize, Result<R, Stop>)> = missing.par_iter().with_max_len(1).map(run).collect();
        progress.finish();

        let _at_work = interrupt::AtWork::begin();
        let (mut interrupted, mut failed) = (false, Vec::new());
        for (k, result) in results {
            match result {
                Ok(outcome) => found[k] = Some(outcome),
                Err(Stop::Interrupted(_)) => interrupted = true,
                Err(why) => failed.push((k, why)),
            }
        }
        for (k, why) in failed.iter().filter(|_| units.len() > 1) {
            self.say(&format!("error: {}: {why}", name(&units[*k])));
        }
        if interrupted {
            let done = found.iter().flatten().count();
            let done = if units.len() > 1 {
                format!("{done} of {} trainings are kept", units.len())
            } else {
                "it is kept".into()
            };
            let at = self.dir.root().display();
            return Err(Stop::Interrupted(format!("{done} in {at}; the same command goes on from there")));
        }
        match failed.into_iter().next() {
            Some((k, why)) if units.len() > 1 => Err(why.of(&name(&units[k]))),
            Some((_, why)) => Err(why),
            None => Ok(found.into_iter().flatten().collect()),
        }
    }

    /// The SHA-256 of all trained parameters, one model after the other.
    ///
    /// # Errors
    /// Failed, if a model cannot be read; refused, if it is not the one that was written.
    pub(crate) fn weights(&self) -> Result<Option<String>, Stop> {
        let listed = self.dir.listed().all();
        let mut models: Vec<&Path> = listed.keys().map(Path::new).filter(|path| path.ends_with(MODEL)).collect();
        models.sort();
        let mut hash = Sha256::new();
        for model in &models {
            let bytes = self.dir.bytes(&model.to_string_lossy())?;
            let gone = || Stop::Failed(format!("{} is gone", self.dir.root().join(model).display()));
            hash.update(bytes.ok_or_else(gone)?);
        }
        Ok((!models.is_empty()).then(|| hex(&hash.finalize())))
    }

    /// Writes what was found, and at last the manifest, which says that the run is finished.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub(crate) fn finish(self, result: RunResult, report: String) -> Result<Finished, Stop> {
        self.dir.write(REPORT, &report)?;
        self.dir.write(RESULT, json(&result))?;
        let versions = self.versions.into_inner().unwrap_or_else(PoisonError::into_inner);
        let manifest = Manifest::new(versions, &self.shared.config, "", self.dir.listed().all());
        self.dir.write_unlisted(MANIFEST, json(&manifest).as_bytes())?;
        Ok(Finished { dir: self.dir, result, report })
    }

    /// Writes how a run ended that is not finished.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub(crate) fn end(&self, result: &RunResult) -> Result<(), Stop> {
        self.dir.write(RESULT, json(result))
    }
}

/// Checks that this version began what is in `dir`, as far as its last start has said.
///
/// # Errors
/// Refused, with both versions; failed, if a file cannot be read.
pub(crate) fn begun_here(dir: &RunDir, any_version: bool) -> Result<(), Stop> {
    let there = dir.bytes(ENVIRONMENT)?.and_then(|bytes| serde_json::from_slice::<Environment>(&bytes).ok());
    // Where it is gone or damaged, what was computed has its version beside it.
    let Some(there) = there else { return Ok(()) };
    same_version(&dir.root().display(), &[there.version].into(), version(), any_version)
}

/// As pretty JSON with a line's end.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain numbers and names have a JSON form") + "\n"
}

/// Rows as CSV with a header.
pub fn csv_of<R: Serialize>(rows: impl IntoIterator<Item = R>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("a row of plain numbers and names");
    }
    writer.into_inner().expect("writing to memory")
}
