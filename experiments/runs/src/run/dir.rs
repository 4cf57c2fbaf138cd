use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use models::{FileScalar, Params};

use super::storage::{Disk, Storage};
use super::{MODEL, UNITS, whole_file};
use crate::Stop;
use figures::{Animation, DrawError, Figure};

/// The one place where a run writes, `OUT/STUDY/ID/`.
///
/// The ID is a hash of the configuration that decides the results, so the same command finds its own work again. A lock
/// keeps a second process out. A file is written whole or not at all.
#[derive(Clone, Debug)]
pub struct RunDir {
    root: PathBuf,
    disk: Arc<dyn Storage>,
    _lock: Arc<File>,
}

/// The name of the lock within a run directory.
const LOCK: &str = "lock";

impl RunDir {
    /// Makes the directory if need be, locks it, and sweeps out what a killed process left half written.
    ///
    /// # Errors
    /// Refused, if it cannot be written or another process works in it. Nothing is changed then.
    pub fn open(out: &Path, study: &str, id: &str) -> Result<Self, Stop> {
        Self::open_on(Arc::new(Disk), &out.join(study).join(id))
    }

    /// As [`open`](Self::open), on a disk of one's own.
    pub(crate) fn open_on(disk: Arc<dyn Storage>, root: &Path) -> Result<Self, Stop> {
        let refuse = |why: io::Error| {
            Stop::Refused(format!("cannot write to {}: {why}; choose another place with --out", root.display()))
        };
        disk.folder(root).map_err(refuse)?;
        // Not emptied: its owner's number stands there.
        let lock = File::options().create(true).append(true).open(root.join(LOCK)).map_err(refuse)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let owner = fs::read_to_string(root.join(LOCK)).unwrap_or_default();
                let owner =
                    owner.trim().parse::<u32>().map_or_else(|_| String::new(), |pid| format!(" (process {pid})"));
                return Err(Stop::Refused(format!(
                    "another process{owner} is working in {}; wait for it",
                    root.display()
                )));
            }
            Err(fs::TryLockError::Error(why)) => return Err(refuse(why)),
        }
        // Who it is helps the one who waits; that it cannot be said harms nobody.
        let _ = lock.set_len(0).and_then(|()| writeln!(&lock, "{}", std::process::id()));
        let dir = Self { root: root.into(), disk, _lock: Arc::new(lock) };
        dir.sweep(root).map_err(refuse)?;
        Ok(dir)
    }

    /// Removes temporary files at any depth.
    fn sweep(&self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                self.sweep(&entry.path())?;
            } else if whole_file::is_litter(&entry.file_name().to_string_lossy()) {
                self.disk.remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// The folder `name` within, made if need be.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn within(&self, name: &str) -> Result<Self, Stop> {
        let root = self.path(name);
        self.disk.folder(&root).map_err(|why| failed(&root, &why))?;
        Ok(Self { root, ..self.clone() })
    }

    /// The folder of the unit `name` of this run, if there is one: it is not made.
    #[must_use]
    pub fn unit(&self, name: &str) -> Self {
        Self { root: self.path(&format!("{UNITS}/{name}")), ..self.clone() }
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

    /// The contents of the file `name`, if it is there.
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.path(name)).ok()
    }

    /// Reads the trained parameters into `params`.
    ///
    /// # Errors
    /// Failed, if they are not there, or are not of these names and shapes.
    pub fn load<T: FileScalar>(&self, params: &mut Params<T>) -> Result<(), Stop> {
        let failed = |why: &str| Stop::Failed(format!("{}: {why}; --force trains again", self.path(MODEL).display()));
        let bytes = self.bytes(MODEL).ok_or_else(|| failed("it is not there"))?;
        params.load_safetensors(&bytes).map_err(|why| failed(&why.to_string()))
    }

    /// Writes the file `name`, whole or not at all.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason; the file is then as it was.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> Result<(), Stop> {
        self.changing(name, |disk, path| {
            disk.folder(path.parent().unwrap_or(&self.root))?;
            whole_file::write(disk, path, contents.as_ref())
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
        whole_file::write(&*self.disk, &path, &bytes).map_err(|why| failed(&why))
    }

    /// Writes the file `name`, and keeps the one that was there as `kept`.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_and_keep(&self, name: &str, kept: &str, contents: &[u8]) -> Result<(), Stop> {
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

    /// Removes the file `name`, if it is there.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn remove(&self, name: &str) -> Result<(), Stop> {
        match self.path(name).exists() {
            true => self.changing(name, |disk, path| disk.remove(path)),
            false => Ok(()),
        }
    }

    fn changing(&self, name: &str, change: impl FnOnce(&dyn Storage, &Path) -> io::Result<()>) -> Result<(), Stop> {
        let path = self.path(name);
        change(&*self.disk, &path).map_err(|why| failed(&path, &why))
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
                } else if entry.file_name() != LOCK {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        clear().map_err(|why: io::Error| failed(&self.root, &why))
    }
}

fn failed(path: &Path, why: &io::Error) -> Stop {
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
        let owner = format!("another process (process {}) is working in", std::process::id());
        assert!(second.code() == 2 && second.to_string().starts_with(&owner), "{second}");
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
