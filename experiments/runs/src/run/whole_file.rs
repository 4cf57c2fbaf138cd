//! Files that are written whole or not at all: to a temporary name, synced, then renamed.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::storage::{Contents, Storage};

/// Writes `contents` to `path`. On an error, or if the power goes, the file is as it was before.
///
/// # Errors
/// The system's, of whatever step.
pub(crate) fn write(disk: &dyn Storage, path: &Path, contents: &[u8]) -> io::Result<()> {
    let temporary = prepare(disk, path, &|out| out.write_all(contents))?;
    put(disk, &temporary, path)
}

/// As [`write`] of what `contents` writes, but the file that was there becomes `kept`.
///
/// # Errors
/// The system's. One of the two files is then whole.
pub(crate) fn write_and_keep(disk: &dyn Storage, path: &Path, kept: &Path, contents: Contents<'_>) -> io::Result<()> {
    let temporary = prepare(disk, path, contents)?;
    match disk.rename(path, kept) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => {
            let _ = disk.remove(&temporary);
            Err(why)
        }
        _ => put(disk, &temporary, path),
    }
}

/// Whether `name` is that of a temporary file, which a process that was killed may have left.
pub(crate) fn is_litter(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".tmp")
}

fn prepare(disk: &dyn Storage, path: &Path, contents: Contents<'_>) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".tmp");
    let temporary = path.with_file_name(hidden);
    let written = disk.create(&temporary, contents).and_then(|()| disk.sync(&temporary));
    match written {
        Ok(()) => Ok(temporary),
        Err(why) => {
            // The first error is the one to tell; a temporary file that was never made cannot be removed.
            let _ = disk.remove(&temporary);
            Err(why)
        }
    }
}

fn put(disk: &dyn Storage, temporary: &Path, path: &Path) -> io::Result<()> {
    if let Err(why) = disk.rename(temporary, path) {
        let _ = disk.remove(temporary);
        return Err(why);
    }
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => disk.sync(parent),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::storage::Disk;
    use std::fs;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_litter() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        write(&Disk, &path, b"old").expect("written");
        let in_the_way = folder.path().join(".a.txt.tmp");
        fs::create_dir(&in_the_way).expect("in the way");
        assert!(write(&Disk, &path, b"new").is_err());
        assert_eq!(fs::read(&path).expect("still there"), b"old");
        fs::remove_dir(&in_the_way).expect("removed");
        write(&Disk, &path, b"new").expect("written");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
        assert!(write(&Disk, Path::new("/"), b"x").is_err());
    }

    #[test]
    fn what_was_there_before_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let (last, kept) = (folder.path().join("last"), folder.path().join("previous"));
        for contents in ["1", "2", "3"] {
            write_and_keep(&Disk, &last, &kept, &|out| out.write_all(contents.as_bytes())).expect("written");
        }
        assert_eq!((fs::read(last).expect("there"), fs::read(kept).expect("there")), (b"3".into(), b"2".into()));
    }
}
