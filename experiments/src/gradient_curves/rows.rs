//! The points of all curves of a cell, measured and theoretical.

use serde::{Deserialize, Serialize};

use super::{GradientCurves, Path, Theory};
use crate::by_distance::Phase;
use crate::stats::{median, quantile};

/// What a curve is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
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
pub(crate) struct Row {
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

/// Of a cell, trained with these seeds.
pub(crate) fn rows(cell: &str, trainings: &[(u64, &GradientCurves)]) -> Vec<Row> {
    let mut rows = Vec::new();
    let paths = Path::of(trainings.iter().map(|(_, curves)| *curves));
    let lags = paths.iter().map(|path| path.by_lag().len()).max().unwrap_or(0);
    for phase in Phase::BOTH {
        rows.extend(paths.iter().filter(|path| path.phase == phase).flat_map(|path| measured(cell, path)));
        for (n, (seed, curves)) in trainings.iter().enumerate() {
            let theories = curves.theory.iter().filter(|theory| theory.phase == phase);
            rows.extend(theories.flat_map(|theory| predicted(cell, theory, *seed, n == 0, lags)));
        }
    }
    rows
}

fn measured(cell: &str, path: &Path<'_>) -> Vec<Row> {
    let row = |(lag, values): (usize, Vec<f64>)| Row {
        cell: cell.into(),
        phase: path.phase,
        part: path.part.into(),
        kind: if path.direct { Kind::Direct } else { Kind::Measured },
        seed: None,
        lag,
        median: median(&values),
        low: quantile(&values, 0.1),
        high: quantile(&values, 0.9),
        count: values.len(),
    };
    path.by_lag().enumerate().map(row).collect()
}

fn predicted(cell: &str, theory: &Theory, seed: u64, is_first: bool, lags: usize) -> Vec<Row> {
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
    use crate::gradient_curves::measured::Flow;

    #[test]
    fn curves_are_medians_over_seeds_and_examples_beside_each_seeds_theory() {
        let curves = |norms: Vec<Vec<f64>>| GradientCurves {
            flows: vec![Flow { phase: Phase::Initial, part: "h".into(), direct: false, norms }],
            theory: vec![Theory { phase: Phase::Initial, rho: Some(0.5), sigma_max: Some(2.0), forget: None }],
        };
        let (one, two) = (curves(vec![vec![1.0, 0.1], vec![1.0, 0.2]]), curves(vec![vec![1.0, 0.9]]));
        let rows = rows("rnn", &[(1, &one), (2, &two)]);
        let measured: Vec<_> =
            rows.iter().filter(|r| r.kind == Kind::Measured).map(|r| (r.lag, r.median, r.count)).collect();
        assert_eq!(measured, [(0, 1.0, 3), (1, 0.2, 3)]);
        let rho: Vec<_> = rows.iter().filter(|r| r.kind == Kind::Rho).map(|r| (r.seed, r.median)).collect();
        assert_eq!(rho, [(Some(1), 1.0), (Some(1), 0.5), (Some(2), 1.0), (Some(2), 0.5)]);
    }
}
