//! The gradient curves of all units together: the numbers behind figures 1 and 3.

use serde::{Deserialize, Serialize};

use super::unit::{Flow, Outcome, Phase, Source, Theory};
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

/// All norms of one lag after the other, over the given outcomes and all their examples; `None` if there are none.
fn by_lag<'a>(flows: impl Iterator<Item = &'a Flow>) -> Option<Vec<Vec<f64>>> {
    let curves: Vec<&Vec<f64>> = flows.flat_map(|flow| &flow.norms).collect();
    let lags = curves.first()?.len();
    Some((0..lags).map(|k| curves.iter().map(|curve| curve[k]).collect()).collect())
}

/// A gradient that is exactly 0 from some lag on: it fell below the range of f64, or a rectifier cut it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underflow {
    /// The least lag at which an example's gradient is 0.
    pub lag: usize,
    /// Of how many examples it is 0 at some lag.
    pub examples: usize,
    /// Of how many.
    pub of: usize,
}

/// The underflow of one part of one cell in one phase, if there is any.
pub fn underflow(outcomes: &[&Outcome], phase: Phase, part: &str, direct: bool) -> Option<Underflow> {
    let flows = outcomes.iter().flat_map(|outcome| &outcome.flows);
    let flows = flows.filter(|flow| flow.phase == phase && flow.part == part && flow.direct == direct);
    let curves: Vec<&Vec<f64>> = flows.flat_map(|flow| &flow.norms).collect();
    let zeros: Vec<usize> = curves.iter().filter_map(|curve| curve.iter().position(|norm| norm.abs() == 0.0)).collect();
    zeros.iter().min().map(|lag| Underflow { lag: *lag, examples: zeros.len(), of: curves.len() })
}

/// The median curve of one part of one cell in one phase; empty if nothing was measured.
pub fn median_curve(outcomes: &[&Outcome], phase: Phase, part: &str, direct: bool) -> Vec<f64> {
    let flows = outcomes.iter().flat_map(|outcome| &outcome.flows);
    let flows = flows.filter(|flow| flow.phase == phase && flow.part == part && flow.direct == direct);
    by_lag(flows).unwrap_or_default().iter().map(|values| median(values)).collect()
}

/// Every (part, direct) that was measured, in order.
pub fn paths(outcomes: &[&Outcome]) -> Vec<(String, bool)> {
    let mut paths = Vec::new();
    for flow in outcomes.iter().flat_map(|outcome| &outcome.flows) {
        let path = (flow.part.clone(), flow.direct);
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

/// The outcomes of one task and cell, in order of seeds.
pub fn of_cell<'a>(outcomes: &'a [Outcome], source: Source, cell: &str) -> Vec<&'a Outcome> {
    outcomes.iter().filter(|o| o.source == source && o.cell == cell).collect()
}

/// All points of all curves of one task, measured and theoretical.
pub fn rows(outcomes: &[Outcome], source: Source, cells: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    for cell in cells {
        let of_cell = of_cell(outcomes, source, cell);
        for phase in [Phase::Initial, Phase::Trained] {
            for (part, direct) in paths(&of_cell) {
                let flows = of_cell.iter().flat_map(|outcome| &outcome.flows);
                let flows = flows.filter(|flow| flow.phase == phase && flow.part == part && flow.direct == direct);
                for (lag, values) in by_lag(flows).unwrap_or_default().iter().enumerate() {
                    rows.push(Row {
                        cell: cell.clone(),
                        phase,
                        part: part.clone(),
                        kind: if direct { Kind::Direct } else { Kind::Measured },
                        seed: None,
                        lag,
                        median: median(values),
                        low: quantile(values, 0.1),
                        high: quantile(values, 0.9),
                        count: values.len(),
                    });
                }
            }
            rows.extend(theory_rows(cell, phase, &of_cell));
        }
    }
    rows
}

fn theory_rows(cell: &str, phase: Phase, outcomes: &[&Outcome]) -> Vec<Row> {
    let mut rows = Vec::new();
    let lags = outcomes.iter().flat_map(|o| &o.flows).flat_map(|f| f.norms.first()).map(Vec::len).next().unwrap_or(0);
    for (n, outcome) in outcomes.iter().enumerate() {
        let Some(theory) = outcome.theory.iter().find(|theory| theory.phase == phase) else { continue };
        let Theory { rho, sigma_max, forget, .. } = theory;
        // The forget bias is the same for all seeds: once is enough.
        let forget = forget.filter(|_| n == 0);
        for (kind, part, rate) in
            [(Kind::Rho, "h", *rho), (Kind::SigmaMax, "h", *sigma_max), (Kind::Forget, "c", forget)]
        {
            let Some(rate) = rate else { continue };
            let point = |lag: usize| {
                let value = rate.powi(i32::try_from(lag).unwrap_or(i32::MAX));
                Row {
                    cell: cell.into(),
                    phase,
                    part: part.into(),
                    kind,
                    seed: (kind != Kind::Forget).then_some(outcome.seed),
                    lag,
                    median: value,
                    low: value,
                    high: value,
                    count: 1,
                }
            };
            rows.extend((0..lags).map(point));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(seed: u64, norms: Vec<Vec<f64>>) -> Outcome {
        Outcome {
            source: Source::France,
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
        let rows = rows(&outcomes, Source::France, &["rnn".into()]);
        let measured: Vec<_> =
            rows.iter().filter(|r| r.kind == Kind::Measured).map(|r| (r.lag, r.median, r.count)).collect();
        assert_eq!(measured, [(0, 1.0, 3), (1, 0.2, 3)]);
        let rho: Vec<_> = rows.iter().filter(|r| r.kind == Kind::Rho).map(|r| (r.seed, r.median)).collect();
        assert_eq!(rho, [(Some(1), 1.0), (Some(1), 0.5), (Some(2), 1.0), (Some(2), 0.5)]);
    }
}
