use autograd::Var;
use serde::{Deserialize, Serialize};

use super::{Cnn, ConfigError, ConvConfig, ImageSize, Read, Recurrent, RecurrentConfig, blank_padding};
use crate::layers::{Mlp, MlpConfig};
use crate::{Bound, CellScalar, Draws, Phase, Placed, Registry, Site};

/// What a [`CnnLstmMlp`] is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CnnLstmMlpConfig {
    /// A frame.
    pub image: ImageSize,
    /// The convolutions; none, and the recurrent layers read pixels.
    #[serde(default)]
    pub conv: Vec<ConvConfig>,
    /// The recurrent layers, LSTMs or others.
    pub recurrent: RecurrentConfig,
    /// What of the outputs stands for a video.
    #[serde(default)]
    pub read: Read,
    /// The layers of the answer.
    #[serde(default)]
    pub mlp: MlpConfig,
    /// The rows of the answer: classes, say.
    pub outputs: usize,
}

/// Videos: what is in a frame by convolutions, what happens by a recurrent stack, the answer by an MLP.
/// ```text
/// f_t = cnn(x_t),   h_1 … h_T = stack(f_1 … f_T),   z = mlp(read(h_1 … h_T))  or  z_t = mlp(h_t)
/// ```
/// x_t (C·H·W × B) the frames, z (outputs × B): one answer for a video, or one for every frame.
///
/// A frame is a column, so the frames of all steps and all videos pass the convolutions in one call, and their features are
/// the recurrent layers' input as they stand. Donahue et al. 2015, arXiv:1411.4389, §3.
///
/// Its parameters are named `cnn.{l}.…`, `layers.…` and `mlp.{l}.…`.
///
/// ```
/// use autograd::Tape;
/// use models::stacks::{CnnLstmMlp, CnnLstmMlpConfig};
/// use models::{Params, Phase, Registry};
///
/// let config: CnnLstmMlpConfig = toml::from_str(r#"
///     image = { channels = 1, height = 8, width = 8 }
///     conv = [{ filters = 4, kernel = 3, pool = 2 }, { filters = 8, kernel = 3 }]
///     recurrent = { cell = "lstm", hidden = 16 }
///     mlp = { hidden = [16], dropout = 0.2 }
///     outputs = 5
/// "#)?;
/// let mut params = Params::<f32>::new();
/// let model = CnnLstmMlp::new(&config, &Registry::builtin(), 10, params.at("", 1))?;
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let frames = tape.zeros(8 * 8, 6 * 2); // 6 steps of 2 videos, the second one shorter
/// assert_eq!(model.logits(&bound, frames, &[6, 4], Phase::Evaluation).shape(), (5, 2));
/// assert_eq!(model.step_logits(&bound, frames, &[6, 4], Phase::Evaluation).shape(), (5, 6 * 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CnnLstmMlp {
    cnn: Cnn,
    stack: Placed<Recurrent>,
    read: Read,
    mlp: Mlp,
}

impl CnnLstmMlp {
    /// At a site of a model.
    ///
    /// # Errors
    /// If a value of the config is out of its range, a kernel does not fit or a name is unknown; one line.
    pub fn new<T: CellScalar>(
        config: &CnnLstmMlpConfig,
        registry: &Registry,
        horizon: usize,
        mut site: Site<'_, T>,
    ) -> Result<Self, ConfigError> {
        let MlpConfig { hidden, dropout, .. } = &config.mlp;
        ConfigError::positive("outputs", config.outputs)?;
        if hidden.contains(&0) {
            return Err(ConfigError::out_of_range("mlp.hidden", format!("{hidden:?}"), "1 or more in every layer"));
        }
        if !(0.0..1.0).contains(dropout) {
            return Err(ConfigError::out_of_range("mlp.dropout", dropout, "in [0, 1)"));
        }
        let cnn = Cnn::new(config.image, &config.conv, site.at("cnn"))?;
        let stack = site.place("", config.recurrent.build(registry, cnn.output().rows(), horizon)?);
        let mlp = Mlp::new(stack.output_width(), &config.mlp, config.outputs, site.at("mlp"));
        Ok(Self { cnn, stack, read: config.read, mlp })
    }

