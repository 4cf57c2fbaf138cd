use std::time::{Duration, Instant};

use models::optim::Optimizer;
use models::{CellScalar, FileScalar, Params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::log_file::{LogFile, Mark};
use super::manifest::{Manifest, Versions, same_version};
use super::{RunDir, checkpoint, json, tensorboard};
use crate::hash::long_hash;
use crate::settings::EngineConfig;
use crate::train::{Ended, Keeper, Metric, Objective, Snapshot, Trained, Training, WrittenSnapshot, train};
use crate::{Progress, Stop, interrupt, terminal};

/// The record of a training, a row a line.
pub const METRICS: &str = "metrics.jsonl";
/// The checkpoint, and the one before it.
pub const LAST: &str = "last.ckpt";
/// The checkpoint before the last.
pub const PREVIOUS: &str = "prev.ckpt";
/// The trained parameters.
pub const MODEL: &str = "model.safetensors";
/// Both.
pub(super) const CHECKPOINTS: [&str; 2] = [LAST, PREVIOUS];
/// What was found.
pub(super) const OUTCOME: &str = "outcome.json";
/// What a unit wrote: one that has it is finished.
pub(super) const UNIT_MANIFEST: &str = "unit.manifest.json";

/// What every unit of a run shares.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// The configuration that decides the results, as TOML.
    pub config: String,
    /// Of the program.
    pub version: String,
    pub keeping: Keeping,
    pub engine: EngineConfig,
}

/// How a run keeps what it has: nothing here changes a result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeping {
    /// How many updates there are between checkpoints; if it is not given, ten seconds are.
    pub every: Option<u64>,
    /// Whether TensorBoard's event files are written.
    pub tensorboard: bool,
    /// Whether what another version computed is taken.
    pub any_version: bool,
}

/// One training of a run, in a folder of its own: its record, its checkpoints, its outcome.
#[derive(Debug)]
pub struct Unit<'a> {
    name: String,
    dir: RunDir,
    shared: &'a Shared,
    progress: &'a Progress,
    versions: Versions,
    metrics: Option<LogFile>,
    events: Option<LogFile>,
    saved: Instant,
    /// Whether it can be gone on with.
    resumes: bool,
}

/// The JSON part of a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    versions: Versions,
    config: String,
    unit: String,
    logs: Vec<Mark>,
    snapshot: WrittenSnapshot,
}

impl<'a> Unit<'a> {
    pub(super) fn new(name: String, dir: RunDir, shared: &'a Shared, progress: &'a Progress) -> Self {
        let versions = Versions::from([shared.version.clone()]);
        Self {
            name,
            dir,
            shared,
            progress,
            versions,
            metrics: None,
            events: None,
            saved: Instant::now(),
            resumes: true,
        }
    }

    /// Its name in the run.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its gradients are computed.
    pub fn engine(&self) -> &EngineConfig {
        &self.shared.engine
    }

    /// Its folder.
    pub fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// Trains by the engine of the run, from the checkpoint if there is one; see [`train`]. At the end the parameters are saved as
    /// `model.safetensors`.
    ///
    /// # Errors
    /// As [`train`].
    pub fn train<T: CellScalar + FileScalar>(
        &mut self,
        objective: &impl Objective<T>,
        params: &mut Params<T>,
        training: &Training,
    ) -> Result<Trained, Ended> {
        let trained = train(objective, params, training, &mut *self.shared.engine.build(), self);
        if matches!(trained, Ok(_) | Err(Ended::Diverged { .. })) {
            self.dir.write(MODEL, params.to_safetensors())?;
        }
        trained
    }

    /// The same for an objective that remembers earlier updates, which no checkpoint holds: without any, so that an interrupted
    /// training starts over.
    ///
    /// # Errors
    /// As [`train`].
    pub fn train_in_one<T: CellScalar + FileScalar>(
        &mut self,
        objective: &impl Objective<T>,
        params: &mut Params<T>,
        training: &Training,
    ) -> Result<Trained, Ended> {
        self.resumes = false;
        self.train(objective, params, training)
    }

    /// The same for a study that goes on with what there was before a divergence: says why it diverged, if it did.
    ///
    /// # Errors
    /// As [`train`], but for a divergence.
    pub fn train_until_diverged<T: CellScalar + FileScalar>(
        &mut self,
        objective: &impl Objective<T>,
        params: &mut Params<T>,
        training: &Training,
    ) -> Result<Option<String>, Stop> {
        match self.train(objective, params, training) {
            Ok(_) => Ok(None),
            Err(ended @ Ended::Diverged { .. }) => Ok(Some(ended.to_string())),
            Err(ended) => Err(ended.into()),
        }
    }

