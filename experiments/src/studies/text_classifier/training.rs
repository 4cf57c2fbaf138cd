use models::Params;
use models::networks::Network;
use serde::{Deserialize, Serialize};

use super::config::Config;
use super::data::Encoded;
use super::objective::Texts;
use crate::Stop;
use crate::run::Unit;
use crate::train::Metric;

/// How training went.
///
/// The parameters with the least validation loss are in `model.safetensors`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How many updates were made.
    pub updates: u64,
    /// After which the validation loss was least.
    pub best_update: u64,
    /// That loss, in nats.
    #[serde(with = "crate::number")]
    pub best_loss: f64,
    /// The record.
    pub metrics: Vec<Metric>,
}

/// Trains until the validation loss falls no more.
///
/// # Errors
/// As [`Unit::train`].
pub fn train(
    config: &Config,
    (network, params): (&Network, &Params<f32>),
    [train, validation]: [&[Encoded]; 2],
    unit: &mut Unit,
) -> Result<Outcome, Stop> {
    let objective = Texts { network, train, validation, batch: config.training.batch, seed: config.seed };
    let trained = unit.train(&objective, &mut params.clone(), &config.training.constant())?;
    let (best_update, best_loss) = trained.best.unwrap_or((trained.updates, f64::NAN));
    Ok(Outcome { updates: trained.updates, best_update, best_loss, metrics: unit.metrics() })
}
