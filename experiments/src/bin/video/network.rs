use autograd::{Tape, Var};
use experiments::answers::argmax;
use experiments::chunks::in_chunks;
use experiments::loaders::clips::Clip;
use models::layers::{Activation, MlpConfig};
use models::networks::{self, Input as Front, NetworkConfig, OnBatch, Read, Targets};
use models::stacks::{ConfigError, ConvConfig, RecurrentConfig};
use models::{Bound, Params, Phase, Registry};

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
pub(super) const AT_ONCE: usize = 40;

impl Network {
    /// Draws its parameters into `params`.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn new(
        kind: Kind,
        config: &Config,
        registry: &Registry,
        input: &Input,
        params: &mut Params<f32>,
    ) -> Result<Self, ConfigError> {
        let layer = |filters, kernel| ConvConfig {
            filters,
            kernel,
            stride: 2,
            padding: kernel / 2,
            activation: Activation::Relu,
            pool: 1,
        };
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
        let net = NetworkConfig {
            inputs: vec![front],
            stack,
            read: Read::Every,
            mlp: Some(hidden),
            outputs: input.classes.len(),
        };
        let network = networks::Network::new(&net, registry, input.longest, params.at("", config.seed))?;
        // He et al. 2015 (arXiv:1502.01852), §2.2: filters in ±√(6/n) keep the size of what passes a ReLU; they are drawn in
        // ±1/√n, from which the LSTM gets little: with seeds 2 and 3 it was at chance for all of 600 updates.
        let filters = params.iter_mut().filter(|param| param.name.starts_with("cnn.") && param.name.ends_with(".w"));
        filters.for_each(|param| param.value *= 6f32.sqrt());
        Ok(Self { kind, view, network })
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

    /// The cross-entropy of a training, the mean over all frames of a network that remembers, else over all clips.
    pub fn sequence(&self, clips: &[Shown<'_>], classes: &[usize]) -> OnBatch<'_> {
        let mut batch = self.view.batch(clips);
        batch.targets = Targets::Classes(classes.repeat(batch.steps()));
        self.network.on(batch, Phase::Evaluation)
    }

    /// The likeliest class of every clip after `frozen` frames more; the first of equals.
    pub fn answers(&self, params: &Params<f32>, clips: &[Clip], frozen: usize) -> Vec<usize> {
        in_chunks(params, &shown(clips, frozen), AT_ONCE, |tape, bound, clips| {
            let z = self.logits(tape, bound, clips).value();
            z.column_iter().map(|z| argmax(z.iter())).collect()
        })
    }

    /// P(class) at every frame of every clip and of `frozen` times the last one after it: by clip, then by frame. What a
    /// network that remembers would say if the clip ended there. None, of the others.
    pub fn at_every_frame(&self, params: &Params<f32>, clips: &[Clip], frozen: usize) -> Vec<Vec<Vec<f32>>> {
        if !self.kind.remembers() {
            return Vec::new();
        }
        in_chunks(params, &shown(clips, frozen), AT_ONCE, |tape, bound, clips| {
            let batch = self.view.batch(clips);
            let x = self.network.inputs(tape, bound, &batch);
            let p = self.network.answers(bound, x, &batch.lengths, Phase::Evaluation).softmax().value();
            let at = |t: usize, e: usize| p.column(t * clips.len() + e).iter().copied().collect();
            batch.lengths.iter().enumerate().map(|(e, &length)| (0..length).map(|t| at(t, e)).collect()).collect()
        })
    }
}

fn shown(clips: &[Clip], frozen: usize) -> Vec<Shown<'_>> {
    clips.iter().map(|clip| (clip, frozen)).collect()
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
    use crate::Classifying;

    fn input(train: usize) -> Input {
        let sizes = Sizes { train, validation: 2, test: 3 };
        let splits = MovingShapes { half: 5, side: 10 }.splits(sizes, 1).expect("enough");
        Input::of("test".into(), CLASSES.map(|(name, _)| name.to_owned()).to_vec(), splits, true)
    }

    fn build(kind: Kind, input: &Input, config: &Config) -> (Network, Params<f32>) {
        let mut params = Params::new();
        let network = Network::new(kind, config, &Registry::builtin(), input, &mut params).expect("valid");
        (network, params)
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
                let found = &at_every_frame[e][clip.frames.len() - 1 + frozen];
                assert!(p.column(e).iter().zip(found).all(|(a, b)| (a - b).abs() < 1e-6), "clip {e}, D = {frozen}");
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
        let found = network.answers(&params, &input.splits.train, 0);
        let right = input.right(&input.splits.train, &found);
        assert!(right >= 60, "{right} of 80");
    }
}
