//! `Layers`: where values come from, and the configuration they resolve to.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{EngineConfig, Files, Key, Scale, Settings, all_keys, bounded, hint, put, table};
use crate::hash::short_hash;
use crate::{Stop, echo};

/// The most MiB of a file of settings.
const MOST: u64 = 16;

/// What the user said, in order of precedence from the least to the greatest.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// `--set`, each `key=value`.
    pub sets: Vec<String>,
    /// Flags.
    pub(crate) flags: Vec<Said>,
    /// `--quick` or `--paper`.
    pub scale: Option<Scale>,
    /// A sweep's values for all of its runs, which stand between the file and `--set`.
    pub(crate) base: Vec<Said>,
    /// A sweep's values for one of its runs, which stand above all.
    pub(crate) point: Vec<Said>,
}

/// A configuration, each value of it known and in its range.
#[derive(Clone, Debug)]
pub struct Resolved<S> {
    /// How much work it is.
    pub scale: Scale,
    /// The settings.
    pub settings: S,
    /// How gradients are computed.
    pub engine: EngineConfig,
    /// The files that they name.
    pub files: Files,
    /// The canonical TOML: the scale and every key. As a `--config` it makes the same run.
    pub toml: String,
    /// The same with files by their names and contents, wherever they are: what decides the results.
    pub identity: String,
    /// The run's id: the identity's hash.
    pub id: String,
}

/// One value from outside, and where it stood.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub place: String,
    pub key: String,
    pub value: Given,
}

/// A value as it was given.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Word(String),
    Value(Value),
}

impl Layers {
    /// All layers on top of each other and of the `defaults`, checked.
    ///
    /// # Errors
    /// Refused, with the place, the key, what it may be and, where it is a slip, what was meant.
    pub fn resolve<S: Settings>(&self, study: &str, defaults: impl Fn(Scale) -> S) -> Result<Resolved<S>, Stop> {
        let keys = all_keys::<S>();
        let mut said = self.below_the_flags(study, &keys)?;
        let scale_named = said.iter().rposition(|s| s.key == "scale").map(|at| said.remove(at));
        said.retain(|s| s.key != "scale");
        let scale = match (self.scale, scale_named) {
            (Some(scale), _) => scale,
            (None, Some(said)) => scale_of::<S>(&said)?,
            (None, None) => Scale::Usual,
        };
        said.extend(self.flags.iter().chain(&self.point).cloned());

        let mut values = table(&defaults(scale));
        // Where each value came from, for what is only found out with all of them.
        let mut places: Vec<(String, String)> = Vec::new();
        for Said { place, key, value } in said {
            let known = keys.iter().find(|k| k.name == key).ok_or_else(|| {
                let names = keys.iter().map(|k| k.name);
                Stop::Refused(format!("{place}: no key `{}`{}", echo(&key), hint(&key, names)))
            })?;
            let value = match value {
                Given::Word(word) => known.parse(&word),
                Given::Value(value) => known.admit(value),
            };
            let separator = if place.starts_with("--") && !place.starts_with("--set") { " " } else { ": " };
            let shown = if separator == ": " { format!("`{key}` = ") } else { String::new() };
            put(&mut values, &key, value.map_err(|why| Stop::Refused(format!("{place}{separator}{shown}{why}")))?);
            places.push((key, place));
        }
        let of_engine = EngineConfig::keys().into_iter().filter_map(|key| values.remove_entry(key.name)).collect();
        let engine: EngineConfig = Value::Table(of_engine).try_into().expect("values that their keys admit");
        let settings: S = Value::Table(values.clone()).try_into().map_err(|why: toml::de::Error| {
            let why = why.to_string();
            let why = why.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
            // A key admits what its field does not.
            Stop::Refused(format!("configuration: {why}"))
        })?;
        settings.check().and_then(|()| engine.check(settings.admits())).map_err(Stop::Refused)?;
        let files = Files::read(&keys, &values, &places)?;
        let written = canonical::<S>(study, scale, &engine, &settings);
        let identity = files.fingerprint(&keys, &written, scale);
        let id = short_hash(&identity);
        Ok(Resolved { scale, settings, engine, files, toml: written, identity, id })
    }

    /// The file's values, a sweep's, and those of `--set`.
    fn below_the_flags(&self, study: &str, keys: &[Key]) -> Result<Vec<Said>, Stop> {
        let mut said = match &self.file {
            Some(path) => from_file(path, study, keys)?,
            None => Vec::new(),
        };
        said.extend(self.base.iter().cloned());
        for set in &self.sets {
            let Some((key, word)) = set.split_once('=') else {
                return Err(Stop::Refused(format!(
                    "--set {}: give KEY=VALUE, such as --set {}=…",
                    echo(set),
                    keys[0].name
                )));
            };
            let place = format!("--set {}", echo(set));
            said.push(Said { place, key: key.trim().into(), value: Given::Word(word.trim().into()) });
        }
        Ok(said)
    }
}

