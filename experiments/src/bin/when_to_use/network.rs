use experiments::chunks::{in_chunks, mean_loss};
use experiments::splits::Splits;
use experiments::train::Objective;
use models::layers::{Activation, MlpConfig};
use models::networks::{self, Input, NetworkConfig};
use models::stacks::{ConfigError, ConvConfig, ImageSize, RecurrentConfig};
use models::{Draws, Params, Phase, Registry, Sequence};
use nalgebra::DMatrix;

use super::problem::{Example, Problem};
use super::view::View;

/// Examples on a tape at once when nothing is trained.
const AT_ONCE: usize = 200;

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Multinomial logistic regression: what the others are measured against.
    Logistic,
    /// A multilayer perceptron with two hidden layers.
    Mlp,
    /// Two convolutions, each with a pool, and an affine layer.
    Cnn,
    /// A recurrent layer, read at the last step.
    Rnn,
    /// Convolutions on every step, then a recurrent layer.
    CnnLstm,
}

impl Network {
    /// All, the baseline first.
    pub const ALL: [Self; 5] = [Self::Logistic, Self::Mlp, Self::Cnn, Self::Rnn, Self::CnnLstm];

    /// In reports.
    pub fn name(self) -> &'static str {
        ["logistic regression", "MLP", "CNN", "RNN", "CNN-LSTM"][self as usize]
    }

    /// In the names of files and numbers.
    pub fn key(self) -> &'static str {
        ["logistic", "mlp", "cnn", "rnn", "cnn_lstm"][self as usize]
    }
}

/// A network for a problem, as wide as its number of parameters allows.
/// ```text
/// logistic regression   z = W x + b
/// MLP                   z = W₃ relu(W₂ relu(W₁ x + b₁) + b₂) + b₃
/// CNN                   a = pool(relu(W₂ ∗ pool(relu(W₁ ∗ x + b₁)) + b₂)),   z = W₃ a + b₃
/// RNN                   h_t = LSTM(x_t, h_{t−1}),   z = W h_T + b
/// CNN-LSTM              f_t = the CNN's a of x_t,   h_t = LSTM(f_t, h_{t−1}),   z = W h_T + b
/// ```
/// W₁ ∗ x slides one 3 × 3 filter over the whole image (1 × 3 over a row), and the LSTM uses one W at every step: weights are
/// shared. Those of the MLP are not: it has one for each of its inputs.
#[derive(Debug)]
pub struct Model {
    view: View,
    network: networks::Network,
}

/// What a model is made of but for its width.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    pub network: Network,
    pub problem: &'a Problem,
    /// The [order](super::view::shuffle) of the examples' cells, if another.
    pub order: Option<&'a [usize]>,
    pub cell: &'a str,
    pub registry: &'a Registry,
    pub seed: u64,
}

impl Model {
    /// The widest model with at most so many parameters, or that of width 1.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn widest(plan: Plan, parameters: usize) -> Result<(Self, Params<f32>), ConfigError> {
        let mut found = Self::new(plan, 1)?;
        for width in 2.. {
            let next = Self::new(plan, width)?;
            // Logistic regression has no width.
            if next.1.count() > parameters || next.1.count() == found.1.count() {
                break;
            }
            found = next;
        }
        Ok(found)
    }

    fn new(plan: Plan, width: usize) -> Result<(Self, Params<f32>), ConfigError> {
        let Plan { network, problem, order, cell, registry, seed } = plan;
        let view = View::new(network, &problem.form, order);
        let (rows, classes) = (view.image.rows(), problem.classes.len());
        let pixels = || Input::Numbers { rows };
        let frames = || Input::Frames { image: view.image, conv: convolutions(view.image, width) };
        let without =
            |input, hidden| NetworkConfig::feed_forward(input, MlpConfig { hidden, ..MlpConfig::default() }, classes);
        let config = match network {
            Network::Logistic => without(pixels(), vec![]),
            Network::Mlp => without(pixels(), vec![width; 2]),
            Network::Cnn => without(frames(), vec![]),
            Network::Rnn => NetworkConfig::new(rows, RecurrentConfig::new(cell, width), classes),
            Network::CnnLstm => NetworkConfig {
                inputs: vec![frames()],
                mlp: Some(MlpConfig::default()),
                ..NetworkConfig::new(rows, RecurrentConfig::new(cell, 2 * width), classes)
            },
        };
        let mut params = Params::new();
        let network = networks::Network::new(&config, registry, view.steps, params.at("", seed))?;
        Ok((Self { view, network }, params))
    }

    /// z, classes × examples.
    pub fn answers(&self, params: &Params<f32>, examples: &[Example]) -> DMatrix<f32> {
        let columns = in_chunks(params, examples, AT_ONCE, |tape, bound, chunk| {
            let batch = self.view.batch(chunk);
            let x = self.network.inputs(tape, bound, &batch);
            let z = self.network.answers(bound, x, &batch.lengths, Phase::Evaluation).value();
            z.column_iter().map(|z| z.into_owned()).collect()
        });
        DMatrix::from_columns(&columns)
    }
}

