//! `Study`: a question that a program answers by a run.

use models::Registry;

use crate::cli::Common;
use crate::run::{Findings, Finished, Run, RunDir, RunResult, Status, events_of_finished};
use crate::settings::{Resolved, Scale, Settings};
use crate::{Stop, counted, interrupt, terminal};

/// A question that a program answers by a run.
///
/// A study says what its settings are, what it needs from outside, and what it finds. All else is done once for all:
/// the layers of its configuration, the run directory, resuming, progress, sweeps, the exit code. Its `main` is
/// [`program::main`](crate::program::main).
///
/// ```
/// use models::Draws;
/// use runs::run::{Findings, Run};
/// use runs::settings::{Key, Kind, Resolved, Scale, Settings};
/// use runs::study::{About, Study};
/// use runs::{Stop, program};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Config {
///     points: usize,
///     seed: u64,
/// }
///
/// impl Settings for Config {
///     fn keys() -> Vec<Key> {
///         let points = Key::new("Drawing", "points", Kind::Count(1, 1_000_000), "Points in the unit square");
///         vec![points, Key::seed("What the points are drawn by")]
///     }
///
///     fn at(scale: Scale) -> Self {
///         Self { points: if scale == Scale::Quick { 100 } else { 10_000 }, seed: 1 }
///     }
/// }
///
/// /// What is π? Four times the share of the points that are in the quarter circle.
/// struct Pi;
///
/// impl Study for Pi {
///     type Settings = Config;
///     type Input = ();
///
///     fn name(&self) -> &'static str {
///         "pi"
///     }
///
///     fn about(&self) -> About {
///         About { sentence: "Estimate π by random points.", more: "", examples: "  pi --points 1000" }
///     }
///
///     fn open(&self, _: &Resolved<Config>) -> Result<(), Stop> {
///         Ok(())
///     }
///
///     fn run(&self, resolved: &Resolved<Config>, (): &(), run: &Run) -> Result<Findings, Stop> {
///         let Config { points, seed } = resolved.settings;
///         let mut draws = Draws::at(seed, "points", &[]);
///         let inside = (0..points).filter(|_| draws.uniform().hypot(draws.uniform()) < 1.0).count();
///         let pi = 4.0 * inside as f64 / points as f64;
///         run.csv("pi.csv", [(points, pi)])?;
///         Ok(Findings::new([("pi", pi)], format!("π is about {pi:.3}.\n")))
///     }
/// }
///
/// // Its `main` is `program::main(&Pi)`. A test gives the command line itself.
/// let out = std::env::temp_dir().join(format!("unroll-pi-{}", std::process::id()));
/// let command = ["pi", "--quick", "--out"].map(Into::into).into_iter().chain([out.clone().into()]);
/// program::run(&Pi, command).unwrap();
/// # std::fs::remove_dir_all(&out).unwrap();
/// ```
pub trait Study: Sync {
    /// What decides its results.
    type Settings: Settings;

    /// What is read and made from the settings and their files before anything is written.
    type Input: Sync;

    /// Its name: of the program, and of the folder of its runs.
    fn name(&self) -> &'static str;

    /// What `--help` says: a sentence, then more, then examples.
    fn about(&self) -> About;

    /// The cells there are, for `--list-cells`, if not those that are built in.
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

    /// What is known of these settings without a run: it is printed, and nothing is run unless the user says `--force`.
    ///
    /// # Errors
    /// Refused or failed, if what is kept of it cannot be read.
    fn known(&self, _: &Resolved<Self::Settings>) -> Result<Option<String>, Stop> {
        Ok(None)
    }

    /// Trains, measures, writes CSV files, and draws the figures from these.
    ///
    /// # Errors
    /// As the run's methods; diverged, if nothing was found because training diverged.
    fn run(&self, resolved: &Resolved<Self::Settings>, input: &Self::Input, run: &Run) -> Result<Findings, Stop>;

    /// What a user may ask of the trained model by `--ask`, if anything. A question is no setting: it changes no result.
    fn asks(&self) -> Option<Asks> {
        None
    }

