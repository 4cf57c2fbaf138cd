//! What every study's command line shares.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser};
use models::Registry;

use crate::{Stop, interrupt};

/// Flags of every study that do not change its results.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Folder for the run directories [default: runs]
    #[arg(long, value_name = "DIR", default_value = "runs", hide_default_value = true, help_heading = "Output")]
    pub out: PathBuf,

    /// Throw away what an earlier run of the same configuration left, and start over
    #[arg(long, help_heading = "Output")]
    pub force: bool,

    /// Print the resolved configuration as TOML and end
    #[arg(long, help_heading = "Output")]
    pub print_config: bool,

    /// List the cells there are, with the papers their equations are from, and end
    #[arg(long, help_heading = "Models")]
    pub list_cells: bool,

    /// Worker threads; they never change a bit of the results [default: one per core]
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub threads: Option<usize>,
}

impl Common {
    /// Runs `work` with that many threads.
    ///
    /// # Errors
    /// Refused, if the number is 0 or too large to start; else what `work` gives.
    pub fn with_threads<R: Send>(&self, work: impl FnOnce(usize) -> Result<R, Stop> + Send) -> Result<R, Stop> {
        let threads = self.threads.unwrap_or_else(crate::environment::cores);
        if !(1..=1024).contains(&threads) {
            return Err(Stop::Refused(format!("--threads {threads} is out of range; give 1 to 1024")));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|why| Stop::Refused(format!("--threads {threads}: {why}")))?;
        pool.install(|| work(threads))
    }
}

/// A study's `main`: parses the command line, listens for Ctrl-C, runs, and says how it ended.
pub fn main<A: Parser>(run: impl FnOnce(&A) -> Result<(), Stop>) -> ExitCode {
    interrupt::listen();
    match parse::<A>(std::env::args_os()) {
        Ok(Some(args)) => crate::stop::exit(run(&args)),
        Ok(None) => ExitCode::SUCCESS,
        Err(stop) => crate::stop::exit(Err(stop)),
    }
}

/// The arguments; `None` if they asked for help or the version, which is printed.
fn parse<A: Parser>(command: impl IntoIterator<Item = OsString>) -> Result<Option<A>, Stop> {
    let error = match A::try_parse_from(command) {
        Ok(args) => return Ok(Some(args)),
        Err(error) => error,
    };
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Nobody left to read it is no error.
        let _ = error.print();
        return Ok(None);
    }
    // clap explains over several lines; one is asked for.
    let rendered = error.render().to_string();
    let lines = rendered.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with("Usage:"));
    let lines: Vec<_> = lines.take_while(|l| !l.starts_with("For more information")).collect();
    Err(Stop::Refused(format!("{}; see --help", lines.join("; ").trim_start_matches("error: "))))
}

/// A line for each cell: its name, and the source of its equations.
pub fn cell_list(registry: &Registry) -> String {
    let width = registry.names().map(str::len).max().unwrap_or(0);
    registry.sources().map(|(name, source)| format!("{name:width$}  {source}\n")).collect()
}

/// `number` if it is in `range`, which the message names.
///
/// # Errors
/// Refused, with the flag.
pub fn in_range<N: PartialOrd + std::fmt::Display + Copy>(flag: &str, number: N, low: N, high: N) -> Result<N, Stop> {
    // NaN is in no range.
    if number >= low && number <= high {
        Ok(number)
    } else {
        Err(Stop::Refused(format!("{flag} {number} is out of range; give {low} to {high}")))
    }
}

/// Writes a line to stderr. What cannot be said there cannot be said anywhere: an error is no reason to stop, or to panic
/// as `eprintln!` does.
pub fn say(line: &str) {
    use std::io::Write;
    let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Writes results to stdout; a closed pipe is no error.
///
/// # Errors
/// Failed, if stdout cannot be written for another reason, such as a full disk.
pub fn print(text: &str) -> Result<(), Stop> {
    use std::io::{ErrorKind, Write};
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(Stop::Failed(format!("writing to stdout: {why}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser, Debug)]
    struct Example {
        #[command(flatten)]
        common: Common,
    }

    fn parsed(args: &[&str]) -> Result<Option<Example>, Stop> {
        parse(std::iter::once("example").chain(args.iter().copied()).map(OsString::from))
    }

    #[test]
    fn a_bad_flag_is_one_line_that_names_it_and_the_cure() {
        let stop = parsed(&["--forze"]).expect_err("refused");
        assert_eq!(stop.code(), 2);
        let line = stop.to_string();
        assert!(line.contains("--forze") && line.contains("--force") && !line.contains('\n'), "{line}");
        assert!(parsed(&["--threads", "two"]).expect_err("refused").to_string().contains("'two'"));
    }

    #[test]
    fn every_cell_is_listed_with_its_source() {
        let list = cell_list(&Registry::builtin());
        assert_eq!(list.lines().count(), Registry::builtin().names().count());
        assert!(list.contains("\ngru               Cho et al. 2014"), "{list}");
    }

    #[test]
    fn threads_out_of_range_are_refused() {
        for n in ["0", "1025"] {
            let args = parsed(&["--threads", n]).expect("parses").expect("no help");
            assert_eq!(args.common.with_threads(|_| Ok(())).expect_err("refused").code(), 2);
        }
    }

    #[test]
    fn nan_is_in_no_range() {
        assert!(in_range("--clip", f64::NAN, 0.0, 1.0).is_err() && in_range("--clip", 0.5, 0.0, 1.0).is_ok());
    }
}
