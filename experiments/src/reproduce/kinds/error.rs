//! How good the answers are after the last update: to new sequences of the task, or of another one, such as a longer one.

use models::Sequence;
use models::networks::Network;

use crate::Stop;
use crate::reproduce::protocol::{Protocol, Setup};
use crate::run::Unit;
use crate::train::Objective;

/// The measure after `cap` updates; `None` if the training diverges.
pub(super) fn at_the_end(
    protocol: &Protocol,
    setup: &Setup,
    seed: u64,
    unit: &mut Unit<'_>,
) -> Result<Option<f64>, Stop> {
    let (network, mut params) = setup.network(seed)?;
    let objective = Batches { network: &network, protocol, setup, seed };
    let diverged = unit.train_until_diverged(&objective, &mut params, &protocol.training())?;
    Ok(diverged.is_none().then(|| setup.tested(protocol, seed, (&network, &params))))
}

struct Batches<'a> {
    network: &'a Network,
    protocol: &'a Protocol,
    setup: &'a Setup,
    seed: u64,
}

impl Objective<f32> for Batches<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        Box::new(self.setup.on(self.protocol, self.seed, update, self.network))
    }
}
