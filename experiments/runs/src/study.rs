//! `Study`: a question that a program answers by a run; and the program's `main`.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use models::Registry;

use crate::cli::{self, Common};
use crate::run::{Findings, Run, RunDir, RunResult, Status, json};
use crate::settings::{Layers, Resolved, Scale, Settings, flags};
use crate::{Stop, interrupt, sweep};

/// A question that a program answers by a run; and the program's `main`.
///
/// A study says what its settings are, what it needs from outside, and what it finds. All else is done here, once for all:
/// the layers of its configuration, the run directory, resuming, progress, sweeps, the exit code.
pub trait Study: Sync {
    /// What decides its results.
    type Settings: Settings;

    /// What is read and made from the settings and their files before anything is written.
    type Input: Sync;

    /// Its name: of the program, and of the folder of its runs.
    fn name(&self) -> &'static str;

    /// What `--help` says: a sentence, then more, then examples.
    fn about(&self) -> About;

    /// The cells there are, for `--list-cells`.
    fn registry(&self) -> Option<&Registry> {
        None
    }

    /// The settings where nobody says otherwise.
    fn defaults(&self, scale: Scale) -> Self::Settings {
        Self::Settings::at(scale)
    }

    /// Reads and checks what the settings need.
    ///
    /// # Errors
    /// Refused, with the setting and the cure.
    fn open(&self, resolved: &Resolved<Self::Settings>) -> Result<Self::Input, Stop>;

    /// Trains, measures, writes CSV files, and draws the figures from these.
    ///
    /// # Errors
    /// As the run's methods; diverged, if nothing was found because training diverged.
    fn run(&self, resolved: &Resolved<Self::Settings>, input: &Self::Input, run: &Run) -> Result<Findings, Stop>;

    /// What a user may ask of the trained model, if anything. It is no setting: asking changes no result, and a run that is
    /// done answers at once.
    fn asks(&self) -> Option<Asks> {
        None
    }

    /// Checks a question before anything is trained for it.
    ///
    /// # Errors
    /// Refused, with what is wrong; the caller knows the flag.
    fn admit(&self, _: &Resolved<Self::Settings>, _: &Self::Input, _question: &str) -> Result<(), String> {
        Ok(())
    }

    /// What the model of a finished run, in `dir`, answers to a question that was admitted.
    ///
    /// # Errors
    /// Failed, if the model is not there.
    fn answer(
        &self,
        _: &Resolved<Self::Settings>,
        _: &Self::Input,
        _dir: &RunDir,
        _question: &str,
    ) -> Result<String, Stop> {
        Ok(String::new())
    }
}

/// A flag that asks the trained model something; it may be given several times.
#[derive(Clone, Copy, Debug)]
pub struct Asks {
    /// Its name, without the dashes.
    pub flag: &'static str,
    /// What stands for the question in `--help`.
    pub value: &'static str,
    /// What is answered.
    pub help: &'static str,
}

/// The texts of `--help`.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// What it shows, in a sentence.
    pub sentence: &'static str,
    /// How, and after whom; may be empty.
    pub more: &'static str,
    /// Commands, a line each with what it does.
    pub examples: &'static str,
}

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
        let Some(registry) = study.registry() else { return cli::print("this study has no choice of cells\n") };
        return cli::print(&cli::cell_list(registry));
    }
    if common.sweep.is_some() {
        return sweep::run(study, &common, &layers);
    }
    let resolved = layers.resolve(study.name(), |scale| study.defaults(scale))?;
    if common.print_config {
        return cli::print(&resolved.toml);
    }
    let questions = questions(study, &matches);
    if !questions.is_empty() {
        return ask(study, &common, &resolved, &questions);
    }
    common.with_threads(|threads| {
        let result = run_one(study, &common, &resolved, threads, true)?;
        let text = if common.json { json(&result) } else { report(study, &common, &result)? };
        cli::print(&text)
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
        run_one(study, common, resolved, threads, true)?;
        let dir = RunDir::open(&common.out, study.name(), &resolved.id)?;
        let answers: Result<Vec<_>, _> = questions.iter().map(|q| study.answer(resolved, &input, &dir, q)).collect();
        cli::print(&answers?.join("\n"))
    })
}

/// What `run` found in the directory of a run that is done: its text, and where its figures are.
fn report<S: Study>(study: &S, common: &Common, result: &RunResult) -> Result<String, Stop> {
    let root = common.out.join(study.name()).join(&result.id);
    let path = root.join("report.txt");
    let mut text = std::fs::read_to_string(&path)
        .map_err(|why| Stop::Failed(format!("reading {}: {why}; --force runs it again", path.display())))?;
    text += "\nFigures, each with its CSV beside it:\n";
    for figure in &result.figures {
        text += &format!("  {}\n", root.join(figure).display());
    }
    Ok(text)
}

/// One run to its end, or what an earlier start of it found.
pub(crate) fn run_one<S: Study>(
    study: &S,
    common: &Common,
    resolved: &Resolved<S::Settings>,
    threads: usize,
    progress: bool,
) -> Result<RunResult, Stop> {
    let input = study.open(resolved)?;
    let dir = RunDir::open(&common.out, study.name(), &resolved.id)?;
    if common.force {
        dir.clear()?;
    } else if let Some(result) = finished(&dir) {
        if progress {
            cli::say("done before; --force runs it again");
        }
        return Ok(result);
    }
    let run = Run::begin(dir, (&resolved.toml, &resolved.identity), threads, common.keeping(), progress)?;
    let run = run.by(resolved.engine.clone());
    if progress {
        let place = run.dir().root().display();
        run.say(&format!("{}: {place}, {} scale, {threads} threads", study.name(), resolved.scale.name()));
    }
    let found = study.run(resolved, &input, &run);
    let result = |status, why, numbers| RunResult {
        study: study.name().into(),
        id: resolved.id.clone(),
        status,
        why,
        numbers,
        weights_sha256: run.weights(),
        figures: run.figures(),
    };
    match found {
        Ok(Findings { numbers, text }) => {
            run.dir().write("report.txt", &text)?;
            let result = result(Status::Done, None, numbers);
            run.dir().write("result.json", json(&result))?;
            Ok(result)
        }
        Err(stop) => {
            let status = match stop {
                Stop::Interrupted(_) => Status::Interrupted,
                Stop::Diverged(_) => Status::Diverged,
                Stop::Failed(_) | Stop::Refused(_) => Status::Failed,
            };
            let result = result(status, Some(stop.to_string()), Default::default());
            // The first error is the one to tell.
            let _ = run.dir().write("result.json", json(&result));
            Err(stop)
        }
    }
}

/// The result of a run that is done, its report and its figures there.
pub(crate) fn finished(dir: &RunDir) -> Option<RunResult> {
    let result: RunResult = serde_json::from_str(&dir.read("result.json")?).ok()?;
    let there = result.figures.iter().all(|figure| dir.path(figure).exists()) && dir.path("report.txt").exists();
    (result.status == Status::Done && there).then_some(result)
}
