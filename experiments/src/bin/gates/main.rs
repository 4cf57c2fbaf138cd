//! What an LSTM's gates do, and what they learn.
//!
//! 1. **The gates over time**: i, f, o, g, C_t and h_t of a trained LSTM on one sentence of the France task.
//! 2. **One share at a time**, C_t = f∘C_{t−1} + i∘g: with f held at 0 it is the input's share i∘g, with i held at 0 after the
//!    country it is the memory's, f∘C_{t−1}; and how many answers are right so. That the shares are exactly these is
//!    proven in `models/src/unroll/hold_tests.rs`.
//! 3. **What each gate learnt**: its mean at the country, the distractors and the question, unit by unit.
//! 4. **Memory time against the gradient's half-life**, unit by unit.
//!
//! # The law of 4
//! Where the step before reaches c_t along the memory alone, ∂c_{t,j}/∂c_{t−1,j} = f_{t,j}, so that
//! ```text
//! ∂L/∂c_{T−k,j} = (f_{T−k+1,j} … f_{T,j}) · ∂L/∂c_{T,j}
//! ```
//! With f constant in time it is halved where f^k = ½, at k = ln 2 / (−ln f). With the memory time τ = 1/(1 − f), f = 1 − 1/τ,
//! and −ln(1 − 1/τ) = 1/τ + 1/(2τ²) + … gives k = ln 2 · (τ − ½ + …): a straight line for long memories. Where f varies, k is
//! that of its geometric mean over those steps. The arithmetic mean, of which τ is made, is never smaller: as far as it is that of
//! the same steps, a gate that varies has its point below the line.
//! The whole gradient has the ways through h, too, for which there is no such law.
//!
//! Sources: Hochreiter & Schmidhuber 1997 (Neural Computation 9(8)), §4; Gers, Schmidhuber & Cummins 2000 (ibid. 12(10)), §3;
//! the time 1/(1 − f): Tallec & Ollivier 2018 (arXiv:1804.11188), §2.

mod config;
mod figures;
mod outcome;
mod summary;
mod unit;

use experiments::Stop;
use experiments::run::{Findings, Run};
use experiments::settings::Resolved;
use experiments::study::{About, Study};
use experiments::trial::Trial;
use models::Registry;

use config::Config;
use outcome::Outcome;

struct Gates {
    registry: Registry,
}

impl Study for Gates {
    type Settings = Config;
    type Input = ();

    fn name(&self) -> &'static str {
        "gates"
    }

    fn about(&self) -> About {
        About {
            sentence: "Look into a trained LSTM: its gates over time, its memory share by share, and how long it lasts.",
            more: "Trains LSTMs on the France task (\"I grew up in France … I speak ___\"); draws i, f, o, g, C and h of one \
                   sentence; holds f or i at 0, so that C is the input's share or the memory's alone; says what each gate does \
                   at the country, the distractors and the question; and holds each unit's memory time 1/(1 − f) against \
                   the half-life of the gradient ∂L/∂C.",
            examples: "  \
  gates                              within a minute on 2 cores
  gates --quick                      in seconds, too short to conclude from
  gates --cells lstm_forget0         another start of the forget gate
  gates --shown 60                   a longer sentence in the pictures",
        }
    }

    fn registry(&self) -> Option<&Registry> {
        Some(&self.registry)
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<(), Stop> {
        for cell in &resolved.settings.cells {
            resolved.settings.dims(&self.registry, cell)?;
        }
        Ok(())
    }

    fn run(&self, resolved: &Resolved<Config>, (): &(), run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let trials = Trial::all(&config.cells, config.seed, config.seeds);
        let work = |trial: &Trial, own: &mut experiments::run::Unit| unit::run(trial, config, &self.registry, own);
        let outcomes: Vec<Outcome> = run.units(&trials, Trial::name, |_| config.updates, work)?;
        let diverged = Stop::if_all_diverged(outcomes.iter().map(|outcome| &outcome.diverged))?;
        let all = Outcome {
            diverged: None,
            scores: run.filed("held.csv", outcomes.iter().flat_map(|o| &o.scores))?,
            means: run.filed("figures/roles.csv", outcomes.iter().flat_map(|o| &o.means))?,
            shown: run.filed("figures/gates.csv", outcomes.iter().flat_map(|o| &o.shown))?,
            memory: run.filed("figures/memory.csv", outcomes.iter().flat_map(|o| &o.memory))?,
        };
        let summary = summary::Summary::of(&all, config, diverged, resolved.scale);
        figures::draw(run, config, &all, &summary)?;
        Ok(Findings::new(summary.numbers(), summary.to_text(config)))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&Gates { registry: Registry::builtin() })
}
