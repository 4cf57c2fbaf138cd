//! Learning-rate schedules: η_t = η₀ · f(t), t = 0, 1, … the number of the update.
//! ```text
//! constant     f = 1
//! step         f = γ^⌊t / every⌋
//! exponential  f = γ^t
//! cosine       f = floor + (1 − floor) · ½ (1 + cos(π t / T)) for t < T, then floor
//! plateau      f is multiplied by γ, down to floor, whenever the metric has not fallen for `patience` observations
//! warmup       f = (t + 1) / W for t < W, then another schedule's f(t − W)
//! ```
//! Cosine: Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5, without restarts. Linear warm-up: Goyal et al. 2017,
//! arXiv:1706.02677, §2.2. Plateau: PyTorch's `ReduceLROnPlateau` with an absolute threshold.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// Which schedule; one line of TOML, such as `{ kind = "step", every = 100, factor = 0.5 }`.
///
/// ```
/// use models::optim::{LrSchedule, Scheduler};
///
/// #[derive(serde::Deserialize)]
/// struct Training {
///     schedule: LrSchedule,
/// }
/// let line = r#"schedule = { kind = "warmup", updates = 10, then = { kind = "cosine", updates = 90 } }"#;
/// let training: Training = toml::from_str(line)?;
/// let scheduler = Scheduler::new(training.schedule, 0.1)?;
/// assert_eq!([0, 9, 10, 55, 100].map(|t| format!("{:.2}", scheduler.lr(t))), ["0.01", "0.10", "0.10", "0.05", "0.00"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LrSchedule {
    /// η₀ throughout.
    #[default]
    Constant,
    /// Times `factor` after every `every` updates.
    Step {
        /// The updates between two drops, at least 1.
        every: u64,
        /// γ, in (0, 1].
        factor: f64,
    },
    /// Times `factor` after every update.
    Exponential {
        /// γ, in (0, 1].
        factor: f64,
    },
    /// Down along half a cosine.
    Cosine {
        /// T, at least 1.
        updates: u64,
        /// What remains of η₀ in the end, in [0, 1].
        #[serde(default)]
        floor: f64,
    },
    /// Times `factor` when a metric stops falling; see [`Scheduler::observe`].
    Plateau {
        /// γ, in (0, 1).
        factor: f64,
        /// How many observations in a row may bring no new best one before η falls.
        patience: u64,
        /// How far below the best a metric must be to count as better, at least 0.
        #[serde(default)]
        threshold: f64,
        /// What remains of η₀ at least, in [0, 1].
        #[serde(default)]
        floor: f64,
    },
    /// A linear rise before any other schedule.
    Warmup {
        /// W, at least 1.
        updates: u64,
        /// What comes after it, counted from its end.
        then: Box<LrSchedule>,
    },
}

/// A schedule with a value out of range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the schedule's {key} is {value}, but it must be {range}")]
#[non_exhaustive]
pub struct InvalidSchedule {
    /// The key, such as `step.every`.
    pub key: &'static str,
    /// Its value.
    pub value: f64,
    /// What it may be.
    pub range: &'static str,
}

impl LrSchedule {
    /// # Errors
    /// If a value is out of range.
    fn check(&self) -> Result<(), InvalidSchedule> {
        let require = |ok: bool, key, value, range| match ok {
            true => Ok(()),
            false => Err(InvalidSchedule { key, value, range }),
        };
        let unit = |key, value| require((0.0..=1.0).contains(&value), key, value, "in [0, 1]");
        let positive = |key, count: u64| require(count > 0, key, count as f64, "at least 1");
        let shrinks = |key, x: f64| require(x > 0.0 && x <= 1.0, key, x, "above 0 and at most 1");
        match self {
            Self::Constant => Ok(()),
            Self::Step { every, factor } => positive("step.every", *every).and(shrinks("step.factor", *factor)),
            Self::Exponential { factor } => shrinks("exponential.factor", *factor),
            Self::Cosine { updates, floor } => positive("cosine.updates", *updates).and(unit("cosine.floor", *floor)),
            Self::Plateau { factor, threshold, floor, .. } => {
                require(*factor > 0.0 && *factor < 1.0, "plateau.factor", *factor, "above 0 and below 1")?;
                let finite = *threshold >= 0.0 && threshold.is_finite();
                require(finite, "plateau.threshold", *threshold, "at least 0 and finite")?;
                unit("plateau.floor", *floor)
            }
            Self::Warmup { updates, then } => positive("warmup.updates", *updates).and(then.check()),
        }
    }

