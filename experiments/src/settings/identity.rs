//! `Files`: what the settings name outside of themselves, read once, so that what is hashed is what is used.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::{Key, Kind, lookup, put};
use crate::{Stop, loaders};

/// The contents of the files that the settings name, by key.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<&'static str, File>);

#[derive(Clone, Debug)]
struct File {
    place: String,
    name: String,
    contents: Vec<u8>,
}

impl Files {
    /// # Errors
    /// Refused, if one cannot be read.
    pub(super) fn read(keys: &[Key], values: &Table, places: &[(String, String)]) -> Result<Self, Stop> {
        let mut files = BTreeMap::new();
        for key in keys.iter().filter(|key| key.kind == Kind::File) {
            let path = match lookup(values, key.name) {
                Some(Value::String(path)) if !path.is_empty() => Path::new(path),
                _ => continue,
            };
            let place = places.iter().rfind(|(named, _)| named == key.name);
            let place = place.map_or_else(|| key.name.to_owned(), |(_, place)| place.clone());
            let contents = std::fs::read(path)
                .map_err(|why| Stop::Refused(format!("{place}: cannot read {}: {why}", path.display())))?;
            let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into());
            files.insert(key.name, File { place, name, contents });
        }
        Ok(Self(files))
    }

    /// The name and the contents of the file that `key` names, if it names one.
    pub fn bytes(&self, key: &str) -> Option<(&str, &[u8])> {
        self.0.get(key).map(|file| (file.name.as_str(), file.contents.as_slice()))
    }

    /// The name and the text of the file that `key` names, if it names one; see [`loaders::text`].
    ///
    /// # Errors
    /// Refused, if it is empty or not UTF-8, with the line.
    pub fn text(&self, key: &str) -> Result<Option<(&str, String)>, Stop> {
        let Some(file) = self.0.get(key) else { return Ok(None) };
        let text = loaders::text::parse(&file.name, file.contents.clone());
        text.map(|text| Some((file.name.as_str(), text))).map_err(|why| self.refuse(key, why))
    }

    /// A refusal of what `key` names, with the place where it was named.
    pub fn refuse(&self, key: &str, why: impl std::fmt::Display) -> Stop {
        let place = self.0.get(key).map_or(key, |file| file.place.as_str());
        Stop::Refused(format!("{place}: {why}"))
    }

    /// The configuration with each file's name and SHA-256 in place of its path.
    pub(super) fn fingerprint(&self, keys: &[Key], toml: &str) -> String {
        if self.0.is_empty() {
            return toml.into();
        }
        let mut values: Table = toml::from_str(toml).expect("our own TOML");
        for key in keys {
            if let Some(file) = self.0.get(key.name) {
                let hash: String = Sha256::digest(&file.contents).iter().map(|byte| format!("{byte:02x}")).collect();
                put(&mut values, key.name, Value::String(format!("{} {hash}", file.name)));
            }
        }
        values.to_string()
    }
}
