//! `Manifest`: what a unit or a run wrote, which program computed it, and for what. It is written last, so it says that all is
//! there; a file that has other bytes than it lists is not believed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::{RunDir, json};
use crate::hash::long_hash;
use crate::{Stop, terminal};

/// The SHA-256 of files, by their names below the folder of the manifest.
pub(super) type Files = BTreeMap<String, String>;

/// The versions of the program that computed something: one, unless `--any-version` went on with another's work.
pub(super) type Versions = BTreeSet<String>;

/// What a unit or a run wrote, which program computed it, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// Which programs computed it.
    pub versions: Versions,
    /// The SHA-256 of the configuration that decides the results.
    pub config: String,
    /// The unit; empty for a run, and for a unit that is the whole run.
    pub unit: String,
    /// What was written.
    pub files: Files,
    /// The SHA-256 of the above, so that a damaged manifest is none.
    seal: String,
}

impl Manifest {
    /// Of what `versions` computed of `unit`, for the configuration `identity`.
    pub(super) fn new(versions: Versions, identity: &str, unit: &str, files: Files) -> Self {
        let config = long_hash(identity.as_bytes());
        let mut manifest = Self { versions, config, unit: unit.into(), files, seal: String::new() };
        manifest.seal = manifest.sealed();
        manifest
    }

    fn sealed(&self) -> String {
        long_hash(json(&Self { seal: String::new(), ..self.clone() }).as_bytes())
    }

    /// The one in the file `name`; `None` if it is not there or, which is said, damaged.
    ///
    /// # Errors
    /// Failed, if it cannot be read.
    pub(super) fn read(dir: &RunDir, name: &str) -> Result<Option<Self>, Stop> {
        let Some(bytes) = dir.bytes(name)? else { return Ok(None) };
        let manifest = serde_json::from_slice(&bytes).ok().filter(|manifest: &Self| manifest.seal == manifest.sealed());
        if manifest.is_none() {
            let path = dir.path(name);
            terminal::say(&format!("warning: {} is damaged; what it lists counts as not finished", path.display()));
        }
        Ok(manifest)
    }

    /// Checks that it is of `unit`, of the configuration `identity` and of this program; `at` says where it lies.
    ///
    /// # Errors
    /// Refused, with what it is of.
    pub(super) fn fits(
        &self,
        at: &dyn Display,
        (identity, unit): (&str, &str),
        (ours, any): (&str, bool),
    ) -> Result<(), Stop> {
        if self.unit != unit || self.config != long_hash(identity.as_bytes()) {
            return Err(Stop::Refused(format!(
                "{at} holds the results of another run or training; put the right ones there, or start over with --force"
            )));
        }
        same_version(at, &self.versions, ours, any)
    }
}

/// Checks that what lies `at` a place was computed by our version alone, if not `any` will do.
///
/// # Errors
/// Refused, with both versions and the cure.
pub(super) fn same_version(at: &dyn Display, theirs: &Versions, ours: &str, any: bool) -> Result<(), Stop> {
    if any || theirs.iter().eq([ours]) {
        return Ok(());
    }
    let theirs: Vec<_> = theirs.iter().map(String::as_str).collect();
    Err(Stop::Refused(format!(
        "{at} was computed by version {}, this is {ours}; use that one, or take it nevertheless with --any-version, or start over with --force",
        theirs.join(" and ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::storage::FaultyDisk;

    fn manifest() -> Manifest {
        let files = [("a.txt", "1"), ("b/c.txt", "2")].map(|(name, hash)| (name.into(), hash.into()));
        Manifest::new(["1 (a)".into()].into(), "a = 1\n", "rnn", files.into())
    }

    #[test]
    fn a_manifest_with_any_bit_flipped_is_none() {
        let out = crate::run::tests::folder();
        let dir = RunDir::open_on(FaultyDisk::sound(), out.path()).expect("opened");
        let whole = json(&manifest());
        dir.write("m.json", &whole).expect("written");
        assert_eq!(Manifest::read(&dir, "m.json"), Ok(Some(manifest())));
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            dir.write("m.json", bytes).expect("written");
            let read = Manifest::read(&dir, "m.json").expect("readable");
            // A flipped bit between the values may leave all of them as they were.
            assert!(read.is_none_or(|read| read == manifest()), "bit {bit}");
        }
        assert_eq!(Manifest::read(&dir, "none.json"), Ok(None));
    }

    #[test]
    fn what_is_of_another_version_configuration_or_unit_is_refused() {
        let fits = |of, version| manifest().fits(&"runs/a", of, version);
        assert_eq!(fits(("a = 1\n", "rnn"), ("1 (a)", false)), Ok(()));
        assert_eq!(fits(("a = 1\n", "rnn"), ("1 (b)", true)), Ok(()));
        let line = fits(("a = 1\n", "rnn"), ("1 (b)", false)).expect_err("another version").to_string();
        for word in ["runs/a", "1 (a)", "1 (b)", "--any-version", "--force"] {
            assert!(line.contains(word), "{line}");
        }
        for of in [("a = 2\n", "rnn"), ("a = 1\n", "lstm")] {
            assert_eq!(fits(of, ("1 (a)", true)).expect_err("another").code(), 2);
        }
        let both = ["1 (a)".into(), "1 (b)".into()].into();
        assert!(same_version(&"runs/a", &both, "1 (b)", false).is_err(), "computed by two");
    }
}
