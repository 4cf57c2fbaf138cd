//! `docs/results.md`: every paper's published numbers and ours, from the results that are kept.

use std::path::{Path, PathBuf};

use super::kept::{Found, Kept, overall, shown};
use super::paper::{Deviation, Paper};
use super::{Config, Reproduce};
use crate::Stop;
use crate::settings::{Layers, Resolved, Scale};

/// The folder of the built-in papers.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("papers")
}

/// Where the page is.
pub(super) fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results.md")
}

/// The names of the built-in papers' experiments, in order: `PAPER/EXPERIMENT`.
pub(super) fn names() -> Result<Vec<String>, Stop> {
    let read = |at: &Path| {
        let failed = |why: std::io::Error| Stop::Refused(format!("{}: {why}", at.display()));
        let entries = std::fs::read_dir(at).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
        Ok::<_, Stop>(entries.into_iter().map(|entry| entry.path()).collect::<Vec<_>>())
    };
    let mut names = Vec::new();
    for paper in read(&folder())?.into_iter().filter(|path| path.is_dir()) {
        for file in read(&paper)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "toml")) {
            let name = file.with_extension("");
            names.push(name.strip_prefix(folder()).unwrap_or(&name).to_string_lossy().replace('\\', "/"));
        }
    }
    names.sort();
    Ok(names)
}

/// Where the file of a built-in paper is.
pub(super) fn file(name: &str) -> PathBuf {
    folder().join(format!("{name}.toml"))
}

/// A paper's file resolved as a run of it would be, the paper, and what is kept of it.
pub(super) fn looked_up(name: &str, scale: Scale) -> Result<(Resolved<Config>, Paper, Option<Kept>), Stop> {
    let path = file(name);
    let mut layers = Layers::default();
    layers.sets = vec![format!("file={}", path.display())];
    layers.scale = Some(scale);
    let resolved = layers.resolve("reproduce", |_| Config::default())?;
    let paper = super::paper_of(&resolved)?.0;
    let kept = Kept::read(&path)?;
    Ok((resolved, paper, kept))
}

impl Reproduce {
    /// The page.
    ///
    /// # Errors
    /// Refused, if a file cannot be read, or a result is one of another protocol than the file has now.
    pub fn page() -> Result<String, Stop> {
        let mut page = "# Published numbers and ours\n\n\
                        Made by `cargo run --release -p experiments --bin reproduce -- --table` from the results in \
                        `experiments/papers`. [Add a paper](how_to_paper.md) says how a file becomes a row.\n\n\
                        A result is *reproduced* if it is within the tolerance that the file had before the first run, of the \
                        *same order* if it is within a factor of 3, and else *not reproduced*; what failed stays here. A seed \
                        fails if it reaches the cap, or its training diverges. Intervals are over seeds.\n\n"
            .to_owned();
        for name in names()? {
            let (resolved, paper, Some(kept)) = looked_up(&name, Scale::Usual)? else { continue };
            if kept.identity != resolved.id {
                let path = Kept::path(&file(&name));
                let why = "it is the result of another protocol than the paper's file has; run the paper with --keep";
                return Err(Stop::Refused(format!("{}: {why}", path.display())));
            }
            page += &section(&name, &paper, &kept);
        }
        Ok(page.trim_end().to_owned() + "\n")
    }

    /// A line for each built-in paper.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub fn list() -> Result<String, Stop> {
        let mut list = String::new();
        for name in names()? {
            let (resolved, paper, kept) = looked_up(&name, Scale::Usual)?;
            let kept = kept.filter(|kept| kept.identity == resolved.id);
            let verdict =
                kept.map_or_else(|| "not run".into(), |kept| overall(&kept.found(&paper, Scale::Usual)).to_string());
            list += &format!("{name:32}  {:>5} min  {verdict:19}  {}\n", paper.minutes, paper.source);
        }
        Ok(list)
    }
}

fn section(name: &str, paper: &Paper, kept: &Kept) -> String {
    let found: Vec<Found> = kept.found(paper, Scale::Usual);
    let Paper { source, question, tolerance, deviations, .. } = paper;
    let mut text = format!("## {name}: {}\n\n{source}\n\n{question}\n\n{}\n\n", overall(&found), shown(&found));
    text += &format!(
        "Tolerance {} %; {} minutes of one core; version {}.\n\n",
        100.0 * tolerance,
        kept.core_minutes,
        kept.version
    );
    if !deviations.is_empty() {
        text += "Not as in the paper:\n\n";
    }
    for Deviation { what, because } in deviations {
        text += &format!("- {what}, because {because}.\n");
    }
    text + if deviations.is_empty() { "" } else { "\n" }
}
