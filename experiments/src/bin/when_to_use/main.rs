//! When to use which network: an MLP, a CNN, an RNN and a CNN-LSTM on the same table, images, sequences and videos.
//!
//! 1. **Accuracy, network by problem**, each network about as large and as long trained; beside it chance, the most frequent
//!    class, logistic regression, and what the [article] says.
//! 2. **The same in another order** of columns, pixels or steps, one order for all examples. Whatever a network gains from
//!    neighbourhood or sequence is then lost; to an MLP, whose inputs have no order, nothing happens.
//!
//! How a network sees a problem that is not of its kind stands in [`view`].
//!
//! Sources: Brownlee 2018 (see [`article`]); LeCun, Bottou, Bengio & Haffner 1998 (Proc. IEEE 86(11)), §II, on local fields,
//! shared weights and pools, and on images whose pixels are in another order; Donahue et al. 2015, arXiv:1411.4389.

mod article;
mod config;
mod figures;
mod network;
mod problem;
mod report;
mod summary;
mod unit;
mod view;

use experiments::Stop;
use experiments::loaders::table;
use experiments::run::{Findings, Run};
use experiments::settings::Resolved;
use experiments::study::{About, Study};

use config::Config;
use network::{Model, Network};
use problem::{Kind, Problem};
use unit::{Score, Unit};

struct WhenToUse;

/// The columns of a user's table beyond which it is no small one; an RNN reads them one after the other.
const MOST_COLUMNS: usize = 1000;

/// The user's table, or the generated one.
fn of_table(Resolved { settings: config, files, .. }: &Resolved<Config>) -> Result<Problem, Stop> {
    const KEY: &str = "table";
    let table = files.parse(KEY, |name, bytes| table::parse(name, bytes, &config.class))?;
    let Some((name, table)) = table else { return Ok(Problem::generated(Kind::Table)) };
    let refuse = |why: String| files.refuse(KEY, format!("{name}: {why}"));
    let columns = table.columns.len();
    if columns > MOST_COLUMNS {
        return Err(refuse(format!("{columns} columns are too many; give at most {MOST_COLUMNS}")));
    }
    let problem = Problem::of_table(name, table);
    for seed in config.seed..config.seed + config.seeds {
        problem.splits(config, seed).map_err(|why| refuse(why.to_string()))?;
    }
    Ok(problem)
}

impl Study for WhenToUse {
    type Settings = Config;
    type Input = Vec<Problem>;

    fn name(&self) -> &'static str {
        "when_to_use"
    }

    fn about(&self) -> About {
        About {
            sentence: "MLP, CNN, RNN and CNN-LSTM on the same table, images, sequences and videos: which is to be used when?",
            more: "Trains networks of about the same size equally long on four small problems, of which each is of one network's \
                   kind, and prints their accuracy beside what the article \"When to Use MLP, CNN, and RNN Neural Networks\" \
                   (machinelearningmastery.com) says. Then again with columns, pixels and steps in another order: who needed the \
                   order?",
            examples: "  \
  when_to_use                                   within a minute on 2 cores
  when_to_use --problems image --train 200      one problem, with fewer examples
  when_to_use --table iris.csv                  a table of yours in place of the generated one
  when_to_use --table my.csv --class kind       the class in the column `kind`",
        }
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Vec<Problem>, Stop> {
        let config = &resolved.settings;
        let problem = |kind| if kind == Kind::Table { of_table(resolved) } else { Ok(Problem::generated(kind)) };
        let problems: Vec<_> = config.kinds().into_iter().map(problem).collect::<Result<_, _>>()?;
        for problem in &problems {
            let unit = Unit { problem, network: Network::Rnn, shuffled: false, seed: config.seed };
            Model::new(&unit, config, 1)?;
        }
        Ok(problems)
    }

    fn run(&self, resolved: &Resolved<Config>, problems: &Vec<Problem>, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let work = |unit: &Unit, own: &mut experiments::run::Unit| unit.run(config, own);
        let scores: Vec<Score> =
            run.units(&Unit::all(config, problems), Unit::name, |_| config.training.updates, work)?;
        if scores.iter().all(|score| score.diverged) {
            return Err(Stop::Diverged("every training diverged; try a smaller --learning-rate".into()));
        }
        let scores = run.filed("figures/accuracy.csv", scores)?;
        let mut entries = Vec::new();
        for problem in problems {
            let splits = problem.splits(config, config.seed).map_err(|why| Stop::Failed(why.to_string()))?;
            entries.extend(figures::entries(problem, &splits.train));
        }
        run.figure("accuracy", &figures::accuracies(&scores, config, resolved.scale))?;
        run.figure("examples", &figures::examples(&run.filed("figures/examples.csv", entries)?))?;
        Ok(report::findings(&scores, resolved.scale))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&WhenToUse)
}
