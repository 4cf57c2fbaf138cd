//! A run: one configuration of one study, in a directory of its own, that survives whatever ends it.

mod checkpoint;
mod dir;
mod environment;
mod log_file;
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
pub use result::{Findings, RunResult, Status};
pub use unit::{Keeping, LAST, METRICS, MODEL, PREVIOUS, Unit, metrics};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::hash::long_hash;
use crate::settings::EngineConfig;
use crate::{Progress, Stop, interrupt, terminal};
use figures::{Animation, Figure};
use unit::{Shared, other_version};

/// A run: one configuration of one study, in a directory of its own, that survives whatever ends it.
#[derive(Debug)]
pub struct Run {
    dir: RunDir,
    shared: Shared,
    progress: bool,
    written: Mutex<Vec<String>>,
}

/// The folder of the units within a run.
const UNITS: &str = "units";
/// The wall times of the units.
const TIMING: &str = "timing.jsonl";
/// What was said while it ran.
const LOG: &str = "log.txt";

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
        let there = dir.read("environment.json").and_then(|text| serde_json::from_str::<Environment>(&text).ok());
        if let Some(there) = there.filter(|there| there.version != here.version && !keeping.any_version) {
            return Err(Stop::Refused(other_version(&dir.root().display(), &there.version, &here.version)));
        }
        dir.write("config.toml", toml)?;
        dir.write("environment.json", json(&here))?;
        dir.write("command.txt", here.command_line() + "\n")?;
        let engine = EngineConfig::default();
        let shared = Shared { config: identity.into(), version: here.version, keeping, engine };
        Ok(Self { dir, shared, progress, written: Mutex::default() })
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
        let read = csv::Reader::from_path(self.dir.path(name)).and_then(|mut file| file.deserialize().collect());
        read.map_err(|why| Stop::Failed(format!("reading {}: {why}", self.dir.path(name).display())))
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
        let open = |k: usize, progress| Unit::new(name(&units[k]), folders[k].clone(), &self.shared, progress);
        let mut found: Vec<Option<R>> = (0..units.len()).map(|k| open(k, &hidden).outcome()).collect();
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
            let seconds = start.elapsed().as_secs_f64();
            let row = serde_json::json!({ "unit": unit.name(), "seconds": seconds });
            // Times are for the curious: that they cannot be written is no reason to lose the unit.
            let _ = self.dir.append(TIMING, format!("{row}\n"));
            (k, outcome)
        };
        let results: Vec<(usize, Result<R, Stop>)> = missing.par_iter().with_max_len(1).map(run).collect();
        progress.finish();

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

    /// The SHA-256 of all trained parameters.
    pub(crate) fn weights(&self) -> Option<String> {
        let mut models: Vec<_> = std::fs::read_dir(self.dir.path(UNITS))
            .map(|entries| entries.flatten().map(|entry| entry.path().join(MODEL)).collect())
            .unwrap_or_default();
        models.push(self.dir.path(MODEL));
        models.retain(|path| path.exists());
        models.sort();
        let bytes: Vec<u8> = models.iter().flat_map(|path| std::fs::read(path).unwrap_or_default()).collect();
        (!models.is_empty()).then(|| long_hash(&bytes))
    }
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
