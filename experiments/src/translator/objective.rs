use models::stacks::TokenBatch;
use models::{BlockEnd, Draws, Params, Phase, Recorded, Sequence};

use super::{AT_ONCE, Translator};
use crate::chunks::mean_loss;
use crate::loaders::pairs::Pair;
use crate::train::Objective;

/// The training of a translator on pairs, its loss the mean cross-entropy of a target token, in nats.
#[derive(Debug)]
pub struct Pairs<'a> {
    translator: &'a Translator,
    train: Vec<[Vec<usize>; 2]>,
    validation: Vec<[Vec<usize>; 2]>,
    batch: usize,
    hidden: f64,
    seed: u64,
}

impl<'a> Pairs<'a> {
    /// Updates of `batch` pairs of `train`, drawn by `seed`; a share `hidden` of the source tokens is read as `<unk>`, so
    /// that the network learns what to do about words that it never saw.
    ///
    /// # Panics
    /// If there is nothing to train on.
    #[track_caller]
    pub fn new(
        translator: &'a Translator,
        train: &[Pair],
        validation: &[Pair],
        batch: usize,
        hidden: f64,
        seed: u64,
    ) -> Self {
        assert!(!train.is_empty() && batch > 0, "pairs: {} pairs and a batch of {batch}", train.len());
        let encode = |pair: &Pair| {
            let Translator { source, target, .. } = translator;
            [source.read(&source.tokens(&pair.source)), target.write(&pair.target)]
        };
        let [train, validation] = [train, validation].map(|pairs| pairs.iter().map(encode).collect());
        Self { translator, train, validation, batch, hidden, seed }
    }

    /// The mean cross-entropy of a token of these targets, and how many there are.
    fn on<'b, S>(&'b self, sources: Vec<S>, targets: Vec<&'b [usize]>) -> (Box<dyn Sequence<f32> + 'b>, usize)
    where
        S: AsRef<[usize]> + Sync + 'b,
    {
        let all = targets.iter().map(|target| target.len()).sum();
        let recorded = Recorded::new(targets.len(), 0..1, move |block| {
            let own = TokenBatch::new(&sources[block.examples.clone()]);
            let wanted = TokenBatch::new(&targets[block.examples.clone()]);
            let mean = self.translator.network.loss(block.bound, &own, &wanted, Phase::Evaluation);
            BlockEnd::loss(block.share(mean, wanted.lengths.iter().sum(), all))
        });
        (Box::new(recorded.in_one_piece("the encoder reads the source from both ends")), all)
    }
}

impl Objective<f32> for Pairs<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let mut draws = Draws::at(self.seed, "train", &[update]);
        let (mut sources, mut targets) = (Vec::with_capacity(self.batch), Vec::with_capacity(self.batch));
        for _ in 0..self.batch {
            let [source, target] = &self.train[draws.below(self.train.len())];
            let mut source = source.clone();
            if self.hidden > 0.0 {
                source.iter_mut().filter(|_| draws.uniform() < self.hidden).for_each(|token| *token = 0);
            }
            sources.push(source);
            targets.push(target.as_slice());
        }
        self.on(sources, targets).0
    }

    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        mean_loss(params, &self.validation, AT_ONCE, |pairs| {
            let of = |side: usize| pairs.iter().map(|pair| pair[side].as_slice()).collect();
            self.on(of(0), of(1))
        })
    }
}
