//! Configuration of a study: typed, checked, layered, and enough by itself to run it again.
//!
//! A study has a struct of its settings and a table of [`Key`]s, which say what each setting means and what it may be.
//! From the table come the flags, `--help`, the check of every value, and a cure in every refusal. The values are layered:
//! ```text
//! defaults of the scale ← --config FILE ← --set KEY=VALUE ← flags
//! ```

mod bounded;
mod engine;
mod flags;
mod folder;
mod identity;
mod key;
mod layers;
mod natural_order;
mod shared;

pub use engine::{Admits, EngineConfig};
pub use flags::flags;
pub use folder::Folder;
pub use identity::Files;
pub use key::{Decides, Key, Kind};
pub(crate) use layers::{Given, Said, is_table, read_toml};
pub use layers::{Layers, Resolved};
pub use natural_order::natural_order;
pub use shared::TrainingConfig;

use crate::echo;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How much work a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// In a minute or two on two cores.
    #[default]
    Usual,
    /// `--quick`: some seconds, to see that it runs.
    Quick,
    /// `--paper`: what a paper did; minutes to hours, as `--help` says.
    Paper,
}

impl Scale {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Usual, Self::Quick, Self::Paper];

    /// As in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Quick => "quick",
            Self::Paper => "paper",
        }
    }

    /// What is usual, or what is with `--quick`.
    pub fn or_quick<T>(self, usual: T, quick: T) -> T {
        if self == Self::Quick { quick } else { usual }
    }

    /// What a report ends with: nothing, or that it is too short to conclude from.
    pub fn warning(self) -> &'static str {
        self.or_quick("", "\nThis was --quick: too short to conclude from.\n")
    }
}

/// The settings of a study: what decides its results, and nothing else.
///
/// Its TOML form has exactly the [`keys`](Self::keys), a dot in a key's name being a table. The keys of the [`EngineConfig`]
/// are added for every study.
pub trait Settings: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// Every key, in the order of `--help`.
    fn keys() -> Vec<Key>;

    /// The values at a scale.
    fn at(scale: Scale) -> Self;

    /// What `--paper` is, with the time it takes; `None` if the study has no such scale.
    fn paper() -> Option<&'static str> {
        None
    }

    /// What no key can say alone.
    ///
    /// # Errors
    /// One line that names the keys and the cure.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// What the network admits of the settings of an engine.
    fn admits(&self) -> Admits {
        Admits::default()
    }
}

/// The keys of a study and of its engine.
pub(crate) fn all_keys<S: Settings>() -> Vec<Key> {
    S::keys().into_iter().chain(EngineConfig::keys()).collect()
}

/// # Errors
/// If one of the words of a list stands there twice; one line.
pub fn each_once(flag: &str, words: &[String]) -> Result<(), String> {
    match words.iter().enumerate().find(|(k, word)| words[..*k].contains(word)) {
        Some((_, word)) => Err(format!("--{flag}: `{}` is named twice", echo(word))),
        None => Ok(()),
    }
}

/// The TOML table of `settings`.
pub(crate) fn table<S: Settings>(settings: &S) -> toml::Table {
    toml::Table::try_from(settings).expect("settings are numbers, words and lists of them")
}

/// The value of a dotted key.
pub(crate) fn lookup<'a>(table: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    let mut parts = key.split('.');
    let first = table.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// "; did you mean `…`?", or nothing.
pub fn hint<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    models::nearest(word, names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// A value without quotes around words.
pub(crate) fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::String(word) => word.clone(),
        toml::Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string().replace('\n', " "),
    }
}

/// Sets the value of a dotted key.
pub(crate) fn put(table: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.into(), value);
        }
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
