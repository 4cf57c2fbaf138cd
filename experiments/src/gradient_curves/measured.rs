//! `GradientCurves`: what is measured of one training, and the curves of several together.

use models::Params;
use models::networks::{Batch, Network};
use serde::{Deserialize, Serialize};

use crate::by_distance::Phase;
use crate::gradient_flow::{PartFlow, gradient_flow};
use crate::spectrum::{largest_singular_value, spectral_radius};
use crate::stats::median;

/// The gradient curves of one training, and what theory predicts from its weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct GradientCurves {
    /// Phase by phase.
    pub flows: Vec<Flow>,
    /// A phase each.
    pub theory: Vec<Theory>,
}

/// The gradient of one state part along one path in one phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flow {
    /// When.
    pub phase: Phase,
    /// Of which state part.
    pub part: String,
    /// Whether the way through the output part is cut: the direct path along the others.
    pub direct: bool,
    /// By example, then by lag, relative to lag 0.
    #[serde(deserialize_with = "null_is_infinite")]
    pub norms: Vec<Vec<f64>>,
}

/// JSON has no number for an overflowed gradient: it is written as null, and read as ∞.
fn null_is_infinite<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<f64>>, D::Error> {
    let rows = Vec::<Vec<Option<f64>>>::deserialize(deserializer)?;
    Ok(rows.into_iter().map(|row| row.into_iter().map(|x| x.unwrap_or(f64::INFINITY)).collect()).collect())
}

/// What theory predicts from the weights of one phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Theory {
    /// When.
    pub phase: Phase,
    /// ρ(W_h), for the plain RNN.
    pub rho: Option<f64>,
    /// σ_max(W_h), for the plain RNN.
    pub sigma_max: Option<f64>,
    /// σ(b_f), for an LSTM whose forget biases are all equal.
    pub forget: Option<f64>,
}

impl GradientCurves {
    /// Of a network whose answers to `batch` come after the last step, with its parameters of every phase.
    pub(crate) fn measured(network: &Network, params: [(Phase, &Params<f64>); 2], batch: &Batch) -> Self {
        let mut curves = Self::default();
        for (phase, params) in params {
            curves.flows.extend(flows(network, params, batch, phase));
            curves.theory.push(theory(network, params, phase));
        }
        curves
    }
}

/// The curves of every state part, and, where there is more than one part, those of the direct path.
fn flows(network: &Network, params: &Params<f64>, batch: &Batch, phase: Phase) -> Vec<Flow> {
    let about = network.stack().cells().next().expect("a layer");
    let output = about.states[about.output].name;
    let of = |cut: Option<&str>| {
        let flow = |PartFlow { part, norms }| Flow { phase, part: part.into(), direct: cut.is_some(), norms };
        gradient_flow(network, params, batch, cut).into_iter().map(flow).collect::<Vec<_>>()
    };
    let mut flows = of(None);
    if about.states.len() > 1 {
        flows.extend(of(Some(output)).into_iter().filter(|flow| flow.part != output));
    }
    flows
}

/// What the literature has a formula for: the plain RNN's matrix, the LSTM's forget bias.
fn theory(network: &Network, params: &Params<f64>, phase: Phase) -> Theory {
    let about = network.stack().cells().next().expect("a layer");
    let value = |name: &str| params.get(&format!("layers.0.fwd.{name}")).map(|p| &p.value);
    let matrix = value("w_h").filter(|_| about.name == "rnn");
    let forget = value("b").filter(|_| about.name == "lstm").and_then(|b| {
        let hidden = about.states[0].width;
        let block = b.rows(hidden, hidden);
        let first = block[0];
        block.iter().all(|b| b.to_bits() == first.to_bits()).then(|| 1.0 / (1.0 + (-first).exp()))
    });
    Theory { phase, rho: matrix.map(spectral_radius), sigma_max: matrix.map(largest_singular_value), forget }
}

/// A gradient that is exactly 0 from some lag on: it fell below 5e-324, the smallest number of f64, or a slope of exactly 0, as a
/// rectifier has, cut it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Underflow {
    /// The least lag at which an example's gradient is 0.
    pub lag: usize,
    /// Of how many examples it is 0 at some lag.
    pub examples: usize,
    /// Of how many.
    pub of: usize,
}

/// One state part along one path in one phase: the curves of all trainings and examples.
#[derive(Debug)]
pub(crate) struct Path<'a> {
    /// When.
    pub phase: Phase,
    /// The state part.
    pub part: &'a str,
    /// Whether the way through the output part is cut.
    pub direct: bool,
    norms: Vec<&'a [f64]>,
}

impl<'a> Path<'a> {
    /// All that was measured in these trainings of one cell: phase by phase.
    pub(crate) fn of(trainings: impl IntoIterator<Item = &'a GradientCurves>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for flow in trainings.into_iter().flat_map(|curves| &curves.flows) {
            let (phase, part, direct) = (flow.phase, flow.part.as_str(), flow.direct);
            let norms = flow.norms.iter().map(Vec::as_slice);
            match all.iter_mut().find(|path| (path.phase, path.part, path.direct) == (phase, part, direct)) {
                Some(path) => path.norms.extend(norms),
                None => all.push(Self { phase, part, direct, norms: norms.collect() }),
            }
        }
        all
    }

    /// The values of all curves at each lag.
    pub(crate) fn by_lag(&self) -> impl ExactSizeIterator<Item = Vec<f64>> {
        let lags = self.norms.first().map_or(0, |curve| curve.len());
        (0..lags).map(|k| self.norms.iter().map(|curve| curve[k]).collect())
    }

    /// Their median at each lag.
    pub(crate) fn median(&self) -> Vec<f64> {
        self.by_lag().map(|values| median(&values)).collect()
    }

    /// Where they are exactly 0, if they are.
    pub(crate) fn underflow(&self) -> Option<Underflow> {
        let zeros = self.norms.iter().filter_map(|curve| curve.iter().position(|norm| norm.abs() == 0.0));
        let zeros: Vec<usize> = zeros.collect();
        zeros.iter().min().map(|lag| Underflow { lag: *lag, examples: zeros.len(), of: self.norms.len() })
    }
}
