use autograd::{Tape, Var};
use experiments::Stop;
use experiments::answers::{all_finite, answers, argmax};
use experiments::chunks::in_chunks;
use experiments::loaders::clips::Clip;
use experiments::train::Objective;
use models::layers::{Activation, MlpConfig};
use models::networks::{self, Input as Front, NetworkConfig, Targets};
use models::stacks::{ConvConfig, RecurrentConfig};
use models::{Bound, Draws, Params, Phase, Registry, Sequence};
use nalgebra::DMatrix;

use super::view::{Shown, View};
use super::{Config, Input, Kind};

/// The networks: one that sees the clip frame by frame and remembers, and those that do not.
/// ```text
/// CNN-LSTM-MLP     f_t = cnn(x_t),  h_t = LSTM(f_t, h_{t−1}),  z = mlp(h_T)
/// CNN, last frame  z = mlp(cnn(x_T))
/// CNN, mean frame  z = mlp(cnn((x_1 + … + x_T) / T))
/// MLP, all frames  z = mlp([x_1; …; x_T])           no weight shared between places or times
/// ```
/// x_t (C·H·W × B), z (classes × B), P(class k) = softmax(z)_k.
///
/// The network that remembers is trained to answer after every frame, L = −1/T Σ_t ln P_t(class), as in Donahue et al. 2015, §4: so
/// it can be asked at any time. What counts is its answer after the last frame.
/// The MLP sees the T frames last shown, T those of the longest clip, the first ones 0 if there are fewer.
#[derive(Debug)]
pub struct Network {
    /// Which it is.
    pub kind: Kind,
    view: View,
    network: networks::Network,
}

/// What is on the tape at once when nothing is trained.
const AT_ONCE: usize = 40;

impl Network {
    /// With its parameters.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn new(kind: Kind, config: &Config, input: &Input) -> Result<(Self, Params<f32>), Stop> {
        let layer = |filters, kernel| ConvConfig { stride: 2, ..ConvConfig::relu(filters, kernel) };
        let conv = vec![layer(config.filters, 5), layer(2 * config.filters, 3)];
        let view = View::new(kind, input);
        let front = match kind {
            Kind::Mlp => Front::Numbers { rows: view.rows() },
            _ => Front::Frames { image: input.image, conv },
        };
        // Behind an LSTM, whose outputs are in (−1, 1), tanh; behind pixels and features ReLU, with which the MLP does better.
        let activation = if kind.remembers() { Activation::Tanh } else { Activation::Relu };
        let hidden = MlpConfig { hidden: vec![config.mlp], activation, dropout: 0.0 };
        let stack = kind.remembers().then(|| RecurrentConfig::new(&config.cell, config.hidden));
        let net = NetworkConfig { stack, ..NetworkConfig::feed_forward(front, hidden, input.classes.len()) };
        let mut params = Params::new();
        let network = networks::Network::new(&net, &Registry::builtin(), input.longest, params.at("", config.seed))?;
        // He et al. 2015 (arXiv:1502.01852), §2.2: filters in ±√(6/n) keep the size of what passes a ReLU; they are drawn in
        // ±1/√n, from which the LSTM gets little: with seeds 2 and 3 it was at chance for all of 600 updates.
        let filters = params.iter_mut().filter(|param| param.name.starts_with("cnn.") && param.name.ends_with(".w"));
        filters.for_each(|param| param.value *= 6f32.sqrt());
        Ok((Self { kind, view, network }, params))
    }

    /// z after the last frame, classes × B. (A CNN sees one frame, of the clip.)
    pub fn logits<'t>(&self, tape: &'t Tape<f32>, bound: &Bound<'t, f32>, clips: &[Shown<'_>]) -> Var<'t, f32> {
        let (network, batch) = (&self.network, self.view.batch(clips));
        let x = network.inputs(tape, bound, &batch);
        if !self.kind.remembers() {
            return network.answers(bound, x, &batch.lengths, Phase::Evaluation);
        }
        let run = network.stack().unroll(bound).lengths(&batch.lengths).run(x, clips.len());
        network.readout().apply(bound, network.stack().last_output(&run), Phase::Evaluation)
    }

    /// The likeliest class of every clip after `frozen` frames more; the first of equals.
    ///
    /// # Errors
    /// Diverged, if the network says no numbers.
    pub fn answers(&self, params: &Params<f32>, clips: &[Clip], frozen: usize) -> Result<Vec<usize>, Stop> {
        let last = |z: &DMatrix<f32>| argmax(z.column(z.ncols() - 1).iter());
        let batch = |clips: &[Shown<'_>]| self.view.batch(clips);
        let z = all_finite(answers((&self.network, params), (&shown(clips, frozen), AT_ONCE), batch, |z| z))?;
        Ok(z.iter().map(last).collect())
    }

    /// P(class) of every clip, classes × frames, at each of its frames and of `frozen` times the last one after it: what a
    /// network that remembers would say if the clip ended there. None, of the others.
    pub fn at_every_frame(&self, params: &Params<f32>, clips: &[Clip], frozen: usize) -> Vec<DMatrix<f32>> {
        let clips = if self.kind.remembers() { shown(clips, frozen) } else { Vec::new() };
        let batch = |clips: &[Shown<'_>]| self.view.batch(clips);
        answers((&self.network, params), (&clips, AT_ONCE), batch, |z| z.softmax())
    }
}

fn shown(clips: &[Clip], frozen: usize) -> Vec<Shown<'_>> {
    clips.iter().map(|clip| (clip, frozen)).collect()
}