    /// Which versions computed what is there of it.
    pub(super) fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The outcome of an earlier start that finished this unit. That start may have been killed before it took its checkpoints
    /// away.
    ///
    /// # Errors
    /// Refused, if what is there is of another version, configuration or unit, or a file has other bytes than were written;
    /// failed, if something cannot be read.
    pub(super) fn outcome<R: DeserializeOwned>(&mut self) -> Result<Option<R>, Stop> {
        let again = |why: &dyn std::fmt::Display| {
            terminal::say(&format!("warning: {} {why}, so it is not finished", self.dir.root().display()));
            self.dir.remove(&[UNIT_MANIFEST]).map(|()| None)
        };
        let Some(manifest) = Manifest::read(&self.dir, UNIT_MANIFEST)? else {
            // As a kill leaves it: there may be a checkpoint to go on from.
            return if self.dir.bytes(OUTCOME)?.is_some() {
                again(&format!("has an {OUTCOME} and no whole {UNIT_MANIFEST}"))
            } else {
                Ok(None)
            };
        };
        let Shared { config, version, keeping, .. } = self.shared;
        manifest.fits(&self.dir.root().display(), (config, &self.name), (version, keeping.any_version))?;
        let gone = self.dir.take(&manifest.files)?;
        let outcome = self.dir.bytes(OUTCOME)?.map(|bytes| serde_json::from_slice(&bytes));
        match outcome {
            _ if !gone.is_empty() => again(&format!("has lost {}", gone.join(", "))),
            None => again(&format!("lists no {OUTCOME}")),
            // Another version had another form of it.
            Some(Err(why)) => again(&format!("has an {OUTCOME} that cannot be read ({why})")),
            Some(Ok(outcome)) => {
                self.dir.listed().insert(UNIT_MANIFEST, json(&manifest).as_bytes());
                self.dir.remove(&CHECKPOINTS)?;
                if keeping.tensorboard {
                    tensorboard::begin(&self.dir, &metrics(&self.dir)?)?;
                }
                self.versions = manifest.versions;
                Ok(Some(outcome))
            }
        }
    }

    /// Writes the outcome, then the manifest, which says that the unit is finished; only then the checkpoints go. Gives the
    /// outcome as its file has it: what JSON cannot say is then the same in this run and in one that goes on from the file.
    pub(super) fn finish<R: Serialize + DeserializeOwned>(&self, outcome: &R) -> Result<R, Stop> {
        let text = serde_json::to_string(outcome)
            .map_err(|why| Stop::Failed(format!("the outcome of {} has no JSON form: {why}", self.name)))?;
        let outcome = serde_json::from_str(&text)
            .map_err(|why| Stop::Failed(format!("the outcome of {} cannot be read again: {why}", self.name)))?;
        if let Some(log) = &self.metrics {
            log.sync(&self.dir)?;
            self.dir.listed().extend(&log.listed().into_iter().collect());
        }
        self.dir.write(OUTCOME, &text)?;
        let files = self.dir.listed().all();
        let manifest = Manifest::new(self.versions.clone(), &self.shared.config, &self.name, files);
        self.dir.write(UNIT_MANIFEST, json(&manifest))?;
        self.dir.remove(&CHECKPOINTS)?;
        Ok(outcome)
    }

    /// The rows of the record, as they stand in the file.
    ///
    /// # Errors
    /// Failed, if it cannot be read or is not what was written.
    pub fn metrics(&self) -> Result<Vec<Metric>, Stop> {
        let bytes = self.dir.bytes(METRICS)?.unwrap_or_default();
        if self.metrics.as_ref().is_some_and(|log| log.listed().is_some_and(|(_, hash)| hash != long_hash(&bytes))) {
            return Err(unusable_record(&self.dir, "its bytes are not those that were written"));
        }
        metrics(&self.dir)
    }

    fn header(&self, snapshot: WrittenSnapshot) -> Header {
        let logs = self.metrics.iter().map(LogFile::mark).collect();
        let (versions, config, unit) = (self.versions.clone(), self.shared.config.clone(), self.name.clone());
        Header { versions, config, unit, logs, snapshot }
    }

    /// The snapshot in the file `name`, the logs cut back to it; `None`, said on stderr, if it cannot be used.
    fn load<T: CellScalar + FileScalar>(
        &mut self,
        name: &str,
        params: &Params<T>,
        optimizer: &dyn Optimizer<T>,
    ) -> Result<Option<Snapshot<'static, T>>, Stop> {
        let Some(bytes) = self.dir.bytes(name)? else { return Ok(None) };
        let path = self.dir.path(name);
        let unusable = |why: &dyn std::fmt::Display| {
            terminal::say(&format!("warning: {}: {why}", path.display()));
            Ok(None)
        };
        let shapes = |header: &Header| Snapshot::shapes(&header.snapshot, params, optimizer);
        let (header, matrices) = match checkpoint::read(&bytes, shapes) {
            Ok(read) => read,
            Err(why) => return unusable(&why),
        };
        if header.config != self.shared.config {
            let keys = differing(&header.config, &self.shared.config).join(", ");
            return Err(Stop::Refused(format!(
                "{} belongs to another configuration: {keys}; put the right one there, or start over with --force",
                path.display()
            )));
        }
        if header.unit != self.name {
            return unusable(&format!("it belongs to the training `{}`", header.unit));
        }
        same_version(&path.display(), &header.versions, &self.shared.version, self.shared.keeping.any_version)?;
        let metrics = LogFile::resume(&self.dir, METRICS, &header.logs)?;
        let Some(metrics) = metrics else { return unusable(&format!("{METRICS} is not the one it was made with")) };
        self.metrics = Some(metrics);
        self.versions.extend(header.versions);
        Ok(Some(Snapshot::read(header.snapshot, matrices, params)))
    }
}