/// The study, the scale, what is set of the engine, and all settings.
fn canonical<S: Settings>(study: &str, scale: Scale, engine: &EngineConfig, settings: &S) -> String {
    let mut first = Table::new();
    first.insert("study".into(), Value::String(study.into()));
    first.insert("scale".into(), Value::String(scale.name().into()));
    let of = "settings are numbers, words and lists of them";
    let (engine, settings) = (toml::to_string(engine).expect(of), toml::to_string(settings).expect(of));
    format!("{first}{engine}{settings}")
}

fn scale_of<S: Settings>(said: &Said) -> Result<Scale, Stop> {
    let word = match &said.value {
        Given::Word(word) | Given::Value(Value::String(word)) => word.clone(),
        Given::Value(other) => other.to_string(),
    };
    let scales = Scale::ALL.into_iter().filter(|s| *s != Scale::Paper || S::paper().is_some());
    let names: Vec<&str> = scales.clone().map(Scale::name).collect();
    scales.into_iter().find(|s| s.name() == word).ok_or_else(|| {
        Stop::Refused(format!("{}: `scale` is '{}', not one of {}", said.place, echo(word), names.join(", ")))
    })
}

/// The values of a configuration file.
fn from_file(path: &Path, study: &str, keys: &[Key]) -> Result<Vec<Said>, Stop> {
    let mut said = read_toml(path, "--config", |key| is_table(keys, key))?;
    if let Some(at) = said.iter().position(|s| s.key == "study") {
        let named = said.remove(at);
        if !matches!(&named.value, Given::Value(Value::String(name)) if name == study) {
            return Err(Stop::Refused(format!("{}: this is not a configuration of {study}", named.place)));
        }
    }
    Ok(said)
}

/// Whether there are keys below `key`, and it is none itself.
pub(crate) fn is_table(keys: &[Key], key: &str) -> bool {
    let below = format!("{key}.");
    keys.iter().any(|k| k.name.starts_with(&below)) && keys.iter().all(|k| k.name != key)
}

/// The values of a TOML file in the order they stand there, by dotted key; `opens` says which keys are tables of others.
///
/// # Errors
/// Refused, if it cannot be read or is no TOML, with the line.
pub(crate) fn read_toml(path: &Path, flag: &str, opens: impl Fn(&str) -> bool) -> Result<Vec<Said>, Stop> {
    let shown = echo(path.display());
    let refuse = |why: String| Stop::Refused(format!("{flag} {shown}: {why}"));
    let bytes = bounded::read(path, MOST).map_err(|why| refuse(format!("cannot read it: {why}")))?;
    let text = String::from_utf8(bytes)
        .map_err(|why| refuse(format!("is not UTF-8 at byte {}", why.utf8_error().valid_up_to())))?;
    let line = |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count();
    let parsed = toml::de::DeTable::parse(&text).map_err(|why| {
        let at = why.span().map_or(1, |span| line(span.start));
        Stop::Refused(format!("{shown} line {at}: {}", why.message().replace('\n', " ")))
    })?;
    let mut said = Vec::new();
    let mut open = vec![(String::new(), parsed.get_ref())];
    while let Some((prefix, table)) = open.pop() {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let at = name.span().start;
            match value.get_ref() {
                toml::de::DeValue::Table(inner) if opens(&key) => open.push((format!("{key}."), inner)),
                other => {
                    let place = format!("{shown} line {}", line(at));
                    said.push((at, Said { place, key, value: Given::Value(owned(other)) }));
                }
            }
        }
    }
    said.sort_by_key(|(at, _)| *at);
    Ok(said.into_iter().map(|(_, said)| said).collect())
}

fn owned(value: &toml::de::DeValue<'_>) -> Value {
    use toml::de::DeValue;
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(b) => Value::Boolean(*b),
        DeValue::Datetime(d) => Value::Datetime(*d),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or_else(|_| Value::String(n.as_str().into()), Value::Integer)
        }
        DeValue::Float(x) => x.as_str().parse().map_or_else(|_| Value::String(x.as_str().into()), Value::Float),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| owned(item.get_ref())).collect()),
        DeValue::Table(inner) => {
            Value::Table(inner.iter().map(|(k, v)| (k.get_ref().to_string(), owned(v.get_ref()))).collect())
        }
    }
}
