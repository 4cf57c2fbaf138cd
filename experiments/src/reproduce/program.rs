//! The program: one paper by name or file, all of them, the list, the table.

use std::ffi::OsString;
use std::process::ExitCode;

use super::{Reproduce, page};
use crate::settings::hint;
use crate::{Stop, program};

impl Reproduce {
    /// The `main` of the program.
    pub fn main(self) -> ExitCode {
        program::end(|| self.obey(std::env::args_os().collect()))
    }

    /// Does what a command line says; the first word is the program's.
    ///
    /// # Errors
    /// As [`program::run`]; of several papers, the first error, after all others were tried.
    pub fn obey(mut self, mut words: Vec<OsString>) -> Result<(), Stop> {
        let mut taken = |flag: &str| {
            let before = words.len();
            words.retain(|word| word != flag);
            words.len() < before
        };
        let (keep, all, table) = (taken("--keep"), taken("--all"), taken("--table"));
        self.keep = keep;
        if table {
            let (page, place) = (Self::page()?, page::place());
            let failed = |why| Stop::Failed(format!("{}: {why}", place.display()));
            return std::fs::write(&place, page).map_err(failed);
        }
        // With --sweep it is the list of a sweep's runs.
        if words.iter().any(|word| word == "--list") && !words.iter().any(|word| word == "--sweep") {
            return program::print(&Self::list()?);
        }
        let names = page::names()?;
        if !all {
            return program::run(&self, named(words, &names)?);
        }
        let mut first = Ok(());
        for name in &names {
            program::print(&format!("== {name}\n"))?;
            let mut words = words.clone();
            words.insert(1.min(words.len()), page::file(name).into());
            let ended = program::run(&self, words);
            if matches!(ended, Err(Stop::Interrupted(_))) {
                return ended;
            }
            first = first.and(ended.map_err(|why| why.of(name)));
        }
        first
    }
}

/// The words, each name of a paper being the path of its file.
fn named(mut words: Vec<OsString>, names: &[String]) -> Result<Vec<OsString>, Stop> {
    for word in words.iter_mut().skip(1) {
        if let Some(name) = names.iter().find(|name| *word == ***name) {
            *word = page::file(name).into();
        }
    }
    match words.get(1).and_then(|word| word.to_str()) {
        Some(word) if !word.starts_with('-') && !std::path::Path::new(word).exists() => {
            let meant = hint(word, names.iter().map(String::as_str));
            Err(Stop::Refused(format!(
                "{}: there is no such paper and no such file{meant}; --list shows the papers",
                crate::echo(word)
            )))
        }
        _ => Ok(words),
    }
}