/// The rows of the record of the training in `dir`.
///
/// # Errors
/// As [`Unit::metrics`].
pub(super) fn metrics(dir: &RunDir) -> Result<Vec<Metric>, Stop> {
    let bytes = dir.bytes(METRICS)?.unwrap_or_default();
    let rows = (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n'));
    let row = |(n, row)| serde_json::from_slice(row).map_err(|why| unusable_record(dir, &format!("line {n}: {why}")));
    rows.map(row).collect()
}

fn unusable_record(dir: &RunDir, why: &str) -> Stop {
    Stop::Failed(format!("{}: {why}; --force starts over", dir.path(METRICS).display()))
}

/// The keys in which two configurations differ, with both values.
fn differing(theirs: &str, ours: &str) -> Vec<String> {
    let lines = |toml: &str| -> Vec<(String, String)> {
        let mut prefix = String::new();
        let mut keys = Vec::new();
        for line in toml.lines() {
            if let Some(table) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                prefix = format!("{table}.");
            } else if let Some((key, value)) = line.split_once(" = ") {
                keys.push((format!("{prefix}{key}"), value.to_owned()));
            }
        }
        keys
    };
    let (theirs, ours) = (lines(theirs), lines(ours));
    let value = |all: &[(String, String)], key: &str| {
        all.iter().find(|(name, _)| name == key).map_or_else(|| "missing".to_owned(), |(_, value)| value.clone())
    };
    let mut keys: Vec<_> = theirs.iter().chain(&ours).map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let differs = keys.into_iter().filter(|key| value(&theirs, key) != value(&ours, key));
    differs.map(|key| format!("`{key}` is {} there and {} here", value(&theirs, key), value(&ours, key))).collect()
}

impl<T: CellScalar + FileScalar> Keeper<T> for Unit<'_> {
    fn resume(
        &mut self,
        params: &Params<T>,
        optimizer: &dyn Optimizer<T>,
    ) -> Result<Option<Snapshot<'static, T>>, Stop> {
        self.progress.message(&self.name);
        let mut snapshot = None;
        for name in CHECKPOINTS {
            snapshot = self.load(name, params, optimizer)?;
            if let Some(snapshot) = &snapshot {
                self.progress.advance(snapshot.counters.update);
                break;
            }
        }
        if snapshot.is_none() {
            self.metrics = Some(LogFile::begin(&self.dir, METRICS)?);
        }
        if self.shared.keeping.tensorboard {
            self.events = Some(tensorboard::begin(&self.dir, &self.metrics()?)?);
        }
        Ok(snapshot)
    }

    fn record(&mut self, metric: &Metric) -> Result<(), Stop> {
        let mut row = serde_json::to_vec(metric).expect("numbers have a JSON form");
        row.push(b'\n');
        if let Some(metrics) = &mut self.metrics {
            metrics.add(&self.dir, &row)?;
        }
        if let Some(events) = &mut self.events {
            events.add(&self.dir, &tensorboard::row(metric))?;
        }
        let Metric { loss, gradient_norm, .. } = metric;
        self.progress.message(&format!("{}  loss {loss:.4}  ‖g‖ {gradient_norm:.3}", self.name));
        Ok(())
    }

    fn proceed<'a>(&mut self, update: u64, snapshot: &'a dyn Fn() -> Snapshot<'a, T>) -> Result<bool, Stop> {
        self.progress.advance(1);
        let due = match self.shared.keeping.every {
            Some(every) => update.is_multiple_of(every),
            None => self.saved.elapsed() > Duration::from_secs(10),
        };
        let asked = interrupt::asked();
        if self.resumes && (due || asked) {
            self.save(snapshot)?;
        }
        Ok(!asked)
    }

    fn save<'a>(&mut self, snapshot: &'a dyn Fn() -> Snapshot<'a, T>) -> Result<(), Stop> {
        if !self.resumes {
            return Ok(());
        }
        if let Some(log) = &self.metrics {
            log.sync(&self.dir)?;
        }
        let snapshot = snapshot();
        let header =
            serde_json::to_string(&self.header(snapshot.written())).expect("numbers and names have a JSON form");
        let matrices = snapshot.matrices();
        self.dir.write_and_keep(LAST, PREVIOUS, &|out| checkpoint::write(&header, &matrices, out))?;
        self.saved = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_differ_by_key() {
        let (a, b) =
            ("steps = 3\nseed = 1\n[text]\nfile = \"a\"\n", "steps = 4\nseed = 1\n[text]\nfile = \"a\"\nmore = 1\n");
        let differing = differing(a, b);
        assert_eq!(differing, ["`steps` is 3 there and 4 here", "`text.more` is missing there and 1 here"]);
    }
}
