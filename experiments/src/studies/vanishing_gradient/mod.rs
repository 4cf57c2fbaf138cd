//! The vanishing gradient: how far back a plain RNN, an IRNN, a GRU and LSTMs can learn from, measured.
//!
//! 1. **Gradient against lag**: ‖∂L/∂h_{T−k}‖ per example relative to lag 0, L the loss of the last step alone, at
//!    initialisation and after training; beside it what theory says.
//! 2. **The France task**: accuracy against distance of one model per cell and seed, trained at mixed distances.
//! 3. **On real text**: the curves of 1 for a character model.
//!
//! Sources: Bengio, Simard & Frasconi 1994 (IEEE Trans. Neural Networks 5(2)); Hochreiter & Schmidhuber 1997 (Neural
//! Computation 9(8)); Pascanu, Mikolov & Bengio 2013 (arXiv:1211.5063), §2.

mod args;
mod config;
mod curves;
mod figures;
mod scores;
mod summary;
mod tables;
mod unit;

pub use args::Args;
pub use config::{Config, TextConfig};
pub use summary::{Audit, Check, Gradient, Summary, TaskResult};
pub use unit::{Phase, Source};

use std::time::Instant;

use models::{Params, Registry};
use rayon::prelude::*;
use serde::Serialize;

use crate::environment::Environment;
use crate::run_dir::{RunDir, short_hash};
use crate::{Progress, Stop, audit, cli, interrupt};
use args::Resolved;
use unit::{Outcome, Unit};

/// The study's name: its folder under the output place.
pub const NAME: &str = "vanishing_gradient";

/// Runs the study with the cells of `registry`.
///
/// # Errors
/// A [`Stop`], whose exit code says whether anything was begun.
pub fn run(registry: &Registry, args: &Args) -> Result<(), Stop> {
    if args.common.list_cells {
        return cli::print(&cli::cell_list(registry));
    }
    let resolved = args.resolve(registry)?;
    let config = resolved.config.to_toml();
    if args.common.print_config {
        return cli::print(&config);
    }
    args.common.with_threads(|threads| {
        let id = short_hash(&config);
        let dir = RunDir::open(&args.common.out, NAME, &id)?;
        if args.common.force {
            dir.clear()?;
        } else if let Some(summary) = finished(&dir) {
            cli::say("done before; --force runs it again");
            return report(&dir, &summary);
        }
        dir.write("config.toml", &config)?;
        dir.write("environment.json", json(&Environment::here(threads)))?;
        let outcomes = outcomes(&dir, registry, &resolved, threads)?;
        if outcomes.iter().all(|outcome| outcome.diverged.is_some()) {
            let why = outcomes.first().and_then(|o| o.diverged.clone()).unwrap_or_default();
            return Err(Stop::Diverged(format!("every training diverged ({why}); try a smaller --learning-rate")));
        }
        let summary = write_results(&dir, registry, &resolved.config, &id, &outcomes)?;
        report(&dir, &summary)
    })
}

fn finished(dir: &RunDir) -> Option<Summary> {
    let drawn = figures::NAMES.iter().all(|name| dir.path(&format!("figures/{name}.png")).exists());
    if !drawn {
        return None;
    }
    serde_json::from_str(&dir.read("summary.json")?).ok()
}

fn report(dir: &RunDir, summary: &Summary) -> Result<(), Stop> {
    let mut text = summary.to_text();
    text += "\nFigures, each with its CSV beside it:\n";
    for name in figures::NAMES {
        text += &format!("  {}\n", dir.path(&format!("figures/{name}.png")).display());
    }
    cli::print(&text)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain numbers and names have a JSON form") + "\n"
}

/// What every unit found: read, if an earlier start of the same command finished it, else run now and saved.
fn outcomes(dir: &RunDir, registry: &Registry, resolved: &Resolved, threads: usize) -> Result<Vec<Outcome>, Stop> {
    let Resolved { config, text } = resolved;
    let units = Unit::all(config);
    let kept = |unit: &Unit| -> Option<Outcome> {
        let outcome = serde_json::from_str(&dir.read(&format!("units/{}.json", unit.name()))?).ok()?;
        dir.path(&format!("models/{}.safetensors", unit.name())).exists().then_some(outcome)
    };
    let mut found: Vec<Option<Outcome>> = units.iter().map(kept).collect();
    let missing: Vec<usize> = (0..units.len()).filter(|k| found[*k].is_none()).collect();
    cli::say(&format!(
        "{}: {} cells, {} seeds ({} on text), H = {}, T = {}, {} threads; {} of {} trainings kept from before",
        dir.root().display(),
        config.cells.len(),
        config.seeds,
        config.text.seeds,
        config.hidden,
        config.steps,
        threads,
        units.len() - missing.len(),
        units.len()
    ));

    let updates: usize = missing.iter().map(|k| units[*k].updates(config)).sum();
    let progress = Progress::new(updates as u64, "updates");
    let run = |&k: &usize| {
        let unit = &units[k];
        if interrupt::asked() {
            return Err(Stop::Interrupted(String::new()));
        }
        let start = Instant::now();
        let proceed = || {
            progress.advance(1);
            !interrupt::asked()
        };
        let (outcome, params) = unit.run(config, registry, text, proceed)?;
        progress.message(unit.name());
        Ok((k, save(dir, unit, &outcome, &params)?, start.elapsed().as_secs_f64()))
    };
    let results: Vec<Result<(usize, Outcome, f64), Stop>> = missing.par_iter().with_max_len(1).map(run).collect();
    progress.finish();

    let mut timing = dir.read("timing.jsonl").unwrap_or_default();
    let mut stop = None;
    for result in results {
        match result {
            Ok((k, outcome, seconds)) => {
                timing += &format!("{}\n", serde_json::json!({ "unit": units[k].name(), "seconds": seconds }));
                found[k] = Some(outcome);
            }
            Err(why) => stop = Some(why),
        }
    }
    dir.write("timing.jsonl", timing)?;
    match stop {
        None => Ok(found.into_iter().flatten().collect()),
        Some(Stop::Interrupted(_)) => {
            let done = found.iter().flatten().count();
            Err(Stop::Interrupted(format!(
                "{done} of {} trainings are kept in {}; the same command goes on from there",
                units.len(),
                dir.root().display()
            )))
        }
        Some(other) => Err(other),
    }
}