    /// f(t), where a plateau's is `reduced`.
    fn factor(&self, t: u64, reduced: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => factor.powf((t / every) as f64),
            Self::Exponential { factor } => factor.powf(t as f64),
            Self::Cosine { updates, floor } => {
                let done = t.min(*updates) as f64 / *updates as f64;
                floor + (1.0 - floor) * 0.5 * (1.0 + (PI * done).cos())
            }
            Self::Plateau { .. } => reduced,
            Self::Warmup { updates, .. } if t < *updates => (t + 1) as f64 / *updates as f64,
            Self::Warmup { updates, then } => then.factor(t - updates, reduced),
        }
    }
}

/// What a plateau remembers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlateauState {
    /// The best metric; none before the first observation.
    pub best: Option<f64>,
    /// How many observations in a row were no better.
    pub waited: u64,
    /// What remains of η₀.
    pub reduced: f64,
}

/// A schedule at work: give each update [`lr`](Self::lr), and tell it the metric if it is a plateau.
#[derive(Clone, Debug)]
pub struct Scheduler {
    schedule: LrSchedule,
    initial: f64,
    plateau: PlateauState,
}

impl Scheduler {
    /// With η₀ = `initial`.
    ///
    /// # Errors
    /// If a value of the schedule is out of range, or η₀ is not above 0 and finite.
    pub fn new(schedule: LrSchedule, initial: f64) -> Result<Self, InvalidSchedule> {
        if !(initial > 0.0 && initial.is_finite()) {
            return Err(InvalidSchedule { key: "initial lr", value: initial, range: "above 0 and finite" });
        }
        schedule.check()?;
        Ok(Self { schedule, initial, plateau: PlateauState { best: None, waited: 0, reduced: 1.0 } })
    }

    /// η for the update number `update`, counted from 0.
    pub fn lr(&self, update: u64) -> f64 {
        self.initial * self.schedule.factor(update, self.plateau.reduced)
    }

    /// Tells a plateau the metric, of which less is better; what is not finite is never better. Other schedules do not care.
    pub fn observe(&mut self, metric: f64) {
        let mut schedule = &self.schedule;
        while let LrSchedule::Warmup { then, .. } = schedule {
            schedule = then;
        }
        let LrSchedule::Plateau { factor, patience, threshold, floor } = *schedule else { return };
        let PlateauState { best, waited, reduced } = &mut self.plateau;
        if metric.is_finite() && best.is_none_or(|best| metric < best - threshold) {
            (*best, *waited) = (Some(metric), 0);
        } else {
            *waited += 1;
            if *waited > patience {
                (*reduced, *waited) = ((*reduced * factor).max(floor), 0);
            }
        }
    }

    /// What a plateau has counted: all the state there is.
    pub fn state(&self) -> PlateauState {
        self.plateau
    }

