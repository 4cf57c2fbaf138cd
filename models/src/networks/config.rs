//! `NetworkConfig`: a whole network in a few lines of a file.

use serde::{Deserialize, Serialize};

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// What a step reads, one below the other.
    pub inputs: Vec<Input>,
    /// The recurrent layers.
    pub stack: RecurrentConfig,
    /// What of their outputs is answered to. The last step's.
    #[serde(default)]
    pub read: Read,
    /// The rows of an answer: classes, say.
    pub outputs: usize,
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
    /// So many numbers, as they are.
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
    /// So many numbers a step, through `stack`, to `outputs` rows after the last one.
    pub fn new(rows: usize, stack: RecurrentConfig, outputs: usize) -> Self {
        Self { inputs: vec![Input::Numbers { rows }], stack, read: Read::Last, outputs }
    }
}
