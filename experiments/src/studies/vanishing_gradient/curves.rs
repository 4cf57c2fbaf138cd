//! The gradient curves of all units together: the numbers behind figures 1 and 3.

use serde::{Deserialize, Serialize};

use super::unit::{Outcome, Theory};
use crate::by_distance::Phase;
use crate::stats::{median, quantile};

/// What a curve is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The whole gradient.
    Measured,
    /// The gradient along the memory alone, the way through the output part being cut.
    Direct,
    /// Theory: ρ(W_h)ᵏ of one seed.
    Rho,
    /// Theory: σ_max(W_h)ᵏ of one seed, an upper bound.
    SigmaMax,
    /// Theory: σ(b_f)ᵏ.
    Forget,
}

/// One point of one curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The cell's name.
    pub cell: String,
    /// Before or after training.
    pub phase: Phase,
    /// The state part.
    pub part: String,
    /// What the curve is.
    pub kind: Kind,
    /// The seed, for a curve of one seed; empty for one over all.
    pub seed: Option<u64>,
    /// k, in time steps.
    pub lag: usize,
    /// The median over seeds and examples, or theory's value; relative to lag 0.
    pub median: f64,
    /// The 10 % quantile.
    pub low: f64,
    /// The 90 % quantile.
    pub high: f64,
    /// How many curves it is of.
    pub count: usize,
}

/// A gradient that is exactly 0 from some lag on: it fell below the range of f64, or a rectifier cut it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Underflow {
    /// The least lag at which an example's gradient is 0.
    pub lag: usize,
    /// Of how many examples it is 0 at some lag.
    pub examples: usize,
    /// Of how many.
    pub of: usize,
}

/// The curves of one state part along one path in one phase: of all seeds and examples.
pub struct Curves<'a> {
    pub phase: Phase,
    pub part: &'a str,
    pub direct: bool,
    norms: Vec<&'a [f64]>,
}

impl<'a> Curves<'a> {
    /// All that was measured of one cell: phase by phase, and path by path.
    pub fn of(outcomes: &[&'a Outcome]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for flow in outcomes.iter().flat_map(|outcome| &outcome.flows) {
            let (phase, part, direct) = (flow.phase, flow.part.as_str(), flow.direct);
            let norms = flow.norms.iter().map(Vec::as_slice);
            match all.iter_mut().find(|c| (c.phase, c.part, c.direct) == (phase, part, direct)) {
                Some(curves) => curves.norms.extend(norms),
                None => all.push(Self { phase, part, direct, norms: norms.collect() }),
            }
        }
        all
    }

    /// The values of all curves at each lag.
    fn by_lag(&self) -> impl Iterator<Item = Vec<f64>> {
        let lags = self.norms.first().map_or(0, |curve| curve.len());
        (0..lags).map(|k| self.norms.iter().map(|curve| curve[k]).collect())
    }

    /// Their median at each lag.
    pub fn median(&self) -> Vec<f64> {
        self.by_lag().map(|values| median(&values)).collect()
    }

    /// Where they are exactly 0, if they are.
    pub fn underflow(&self) -> Option<Underflow> {
        let zeros = self.norms.iter().filter_map(|curve| curve.iter().position(|norm| norm.abs() == 0.0));
        let zeros: Vec<usize> = zeros.collect();
        zeros.iter().min().map(|lag| Underflow { lag: *lag, examples: zeros.len(), of: self.norms.len() })
    }

    fn rows(&self, cell: &str) -> Vec<Row> {
        let row = |(lag, values): (usize, Vec<f64>)| Row {
            cell: cell.into(),
            phase: self.phase,
            part: self.part.into(),
            kind: if self.direct { Kind::Direct } else { Kind::Measured },
            seed: None,
            lag,
            median: median(&values),
            low: quantile(&values, 0.1),
            high: quantile(&values, 0.9),
            count: values.len(),
        };
        self.by_lag().enumerate().map(row).collect()
    }
}

/// The outcomes of one task and cell, in order of seeds.
pub fn of_cell<'a>(outcomes: &'a [Outcome], source: &str, cell: &str) -> Vec<&'a Outcome> {
    outcomes.iter().filter(|o| o.source == source && o.cell == cell).collect()
}

/// All points of all curves of one task, measured and theoretical.
pub fn rows(outcomes: &[Outcome], source: &str, cells: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    for cell in cells {
        let of_cell = of_cell(outcomes, source, cell);
        let curves = Curves::of(&of_cell);
        let lags = curves.iter().map(|curves| curves.by_lag().count()).max().unwrap_or(0);
        for phase in Phase::BOTH {
            rows.extend(curves.iter().filter(|curves| curves.phase == phase).flat_map(|curves| curves.rows(cell)));
            for (n, outcome) in of_cell.iter().enumerate() {
                let theories = outcome.theory.iter().filter(|theory| theory.phase == phase);
                rows.extend(theories.flat_map(|theory| theory_rows(cell, theory, outcome.seed, n == 0, lags)));
            }
        }
    }
    rows
}

fn theory_rows(cell: &str, theory: &Theory, seed: u64, is_first: bool, lags: usize) -> Vec<Row> {
    let Theory { phase, rho, sigma_max, forget } = *theory;
    // The forget bias is the same for all seeds: once is enough.
    let forget = forget.filter(|_| is_first);
    let laws = [(Kind::Rho, "h", rho), (Kind::SigmaMax, "h", sigma_max), (Kind::Forget, "c", forget)];
    let mut rows = Vec::new();
    for (kind, part, rate) in laws {
        let Some(rate) = rate else { continue };
        let seed = (kind != Kind::Forget).then_some(seed);
        for lag in 0..lags {
            let value = rate.powi(i32::try_from(lag).unwrap_or(i32::MAX));
            let (cell, part) = (cell.into(), part.into());
            rows.push(Row { cell, phase, part, kind, seed, lag, median: value, low: value, high: value, count: 1 });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studies::vanishing_gradient::unit::Flow;

    fn outcome(seed: u64, norms: Vec<Vec<f64>>) -> Outcome {
        Outcome {
            source: "france".into(),
            cell: "rnn".into(),
            seed,
            hidden: 1,
            parameters: 1,
            diverged: None,
            metrics: vec![],
            scores: vec![],
            disturbance: None,
            flows: vec![Flow { phase: Phase::Initial, part: "h".into(), direct: false, norms }],
            theory: vec![Theory { phase: Phase::Initial, rho: Some(0.5), sigma_max: Some(2.0), forget: None }],
        }
    }

    #[test]
    fn curves_are_medians_over_seeds_and_examples_beside_each_seeds_theory() {
        let outcomes = [outcome(1, vec![vec![1.0, 0.1], vec![1.0, 0.2]]), outcome(2, vec![vec![1.0, 0.9]])];
        let rows = rows(&outcomes, "france", &["rnn".into()]);
        let measured: Vec<_> =
            rows.iter().filter(|r| r.kind == Kind::Measured).map(|r| (r.lag, r.median, r.count)).collect();
        assert_eq!(measured, [(0, 1.0, 3), (1, 0.2, 3)]);
        let rho: Vec<_> = rows.iter().filter(|r| r.kind == Kind::Rho).map(|r| (r.seed, r.median)).collect();
        assert_eq!(rho, [(Some(1), 1.0), (Some(1), 0.5), (Some(2), 1.0), (Some(2), 0.5)]);
    }
}
