use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::RunDir;
use crate::Stop;
use crate::hash::hex;

/// A file that only grows, and that a resumed run cuts back to where its checkpoint was made.
#[derive(Clone, Debug)]
pub(super) struct LogFile {
    name: &'static str,
    len: u64,
    hash: Sha256,
}

/// What a log was when a checkpoint was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    name: String,
    len: u64,
    sha256: String,
}

impl LogFile {
    /// The log `name`, empty.
    ///
    /// # Errors
    /// Failed, if what is there from before cannot be removed.
    pub(super) fn begin(dir: &RunDir, name: &'static str) -> Result<Self, Stop> {
        dir.remove(&[name])?;
        Ok(Self { name, len: 0, hash: Sha256::new() })
    }

    /// The log `name` as it was at `marks`; `None` if what is there does not begin so.
    ///
    /// # Errors
    /// Failed, if it cannot be read or shortened.
    pub(super) fn resume(dir: &RunDir, name: &'static str, marks: &[Mark]) -> Result<Option<Self>, Stop> {
        let Some(mark) = marks.iter().find(|mark| mark.name == name) else { return Self::begin(dir, name).map(Some) };
        let bytes = dir.bytes(name)?.unwrap_or_default();
        let Some(kept) = usize::try_from(mark.len).ok().and_then(|len| bytes.get(..len)) else { return Ok(None) };
        let log = Self { name, len: mark.len, hash: Sha256::new_with_prefix(kept) };
        if log.mark() != *mark {
            return Ok(None);
        }
        if bytes.len() > kept.len() {
            dir.truncate(name, mark.len)?;
        }
        Ok(Some(log))
    }

    /// Adds to it.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub(super) fn add(&mut self, dir: &RunDir, bytes: &[u8]) -> Result<(), Stop> {
        dir.append(self.name, bytes)?;
        self.hash.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Waits until all of it is on the medium.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub(super) fn sync(&self, dir: &RunDir) -> Result<(), Stop> {
        if self.len > 0 { dir.sync(self.name) } else { Ok(()) }
    }

    /// Its name and its hash, unless it is empty: then there is no file.
    pub(super) fn listed(&self) -> Option<(String, String)> {
        (self.len > 0).then(|| (self.name.to_owned(), self.mark().sha256))
    }

    /// What it is now.
    pub(super) fn mark(&self) -> Mark {
        Mark { name: self.name.into(), len: self.len, sha256: hex(&self.hash.clone().finalize()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_cut_back_to_its_mark_and_a_changed_one_is_not_taken() {
        let out = tempfile::tempdir().expect("a folder");
        let dir = RunDir::open(out.path(), "study", "1").expect("opened");
        let mut log = LogFile::begin(&dir, "log").expect("begun");
        log.add(&dir, b"one\n").expect("added");
        let marks = [log.mark()];
        log.add(&dir, b"two\n").expect("added");
        let mut again = LogFile::resume(&dir, "log", &marks).expect("no error").expect("begins so");
        assert_eq!(dir.read("log"), Ok(Some("one\n".into())));
        again.add(&dir, b"two\n").expect("added");
        assert_eq!(again.mark(), log.mark());
        for damaged in ["", "one", "0ne\ntwo\n"] {
            dir.write("log", damaged).expect("written");
            assert!(LogFile::resume(&dir, "log", &marks).expect("no error").is_none(), "{damaged:?}");
        }
    }
}
