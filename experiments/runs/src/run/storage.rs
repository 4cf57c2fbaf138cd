//! `Storage`: every call by which a run reads and changes files, so that a test can let any one of them fail.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What writes the contents of a file.
pub(crate) type Contents<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

/// Where a run reads and writes; [`Disk`] outside of tests.
pub(crate) trait Storage: Send + Sync + std::fmt::Debug {
    /// A file, to be read from its beginning.
    ///
    /// # Errors
    /// The system's; not found, if it is not there.
    fn open<'a>(&'a self, path: &Path) -> io::Result<Box<dyn Read + 'a>>;

    /// The names in a folder, in their order, and whether each is a folder itself.
    ///
    /// # Errors
    /// The system's.
    fn list(&self, path: &Path) -> io::Result<Vec<(OsString, bool)>>;

    /// A new file with these contents, or the old one overwritten.
    ///
    /// # Errors
    /// The system's.
    fn create(&self, path: &Path, contents: Contents<'_>) -> io::Result<()>;

    /// Adds to the end of a file, which is made if it is not there.
    ///
    /// # Errors
    /// The system's.
    fn append(&self, path: &Path, contents: &[u8]) -> io::Result<()>;

    /// Shortens a file.
    ///
    /// # Errors
    /// The system's.
    fn truncate(&self, path: &Path, len: u64) -> io::Result<()>;

    /// Waits until a file, or a folder's list of names, is on the medium.
    ///
    /// # Errors
    /// The system's.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Gives a file another name, in place of what had it.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The system's.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// The system's.
    fn folder(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// The system's.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
}

/// The file system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disk;

impl Storage for Disk {
    fn open<'a>(&'a self, path: &Path) -> io::Result<Box<dyn Read + 'a>> {
        Ok(Box::new(File::open(path)?))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(OsString, bool)>> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name(), entry.file_type()?.is_dir()))
        };
        let mut names = fs::read_dir(path)?.map(entry).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    fn create(&self, path: &Path, contents: Contents<'_>) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        contents(&mut file)?;
        file.flush()
    }

    fn append(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        OpenOptions::new().create(true).append(true).open(path)?.write_all(contents)
    }

    fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.set_len(len)?;
        file.seek(SeekFrom::End(0)).map(|_| ())
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

/// A disk on which one call fails, and perhaps all after it.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct FaultyDisk {
    fault: Fault,
    at: u64,
    calls: std::sync::atomic::AtomicU64,
}

/// How a call fails.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// With an error, nothing being done.
    Error,
    /// A write with half of it written, as on a full disk; other calls as with an error.
    Torn,
    /// The power goes: this call and all after it fail, a write being half done.
    Death,
}

#[cfg(test)]
impl FaultyDisk {
    /// Whose call number `at`, from 1, fails.
    pub(crate) fn new(fault: Fault, at: u64) -> Self {
        Self { fault, at, calls: 0.into() }
    }

    /// On which no call fails.
    pub(crate) fn sound() -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self::new(Fault::Error, 0))
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(std::sync::atomic::Ordering::SeqCst)
    }

    fn fails(&self) -> bool {
        let call = 1 + self.calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        call == self.at || (call > self.at && self.fault == Fault::Death)
    }

    fn or_fail<R>(&self, call: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        if self.fails() { Err(self.error()) } else { call() }
    }

    fn or_tear(&self, contents: &[u8], call: impl Fn(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if !self.fails() {
            return call(contents);
        }
        if self.fault != Fault::Error {
            call(&contents[..contents.len() / 2])?;
        }
        Err(self.error())
    }

    fn error(&self) -> io::Error {
        match self.fault {
            Fault::Torn => io::ErrorKind::StorageFull.into(),
            _ => io::Error::other("injected"),
        }
    }
}

/// A file, every read of which is a call.
#[cfg(test)]
struct FaultyFile<'a>(&'a FaultyDisk, Box<dyn Read + 'a>);

#[cfg(test)]
impl Read for FaultyFile<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.or_fail(|| self.1.read(bytes))
    }
}

#[cfg(test)]
impl Storage for FaultyDisk {
    fn open<'a>(&'a self, path: &Path) -> io::Result<Box<dyn Read + 'a>> {
        self.or_fail(|| Ok(Box::new(FaultyFile(self, Disk.open(path)?)) as Box<dyn Read>))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(OsString, bool)>> {
        self.or_fail(|| Disk.list(path))
    }

    fn create(&self, path: &Path, contents: Contents<'_>) -> io::Result<()> {
        let mut whole = Vec::new();
        contents(&mut whole)?;
        self.or_tear(&whole, |part| Disk.create(path, &|out| out.write_all(part)))
    }

    fn append(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        self.or_tear(contents, |part| Disk.append(path, part))
    }

    fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        self.or_fail(|| Disk.truncate(path, len))
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        // No test can see whether it is on the medium, and waiting for it takes most of the time.
        self.or_fail(|| File::open(path).map(|_| ()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.or_fail(|| Disk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.or_fail(|| Disk.remove(path))
    }

    fn folder(&self, path: &Path) -> io::Result<()> {
        self.or_fail(|| Disk.folder(path))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.or_fail(|| Disk.remove_folder(path))
    }
}
