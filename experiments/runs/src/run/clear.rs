//! What a run directory removes: what a killed process left half written, and all, for a run that starts over.

use std::io;
use std::path::Path;

use super::dir::{LOCK, failed, unread};
use super::{CHECKPOINTS, MANIFEST, OUTCOME, RESULT, RunDir, UNIT_MANIFEST, whole_file};
use crate::Stop;

impl RunDir {
    /// Removes temporary files at any depth.
    pub(super) fn sweep(&self, folder: &Path) -> io::Result<()> {
        for (name, is_folder) in self.disk.list(folder)? {
            let path = folder.join(&name);
            if is_folder {
                self.sweep(&path)?;
            } else if whole_file::is_litter(&name.to_string_lossy()) {
                self.disk.remove(&path)?;
            }
        }
        Ok(())
    }

    /// Removes everything a run wrote, for one that starts over: first what says that something is finished or can be gone on
    /// with, so that whatever ends it leaves nothing that says so of files that are gone.
    ///
    /// # Errors
    /// Failed, with the path and the system's reason.
    pub fn clear(&self) -> Result<(), Stop> {
        self.held()?;
        self.clear_folder(self.root(), &mut |name| {
            [MANIFEST, RESULT, UNIT_MANIFEST, OUTCOME].iter().chain(&CHECKPOINTS).any(|first| name == *first)
        })?;
        self.clear_folder(self.root(), &mut |_| true)?;
        self.listed().clear();
        Ok(())
    }

    /// Removes the files in `folder` that are `meant`, then those below it, and the folders that are empty then.
    fn clear_folder(&self, folder: &Path, meant: &mut impl FnMut(&str) -> bool) -> Result<(), Stop> {
        let disk = &*self.disk;
        let (folders, files): (Vec<_>, Vec<_>) =
            disk.list(folder).map_err(|why| unread(folder, &why))?.into_iter().partition(|(_, is_folder)| *is_folder);
        let mut removed = false;
        for (name, _) in files {
            let path = folder.join(&name);
            if path != self.path(LOCK) && meant(&name.to_string_lossy()) {
                disk.remove(&path).map_err(|why| failed(&path, &why))?;
                removed = true;
            }
        }
        if removed {
            disk.sync(folder).map_err(|why| failed(folder, &why))?;
        }
        for (name, _) in folders {
            let path = folder.join(&name);
            self.clear_folder(&path, meant)?;
            if disk.list(&path).map_err(|why| unread(&path, &why))?.is_empty() {
                disk.remove_folder(&path).map_err(|why| failed(&path, &why))?;
            }
        }
        Ok(())
    }
}
