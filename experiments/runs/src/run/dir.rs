use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use models::{FileScalar, Params};
use sha2::{Digest, Sha256};

use super::listed::Listed;
use super::lock::{Lock, LockError};
use super::manifest::Files;
use super::storage::{Contents, Disk, Storage};
use super::{MODEL, UNITS, whole_file};
use crate::hash::{hex, long_hash};
use crate::{Stop, echo};
use figures::{Animation, DrawError, Figure};

/// The one place where a run reads and writes, `OUT/STUDY/ID/`.
///
/// The ID is a hash of the configuration that decides the results, so the same command finds its own work again. A lock
/// keeps a second process out. A file is written whole or not at all, and its hash is remembered: one that has other bytes when
/// it is read again is refused.
#[derive(Clone, Debug)]
pub struct RunDir {
    root: PathBuf,
    pub(super) disk: Arc<dyn Storage>,
    /// None, if it is open for reading only.
    lock: Option<Arc<Lock>>,
    /// What was written here or in a folder within, or listed by a manifest.
    listed: Listed,
}

/// The name of the lock within a run directory.
pub(super) const LOCK: &str = "lock";

impl RunDir {
    /// Makes the directory if need be, locks it, and sweeps out what a killed process left half written.
    ///
    /// # Errors
    /// Refused, if it cannot be written; busy, if another process works in it. Nothing is changed then.
    pub fn open(out: &Path, study: &str, id: &str) -> Result<Self, Stop> {
        Self::open_on(Arc::new(Disk), &out.join(study).join(id))
    }

    /// As [`open`](Self::open), on a disk of one's own.
    pub(crate) fn open_on(disk: Arc<dyn Storage>, root: &Path) -> Result<Self, Stop> {
        let refuse = |why: io::Error| {
            Stop::Refused(format!("cannot write to {}: {why}; choose another place with --out", echo(root.display())))
        };
        disk.folder(root).map_err(refuse)?;
        let lock = match Lock::take(&root.join(LOCK)) {
            Ok(lock) => lock,
            Err(LockError::Taken(owner)) => {
                let owner = owner.map_or_else(String::new, |pid| format!(" (process {pid})"));
                let at = root.display();
                return Err(Stop::Busy(format!("another process{owner} is working in {at}; wait for it")));
            }
            Err(LockError::Io(why)) => return Err(refuse(why)),
        };
        let dir = Self { lock: Some(Arc::new(lock)), ..Self::look_on(disk, root) };
        dir.sweep(root).map_err(refuse)?;
        Ok(dir)
    }

    /// The directory for reading only, whether it is there or not.
    pub(crate) fn look(out: &Path, study: &str, id: &str) -> Self {
        Self::look_on(Arc::new(Disk), &out.join(study).join(id))
    }

    /// As [`look`](Self::look), on a disk of one's own.
    pub(crate) fn look_on(disk: Arc<dyn Storage>, root: &Path) -> Self {
        Self { root: root.into(), disk, lock: None, listed: Listed::default() }
    }

