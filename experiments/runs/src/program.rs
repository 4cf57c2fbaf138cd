//! The program of a study: its command line, and its `main`.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Arg, ArgAction, Args, Command, FromArgMatches};
use models::Registry;

use crate::cli::{self, Common};
use crate::run::{Finished, json};
use crate::settings::{Kind, Layers, Settings, flags};
use crate::study::{Study, run_one};
pub use crate::terminal::print;
use crate::{Stop, ask, interrupt, sweep, terminal};

/// What every program says about how it ends.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed after the start, 2 refused before it, 3 training diverged,
130 interrupted: the same command goes on from what is kept.";

/// What `--help` shows besides the study's own settings.
const SHOWN: [&str; 7] = ["quick", "paper", "ask", "out", "help", "help_all", "version"];

/// A study's `main`: parses the command line, listens for Ctrl-C, runs, and says how it ended.
pub fn main(study: &impl Study) -> ExitCode {
    end(|| run(study, std::env::args_os()))
}

/// The `main` of a program that is more than one study: listens for Ctrl-C, does `work`, and says how it ended.
pub fn end(work: impl FnOnce() -> Result<(), Stop>) -> ExitCode {
    interrupt::listen();
    crate::stop::exit(work())
}

/// Runs `study` as the command line `command` says; the first word is the program's.
///
/// # Errors
/// A [`Stop`], whose exit code says whether anything was begun.
pub fn run<S: Study>(study: &S, command: impl IntoIterator<Item = OsString>) -> Result<(), Stop> {
    let command: Vec<OsString> = command.into_iter().collect();
    let Some(matches) = cli::parse(clap_command(study), command.iter().cloned())? else { return Ok(()) };
    let common = Common::from_arg_matches(&matches).map_err(|why| Stop::Refused(why.to_string()))?;
    let layers = Layers::from_matches::<S::Settings>(&matches);
    if common.list_cells {
        let choice = S::Settings::keys().iter().any(|key| matches!(key.kind, Kind::Cell | Kind::Cells));
        let builtin = choice.then(Registry::builtin);
        let Some(registry) = study.registry().or(builtin.as_ref()) else {
            return terminal::print("this study has no choice of cells\n");
        };
        return terminal::print(&cli::cell_list(registry));
    }
    if common.sweep.is_some() {
        return sweep::run(study, &common, &layers);
    }
    let resolved = layers.resolve(study.name(), |scale| study.defaults(scale))?;
    if common.print_config {
        return terminal::print(&resolved.toml);
    }
    let asked = ask::asked(study, &matches);
    if !asked.is_empty() {
        return ask::run(study, &common, &resolved, &asked, &command);
    }
    if let (Some(text), false) = (study.known(&resolved)?, common.force) {
        return terminal::print(&text);
    }
    common.with_threads(|threads| {
        let finished = run_one(study, &common, &resolved, threads, true)?;
        let text = if common.json { json(&finished.result) } else { report(&finished) };
        terminal::print(&text)
    })
}

/// The flags. `--help` shows those of the study, `--help-all` the others, too, which all studies share.
fn clap_command<S: Study>(study: &S) -> Command {
    let about = study.about();
    let long = format!("{}\n\n{}", about.sentence, about.more);
    let after = format!("Examples:\n{}\n\n{EXIT_CODES}", about.examples);
    let ending = |name: &'static str, long: &'static str, action, help: &'static str| {
        Arg::new(name).long(long).action(action).help(help).help_heading("Help")
    };
    let command = Command::new(study.name()).version(crate::run::release());
    let command = command.disable_help_flag(true).disable_version_flag(true);
    // What a program is about is said last: `augment_args` says what the flags are about.
    let command = Common::augment_args(flags(command, |scale| study.defaults(scale)))
        .about(long.trim_end().to_owned())
        .after_help(format!("{after}\n\n--help-all shows the options that all studies share, too."))
        .after_long_help(after)
        .args(study.asks().map(ask::arg))
        .args([
            ending("help", "help", ArgAction::HelpShort, "Show the options of this study and end").short('h'),
            ending("help_all", "help-all", ArgAction::HelpLong, "Show every option and end"),
            ending("version", "version", ArgAction::Version, "Print the version and end").short('V'),
        ]);
    let keys = S::Settings::keys();
    command.mut_args(|arg| {
        let id = arg.get_id().as_str();
        let is_own = SHOWN.contains(&id) || keys.iter().any(|key| key.name == id);
        arg.hide_short_help(!is_own)
    })
}

/// What a run found: its text, and where its figures are.
fn report(finished: &Finished) -> String {
    let mut text = finished.report.clone();
    if !finished.result.figures.is_empty() {
        text += "\nFigures, each with its CSV beside it:\n";
    }
    for figure in &finished.result.figures {
        text += &format!("  {}\n", finished.dir.path(figure).display());
    }
    text
}
