//! `EngineConfig`: how the gradients of a training are computed, as settings say it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use models::{CellScalar, Checkpointed, Engine, Schedule, Sharded, Truncated, Whole};
use serde::{Deserialize, Serialize};

use super::{Key, Kind};
use crate::{echo, terminal};

/// The settings of an engine, which every study has beside its own. One that is left at its default is not written, so that a
/// run is called as it was before there was such a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)] // each is said at its key
pub struct EngineConfig {
    #[serde(skip_serializing_if = "is_one")]
    pub shards: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub checkpoint_budget: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bptt: Vec<usize>,
    #[serde(skip_serializing_if = "is_zero")]
    pub omega: f64,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { shards: 1, checkpoint_budget: String::new(), bptt: Vec::new(), omega: 0.0 }
    }
}

fn is_one(n: &usize) -> bool {
    *n == 1
}

fn is_zero(x: &f64) -> bool {
    *x <= 0.0
}

/// What the network of a study admits of these settings, and where it does not, why. A reason follows "and", such as "the
/// attention sees all source words at once".
#[derive(Clone, Copy, Debug)]
pub struct Admits {
    /// How many examples an update has.
    pub examples: usize,
    /// Whether the gradient may be swept in pieces of time.
    pub in_time: Result<(), &'static str>,
    /// Whether there is one recurrent cell for Ω.
    pub omega: Result<(), &'static str>,
}

impl Admits {
    /// Of recurrent layers that run from step to step over a batch of `examples` examples: everything but Ω.
    pub fn layers(examples: usize) -> Self {
        Self { examples, in_time: Ok(()), omega: Err("this network has more than the cell") }
    }

    /// Of a batch of `examples` examples that cannot be cut in time for the reason `why`: shards alone.
    pub fn not_in_time(examples: usize, why: &'static str) -> Self {
        Self { examples, in_time: Err(why), omega: Err(why) }
    }
}

impl Default for Admits {
    fn default() -> Self {
        Self::layers(usize::MAX)
    }
}

impl EngineConfig {
    /// Its keys.
    pub(super) fn keys() -> [Key; 4] {
        let key = |name, kind, help| Key::new("Gradient", name, kind, help);
        [
            key(
                "shards",
                Kind::Count(1, 4096),
                "Parts of each batch, which threads compute at the same time; the last digits depend on it",
            )
            .unwritten("1"),
            key(
                "checkpoint_budget",
                Kind::Text,
                "Bytes, such as 64MB, for the sweep through a sequence; steps that do not fit are computed again",
            ),
            key(
                "bptt",
                Kind::Counts(1, 1 << 53),
                "Truncated backpropagation k1,k2: sweep after every k1 steps, back through the last k2",
            ),
            key(
                "omega",
                Kind::Real(0.0, 1e6),
                "Weight of Pascanu's regulariser, which asks the gradient to keep its length from step to step",
            )
            .unwritten("0"),
        ]
    }

    /// # Errors
    /// One line, if the network does not admit what is set, or two settings exclude each other.
    pub fn check(&self, admits: Admits) -> Result<(), String> {
        let Self { shards, checkpoint_budget, bptt, omega } = self;
        if *shards > admits.examples.max(1) {
            return Err(format!(
                "--shards {shards} is more than the examples of an update; give at most {}",
                admits.examples
            ));
        }
        let budget =
            (!checkpoint_budget.is_empty()).then(|| format!("--checkpoint-budget {}", echo(checkpoint_budget)));
        let truncated = (!bptt.is_empty())
            .then(|| format!("--bptt {}", bptt.iter().map(usize::to_string).collect::<Vec<_>>().join(",")));
        if let (Some(budget), Some(truncated)) = (&budget, &truncated) {
            return Err(format!(
                "{budget} and {truncated} exclude each other: a truncated sweep holds k2 steps already"
            ));
        }
        for flag in budget.iter().chain(&truncated) {
            admits.in_time.map_err(|why| {
                format!(
                    "{flag}: only a network that runs from step to step can be trained in pieces of time, and {why}"
                )
            })?;
        }
        if let (Some(flag), None) = (budget, self.budget()) {
            return Err(format!("{flag} is no number of bytes; give one such as 500000, 64MB or 2GB"));
        }
        if let (Some(flag), false) = (truncated, matches!(bptt[..], [k1, k2] if k1 <= k2)) {
            return Err(format!(
                "{flag}: give two numbers k1,k2, the first at most the second, so that every loss is swept"
            ));
        }
        if *omega > 0.0 {
            admits
                .omega
                .map_err(|why| format!("--omega {omega}: it is defined for one recurrent cell by itself, and {why}"))?;
        }
        Ok(())
    }

    /// The bytes of the budget, if there is one that can be read.
    fn budget(&self) -> Option<usize> {
        let text = self.checkpoint_budget.trim();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &text[digits.len()..] {
            "" | "B" => 1,
            "kB" | "KB" => 1000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            _ => return None,
        };
        digits.trim().parse::<usize>().ok()?.checked_mul(unit)
    }

    /// The engine. A budget is shared by the parts of a batch; that it makes many steps be computed again is said once.
    ///
    /// # Panics
    /// If the settings do not pass their [check](Self::check).
    #[track_caller]
    pub fn build<T: CellScalar>(&self) -> Box<dyn Engine<T>> {
        let said = Arc::new(AtomicBool::new(false));
        let engine = || -> Box<dyn Engine<T>> {
            match (&self.bptt[..], self.budget()) {
                (&[k1, k2], _) => Box::new(Truncated::new(k1, k2)),
                (_, Some(bytes)) => {
                    let (said, budget) = (said.clone(), self.checkpoint_budget.clone());
                    let engine = Checkpointed::new(Schedule::Budget(bytes / self.shards));
                    Box::new(engine.telling(move |computed, steps| {
                        if let Some(line) = wasteful(&budget, computed, steps)
                            && !said.swap(true, Ordering::Relaxed)
                        {
                            terminal::say(&line);
                        }
                    }))
                }
                _ => Box::new(Whole::default()),
            }
        };
        if self.shards > 1 { Box::new(Sharded::new(self.shards, engine)) } else { engine() }
    }
}

/// That a sweep computes many times the steps that there are, if it does.
fn wasteful(budget: &str, computed: usize, steps: usize) -> Option<String> {
    (computed / 10 > steps).then(|| {
        format!(
            "warning: within --checkpoint-budget {budget} an update computes {computed} steps for a sequence of {steps}; a larger \
             budget computes fewer"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_computes_ten_times_the_steps_is_worth_a_line() {
        assert_eq!(wasteful("64kB", 20_000, 10_000), None);
        let line = "warning: within --checkpoint-budget 64kB an update computes 125000 steps for a sequence of 10000; a larger \
                    budget computes fewer";
        assert_eq!(wasteful("64kB", 125_000, 10_000).as_deref(), Some(line));
    }
}
