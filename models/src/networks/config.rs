//! `NetworkConfig`: a whole network in a few lines of a file.

use autograd::{Scalar, Var};
use serde::{Deserialize, Serialize};

use crate::layers::MlpConfig;
use crate::stacks::{ConvConfig, ImageSize, Read, RecurrentConfig};

/// What a [`Network`](super::Network) is made of.
///
/// ```
/// use models::networks::{Batch, Network, NetworkConfig, Targets};
/// use models::{Engine, Params, Phase, Registry, Sharded, Whole};
///
/// let config: NetworkConfig = toml::from_str(r#"
///     inputs = [{ tokens = { name = "embedding", vocabulary = 100, rows = 6 } }]
///     stack = { cell = "gru", hidden = 8, bidirectional = true }
///     read = "mean"
///     outputs = 2
/// "#)?;
/// let mut params = Params::<f32>::new();
/// let network = Network::new(&config, &Registry::builtin(), 10, params.at("", 1))?;
/// assert!(params.get("embedding.w").is_some() && params.get("layers.0.rev.w_x").is_some());
///
/// // Two sentences of unequal lengths, one with class 1 and one with class 0.
/// let sentences = models::stacks::TokenBatch::new(&[vec![17, 4, 80], vec![3, 99]]);
/// let batch = Batch::of_tokens([sentences], Targets::Classes(vec![1, 0]));
/// assert_eq!(network.evaluate(&params, &batch).shape(), (2, 2)); // z, classes × sentences
///
/// // What is trained: any engine computes its gradients.
/// let mut engine = Sharded::new(2, || Box::new(Whole::default()));
/// let swept = engine.sweep(&params, &network.on(batch, Phase::Evaluation), &[]).expect("it can");
/// assert!(swept.loss > 0.0 && engine.gradients().norm() > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A CNN → LSTM → MLP on videos (Donahue et al. 2015, arXiv:1411.4389, §3). A frame is a column, so the frames of all steps and
/// all videos pass the convolutions in one call:
/// ```
/// # use models::networks::{Batch, Network, NetworkConfig, Targets};
/// # use models::{Params, Registry};
/// let config: NetworkConfig = toml::from_str(r#"
///     stack = { cell = "lstm", hidden = 16 }
///     mlp = { hidden = [16], dropout = 0.2 }
///     outputs = 5
///     [[inputs]]
///     [inputs.frames]
///     image = { channels = 1, height = 8, width = 8 }
///     conv = [{ filters = 4, kernel = 3, pool = 2 }, { filters = 8, kernel = 3 }]
/// "#)?;
/// let mut params = Params::<f32>::new();
/// let network = Network::new(&config, &Registry::builtin(), 10, params.at("", 1))?;
/// assert!(params.get("cnn.1.w").is_some() && params.get("mlp.1.w").is_some());
///
/// let frames = nalgebra::DMatrix::zeros(8 * 8, 6 * 2); // 6 steps of 2 videos, the second one shorter
/// let batch = Batch { lengths: vec![6, 4], ..Batch::new(frames, 2, Targets::Classes(vec![0, 4])) };
/// assert_eq!(network.evaluate(&params, &batch).shape(), (5, 2)); // z, classes × videos
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// What a step reads, one below the other.
    pub inputs: Vec<Input>,
    /// The recurrent layers. None: the network has no memory and answers every step by itself, so that `read` is `every`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<RecurrentConfig>,
    /// What of their outputs is answered to. The last step's.
    #[serde(default)]
    pub read: Read,
    /// The hidden layers of the answer. The parameters of its layers are called `mlp.{l}.…`; without an MLP the answer is an
    /// affine layer, whose parameters are called `readout.…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mlp: Option<MlpConfig>,
    /// The rows of an answer: classes, say.
    pub outputs: usize,
    /// What becomes of the answers of the readout. Not written where they stay as they are.
    #[serde(default, skip_serializing_if = "Answer::is_affine")]
    pub answer: Answer,
    /// Weights and biases of an affine readout are uniform within ± this, as in Hochreiter & Schmidhuber 1997, §5; if it is missing,
    /// they start as those of every [`Linear`](crate::layers::Linear) layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout_init: Option<f64>,
}

/// What becomes of the answers of a readout; in a config, its name in small letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// They stay as they are: z.
    #[default]
    Affine,
    /// σ(z), for numbers between 0 and 1.
    Logistic,
}

impl Answer {
    fn is_affine(&self) -> bool {
        *self == Self::Affine
    }

    /// Of z.
    pub(super) fn of<'t, T: Scalar>(self, z: Var<'t, T>) -> Var<'t, T> {
        match self {
            Self::Affine => z,
            Self::Logistic => z.sigmoid(),
        }
    }
}

/// A part of what a step reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Input {
    /// A token, looked up in a table of vectors.
    Tokens {
        /// Of the table's parameter, `{name}.w`.
        name: String,
        /// V, how many tokens there are.
        vocabulary: usize,
        /// The rows of a vector.
        rows: usize,
    },
    /// Numbers, as they are.
    Numbers {
        /// How many.
        rows: usize,
    },
    /// An image, through convolutions whose parameters are called `cnn.{l}.…`.
    Frames {
        /// C, H and W: it is a column of C·H·W numbers.
        image: ImageSize,
        /// The convolutions.
        conv: Vec<ConvConfig>,
    },
}

impl NetworkConfig {
    /// `rows` numbers a step, through `stack`, to `outputs` rows after the last one.
    pub fn new(rows: usize, stack: RecurrentConfig, outputs: usize) -> Self {
        Self {
            inputs: vec![Input::Numbers { rows }],
            stack: Some(stack),
            read: Read::Last,
            mlp: None,
            outputs,
            answer: Answer::Affine,
            readout_init: None,
        }
    }

    /// Without memory: what is read of a step, through an MLP, to `outputs` rows.
    pub fn feed_forward(input: Input, mlp: MlpConfig, outputs: usize) -> Self {
        let (answer, readout_init) = (Answer::Affine, None);
        Self { inputs: vec![input], stack: None, read: Read::Every, mlp: Some(mlp), outputs, answer, readout_init }
    }
}
