//! How fast gradients decay, and whether they do as theory says: in numbers and in tables.

use comfy_table::Table;
use serde::Serialize;

use super::{GradientCurves, Path, Underflow};
use crate::by_distance::Phase;
use crate::counted;
use crate::stats::{half_life, log_slope, quantile};
use crate::table::table;

/// The lags over which slopes are fitted.
const SLOPE: std::ops::RangeInclusive<usize> = 10..=60;

/// The decay of one part's gradient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Decay {
    /// The task's name.
    pub source: String,
    /// The cell's name.
    pub cell: String,
    /// When.
    pub phase: Phase,
    /// The state part.
    pub part: String,
    /// Whether the way through the output part is cut.
    pub direct: bool,
    /// The first lag at which the median curve is below ½; `None` if it never is.
    pub half_life: Option<usize>,
    /// The factor per step of the median curve over lags 10–60 (the exponential of its log-slope).
    pub rate: Option<f64>,
    /// Where it is exactly 0; the rate is of what is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub underflow: Option<Underflow>,
}

impl Decay {
    /// Of every path of a cell's trainings on a task: each at first, then trained.
    pub(crate) fn of<'a>(
        source: &str,
        cell: &str,
        trainings: impl IntoIterator<Item = &'a GradientCurves>,
    ) -> Vec<Self> {
        let all = Path::of(trainings);
        let decay = |path: &Path<'_>| {
            let median = path.median();
            Self {
                source: source.into(),
                cell: cell.into(),
                phase: path.phase,
                part: path.part.into(),
                direct: path.direct,
                half_life: half_life(&median),
                rate: log_slope(&median, SLOPE).map(f64::exp),
                underflow: path.underflow(),
            }
        };
        let paths = all.iter().filter(|path| path.phase == Phase::Initial);
        let same = |path: &Path<'_>| {
            all.iter().filter(|p| (p.part, p.direct) == (path.part, path.direct)).map(decay).collect::<Vec<_>>()
        };
        paths.flat_map(same).collect()
    }

    /// The state part, and whether the gradient flows along it alone.
    fn path(&self) -> String {
        format!("{}{}", self.part, if self.direct { ", direct path" } else { "" })
    }

    /// A row for every path on the first task, at first and trained, and beside it trained on the others; half-lives are known up
    /// to `lags` lags.
    pub(crate) fn table(all: &[Self], lags: usize) -> Table {
        let first = |decay: &Self| decay.source == all[0].source;
        let mut columns = vec![(&all[0].source, Phase::Initial, "at start".into())];
        columns.push((&all[0].source, Phase::Trained, "trained".into()));
        for decay in all.iter().filter(|decay| !first(decay)) {
            if columns.last().is_none_or(|(source, ..)| *source != &decay.source) {
                columns.push((&decay.source, Phase::Trained, format!("on {}", decay.source)));
            }
        }
        let headings = columns.iter().flat_map(|(.., heading)| [heading.clone(), "×/step".into()]);
        let mut table = table(["cell".into(), "of".into()].into_iter().chain(headings));
        for of in all.iter().filter(|decay| first(decay) && decay.phase == Phase::Initial) {
            let shown = |(source, phase, _): &(&String, Phase, String)| {
                let same = |d: &&Self| {
                    (&d.source, d.phase) == (*source, *phase) && (&d.cell, d.path()) == (&of.cell, of.path())
                };
                let Some(found) = all.iter().find(same) else { return ["–".into(), "–".into()] };
                let life = found.half_life.map_or(format!("> {lags}"), |k| k.to_string());
                [life, found.rate.map_or("–".into(), |rate| format!("{rate:.3}"))]
            };
            table.add_row([of.cell.clone(), of.path()].into_iter().chain(columns.iter().flat_map(shown)));
        }
        table
    }

    /// A line for every gradient that is exactly 0 somewhere: said, for a curve just ends there.
    pub(crate) fn underflows(all: &[Self]) -> String {
        let line = |decay: &Self| {
            let Underflow { lag, examples, of } = decay.underflow?;
            let source = if decay.source == all[0].source { String::new() } else { format!(" on {}", decay.source) };
            let when = if decay.phase == Phase::Initial { "at the start" } else { "trained" };
            Some(format!(
                "Underflow: {} ({}){source}, {when}: the gradient of {examples} of {} is exactly 0, from lag {lag} on\n",
                decay.cell,
                decay.path(),
                counted(of, "example")
            ))
        };
        let lines: String = all.iter().filter_map(line).collect();
        if lines.is_empty() {
            lines
        } else {
            lines
                + "(below 5e-324, the smallest number of f64, or cut off by a slope of exactly 0, as a rectifier has)\n\n"
        }
    }
}

/// A measured rate beside the one predicted from a training's own weights, both at initialisation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Check {
    /// The cell's name.
    pub cell: String,
    /// What predicts it.
    pub law: &'static str,
    /// The training's seed.
    pub seed: u64,
    /// The factor per step that the law says.
    pub predicted: f64,
    /// That of the median curve over lags 10–60.
    pub measured: f64,
}

impl Check {
    /// Of the training of a cell with a seed, by each law that there is for it.
    pub(crate) fn of(cell: &str, seed: u64, curves: &GradientCurves) -> Vec<Self> {
        let Some(theory) = curves.theory.iter().find(|t| t.phase == Phase::Initial) else { return Vec::new() };
        let paths = Path::of([curves]);
        let check = |(law, predicted, part, direct): (_, Option<f64>, &str, bool)| {
            let found = paths.iter().find(|p| (p.phase, p.part, p.direct) == (Phase::Initial, part, direct))?;
            let measured = log_slope(&found.median(), SLOPE)?.exp();
            Some(Self { cell: cell.into(), law, seed, predicted: predicted?, measured })
        };
        let laws = [("ρ(W_h)", theory.rho, "h", false), ("σ(b_f), direct path", theory.forget, "c", true)];
        laws.into_iter().filter_map(check).collect()
    }

    /// A row for every cell and law, over seeds.
    pub(crate) fn table(all: &[Self]) -> Table {
        let mut table = table(["cell", "law", "predicted", "measured", "ratio"]);
        for same in all.chunk_by(|a, b| (&a.cell, a.law) == (&b.cell, b.law)) {
            let spanned = |f: fn(&Self) -> f64| {
                let values: Vec<f64> = same.iter().map(f).collect();
                format!("{:.3}–{:.3}", quantile(&values, 0.0), quantile(&values, 1.0))
            };
            let (law, ratio) = (same[0].law.into(), spanned(|c| c.measured / c.predicted));
            table.add_row([same[0].cell.clone(), law, spanned(|c| c.predicted), spanned(|c| c.measured), ratio]);
        }
        table
    }
}
