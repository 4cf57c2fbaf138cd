//! The program of a study: its command line, and its `main`.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use models::Registry;

use crate::cli::{self, Common};
use crate::run::{Finished, json};
use crate::settings::{Kind, Layers, Resolved, Settings, flags};
use crate::study::{Asks, Study, run_one};
use crate::{Stop, interrupt, sweep, terminal};

/// What every program says about how it ends.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed after the start, 2 refused before it, 3 training diverged,
130 interrupted: the same command goes on from what is kept.";

/// A study's `main`: parses the command line, listens for Ctrl-C, runs, and says how it ended.
pub fn main(study: &impl Study) -> ExitCode {
    interrupt::listen();
    crate::stop::exit(run(study, std::env::args_os()))
}

/// Runs `study` as the command line `command` says; the first word is the program's.
///
/// # Errors
/// A [`Stop`], whose exit code says whether anything was begun.
pub fn run<S: Study>(study: &S, command: impl IntoIterator<Item = OsString>) -> Result<(), Stop> {
    let Some(matches) = cli::parse(clap_command(study), command)? else { return Ok(()) };
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
    let questions = questions(study, &matches);
    if !questions.is_empty() {
        return ask(study, &common, &resolved, &questions);
    }
    common.with_threads(|threads| {
        let finished = run_one(study, &common, &resolved, threads, true)?;
        let text = if common.json { json(&finished.result) } else { report(&finished) };
        terminal::print(&text)
    })
}

fn clap_command<S: Study>(study: &S) -> Command {
    let about = study.about();
    let long = format!("{}\n\n{}", about.sentence, about.more);
    let command = Command::new(study.name()).version(crate::run::release());
    // What a program is about is said last: `augment_args` says what the flags are about.
    let command = Common::augment_args(flags(command, |scale| study.defaults(scale)))
        .about(about.sentence)
        .long_about(long.trim_end().to_owned())
        .after_help(format!("Examples:\n{}\n\n{EXIT_CODES}", about.examples));
    let Some(Asks { flag, value, help }) = study.asks() else { return command };
    let asks = Arg::new(flag).long(flag).value_name(value).help(help).help_heading("The trained model");
    // What ends without a model has no answer.
    let without = ["json", "sweep", "print_config", "list_cells"];
    command.arg(asks.action(ArgAction::Append).allow_hyphen_values(true).conflicts_with_all(without))
}

fn questions<S: Study>(study: &S, matches: &ArgMatches) -> Vec<String> {
    let asked = study.asks().and_then(|asks| matches.get_many::<String>(asks.flag));
    asked.into_iter().flatten().cloned().collect()
}

/// Prints the answers of the run's model, which is trained first if it is not there.
fn ask<S: Study>(
    study: &S,
    common: &Common,
    resolved: &Resolved<S::Settings>,
    questions: &[String],
) -> Result<(), Stop> {
    let input = study.open(resolved)?;
    let flag = study.asks().map_or("", |asks| asks.flag);
    for question in questions {
        study.admit(resolved, &input, question).map_err(|why| Stop::Refused(format!("--{flag}: {why}")))?;
    }
    common.with_threads(|threads| {
        let Finished { dir, .. } = run_one(study, common, resolved, threads, true)?;
        let answers: Result<Vec<_>, _> = questions.iter().map(|q| study.answer(resolved, &input, &dir, q)).collect();
        terminal::print(&answers?.join("\n"))
    })
}

/// What a run found: its text, and where its figures are.
fn report(finished: &Finished) -> String {
    let mut text = format!("{}\nFigures, each with its CSV beside it:\n", finished.report);
    for figure in &finished.result.figures {
        text += &format!("  {}\n", finished.dir.path(figure).display());
    }
    text
}
