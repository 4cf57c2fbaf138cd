//! `Lock`: the file by which a process keeps others out of a run directory.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A locked file, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another process has it: its number, if it has said so.
    Taken(Option<u32>),
    /// The system's reason.
    Io(io::Error),
}

impl From<io::Error> for LockError {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

impl Lock {
    /// Locks the file at `path`, which is made if it is not there. A link is not followed: what it points at is not ours.
    ///
    /// # Errors
    /// If another process has it, or it is no plain file.
    pub(super) fn take(path: &Path) -> Result<Self, LockError> {
        let mut options = File::options();
        // Not emptied: its owner's number stands there.
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        }
        let opened = options.open(path);
        if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::other(format!("{} is no plain file; remove it", path.display())).into());
        }
        let mut file = opened?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // Who it is helps the one who waits; that it cannot be read harms nobody.
                let _ = file.read_to_string(&mut owner);
                return Err(LockError::Taken(owner.trim().parse().ok()));
            }
            Err(fs::TryLockError::Error(why)) => return Err(why.into()),
        }
        // It does no harm either if the number cannot be written.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { path: path.into(), file })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file at its path is still the one that is locked. One that was deleted keeps nobody out.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn holds(&self) -> io::Result<bool> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let there = match fs::symlink_metadata(&self.path) {
                Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(false),
                there => there?,
            };
            let ours = self.file.metadata()?;
            Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino()))
        }
        #[cfg(not(unix))]
        self.path.try_exists()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_was_deleted_or_replaced_is_held_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let lock = Lock::take(&path).expect("free");
        assert!(lock.holds().expect("readable"));
        assert!(matches!(Lock::take(&path), Err(LockError::Taken(Some(pid))) if pid == std::process::id()));
        fs::remove_file(&path).expect("removed");
        assert!(!lock.holds().expect("readable"), "deleted");
        let other = Lock::take(&path).expect("free again");
        assert!(!lock.holds().expect("readable") && other.holds().expect("readable"), "another's");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed_and_a_folder_or_pipe_is_no_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, path) = (folder.path().join("precious"), folder.path().join("lock"));
        fs::write(&target, "mine").expect("written");
        std::os::unix::fs::symlink(&target, &path).expect("linked");
        let refused = |path: &Path| match Lock::take(path) {
            Err(LockError::Io(why)) => why.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(refused(&path).contains("lock is no plain file"));
        assert_eq!(fs::read_to_string(&target).expect("there"), "mine");
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("made");
        assert!(refused(&path).contains("lock is no plain file"));
    }
}
