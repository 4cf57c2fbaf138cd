//! The files of a figure or an animation.

use std::path::{Path, PathBuf};

use super::canvas::{self, Mark};

/// Why a figure was not written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the figure `{}`: {reason}", path.display())]
pub struct PlotError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong with it.
    pub reason: String,
}

/// Writes `stem.png` and `stem.svg`.
pub(super) fn write(marks: &[Mark], size: (u32, u32), stem: &Path) -> Result<Vec<PathBuf>, PlotError> {
    let png = put(stem, "png", canvas::png(marks, size))?;
    let svg = put(stem, "svg", canvas::svg(marks, size).map(String::into_bytes))?;
    Ok(vec![png, svg])
}

/// Writes `stem.kind`.
pub(super) fn put(stem: &Path, kind: &str, bytes: Result<Vec<u8>, String>) -> Result<PathBuf, PlotError> {
    let path = named(stem, kind);
    let refused = |reason: String| PlotError { path: path.clone(), reason };
    std::fs::write(&path, bytes.map_err(refused)?).map_err(|e| refused(e.to_string()))?;
    Ok(path)
}

/// `stem.kind`, even if the stem has dots of its own.
fn named(stem: &Path, kind: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(kind);
    name.into()
}
