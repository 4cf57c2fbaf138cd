//! `Finished`: a run that is done, every file of which is there with the bytes that it wrote.

use super::manifest::Manifest;
use super::{CHECKPOINTS, MANIFEST, REPORT, RESULT, RunDir, RunResult, Status, UNIT_MANIFEST, begun_here, version};
use crate::{Stop, terminal};

/// A run that is done, every file of which is there with the bytes that it wrote.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Its directory.
    pub dir: RunDir,
    /// Its numbers.
    pub result: RunResult,
    /// Its tables.
    pub report: String,
}

impl Finished {
    /// The one in `dir`, of the configuration `identity`; `None` if it is not finished, or, which is said, has lost a file.
    ///
    /// # Errors
    /// Refused, if it is of another version or configuration, or a file has other bytes than were written; failed, if a file
    /// cannot be read, or a checkpoint not be removed.
    pub(crate) fn find(dir: RunDir, identity: &str, any_version: bool) -> Result<Option<Self>, Stop> {
        let at = dir.root().display();
        let Some(manifest) = attested(&dir, identity, any_version)? else {
            if result(&dir)?.is_some_and(|result| result.status == Status::Done) {
                terminal::say(&format!("warning: {at} has a {RESULT} and no whole {MANIFEST}, so it is not finished"));
            }
            return Ok(None);
        };
        let gone = dir.take(&manifest.files)?;
        if !gone.is_empty() {
            terminal::say(&format!("warning: {at} has lost {}, so it is not finished", gone.join(", ")));
            return Ok(None);
        }
        if dir.is_locked() {
            // Ours to remove, should the medium have kept what a training removed before its power went.
            for unit in manifest.files.keys().filter_map(|name| name.strip_suffix(UNIT_MANIFEST)) {
                dir.remove(&CHECKPOINTS.map(|name| format!("{unit}{name}")))?;
            }
        }
        let (Some(result), Some(report)) = (result(&dir)?, dir.read(REPORT)?) else { return Ok(None) };
        Ok(Some(Self { dir, result, report }))
    }
}

/// How the run in `dir`, of the configuration `identity`, ended, whatever became of its other files; `None` if it has not, or
/// says that it is done and has no whole manifest.
///
/// # Errors
/// Refused, if it is of another version or configuration, or its result has other bytes than were written; failed, if a file
/// cannot be read.
pub(crate) fn found(dir: &RunDir, (identity, id): (&str, &str), any_version: bool) -> Result<Option<RunResult>, Stop> {
    let attested = attested(dir, identity, any_version)?;
    let done = attested.is_some();
    match attested {
        Some(manifest) => {
            dir.take(&manifest.files.into_iter().filter(|(name, _)| name == RESULT).collect())?;
        }
        None => begun_here(dir, any_version)?,
    }
    let Some(result) = result(dir)? else { return Ok(None) };
    if result.id != id {
        let at = dir.path(RESULT);
        return Err(Stop::Refused(format!(
            "{} is that of run {}; put the right one there, or start over with --force",
            at.display(),
            result.id
        )));
    }
    Ok(Some(result).filter(|result| done == (result.status == Status::Done)))
}

fn attested(dir: &RunDir, identity: &str, any_version: bool) -> Result<Option<Manifest>, Stop> {
    let Some(manifest) = Manifest::read(dir, MANIFEST)? else { return Ok(None) };
    manifest.fits(&dir.root().display(), (identity, ""), (version(), any_version))?;
    Ok(Some(manifest))
}

/// What is in `result.json`; `None` if it is not there or, which is said, cannot be read.
fn result(dir: &RunDir) -> Result<Option<RunResult>, Stop> {
    let Some(bytes) = dir.bytes(RESULT)? else { return Ok(None) };
    let result = serde_json::from_slice(&bytes);
    if let Err(why) = &result {
        terminal::say(&format!("warning: {}: {why}; it counts as missing", dir.path(RESULT).display()));
    }
    Ok(result.ok())
}