    /// The folder `name` within, made if need be.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn within(&self, name: &str) -> Result<Self, Stop> {
        self.changing(name, |disk, path| disk.folder(path))?;
        Ok(self.below(name))
    }

    /// The folder `name` within, whether it is there or not.
    fn below(&self, name: &str) -> Self {
        Self { root: self.path(name), listed: self.listed.below(name), ..self.clone() }
    }

    /// The folder with a list of its own, of nothing yet.
    #[must_use]
    pub(super) fn with_own_list(self) -> Self {
        Self { listed: Listed::default(), ..self }
    }

    /// The folder of the unit `name` of this run, if there is one: it is not made.
    #[must_use]
    pub fn unit(&self, name: &str) -> Self {
        self.below(&format!("{UNITS}/{name}"))
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the file `name` is or would be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The contents of the file `name`, if it is there.
    ///
    /// # Errors
    /// Failed, if it cannot be read or is no text; refused, if its bytes are not those that were written.
    pub fn read(&self, name: &str) -> Result<Option<String>, Stop> {
        let text = self.bytes(name)?.map(String::from_utf8).transpose();
        text.map_err(|why| unread(&self.path(name), &why.utf8_error()))
    }

    /// The contents of the file `name`, if it is there.
    ///
    /// # Errors
    /// Failed, if it cannot be read; refused, if its bytes are not those that were written.
    pub fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Stop> {
        let mut bytes = Vec::new();
        let read = self.reading(name, |part| bytes.extend_from_slice(part))?;
        match self.listed.hash(name) {
            Some(listed) if read && listed != long_hash(&bytes) => Err(self.changed(name)),
            _ => Ok(read.then_some(bytes)),
        }
    }

    /// Gives the contents of the file `name` to `take`, part by part; whether it is there.
    fn reading(&self, name: &str, mut take: impl FnMut(&[u8])) -> Result<bool, Stop> {
        use io::ErrorKind::{Interrupted, NotADirectory, NotFound};
        let path = self.path(name);
        let mut file = match self.disk.open(&path) {
            Err(why) if matches!(why.kind(), NotFound | NotADirectory) => return Ok(false),
            file => file.map_err(|why| unread(&path, &why))?,
        };
        let mut part = vec![0; 1 << 16];
        loop {
            match file.read(&mut part) {
                Ok(0) => return Ok(true),
                Ok(len) => take(&part[..len]),
                Err(why) if why.kind() == Interrupted => {}
                Err(why) => return Err(unread(&path, &why)),
            }
        }
    }

    /// Puts what a manifest of this folder lists into the list, if all is there; gives the names of those that are gone.
    ///
    /// # Errors
    /// Refused, if one has other bytes; failed, if one cannot be read.
    pub(super) fn take(&self, files: &Files) -> Result<Vec<String>, Stop> {
        let mut gone = Vec::new();
        for (name, listed) in files {
            let mut hash = Sha256::new();
            if !self.reading(name, |part| hash.update(part))? {
                gone.push(name.clone());
            } else if *listed != hex(&hash.finalize()) {
                return Err(self.changed(name));
            }
        }
        if gone.is_empty() {
            self.listed.extend(files);
        }
        Ok(gone)
    }

    /// What is listed here and in the folders within.
    pub(super) fn listed(&self) -> &Listed {
        &self.listed
    }

    fn changed(&self, name: &str) -> Stop {
        let path = self.path(name);
        Stop::Refused(format!(
            "{}: its bytes are not those that the run wrote; put the right ones there, or start over with --force",
            path.display()
        ))
    }

    /// Reads the trained parameters into `params`.
    ///
    /// # Errors
    /// Failed, if they are not there, or are not of these names and shapes; refused, if they are not those that the run wrote.
    pub fn load<T: FileScalar>(&self, params: &mut Params<T>) -> Result<(), Stop> {
        let failed = |why: &str| Stop::Failed(format!("{}: {why}; --force trains again", self.path(MODEL).display()));
        if self.listed.hash(MODEL).is_none() {
            return Err(failed("it is in no list of what a run wrote"));
        }
        let bytes = self.bytes(MODEL)?.ok_or_else(|| failed("it is not there"))?;
        params.load_safetensors(&bytes).map_err(|why| failed(&why.to_string()))
    }

    /// Writes the file `name`, whole or not at all.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason; the file is then as it was.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> Result<(), Stop> {
        self.write_unlisted(name, contents.as_ref())?;
        self.listed.insert(name, contents.as_ref());
        Ok(())
    }

    /// The same of a file that is no result, such as one about this start of the run.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(super) fn write_unlisted(&self, name: &str, contents: &[u8]) -> Result<(), Stop> {
        self.changing(name, |disk, path| {
            disk.folder(path.parent().unwrap_or(&self.root))?;
            whole_file::write(disk, path, contents)
        })
    }

    /// Writes `NAME.png` and `NAME.svg`, each whole or not at all.
    ///
    /// # Errors
    /// Failed, with the path and the reason.
    pub fn figure(&self, name: &str, figure: &Figure) -> Result<(), Stop> {
        self.drawn(&format!("{name}.png"), figure.png())?;
        self.drawn(&format!("{name}.svg"), figure.svg().map(String::into_bytes))
    }

    /// Writes `NAME.gif`, whole or not at all.
    ///
    /// # Errors
    /// As [`figure`](Self::figure).
    pub fn animation(&self, name: &str, animation: &Animation) -> Result<(), Stop> {
        self.drawn(&format!("{name}.gif"), animation.gif())
    }

    fn drawn(&self, name: &str, bytes: Result<Vec<u8>, DrawError>) -> Result<(), Stop> {
        let path = self.path(name);
        let failed = |why: &dyn Display| Stop::Failed(format!("cannot write the figure `{}`: {why}", path.display()));
        let bytes = bytes.map_err(|why| failed(&why))?;
        self.held()?;
        whole_file::write(&*self.disk, &path, &bytes).map_err(|why| failed(&why))?;
        self.listed.insert(name, &bytes);
        Ok(())
    }

    /// Writes what `contents` writes to the file `name`, and keeps the one that was there as `kept`.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn write_and_keep(&self, name: &str, kept: &str, contents: Contents<'_>) -> Result<(), Stop> {
        self.changing(name, |disk, path| whole_file::write_and_keep(disk, path, &self.path(kept), contents))
    }

    /// Adds to the end of the file `name`.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn append(&self, name: &str, contents: impl AsRef<[u8]>) -> Result<(), Stop> {
        self.changing(name, |disk, path| disk.append(path, contents.as_ref()))
    }

    /// Shortens the file `name`.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn truncate(&self, name: &str, len: u64) -> Result<(), Stop> {
        self.changing(name, |disk, path| disk.truncate(path, len))
    }

    /// Waits until the file `name` is on the medium.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn sync(&self, name: &str) -> Result<(), Stop> {
        self.changing(name, |disk, path| disk.sync(path))
    }

    /// Removes the files `names` that are there, and waits until the medium knows.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn remove(&self, names: &[impl AsRef<str>]) -> Result<(), Stop> {
        let mut removed = false;
        for name in names.iter().map(AsRef::as_ref) {
            self.changing(name, |disk, path| match disk.remove(path) {
                Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
                done => done.map(|()| removed = true),
            })?;
            self.listed.remove(name);
        }
        if removed { self.changing("", |disk, path| disk.sync(path)) } else { Ok(()) }
    }

    fn changing(&self, name: &str, change: impl FnOnce(&dyn Storage, &Path) -> io::Result<()>) -> Result<(), Stop> {
        self.held()?;
        let path = self.path(name);
        change(&*self.disk, &path).map_err(|why| failed(&path, &why))
    }

    /// Whether it is open for writing.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Checks that nobody else can be working here.
    pub(super) fn held(&self) -> Result<(), Stop> {
        let at = self.root.display();
        let Some(lock) = &self.lock else { return Err(Stop::Failed(format!("{at} is open for reading only"))) };
        match lock.holds() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Stop::Failed(format!(
                "{} was deleted or replaced, so another process may work in {at}; nothing was written since",
                lock.path().display()
            ))),
            Err(why) => Err(unread(lock.path(), &why)),
        }
    }
}

