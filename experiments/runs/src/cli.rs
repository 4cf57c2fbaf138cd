//! What every study's command line shares.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command};
use models::Registry;

use crate::run::{Keeping, cores};
use crate::{Stop, echo};

/// Flags of every study that do not change its results.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// Folder for the run directories [default: runs]
    #[arg(long, value_name = "DIR", default_value = "runs", hide_default_value = true, help_heading = "Output")]
    pub out: PathBuf,

    /// Throw away what an earlier run of the same configuration left, and start over
    #[arg(long, help_heading = "Output")]
    pub force: bool,

    /// Take what another version of the program computed, whose numbers may differ, and go on with it
    #[arg(long, help_heading = "Output")]
    pub any_version: bool,

    /// Print the resolved configuration as TOML and end
    #[arg(long, help_heading = "Output")]
    pub print_config: bool,

    /// List the cells there are, with the papers their equations are from, and end
    #[arg(long, help_heading = "Models")]
    pub list_cells: bool,

    /// Print the results as JSON, as they stand in `result.json`
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Write TensorBoard event files beside the records; `tensorboard --logdir` the run directory
    #[arg(long, help_heading = "Output")]
    pub tensorboard: bool,

    /// Save a checkpoint every N updates [default: every ten seconds]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Output")]
    pub checkpoint_every: Option<u64>,

    /// Run every configuration of a grid: a TOML file with the table `grid`, lists of values by key, and `base`, values for all
    #[arg(long, value_name = "FILE", help_heading = "Sweep")]
    pub sweep: Option<PathBuf>,

    /// Name every run of the sweep, and end
    #[arg(long, requires = "sweep", help_heading = "Sweep")]
    pub list: bool,

    /// Only the runs of share I of N, I from 0, of the sweep [default: SLURM_ARRAY_TASK_ID and _COUNT, if they are set]
    #[arg(long, value_name = "I/N", requires = "sweep", help_heading = "Sweep")]
    pub shard: Option<String>,

    /// Merge what the runs of the sweep have found so far, draw it, and end
    #[arg(long, requires = "sweep", conflicts_with_all = ["list", "shard"], help_heading = "Sweep")]
    pub report: bool,

    /// Worker threads; they never change a bit of the results [default: one per core]
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub threads: Option<usize>,
}

impl Common {
    /// How runs keep what they have.
    pub(crate) fn keeping(&self) -> Keeping {
        Keeping { every: self.checkpoint_every, tensorboard: self.tensorboard, any_version: self.any_version }
    }

    /// Runs `work` with that many threads.
    ///
    /// # Errors
    /// Refused, if the number is 0 or too large to start; else what `work` gives.
    pub(crate) fn with_threads<R: Send>(&self, work: impl FnOnce(usize) -> Result<R, Stop> + Send) -> Result<R, Stop> {
        let threads = in_range("--threads", self.threads.unwrap_or_else(cores), 1, 1024)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool =
            pool.map_err(|why| Stop::Refused(format!("--threads {threads}: {why}; give fewer, or raise the limit")))?;
        pool.install(|| work(threads))
    }
}

/// The arguments; `None` if they asked for help or the version, which is printed.
///
/// # Errors
/// Refused, in one line.
pub(crate) fn parse(program: Command, command: impl IntoIterator<Item = OsString>) -> Result<Option<ArgMatches>, Stop> {
    let error = match program.try_get_matches_from(command) {
        Ok(args) => return Ok(Some(args)),
        Err(error) => error,
    };
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Nobody left to read it is no error.
        let _ = error.print();
        return Ok(None);
    }
    // clap explains over several lines, of which one may end with a colon; one line is asked for.
    let rendered = error.render().to_string();
    let lines = rendered.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with("Usage:"));
    let lines: Vec<_> = lines.take_while(|l| !l.starts_with("For more information")).collect();
    let line = lines.join("; ").replace(":;", ":");
    // What was given stands in quotes.
    let line = line.trim_start_matches("error: ").split('\'').map(echo).collect::<Vec<_>>().join("'");
    Err(Stop::Refused(format!("{line}; see --help-all")))
}

/// A line for each cell: its name, the source of its equations, and its options with their defaults.
pub(crate) fn cell_list(registry: &Registry) -> String {
    let width = registry.names().map(str::len).max().unwrap_or(0);
    let line = |name: &str| {
        let paper = registry.about(name).ok().and_then(|about| about.paper);
        let source = paper.map_or("no paper".into(), |paper| format!("{paper}, {}", paper.place));
        let options = registry.options(name).unwrap_or_default();
        let options: String = options.iter().map(|option| format!(" [{name}:{option}]")).collect();
        format!("{name:width$}  {source}{options}\n")
    };
    registry.names().map(line).collect()
}

/// `number` if it is in `range`, which the message names.
///
/// # Errors
/// Refused, with the flag.
pub(crate) fn in_range<N: PartialOrd + std::fmt::Display + Copy>(
    flag: &str,
    number: N,
    low: N,
    high: N,
) -> Result<N, Stop> {
    // NaN is in no range.
    if number >= low && number <= high {
        Ok(number)
    } else {
        Err(Stop::Refused(format!("{flag} {number} is out of range; give {low} to {high}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches;

    fn parsed(args: &[&str]) -> Result<Option<Common>, Stop> {
        let program = Common::augment_args(Command::new("example"));
        let matches = parse(program, std::iter::once("example").chain(args.iter().copied()).map(OsString::from))?;
        Ok(matches.map(|matches| Common::from_arg_matches(&matches).expect("parsed")))
    }

    #[test]
    fn a_bad_flag_is_one_line_that_names_it_and_the_cure() {
        let stop = parsed(&["--forze"]).expect_err("refused");
        assert_eq!(stop.code(), 2);
        let line = stop.to_string();
        assert!(line.contains("--forze") && line.contains("--force") && !line.contains('\n'), "{line}");
        assert!(parsed(&["--threads", "two"]).expect_err("refused").to_string().contains("'two'"));
        let line = parsed(&["--shard", "0/2"]).expect_err("refused").to_string();
        assert!(line.contains("not provided: --sweep <FILE>; see --help-all"), "{line}");
    }

    #[test]
    fn every_cell_is_listed_with_its_source_and_its_options() {
        let list = cell_list(&Registry::builtin());
        assert_eq!(list.lines().count(), Registry::builtin().names().count());
        assert!(list.contains("\ngru               Cho et al. 2014, arXiv:1406.1078, §2.3"), "{list}");
        assert!(list.contains("ibid. 12(10) [lstm:forget_bias=1]\n"), "{list}");
    }

    #[test]
    fn threads_out_of_range_are_refused() {
        for n in ["0", "1025"] {
            let args = parsed(&["--threads", n]).expect("parses").expect("no help");
            assert_eq!(args.with_threads(|_| Ok(())).expect_err("refused").code(), 2);
        }
    }

    #[test]
    fn nan_is_in_no_range() {
        assert!(in_range("--clip", f64::NAN, 0.0, 1.0).is_err() && in_range("--clip", 0.5, 0.0, 1.0).is_ok());
    }
}
