//! The two files of a figure: complete or not there.

use std::path::{Path, PathBuf};

use super::canvas::{self, Mark};
use crate::run::storage::Disk;
use crate::run::whole_file;

/// Why a figure was not written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the figure `{}`: {reason}", path.display())]
pub struct PlotError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong with it.
    pub reason: String,
}

/// Writes `stem.png` and `stem.svg`, each whole or not at all.
pub(super) fn write(marks: &[Mark], size: (u32, u32), stem: &Path) -> Result<Vec<PathBuf>, PlotError> {
    let write = |kind| {
        let path = named(stem, kind);
        let refused = |reason: String| PlotError { path: path.clone(), reason };
        let bytes = match kind {
            "png" => canvas::png(marks, size),
            _ => canvas::svg(marks, size).map(String::into_bytes),
        };
        whole_file::write(&Disk, &path, &bytes.map_err(refused)?).map_err(|e| refused(e.to_string()))?;
        Ok(path)
    };
    ["png", "svg"].into_iter().map(write).collect()
}

/// `stem.kind`, even if the stem has dots of its own.
fn named(stem: &Path, kind: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(kind);
    name.into()
}