    /// Continues from a state.
    pub fn restore(&mut self, state: PlateauState) {
        self.plateau = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduler(toml: &str) -> Result<Scheduler, String> {
        let schedule: LrSchedule = toml::from_str(toml).map_err(|e| e.to_string())?;
        Scheduler::new(schedule, 0.5).map_err(|e| e.to_string())
    }

    #[track_caller]
    fn is(toml: &str, expected: &[(u64, f64)]) {
        let scheduler = scheduler(toml).expect("a valid schedule");
        for &(t, lr) in expected {
            assert!((scheduler.lr(t) - lr).abs() < 1e-15, "{toml}: η_{t} = {}, not {lr}", scheduler.lr(t));
        }
    }

    #[test]
    fn every_schedule_follows_its_formula() {
        is("kind = 'constant'", &[(0, 0.5), (1_000_000, 0.5)]);
        is("kind = 'step'\nevery = 3\nfactor = 0.1", &[(0, 0.5), (2, 0.5), (3, 0.05), (5, 0.05), (6, 0.005)]);
        is("kind = 'exponential'\nfactor = 0.5", &[(0, 0.5), (1, 0.25), (3, 0.0625)]);
        let third = 0.5 * (0.1 + 0.9 * 0.75); // cos(π/3) = ½
        is("kind = 'cosine'\nupdates = 6\nfloor = 0.1", &[(0, 0.5), (2, third), (3, 0.275), (6, 0.05), (99, 0.05)]);
        let warmed = "kind = 'warmup'\nupdates = 4\nthen = { kind = 'exponential', factor = 0.5 }";
        is(warmed, &[(0, 0.125), (3, 0.5), (4, 0.5), (5, 0.25)]);
    }

    #[test]
    fn a_plateau_waits_out_its_patience_and_stops_at_its_floor() {
        let mut scheduler =
            scheduler("kind = 'plateau'\nfactor = 0.5\npatience = 1\nthreshold = 0.1\nfloor = 0.3").expect("valid");
        let mut after = |metric| {
            scheduler.observe(metric);
            scheduler.lr(0)
        };
        // Best 1; 0.95 is not 0.1 better; NaN is the second that is not: η halves. 0.5 is better; then two that are not.
        let path = [1.0, 0.95, f64::NAN, 0.5, 0.6, 0.5, 0.5, 0.5].map(&mut after);
        assert_eq!(path.map(|lr| (lr * 1000.0).round() as i64), [500, 500, 250, 250, 250, 150, 150, 150]);
    }

    #[test]
    fn a_plateau_that_is_interrupted_goes_on_as_if_it_were_not() {
        let toml = "kind = 'warmup'\nupdates = 2\nthen = { kind = 'plateau', factor = 0.5, patience = 2 }";
        let new = || scheduler(toml).expect("valid");
        let metrics = [f64::INFINITY, 3.0, 2.0, 2.5, 2.5, 2.5, 1.0, 1.5];
        let mut whole = new();
        metrics.iter().for_each(|m| whole.observe(*m));
        for stop in 1..metrics.len() {
            let mut first = new();
            metrics[..stop].iter().for_each(|m| first.observe(*m));
            let saved = serde_json::to_string(&first.state()).expect("plain numbers");
            let mut second = new();
            second.restore(serde_json::from_str(&saved).expect("as it was saved"));
            assert_eq!(second.state(), first.state(), "after {stop}");
            assert_ne!(new().state(), second.state());
            metrics[stop..].iter().for_each(|m| second.observe(*m));
            assert_eq!((whole.state(), whole.lr(9).to_bits()), (second.state(), second.lr(9).to_bits()));
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_in_one_line_with_its_key() {
        for (toml, message) in [
            ("kind = 'step'\nevery = 0\nfactor = 0.5", "the schedule's step.every is 0, but it must be at least 1"),
            ("kind = 'step'\nevery = 1\nfactor = 1.5", "step.factor is 1.5, but it must be above 0 and at most 1"),
            ("kind = 'exponential'\nfactor = nan", "exponential.factor is NaN"),
            ("kind = 'cosine'\nupdates = 5\nfloor = -1", "cosine.floor is -1, but it must be in [0, 1]"),
            ("kind = 'cosine'\nupdates = 0", "cosine.updates is 0"),
            ("kind = 'plateau'\nfactor = 1\npatience = 1", "plateau.factor is 1, but it must be above 0 and below 1"),
            ("kind = 'plateau'\nfactor = 0.5\npatience = 1\nthreshold = -1", "plateau.threshold is -1"),
            ("kind = 'warmup'\nupdates = 0\nthen = { kind = 'constant' }", "warmup.updates is 0"),
            ("kind = 'warmup'\nupdates = 1\nthen = { kind = 'step', every = 0, factor = 1 }", "step.every is 0"),
            ("kind = 'stepp'\nevery = 1", "unknown variant `stepp`"),
            ("kind = 'step'\nevery = 1\nfactor = 1\nfloor = 0", "unknown field `floor`"),
        ] {
            let error = scheduler(toml).expect_err(toml);
            assert!(error.contains(message), "{toml}: {error}");
        }
        assert!(Scheduler::new(LrSchedule::Constant, -1.0).is_err());
    }
}
