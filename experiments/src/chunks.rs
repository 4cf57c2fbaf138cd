//! Evaluation of many examples, a chunk at a time: what is on a tape grows with its examples.

use autograd::Tape;
use models::{Block, Bound, CellScalar, Params, Sequence};
use rayon::prelude::*;

/// What `find` says of the examples of every chunk, in their order. Each chunk has a tape of its own, and they are read on as
/// many threads as there are.
pub fn in_chunks<'e, T: CellScalar, E: Sync, R: Send>(
    params: &Params<T>,
    examples: &'e [E],
    at_once: usize,
    find: impl for<'t> Fn(&'t Tape<T>, &Bound<'t, T>, &'e [E]) -> Vec<R> + Sync,
) -> Vec<R> {
    let of_chunk = |tape: &mut Tape<T>, chunk: &'e [E]| {
        tape.reset();
        find(tape, &params.bind(tape), chunk)
    };
    let found: Vec<Vec<R>> = examples.par_chunks(at_once).map_init(Tape::new, of_chunk).collect();
    found.into_iter().flatten().collect()
}

/// The mean loss of `examples`, for a validation; none if there is nothing to answer. `on` gives a chunk's sequence, and how
/// many answers its loss is the mean of.
pub fn mean_loss<'e, T: CellScalar, E: Sync>(
    params: &Params<T>,
    examples: &'e [E],
    at_once: usize,
    on: impl Fn(&'e [E]) -> (Box<dyn Sequence<T> + 'e>, usize) + Sync,
) -> Option<f64> {
    let losses = in_chunks(params, examples, at_once, |tape, bound, chunk| {
        let (sequence, count) = on(chunk);
        let extent = sequence.extent();
        let block =
            Block { tape, bound, examples: 0..extent.examples, states: &[], steps: extent.steps, loss_wanted: true };
        let loss = sequence.record(block).loss;
        loss.map(|mean| (mean.item().re() * count as f64, count)).into_iter().collect()
    });
    let count: usize = losses.iter().map(|(_, count)| count).sum();
    (count > 0).then(|| losses.iter().map(|(total, _)| total).sum::<f64>() / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::networks::{Batch, Network, NetworkConfig, Targets};
    use models::stacks::RecurrentConfig;
    use models::{Phase, Registry};
    use nalgebra::DMatrix;

    /// A network that reads one number at each of three steps, and its parameters.
    fn network() -> (Network, Params<f64>) {
        let config = NetworkConfig::new(1, RecurrentConfig::new("gru", 4), 2);
        let mut params = Params::new();
        let network = Network::new(&config, &Registry::builtin(), 3, params.at("", 1)).expect("built in");
        (network, params)
    }

    fn batch(examples: &[f64]) -> Batch {
        let x = DMatrix::from_fn(1, 3 * examples.len(), |_, j| examples[j % examples.len()]);
        Batch::new(x, examples.len(), Targets::Classes(examples.iter().map(|x| usize::from(*x > 0.4)).collect()))
    }

    #[test]
    fn chunks_say_in_order_what_the_whole_says() {
        let (network, params) = network();
        let examples: Vec<f64> = (0..11).map(|k| f64::from(k) / 10.0).collect();
        let whole = network.evaluate(&params, &batch(&examples));
        let loss = network.on(batch(&examples), Phase::Evaluation).loss(&params);
        for at_once in [1, 4, 11, 50] {
            let found = in_chunks(&params, &examples, at_once, |tape, bound, chunk| {
                assert!(chunk.len() <= at_once && !tape.is_empty());
                let batch = batch(chunk);
                let z = network.answers(bound, network.inputs(tape, bound, &batch), &batch.lengths, Phase::Evaluation);
                z.value().column_iter().map(|z| z[1]).collect()
            });
            assert!(found.iter().zip(whole.row(1).iter()).all(|(a, b)| (a - b).abs() < 1e-14), "{at_once}");
            assert_eq!(found.len(), 11);
            let mean = |examples| {
                let on = |chunk: &[f64]| network.on(batch(chunk), Phase::Evaluation);
                mean_loss(&params, examples, at_once, |chunk| (Box::new(on(chunk)) as _, chunk.len()))
            };
            assert!((mean(&examples).expect("examples") - loss).abs() < 1e-14);
            assert_eq!(mean(&[]), None);
        }
    }
}