/// Two, the second with `width` filters and the first with half of them; pools where there is something to pool.
fn convolutions(image: ImageSize, width: usize) -> Vec<ConvConfig> {
    let mut side = if image.height == 1 { image.width } else { image.height.min(image.width) };
    let conv = |filters: usize| {
        let pool = if side > 1 { 2 } else { 1 };
        side /= pool;
        let filters = filters as u32;
        ConvConfig { filters, kernel: 3, stride: 1, padding: 1, activation: Activation::Relu, pool }
    };
    [width.div_ceil(2), width].map(conv).to_vec()
}

/// The cross-entropy on batches of the training examples, drawn with replacement.
#[derive(Debug)]
pub struct Learning<'a> {
    pub model: &'a Model,
    pub splits: &'a Splits<Example>,
    pub batch: usize,
    pub seed: u64,
}

impl Objective<f32> for Learning<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let mut draws = Draws::at(self.seed, "batch", &[update]);
        let train = &self.splits.train;
        let batch: Vec<_> = (0..self.batch).map(|_| &train[draws.below(train.len())]).collect();
        // Nothing is dropped in training, so there is one phase.
        Box::new(self.model.network.on(self.model.view.batch(&batch), Phase::Evaluation))
    }

    /// The mean of −ln P(class).
    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        let Model { view, network } = self.model;
        mean_loss(params, &self.splits.validation, AT_ONCE, |chunk| {
            (Box::new(network.on(view.batch(chunk), Phase::Evaluation)), chunk.len())
        })
    }
}

#[cfg(test)]
mod tests {
    use runs::testing::shards_add_up;

    use super::*;
    use crate::Kind;

    fn widest(network: Network, kind: Kind, parameters: usize) -> (Model, Params<f32>) {
        let (problem, registry) = (Problem::generated(kind), Registry::builtin());
        let plan = Plan { network, problem: &problem, order: None, cell: "lstm", registry: &registry, seed: 1 };
        Model::widest(plan, parameters).expect("a cell of the registry")
    }

    #[test]
    fn networks_are_about_as_large_as_they_may_be() {
        for (network, kind) in Network::ALL.into_iter().flat_map(|n| Kind::ALL.map(|kind| (n, kind))) {
            let count = widest(network, kind, 3000).1.count();
            // A width more is up to a fifth more parameters.
            assert!(network == Network::Logistic || (2300..=3000).contains(&count), "{network:?}, {kind:?}: {count}");
        }
    }

    #[test]
    fn every_network_answers_every_problem_and_each_example_by_itself() {
        for (network, kind) in Network::ALL.into_iter().flat_map(|n| Kind::ALL.map(|kind| (n, kind))) {
            let (model, params) = widest(network, kind, 300);
            let problem = Problem::generated(kind);
            let config = experiments::settings::Settings::at(experiments::settings::Scale::Quick);
            let examples = problem.splits(&config, 1).expect("enough").test;
            let all = model.answers(&params, &examples[..9]);
            let alone = model.answers(&params, &examples[4..5]);
            assert_eq!(all.shape(), (problem.classes.len(), 9));
            assert!((all.column(4) - alone.column(0)).amax() < 1e-5, "{network:?} on {kind:?}");
        }
    }

    #[test]
    fn every_network_can_be_trained_on_shards() {
        for (network, kind) in Network::ALL.into_iter().flat_map(|n| Kind::ALL.map(|kind| (n, kind))) {
            let (model, params) = widest(network, kind, 300);
            let config = experiments::settings::Settings::at(experiments::settings::Scale::Quick);
            let splits = Problem::generated(kind).splits(&config, 1).expect("enough");
            shards_add_up(&Learning { model: &model, splits: &splits, batch: 7, seed: 1 }, &params);
        }
    }

    #[test]
    fn a_table_of_one_column_is_enough() {
        let rows = (0..40).map(|k| (vec![f64::from(k)], k as usize / 20)).collect();
        let classes = vec!["few".into(), "many".into()];
        let table = experiments::loaders::table::Table { columns: vec!["n".into()], classes, rows };
        let (problem, registry) = (Problem::of_table("t", table), Registry::builtin());
        for network in Network::ALL {
            let plan = Plan { network, problem: &problem, order: None, cell: "lstm", registry: &registry, seed: 1 };
            let (model, params) = Model::widest(plan, 200).expect("it fits");
            let examples = [Example { x: vec![0.5], length: 1, class: 0 }];
            assert_eq!(model.answers(&params, &examples).shape(), (2, 1), "{network:?}");
        }
    }
}