    /// What answers questions by the models of the finished run in `dir`, which are loaded once for all questions.
    ///
    /// # Errors
    /// Failed, if a model is not there or is damaged.
    fn answers<'a>(
        &'a self,
        _: &'a Resolved<Self::Settings>,
        _: &'a Self::Input,
        _dir: &RunDir,
    ) -> Result<Answers<'a>, Stop> {
        Ok(Box::new(|_| Err(Stop::Refused("this study answers no questions".into()))))
    }
}

/// What `--ask` is for a study.
#[derive(Clone, Copy, Debug)]
pub struct Asks {
    /// What stands for the question in `--help`.
    pub value: &'static str,
    /// What is answered.
    pub help: &'static str,
}

/// The answer to a question, which is neither empty nor has control characters but TAB and the ends of lines: one line or
/// several, each with its end. A question that has none is refused, with the cure; the caller knows where it stood.
pub type Answers<'a> = Box<dyn Fn(&str) -> Result<String, Stop> + 'a>;

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

/// The finished run of these settings, open for reading; `None` if there is none.
///
/// # Errors
/// Refused, if it is of another version, or a file has other bytes than the run wrote; failed, if one cannot be read.
pub(crate) fn finished<S: Study>(
    study: &S,
    common: &Common,
    resolved: &Resolved<S::Settings>,
) -> Result<Option<Finished>, Stop> {
    let dir = RunDir::look(&common.out, study.name(), &resolved.id);
    Finished::find(dir, &resolved.identity, common.any_version)
}

/// One run to its end, or what an earlier start of it found.
///
/// # Errors
/// As its study's; busy, if another process is at it.
pub(crate) fn run_one<S: Study>(
    study: &S,
    common: &Common,
    resolved: &Resolved<S::Settings>,
    threads: usize,
    progress: bool,
) -> Result<Finished, Stop> {
    let input = study.open(resolved)?;
    let opened = RunDir::open(&common.out, study.name(), &resolved.id);
    let before = match &opened {
        _ if common.force => None,
        Ok(dir) => Finished::find(dir.clone(), &resolved.identity, common.any_version)?,
        Err(Stop::Busy(_)) => None,
        // A finished run is read where nothing can be written. If it cannot be read either, that it cannot be written is why.
        Err(_) => match finished(study, common, resolved) {
            Err(Stop::Failed(_)) => None,
            found => found?,
        },
    };
    if let Some(finished) = before {
        if progress {
            terminal::say("done before; --force runs it again");
        }
        if common.keeping().tensorboard {
            events_of_finished(&finished.dir)?;
        }
        return Ok(finished);
    }
    run_in(opened?, study, (common, threads, progress), resolved, &input)
}

/// One run to its end in `dir`, going on from what is there.
fn run_in<S: Study>(
    dir: RunDir,
    study: &S,
    (common, threads, progress): (&Common, usize, bool),
    resolved: &Resolved<S::Settings>,
    input: &S::Input,
) -> Result<Finished, Stop> {
    if common.force {
        dir.clear()?;
    }
    let run = Run::begin(dir, (&resolved.toml, &resolved.identity), threads, common.keeping(), progress)?;
    let run = run.by(resolved.engine.clone());
    if progress {
        let place = run.dir().root().display();
        run.say(&format!("{}: {place}, {} scale, {}", study.name(), resolved.scale.name(), counted(threads, "thread")));
    }
    let found = study.run(resolved, input, &run);
    let result = |status, why, numbers, weights_sha256| RunResult {
        study: study.name().into(),
        id: resolved.id.clone(),
        status,
        why,
        numbers,
        weights_sha256,
        figures: run.figures(),
    };
    match found {
        Ok(Findings { numbers, text }) => {
            let result = result(Status::Done, None, numbers, run.weights()?);
            run.finish(result, text)
        }
        Err(stop) => {
            let _at_work = interrupt::AtWork::begin();
            let status = match stop {
                Stop::Interrupted(_) => Status::Interrupted,
                Stop::Diverged(_) => Status::Diverged,
                Stop::Failed(_) | Stop::Refused(_) | Stop::Busy(_) => Status::Failed,
            };
            // The first error is the one to tell.
            let weights = run.weights().unwrap_or_default();
            let _ = run.end(&result(status, Some(stop.to_string()), Default::default(), weights));
            Err(stop)
        }
    }
}
