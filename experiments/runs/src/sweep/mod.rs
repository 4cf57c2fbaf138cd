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
use crate::run::{RunDir, begun_here};
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
        if !common.force {
            begun_here(&RunDir::look(&common.out, study.name(), &run.id), common.any_version)?;
        }
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
            let result = pool.install(|| run_one(study, common, run, 1, false).map(|_| ()));
            if let Err(why) = &result {
                terminal::say(&format!("{}  {}: {why}", run.id, grid.point(*k)));
            }
            progress.message(&run.id);
            progress.advance(1);
            result
        };
        let results: Vec<Result<(), Stop>> = mine.par_iter().with_max_len(1).map(one).collect();
        progress.finish();
        let done = results.iter().flatten().count();
        let elsewhere = match results.iter().filter(|result| matches!(result, Err(Stop::Busy(_)))).count() {
            0 => String::new(),
            busy => format!(", {busy} under way in another process"),
        };
        terminal::print(&format!(
            "{done} of {} runs{} are done{elsewhere}, in {}; --report merges them\n",
            mine.len(),
            shard.shown(),
            common.out.join(study.name()).display(),
        ))?;
        verdict(&results)
    })
}

/// The worst that happened: an interrupt, then a failure, then a refusal, then that another process is not done yet, then a
/// divergence.
fn verdict(results: &[Result<(), Stop>]) -> Result<(), Stop> {
    let count = |is: fn(&Stop) -> bool| results.iter().filter(|r| r.as_ref().is_err_and(is)).count();
    let failed = count(|stop| matches!(stop, Stop::Failed(_)));
    let refused = count(|stop| matches!(stop, Stop::Refused(_)));
    let busy = count(|stop| matches!(stop, Stop::Busy(_)));
    let diverged = count(|stop| matches!(stop, Stop::Diverged(_)));
    let of = results.len();
    if count(|stop| matches!(stop, Stop::Interrupted(_))) > 0 {
        Err(Stop::Interrupted("the same command goes on from what is kept".into()))
    } else if failed > 0 {
        Err(Stop::Failed(format!("{} of {of} runs failed", failed + refused)))
    } else if refused > 0 {
        Err(Stop::Refused(format!("{refused} of {of} runs were refused")))
    } else if busy > 0 {
        Err(Stop::Busy(format!("another process works on {busy} of {of} runs; wait for it")))
    } else if diverged > 0 {
        Err(Stop::Diverged(format!("{diverged} of {of} runs diverged")))
    } else {
        Ok(())
    }
}
