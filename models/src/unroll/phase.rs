//! `Phase` and `Address`: training or evaluation, and where the masks of training are drawn.

use std::sync::Arc;

use autograd::{Scalar, Var};

use crate::Draws;

/// Where a run's masks are drawn: a mask is a function of this, its purpose, the time step and the example, so shards,
/// segments and replays of a batch see the same ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The experiment's seed.
    pub seed: u64,
    /// Which update of training.
    pub update: u64,
    /// Which layer and direction; two cells of one model must differ here.
    pub layer: u64,
    /// The number in the whole batch of the first example of this shard.
    pub first_example: u64,
}

/// What a run is for. What is random in training is its expectation in evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Masks are drawn.
    Training(Address),
    /// Nothing is random.
    Evaluation,
}

impl Phase {
    /// The same, but the masks are those of the layer that is `layers` further on.
    pub(crate) fn layers_on(self, layers: u64) -> Self {
        match self {
            Self::Training(at) => Self::Training(Address { layer: at.layer + layers, ..at }),
            Self::Evaluation => self,
        }
    }

    /// Y = X ∘ M / (1 − p) in training, M drawn: each entry stays with probability 1 − p. In evaluation it is X, for what stays
    /// is scaled up already (Srivastava et al. 2014, in the "inverted" form). X, Y (m × T·B), from step `first` on.
    pub(crate) fn dropout<'t, T: Scalar>(
        self,
        x: Var<'t, T>,
        purpose: &str,
        (first, batch): (usize, usize),
        p: f64,
    ) -> Var<'t, T> {
        let Self::Training(at) = self else { return x };
        if p <= 0.0 {
            return x;
        }
        let (rows, columns) = x.shape();
        let steps = columns.checked_div(batch).unwrap_or(0);
        let mask = |t: usize| at.keep(purpose, Some(first + t), rows, batch, p).to_vec();
        x.dropout((0..steps).flat_map(mask).collect(), p)
    }
}

impl Address {
    /// Whether each entry of a `rows × batch` matrix stays, column after column, if it is dropped with probability `p`:
    /// at time step `step`, or for the whole sequence.
    pub(crate) fn keep(&self, purpose: &str, step: Option<usize>, rows: usize, batch: usize, p: f64) -> Arc<[bool]> {
        let mut keep = Vec::with_capacity(rows * batch);
        let Self { seed, update, layer, first_example } = *self;
        for example in (0..batch as u64).map(|j| first_example + j) {
            let mut draws = match step {
                Some(t) => Draws::at(seed, purpose, &[layer, update, t as u64, example]),
                None => Draws::at(seed, purpose, &[layer, update, example]),
            };
            keep.extend((0..rows).map(|_| draws.uniform() >= p));
        }
        keep.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::Tape;
    use nalgebra::DMatrix;

    #[test]
    fn a_shard_draws_the_masks_of_its_examples() {
        let whole = Address { seed: 3, update: 7, layer: 1, first_example: 0 };
        let shard = Address { first_example: 2, ..whole };
        for step in [None, Some(4)] {
            let (all, part) = (whole.keep("x", step, 5, 6, 0.5), shard.keep("x", step, 5, 3, 0.5));
            assert_eq!(all[10..25], part[..]);
            assert_ne!(all[..15], part[..]);
        }
    }

    #[test]
    fn a_mask_is_pinned_to_layer_update_step_and_example() {
        let address = Address { seed: 3, update: 7, layer: 1, first_example: 4 };
        let of = |numbers: &[u64]| {
            let mut draws = Draws::at(3, "x", numbers);
            (0..5).map(|_| draws.uniform() >= 0.5).collect::<Vec<_>>()
        };
        assert_eq!(address.keep("x", Some(9), 5, 2, 0.5)[..], [of(&[1, 7, 9, 4]), of(&[1, 7, 9, 5])].concat());
        assert_eq!(address.keep("x", None, 5, 2, 0.5)[..], [of(&[1, 7, 4]), of(&[1, 7, 5])].concat());
    }

    #[test]
    fn as_many_entries_go_as_p_says_and_the_mean_stays() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&DMatrix::from_element(100, 100, 1.0));
        let at = |phase: Phase| phase.dropout(x, "test", (3, 4), 0.3);
        let y = at(Phase::Training(Address::default()));
        let dropped = y.value().iter().filter(|y| y.abs() < 1e-15).count();
        assert!((2800..3200).contains(&dropped) && (y.mean().item() - 1.0).abs() < 0.03, "{dropped} dropped");
        assert_eq!(at(Phase::Evaluation).id(), x.id());
    }

    #[test]
    fn an_entry_is_dropped_as_often_as_asked() {
        let keep = Address::default().keep("x", Some(0), 100, 100, 0.3);
        let share = keep.iter().filter(|keep| !**keep).count() as f64 / 1e4;
        assert!((share - 0.3).abs() < 0.02, "{share}");
    }
}