/// The training of a network: the cross-entropy of a clip's class, in nats, the mean over all frames of one that remembers, else
/// over all clips; on clips of the training split.
#[derive(Debug)]
pub struct Classifying<'a> {
    /// What is trained.
    pub network: &'a Network,
    /// On its training clips.
    pub input: &'a Input,
    /// How.
    pub config: &'a Config,
}

impl Classifying<'_> {
    /// How many times more the last frame may be shown in an update: not at all in the first half of a training, for before
    /// there is an answer to be kept, waiting only makes it harder to find.
    fn longest_wait(&self, update: u64) -> usize {
        let waits = self.network.kind == Kind::LstmFrozen && update > self.config.training.updates / 2;
        if waits { self.config.frozen_training } else { 0 }
    }

    fn classes(&self, clips: &[Shown<'_>]) -> Vec<usize> {
        clips.iter().map(|(clip, _)| self.input.class(clip)).collect()
    }
}

impl Objective<f32> for Classifying<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let mut draws = Draws::at(self.config.seed, "train", &[update]);
        let train = &self.input.splits.train;
        let clips: Vec<&Clip> = (0..self.config.training.batch).map(|_| &train[draws.below(train.len())]).collect();
        let shown: Vec<_> = clips.into_iter().map(|clip| (clip, draws.below(self.longest_wait(update) + 1))).collect();
        let mut batch = self.network.view.batch(&shown);
        batch.targets = Targets::Classes(self.classes(&shown).repeat(batch.steps()));
        Box::new(self.network.network.on(batch, Phase::Evaluation))
    }

    /// Of the last answer.
    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        let every = |k: usize| k % (self.longest_wait(u64::MAX) + 1);
        let clips = self.input.splits.validation.iter().enumerate();
        let shown: Vec<_> = clips.map(|(k, clip)| (clip, every(k))).collect();
        let losses = in_chunks(params, &shown, AT_ONCE, |tape, bound, chunk| {
            let mean = self.network.logits(tape, bound, chunk).softmax_cross_entropy(&self.classes(chunk));
            vec![f64::from(mean.item()) * chunk.len() as f64]
        });
        (!shown.is_empty()).then(|| losses.iter().sum::<f64>() / shown.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use experiments::settings::{Scale, Settings};
    use experiments::splits::Sizes;
    use experiments::tasks::moving_shapes::{CLASSES, MovingShapes};
    use experiments::train::{Forgetful, Training, train};
    use models::Whole;
    use runs::testing::shards_add_up;

    use super::*;

    fn input(train: usize) -> Input {
        let sizes = Sizes { train, validation: 2, test: 3 };
        let splits = MovingShapes { half: 5, side: 10 }.splits(sizes, 1).expect("enough");
        Input::of("test".into(), CLASSES.map(|(name, _)| name.to_owned()).to_vec(), splits, true)
    }

    fn build(kind: Kind, input: &Input, config: &Config) -> (Network, Params<f32>) {
        Network::new(kind, config, input).expect("valid")
    }

    #[test]
    fn what_it_says_at_a_frame_is_what_it_says_of_the_clip_that_ends_there() {
        let input = input(2);
        let mut clips = input.splits.test[..3].to_vec();
        clips[1].frames.truncate(6);
        let (network, params) = build(Kind::Lstm, &input, &Config::at(Scale::Quick));
        let at_every_frame = network.at_every_frame(&params, &clips, 4);
        for frozen in 0..=4 {
            let tape = Tape::new();
            let p = network.logits(&tape, &params.bind(&tape), &shown(&clips, frozen)).softmax().value();
            for (e, clip) in clips.iter().enumerate() {
                let found = at_every_frame[e].column(clip.frames.len() - 1 + frozen);
                assert!((p.column(e) - found).amax() < 1e-6, "clip {e}, D = {frozen}");
            }
        }
    }

    #[test]
    fn who_sees_one_frame_says_the_same_of_all_clips_of_a_scene() {
        let input = input(2);
        for kind in [Kind::Last, Kind::Mean] {
            let (network, params) = build(kind, &input, &Config::at(Scale::Quick));
            for clips in input.splits.test.chunks(CLASSES.len()) {
                let tape = Tape::new();
                let z = network.logits(&tape, &params.bind(&tape), &shown(clips, 0)).value();
                assert!(z.column_iter().all(|column| column == z.column(0)), "{kind:?}");
            }
        }
    }

    #[test]
    fn every_network_can_be_trained_on_shards() {
        let (input, config) = (input(4), Config { frozen_training: 3, ..Config::at(Scale::Quick) });
        for kind in [Kind::Lstm, Kind::LstmFrozen, Kind::Last, Kind::Mean, Kind::Mlp] {
            let (network, params) = build(kind, &input, &config);
            shards_add_up(&Classifying { network: &network, input: &input, config: &config }, &params);
        }
    }

    /// Two classes that differ in what came first alone: who sees one frame has exactly 40 of 80.
    #[test]
    fn an_lstm_learns_what_came_first() {
        let mut input = input(40);
        let two = |clip: &Clip| clip.label.starts_with("slow, ");
        input.splits.train.retain(two);
        input.splits.test.retain(two);
        let mut config = Config { hidden: 24, ..Config::at(Scale::Quick) };
        config.training.batch = 16;
        let (network, mut params) = build(Kind::Lstm, &input, &config);
        let objective = Classifying { network: &network, input: &input, config: &config };
        train(&objective, &mut params, &Training::new(500, 0.005), &mut Whole::default(), &mut Forgetful)
            .expect("it converges");
        let found = network.answers(&params, &input.splits.train, 0).expect("numbers");
        let right = input.right(&input.splits.train, &found);
        assert!(right >= 60, "{right} of 80");
    }
}
