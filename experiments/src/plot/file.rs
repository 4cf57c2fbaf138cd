//! The two files of a figure: complete or not there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

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

/// Writes `stem.png` and `stem.svg`. Both are complete under other names before either takes its own.
pub(super) fn write(marks: &[Mark], size: (u32, u32), stem: &Path) -> Result<Vec<PathBuf>, PlotError> {
    let drawn = ["png", "svg"].map(|kind| {
        let path = named(stem, kind);
        let refused = |reason: String| PlotError { path: path.clone(), reason };
        let bytes = match kind {
            "png" => canvas::png(marks, size),
            _ => canvas::svg(marks, size).map(String::into_bytes),
        };
        let temporary =
            bytes.map_err(refused).and_then(|bytes| beside(&path, &bytes).map_err(|e| refused(e.to_string())))?;
        Ok((path, temporary))
    });
    let drawn = drawn.into_iter().collect::<Result<Vec<_>, PlotError>>()?;
    let place = |(path, temporary): (PathBuf, TempPath)| match temporary.persist(&path) {
        Ok(()) => Ok(path),
        Err(e) => Err(PlotError { path, reason: e.error.to_string() }),
    };
    drawn.into_iter().map(place).collect()
}

/// `stem.kind`, even if the stem has dots of its own.
fn named(stem: &Path, kind: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(kind);
    name.into()
}

/// A new file with these bytes next to `path`, removed unless it is renamed.
fn beside(path: &Path, bytes: &[u8]) -> io::Result<TempPath> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}", std::process::id()));
    fs::File::create(&temporary)?;
    let temporary = TempPath::try_from_path(temporary)?;
    fs::write(&temporary, bytes)?;
    Ok(temporary)
}
