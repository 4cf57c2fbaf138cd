//! `Files`: what the settings name outside of themselves, files and folders, read once, so that what is hashed is what is used.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::{Folder, Key, Kind, Scale, bounded, lookup, put};
use crate::{Stop, echo};

/// The most MiB of a file, as of a folder.
pub(super) const MOST: u64 = 1024;

/// The contents of the files and folders that the settings name, by key.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<&'static str, Named>);

/// What a key names, and where it was named.
#[derive(Clone, Debug)]
struct Named {
    place: String,
    found: Found,
}

#[derive(Clone, Debug)]
enum Found {
    File(String, Vec<u8>),
    Folder(Folder),
}

impl Files {
    /// # Errors
    /// Refused, if one cannot be read.
    pub(super) fn read(keys: &[Key], values: &Table, places: &[(String, String)]) -> Result<Self, Stop> {
        let mut files = BTreeMap::new();
        for key in keys.iter().filter(|key| matches!(key.kind, Kind::File | Kind::Folder)) {
            let path = match lookup(values, key.name) {
                Some(Value::String(path)) if !path.is_empty() => Path::new(path),
                _ => continue,
            };
            let place = places.iter().rfind(|(named, _)| named == key.name);
            let place = place.map_or_else(|| key.name.to_owned(), |(_, place)| place.clone());
            let found = if key.kind == Kind::Folder { Folder::read(path).map(Found::Folder) } else { read(path) };
            let found = found.map_err(|why| Stop::Refused(format!("{place}: {why}")))?;
            files.insert(key.name, Named { place, found });
        }
        Ok(Self(files))
    }

    /// The name and the contents of the file that `key` names, if it names one.
    pub fn bytes(&self, key: &str) -> Option<(&str, &[u8])> {
        match &self.0.get(key)?.found {
            Found::File(name, contents) => Some((name, contents)),
            Found::Folder(_) => None,
        }
    }

    /// The name of the file that `key` names, if it names one, and what `parse` reads in it.
    ///
    /// # Errors
    /// Refused, with what `parse` says.
    pub fn parse<'a, F, E: std::fmt::Display>(
        &'a self,
        key: &str,
        parse: impl FnOnce(&'a str, &'a [u8]) -> Result<F, E>,
    ) -> Result<Option<(&'a str, F)>, Stop> {
        let Some((name, contents)) = self.bytes(key) else { return Ok(None) };
        parse(name, contents).map(|found| Some((name, found))).map_err(|why| self.refuse(key, why))
    }

    /// What is in the folder that `key` names, if it names one.
    pub fn folder(&self, key: &str) -> Option<&Folder> {
        match &self.0.get(key)?.found {
            Found::Folder(folder) => Some(folder),
            Found::File(..) => None,
        }
    }

    /// A refusal of what `key` names, with the place where it was named.
    pub fn refuse(&self, key: &str, why: impl std::fmt::Display) -> Stop {
        let place = self.0.get(key).map_or(key, |named| named.place.as_str());
        Stop::Refused(format!("{place}: {why}"))
    }

    /// The configuration with the name and SHA-256 of each file and folder in place of its path.
    pub(super) fn fingerprint(&self, keys: &[Key], toml: &str, scale: Scale) -> String {
        if self.0.is_empty() {
            return toml.into();
        }
        let mut values: Table = toml::from_str(toml).expect("our own TOML");
        for key in keys {
            let (name, hash) = match self.0.get(key.name).map(|named| &named.found) {
                Some(Found::File(name, contents)) => {
                    let decides = key.decides.map(|decides| decides(contents, scale));
                    (name, hex(Sha256::digest(decides.as_ref().unwrap_or(contents)).into_iter()))
                }
                Some(Found::Folder(folder)) => (&folder.name, hex(folder.hash())),
                None => continue,
            };
            put(&mut values, key.name, Value::String(format!("{name} {hash}")));
        }
        values.to_string()
    }
}

fn read(path: &Path) -> Result<Found, String> {
    let contents = bounded::read(path, MOST).map_err(|why| format!("cannot read {}: {why}", echo(path.display())))?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
    Ok(Found::File(name, contents))
}

fn hex(bytes: impl Iterator<Item = u8>) -> String {
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
