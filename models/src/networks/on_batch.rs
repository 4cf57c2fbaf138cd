//! `OnBatch`: a network on a batch, as an engine sweeps it.

use autograd::{Tape, Var};
use nalgebra::DMatrix;

use super::network::Piece;
use super::{Batch, Network};
use crate::stacks::Read;
use crate::{Address, Block, BlockEnd, CellScalar, Extent, Params, Phase, Sequence};

/// The loss of a [`Network`] on a [`Batch`], in blocks of examples and steps; [`Network::on`] makes it. Masks are drawn by
/// address, so blocks see those of the whole.
///
/// The loss is the mean over examples, or over all steps that are no padding if every step is read.
pub struct OnBatch<'a> {
    network: &'a Network,
    batch: Batch,
    phase: Phase,
    heard: Option<Hear<'a>>,
}

/// What is told the answers to some examples at some steps.
type Hear<'a> = Box<dyn Fn(&DMatrix<f64>) + Sync + 'a>;

impl<'a> OnBatch<'a> {
    #[track_caller]
    pub(super) fn new(network: &'a Network, batch: Batch, phase: Phase) -> Self {
        let (steps, examples) = (batch.steps(), batch.examples());
        assert!(examples > 0, "network: a batch of no examples has no loss; give at least one, or `evaluate`");
        let columns = batch.tokens.iter().map(Vec::len).chain((batch.x.nrows() > 0).then_some(batch.x.ncols()));
        for columns in columns {
            assert!(columns == steps * examples, "network: {columns} columns are not {steps} steps of {examples}");
        }
        let longest = batch.lengths.iter().copied().max().unwrap_or(0);
        assert!(longest <= steps, "network: a length of {longest} in a batch of {steps} steps");
        let wanted = if network.read == Read::Every { steps * examples } else { examples };
        let targets = batch.targets.count();
        assert!(
            targets == wanted,
            "network: {targets} targets, but it answers {wanted} times (read = {:?})",
            network.read
        );
        Self { network, batch, phase, heard: None }
    }

    /// The same, which tells `hear` the answers z, outputs × answers, whenever it is swept: those of the parameters before the
    /// update. A sweep in blocks tells them block by block.
    #[must_use]
    pub fn heard(self, hear: impl Fn(&DMatrix<f64>) + Sync + 'a) -> Self {
        Self { heard: Some(Box::new(hear)), ..self }
    }

    /// What it is on.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// The loss by itself, without a gradient.
    ///
    /// # Panics
    /// If every step is read and there is none.
    #[track_caller]
    pub fn loss<T: CellScalar>(&self, params: &Params<T>) -> T {
        let tape = Tape::new();
        let (bound, examples) = (params.bind(&tape), 0..self.batch.examples());
        let steps = 0..self.batch.steps();
        let block = Block { tape: &tape, bound: &bound, examples, states: &[], steps, loss_wanted: true };
        self.record(block).loss.expect("network: a batch with something to answer").item()
    }

    /// The block's share of the loss, of its answers `z`.
    fn share<'t, T: CellScalar>(
        &self,
        block: &Block<'_, 't, T>,
        piece: &Piece,
        z: impl FnOnce() -> Var<'t, T>,
    ) -> Option<Var<'t, T>> {
        let (batch, examples) = (&self.batch, self.batch.examples());
        let each_step = self.network.read == Read::Every;
        if !each_step && piece.steps.end < batch.steps() {
            return None;
        }
        let columns = if each_step { piece.columns(batch) } else { piece.examples.clone().collect() };
        let counts = |j: &usize| !each_step || j / examples < batch.lengths[j % examples];
        let weights: Vec<_> = columns.iter().map(|j| f64::from(u8::from(counts(j)))).collect();
        let there = columns.iter().filter(|j| counts(j)).count();
        let all = if each_step { batch.lengths.iter().sum() } else { examples };
        // A block of padding alone has no mean, and no share.
        (there > 0).then(|| {
            let z = z();
            if let Some(hear) = &self.heard {
                hear(&z.value().map(|z| z.re()));
            }
            block.share(batch.targets.select(&columns).loss(z, &weights), there, all)
        })
    }
}

impl<T: CellScalar> Sequence<T> for OnBatch<'_> {
    fn extent(&self) -> Extent {
        let reads_both_ends = self.network.stack.config().bidirectional;
        let in_one_piece = reads_both_ends.then_some("a bidirectional stack reads from both ends");
        Extent { in_one_piece, ..Extent::new(self.batch.examples(), 0..self.batch.steps()) }
    }

    fn record<'t>(&self, block: Block<'_, 't, T>) -> BlockEnd<'t, T> {
        let (network, batch) = (self.network, &self.batch);
        let (piece, lengths) = (
            Piece { examples: block.examples.clone(), steps: block.steps.clone() },
            &batch.lengths[block.examples.clone()],
        );
        let phase = match self.phase {
            Phase::Training(at) => {
                let first_example = at.first_example + block.examples.start as u64;
                Phase::Training(Address { first_example, ..at })
            }
            Phase::Evaluation => Phase::Evaluation,
        };
        // What the mean is so far is one more state.
        let (own, so_far) = block.states.split_at(block.states.len().min(network.stack.states().count()));
        let unroll = network.stack.unroll(block.bound).segment(block.steps.start).lengths(lengths).phase(phase);
        let unroll = if own.is_empty() { unroll } else { unroll.initial(own) };
        let run = unroll.run(network.inputs_of(block.tape, block.bound, batch, &piece), lengths.len());
        let h = network.read_out(&run, lengths, block.steps.start, so_far.first().copied());
        // An example that is answered once has one mask, wherever its last block begins.
        let first = if network.read == Read::Every { block.steps.start } else { 0 };
        let z = || network.answer.of(network.readout.apply_from(block.bound, h, phase, (first, lengths.len())));
        let loss = if block.loss_wanted { self.share(&block, &piece, z) } else { None };
        let mut states = run.last;
        states.extend((network.read == Read::Mean).then_some(h));
        BlockEnd::new(states, loss)
    }
}
