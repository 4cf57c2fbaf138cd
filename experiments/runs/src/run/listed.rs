//! `Listed`: the hashes of what was written in a folder and in those within.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::manifest::Files;
use crate::hash::long_hash;

/// The hashes of what was written in a folder and in those within, shared by all that write there.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    files: Arc<Mutex<Files>>,
    /// What stands before the names of this folder in `files`.
    prefix: String,
}

impl Listed {
    /// The same for the folder `name` within.
    pub(super) fn below(&self, name: &str) -> Self {
        Self { prefix: format!("{}{name}/", self.prefix), ..self.clone() }
    }

    /// The hash of the file `name`, if it is listed.
    pub(super) fn hash(&self, name: &str) -> Option<String> {
        self.locked().get(&self.full(name)).cloned()
    }

    /// Lists a file that has these contents.
    pub(super) fn insert(&self, name: &str, contents: &[u8]) {
        self.locked().insert(self.full(name), long_hash(contents));
    }

    /// Lists `files`.
    pub(super) fn extend(&self, files: &Files) {
        self.locked().extend(files.iter().map(|(name, hash)| (self.full(name), hash.clone())));
    }

    /// Takes the file `name` out.
    pub(super) fn remove(&self, name: &str) {
        self.locked().remove(&self.full(name));
    }

    /// Takes all out.
    pub(super) fn clear(&self) {
        self.locked().clear();
    }

    /// All files, also of folders above.
    pub(super) fn all(&self) -> Files {
        self.locked().clone()
    }

    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn locked(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