/// Writes a unit's files; the outcome last, for it says that all is there. Gives the outcome as its file has it: what JSON
/// has no number for is then the same in this run and in one that goes on from the file.
fn save(dir: &RunDir, unit: &Unit, outcome: &Outcome, params: &Params<f32>) -> Result<Outcome, Stop> {
    let text = serde_json::to_string(outcome).expect("as in `json`");
    dir.write(&format!("models/{}.safetensors", unit.name()), params.to_safetensors())?;
    dir.write(&format!("units/{}.json", unit.name()), &text)?;
    serde_json::from_str(&text).map_err(|why| Stop::Failed(format!("reading unit {} again: {why}", unit.name())))
}

/// Metrics, figures with their CSV, and the summary; the summary last, for it says that the run is finished.
fn write_results(
    dir: &RunDir,
    registry: &Registry,
    config: &Config,
    id: &str,
    outcomes: &[Outcome],
) -> Result<Summary, Stop> {
    #[derive(Serialize)]
    struct MetricRow<'a> {
        unit: String,
        update: usize,
        loss: f64,
        gradient_norm: f64,
        diverged: &'a str,
    }
    let metrics = outcomes.iter().flat_map(|o| {
        let unit = Unit { source: o.source, cell: o.cell.clone(), seed: o.seed }.name();
        let diverged = o.diverged.as_deref().unwrap_or("");
        o.metrics.iter().map(move |m| MetricRow {
            unit: unit.clone(),
            update: m.update,
            loss: m.loss,
            gradient_norm: m.gradient_norm,
            diverged,
        })
    });
    dir.write("metrics.csv", csv_of(metrics))?;

    let mut audits = Vec::new();
    for cell in &config.cells {
        let relative_error = audit::audit(registry, cell, 1).map_err(|e| Stop::Failed(e.to_string()))?;
        audits.push(Audit { cell: cell.clone(), relative_error });
    }
    dir.write("figures/gradient_flow.csv", csv_of(curves::rows(outcomes, Source::France, &config.cells)))?;
    dir.write("figures/france.csv", csv_of(scores::rows(outcomes, &config.cells, &config.distances)))?;
    dir.write("figures/gradient_flow_text.csv", csv_of(curves::rows(outcomes, Source::Text, &config.cells)))?;
    let summary = Summary::new(config, id, outcomes, audits);
    figures::draw(dir, config, &summary)?;
    dir.write("summary.txt", summary.to_text())?;
    dir.write("summary.json", json(&summary))?;
    Ok(summary)
}

fn csv_of<R: Serialize>(rows: impl IntoIterator<Item = R>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("a row of plain numbers and names");
    }
    writer.into_inner().expect("writing to memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use unit::Flow;

    #[test]
    fn a_unit_is_the_same_now_and_when_a_later_start_reads_its_file() {
        let out = tempfile::tempdir().expect("a folder");
        let dir = RunDir::open(out.path(), NAME, "1").expect("opened");
        let unit = Unit { source: Source::Text, cell: "irnn".into(), seed: 1 };
        let norms = vec![vec![1.0, 1e-300 / 3.0, f64::INFINITY, f64::NAN]];
        let outcome = Outcome {
            source: unit.source,
            cell: unit.cell.clone(),
            seed: unit.seed,
            hidden: 1,
            parameters: 1,
            diverged: None,
            metrics: vec![],
            scores: vec![],
            disturbance: None,
            flows: vec![Flow { phase: Phase::Trained, part: "h".into(), direct: false, norms }],
            theory: vec![],
        };
        let now = save(&dir, &unit, &outcome, &Params::default()).expect("saved");
        let later: Outcome =
            serde_json::from_str(&dir.read("units/text-irnn-seed1.json").expect("there")).expect("whole");
        let bits = |o: &Outcome| o.flows[0].norms[0].iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&now), bits(&later));
        assert_eq!(bits(&now)[..2], bits(&outcome)[..2]);
    }
}
