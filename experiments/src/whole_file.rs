//! Files that are written whole or not at all: to a temporary name, synced, then renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes `contents` to `path`. On an error, or if the power goes, the file is as it was before.
///
/// # Errors
/// The system's, of whatever step.
pub fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".tmp");
    let temporary = path.with_file_name(hidden);
    let result = (|| {
        let mut file = File::create(&temporary)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    })();
    if result.is_err() {
        // The first error is the one to tell; a temporary file that was never made cannot be removed.
        let _ = fs::remove_file(&temporary);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_litter() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        write(&path, b"old").expect("written");
        let in_the_way = folder.path().join(".a.txt.tmp");
        fs::create_dir(&in_the_way).expect("in the way");
        assert!(write(&path, b"new").is_err());
        assert_eq!(fs::read(&path).expect("still there"), b"old");
        fs::remove_dir(&in_the_way).expect("removed");
        write(&path, b"new").expect("written");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
        assert!(write(Path::new("/"), b"x").is_err());
    }
}