pub(super) fn failed(path: &Path, why: &io::Error) -> Stop {
    Stop::Failed(format!("writing {}: {why}", path.display()))
}

pub(super) fn unread(path: &Path, why: &dyn Display) -> Stop {
    Stop::Failed(format!("reading {}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_second_process_is_kept_out_and_a_later_one_finds_the_files() {
        let out = tempfile::tempdir().expect("a folder");
        let run = RunDir::open(out.path(), "study", "1").expect("opened");
        run.write("deep/a.txt", "hello").expect("written");
        let second = RunDir::open(out.path(), "study", "1").expect_err("locked");
        let owner = format!("another process (process {}) is working in", std::process::id());
        assert!(second.code() == 2 && second.to_string().starts_with(&owner), "{second}");
        drop(run);
        let run = RunDir::open(out.path(), "study", "1").expect("opened again");
        assert_eq!(run.read("deep/a.txt"), Ok(Some("hello".into())));
        run.clear().expect("cleared");
        assert_eq!(run.read("deep/a.txt"), Ok(None));
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
    fn what_a_killed_process_left_is_swept_out_and_nothing_else() {
        let out = tempfile::tempdir().expect("a folder");
        let run = RunDir::open(out.path(), "study", "1").expect("opened");
        for name in ["units/a/.last.ckpt.tmp", ".config.toml.tmp", ".hidden", "units/tmp"] {
            run.write(name, "x").expect("written");
        }
        drop(run);
        let run = RunDir::open(out.path(), "study", "1").expect("opened again");
        let left = [".hidden", "units/tmp", "units/a/.last.ckpt.tmp", ".config.toml.tmp"].map(|n| run.path(n).exists());
        assert_eq!(left, [true, true, false, false]);
    }

    #[test]
    fn a_figure_is_two_files_whatever_dots_its_name_has_and_nothing_else_is_left() {
        let out = tempfile::tempdir().expect("a folder");
        let run = RunDir::open(out.path(), "study", "1").expect("opened");
        let figure = Figure { size: (100, 100), ..Figure::default() };
        run.figure("v1.0", &figure).expect("written");
        let animation = Animation { frames: vec![figure], ..Animation::default() };
        run.animation("v1.0", &animation).expect("written");
        let names = fs::read_dir(run.root()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names.filter(|name| name != LOCK).collect();
        names.sort();
        assert_eq!(names, ["v1.0.gif", "v1.0.png", "v1.0.svg"]);
    }

    #[test]
    fn a_figure_that_cannot_be_written_is_one_line_with_the_path() {
        let out = tempfile::tempdir().expect("a folder");
        let run = RunDir::open(out.path(), "study", "1").expect("opened");
        let error = |stop: Result<(), Stop>| stop.expect_err("it is refused").to_string();
        let none = error(run.animation("none", &Animation::default()));
        let path = run.path("none.gif");
        assert_eq!(none, format!("cannot write the figure `{}`: an animation without frames", path.display()));
        let lost = error(run.figure("no/such/folder/a", &Figure::default()));
        let path = run.path("no/such/folder/a.png");
        let begin = format!("cannot write the figure `{}`: ", path.display());
        assert!(lost.starts_with(&begin) && !lost.contains('\n'), "{lost}");
    }
}
