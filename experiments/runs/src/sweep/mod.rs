//! A sweep: every configuration of a grid, each a run of its own.
//!
//! ```toml
//! [base]            # for all runs
//! steps = 50
//!
//! [grid]            # every combination, the last key changing fastest
//! hidden = [16, 32]
//! seed = [1, 2, 3]
//! ```
//! Nothing but files connects the runs: shares of the grid may run anywhere, at any time, and be merged where their
//! directories are brought together.

mod grid;
mod report;
mod shard;

use rayon::prelude::*;

use crate::cli::Common;
use crate::run::{RunResult, Status};
use crate::settings::{Layers, Resolved};
use crate::study::{Study, run_one};
use crate::{Progress, Stop, interrupt, terminal};
use grid::Grid;
use shard::Shard;

/// Lists, runs or reports the sweep of `--sweep`.
///
/// # Errors
/// Refused, if a configuration is; else interrupted, failed or diverged, as the worst of the runs was.
pub(crate) fn run<S: Study>(study: &S, common: &Common, layers: &Layers) -> Result<(), Stop> {
    let Some(path) = &common.sweep else { return Err(Stop::Refused("--sweep is missing".into())) };
    let grid = Grid::read::<S::Settings>(path)?;
    let runs = grid.runs(study, layers)?;
    let shard = Shard::new(common.shard.as_deref(), |name| std::env::var(name).ok())?;
    let mine: Vec<(usize, &Resolved<S::Settings>)> = runs.iter().enumerate().filter(|(k, _)| shard.has(*k)).collect();
    if common.print_config {
        return Err(Stop::Refused("--print-config prints one configuration; --list names those of a sweep".into()));
    }
    if common.list {
        let line = |(k, run): &(usize, &Resolved<S::Settings>)| format!("{}  {}\n", run.id, grid.point(*k));
        return terminal::print(&mine.iter().map(line).collect::<String>());
    }
    if common.report {
        return report::report(study.name(), common, &grid, &runs);
    }
    // All are checked before any begins.
    for (_, run) in &mine {
        study.open(run)?;
    }
    common.with_threads(|threads| {
        // One thread each: the runs are what is parallel.
        let one_thread = || rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pools: Result<Vec<_>, _> = (0..threads).map(|_| one_thread()).collect();
        let no_threads = |why| Stop::Refused(format!("--threads {threads}: a run needs one more: {why}; give fewer"));
        let pools = pools.map_err(no_threads)?;
        let progress = Progress::new(mine.len() as u64, "runs");
        let one = |(k, run): &(usize, &Resolved<S::Settings>)| {
            if interrupt::asked() {
                return Err(Stop::Interrupted(String::new()));
            }
            let pool = &pools[rayon::current_thread_index().unwrap_or(0)];
            let result = pool.install(|| run_one(study, common, run, 1, false));
            if let Err(why) = &result {
                terminal::say(&format!("{}  {}: {why}", run.id, grid.point(*k)));
            }
            progress.message(&run.id);
            progress.advance(1);
            result
        };
        let results: Vec<Result<RunResult, Stop>> = mine.par_iter().with_max_len(1).map(one).collect();
        progress.finish();
        let done = results.iter().filter(|r| r.as_ref().is_ok_and(|r| r.status == Status::Done)).count();
        terminal::print(&format!(
            "{done} of {} runs{} are done, in {}; --report merges them\n",
            mine.len(),
            shard.shown(),
            common.out.join(study.name()).display(),
        ))?;
        verdict(&results)
    })
}

/// The worst that happened: an interrupt before a failure, a failure before a divergence.
fn verdict(results: &[Result<RunResult, Stop>]) -> Result<(), Stop> {
    let count = |code: u8| results.iter().filter(|r| r.as_ref().is_err_and(|stop| stop.code() == code)).count();
    let of = results.len();
    match (count(130), count(1) + count(2), count(3)) {
        (0, 0, 0) => Ok(()),
        (0, 0, diverged) => Err(Stop::Diverged(format!("{diverged} of {of} runs diverged"))),
        (0, failed, _) => Err(Stop::Failed(format!("{failed} of {of} runs failed"))),
        _ => Err(Stop::Interrupted("the same command goes on from what is kept".into())),
    }
}
