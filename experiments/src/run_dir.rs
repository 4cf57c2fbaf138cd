//! `RunDir`: the one place where a run writes, `OUT/STUDY/ID/`.
//!
//! The ID is a hash of the configuration that decides the results, so the same command finds its own work again. A lock
//! keeps a second process out. A file is written whole or not at all.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{Stop, whole_file};

/// An open, locked run directory; see the module documentation.
#[derive(Debug)]
pub struct RunDir {
    root: PathBuf,
    _lock: File,
}

/// The first twelve hexadecimal digits of the SHA-256 of `text`.
pub fn short_hash(text: &str) -> String {
    Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

impl RunDir {
    /// Makes the directory if need be and locks it.
    ///
    /// # Errors
    /// Refused, if it cannot be written or another process works in it. Nothing is changed then.
    pub fn open(out: &Path, study: &str, id: &str) -> Result<Self, Stop> {
        let root = out.join(study).join(id);
        let refuse = |why: std::io::Error| {
            Stop::Refused(format!("cannot write to {}: {why}; choose another place with --out", root.display()))
        };
        fs::create_dir_all(&root).map_err(refuse)?;
        let lock = File::create(root.join("lock")).map_err(refuse)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root, _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => {
                Err(Stop::Refused(format!("another process is working in {}; wait for it", root.display())))
            }
            Err(fs::TryLockError::Error(why)) => Err(refuse(why)),
        }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the file `name` is or would be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The contents of the file `name`, if it is there and readable as text.
    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// Makes the folder `name`.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Stop> {
        let path = self.path(name);
        fs::create_dir_all(&path).map_err(|why| failed(&path, &why))?;
        Ok(path)
    }

    /// Writes the file `name`, whole or not at all.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason; the file is then as it was.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> Result<(), Stop> {
        let path = self.path(name);
        let parent = path.parent().unwrap_or(&self.root);
        let write = || {
            fs::create_dir_all(parent)?;
            whole_file::write(&path, contents.as_ref())
        };
        write().map_err(|why| failed(&path, &why))
    }

    /// Removes everything a run wrote, for one that starts over.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn clear(&self) -> Result<(), Stop> {
        let clear = || {
            for entry in fs::read_dir(&self.root)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    fs::remove_dir_all(entry.path())?;
                } else if entry.file_name() != "lock" {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        clear().map_err(|why: std::io::Error| failed(&self.root, &why))
    }
}

fn failed(path: &Path, why: &std::io::Error) -> Stop {
    Stop::Failed(format!("writing {}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_kept_out_and_a_later_one_finds_the_files() {
        let out = tempfile::tempdir().expect("a folder");
        let run = RunDir::open(out.path(), "study", "1").expect("opened");
        run.write("deep/a.txt", "hello").expect("written");
        let second = RunDir::open(out.path(), "study", "1").expect_err("locked");
        assert!(second.code() == 2 && second.to_string().contains("another process"), "{second}");
        drop(run);
        let run = RunDir::open(out.path(), "study", "1").expect("opened again");
        assert_eq!(run.read("deep/a.txt").as_deref(), Some("hello"));
        run.clear().expect("cleared");
        assert_eq!(run.read("deep/a.txt"), None);
    }

    #[test]
    fn a_place_that_is_a_file_is_refused_and_kept() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), "precious").expect("written");
        let stop = RunDir::open(file.path(), "study", "1").expect_err("refused");
        assert!(stop.code() == 2 && stop.to_string().contains("--out"), "{stop}");
        assert_eq!(fs::read_to_string(file.path()).expect("still there"), "precious");
    }

    #[test]
    fn the_hash_is_the_known_one() {
        assert_eq!(short_hash("abc"), "ba7816bf8f01");
    }
}