    /// h of every step, H × (T·B).
    #[track_caller]
    fn outputs<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        frames: Var<'t, T>,
        lengths: &[usize],
        phase: Phase,
    ) -> Var<'t, T> {
        let features = self.cnn.apply(bound, blank_padding(frames, lengths, 0));
        self.stack.unroll(bound).lengths(lengths).phase(phase).run(features, lengths.len()).outputs
    }

    #[track_caller]
    fn answer<'t, T: CellScalar>(&self, bound: &Bound<'t, T>, h: Var<'t, T>, phase: Phase) -> Var<'t, T> {
        let mut draws = match phase {
            Phase::Training(at) => Some(Draws::at(at.seed, "mlp dropout", &[at.layer, at.update, at.first_example])),
            Phase::Evaluation => None,
        };
        self.mlp.apply(bound, h, draws.as_mut())
    }

    /// z of every video, outputs × B, from `frames`, C·H·W × (T·B); video e has `lengths[e]` frames.
    ///
    /// # Panics
    /// If the frames have another size or are no whole steps, a length is beyond T, or T is 0.
    #[track_caller]
    pub fn logits<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        frames: Var<'t, T>,
        lengths: &[usize],
        phase: Phase,
    ) -> Var<'t, T> {
        let h = self.outputs(bound, frames, lengths, phase);
        self.answer(bound, self.read.apply(h, lengths, self.stack.config().bidirectional), phase)
    }

    /// z of every frame, outputs × (T·B). Leave padded frames out of a loss by its weights, as
    /// [`TokenBatch::weights`](super::TokenBatch::weights) gives them.
    ///
    /// # Panics
    /// As [`logits`](Self::logits).
    #[track_caller]
    pub fn step_logits<'t, T: CellScalar>(
        &self,
        bound: &Bound<'t, T>,
        frames: Var<'t, T>,
        lengths: &[usize],
        phase: Phase,
    ) -> Var<'t, T> {
        let h = self.outputs(bound, frames, lengths, phase);
        self.answer(bound, h, phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Activation;
    use crate::stacks::TokenBatch;
    use crate::stacks::tests::{inputs, practise};
    use crate::{Address, Params};
    use autograd::Tape;
    use autograd::testing::{self, Program};
    use nalgebra::DMatrix;

    fn config(hidden: usize) -> CnnLstmMlpConfig {
        let conv = ConvConfig { filters: 2, kernel: 2, stride: 1, padding: 0, activation: Activation::Tanh, pool: 1 };
        CnnLstmMlpConfig {
            image: ImageSize { channels: 1, height: 3, width: 4 },
            conv: vec![conv],
            recurrent: RecurrentConfig::new("lstm", hidden),
            read: Read::Last,
            mlp: MlpConfig { hidden: vec![hidden], activation: Activation::Tanh, dropout: 0.0 },
            outputs: 2,
        }
    }

    fn build<T: CellScalar>(config: &CnnLstmMlpConfig, params: &mut Params<T>) -> CnnLstmMlp {
        CnnLstmMlp::new(config, &Registry::builtin(), 10, params.at("", 1)).expect("valid")
    }

    struct Applied(CnnLstmMlp);

    impl<T: CellScalar> Program<T> for Applied {
        fn name(&self) -> String {
            "cnn-lstm-mlp".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            let (frames, params) = inputs.split_last().expect("frames");
            let bound = Bound::from_vars(params.to_vec());
            let whole = self.0.logits(&bound, *frames, &[2, 1], Phase::Evaluation);
            let steps = self.0.step_logits(&bound, *frames, &[2, 1], Phase::Evaluation);
            frames.tape().concat_columns(&[whole, steps])
        }
    }

    #[test]
    fn certificate() {
        let mut params = Params::new();
        let model = build(&config(2), &mut params);
        testing::certify_program(&Applied(model), inputs(&params, &[(12, 4)]));
    }

    /// A bright pixel on a frame of 3 × 4 that wanders along a row, over `steps` frames, either way.
    fn wandering(row: usize, start: usize, right: bool, steps: usize) -> Vec<usize> {
        (0..steps).map(|t| 4 * row + if right { (start + t) % 4 } else { (start + 4 - t % 4) % 4 }).collect()
    }

    /// Which way does it go? No single frame says.
    #[test]
    fn it_learns_which_way_a_pixel_moves() {
        let videos: Vec<_> = (0..24).map(|k| wandering(k / 8, k / 2 % 4, k % 2 == 1, 3 + k % 3)).collect();
        let labels: Vec<_> = (0..24).map(|k| k % 2).collect();
        let videos = TokenBatch::new(&videos);
        let directions =
            TokenBatch::new(&labels.iter().zip(&videos.lengths).map(|(k, n)| vec![*k; *n]).collect::<Vec<_>>());
        // The first frame tells nothing, so it has no part in the loss of the steps.
        let weights: Vec<_> =
            directions.weights().iter().enumerate().map(|(k, w)| if k < 24 { 0.0 } else { *w }).collect();
        for per_step in [false, true] {
            let mut params = Params::<f32>::new();
            let model = build(&config(8), &mut params);
            let loss = practise(&mut params, 200, 0.02, |_, bound, tape| {
                let frames = tape.one_hot(12, &videos.tokens);
                if per_step {
                    let z = model.step_logits(bound, frames, &videos.lengths, Phase::Evaluation);
                    z.softmax_cross_entropy_weighted(&directions.tokens, &weights)
                } else {
                    model.logits(bound, frames, &videos.lengths, Phase::Evaluation).softmax_cross_entropy(&labels)
                }
            });
            assert!(loss < 0.1, "per step {per_step}: {loss}");
        }
    }

    #[test]
    fn what_stands_in_a_padded_frame_reaches_neither_answer_nor_gradient() {
        let mut params = Params::<f64>::new();
        let model = build(&config(3), &mut params);
        let run = |padding: f64| {
            let tape = Tape::new();
            let bound = params.bind(&tape);
            let mut frames = DMatrix::from_fn(12, 4, |i, j| ((i + 3 * j) as f64).sin());
            frames.column_mut(3).fill(padding);
            let z = model.logits(&bound, tape.leaf(&frames), &[2, 1], Phase::Evaluation);
            let gradients = tape.backward(z.square().sum());
            let mut all: Vec<_> = bound.ids().map(|id| gradients.of(id).clone_owned()).collect();
            all.push(z.value());
            all
        };
        assert_eq!(run(0.0), run(f64::NAN));
    }

    #[test]
    fn dropout_is_drawn_in_training_alone_and_by_update() {
        let mut config = config(16);
        config.mlp.dropout = 0.5;
        let mut params = Params::<f64>::new();
        let model = build(&config, &mut params);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let frames = tape.constant(&DMatrix::from_fn(12, 2, |i, j| ((i + j) as f64).sin()));
        let at = |phase| model.logits(&bound, frames, &[2], phase).value();
        let training = |update| at(Phase::Training(Address { update, ..Address::default() }));
        assert_eq!(training(0), training(0));
        assert!(training(0) != training(1) && at(Phase::Evaluation) != training(0));
        assert_eq!(at(Phase::Evaluation), at(Phase::Evaluation));
    }

    #[test]
    fn a_config_out_of_range_is_refused_in_one_line() {
        let refusal = |change: fn(&mut CnnLstmMlpConfig)| {
            let mut config = config(2);
            change(&mut config);
            let built = CnnLstmMlp::new(&config, &Registry::builtin(), 10, Params::<f32>::new().at("", 1));
            built.expect_err("refused").to_string()
        };
        assert_eq!(refusal(|c| c.outputs = 0), "outputs = 0 is not 1 or more");
        assert_eq!(refusal(|c| c.mlp.hidden = vec![3, 0]), "mlp.hidden = [3, 0] is not 1 or more in every layer");
        assert_eq!(refusal(|c| c.mlp.dropout = 1.0), "mlp.dropout = 1 is not in [0, 1)");
        assert!(refusal(|c| c.conv[0].kernel = 9).starts_with("conv.0 = kernel 9"));
        assert!(refusal(|c| c.recurrent.cell = "lstmm".into()).contains("no cell is called `lstmm`"));
    }
}
