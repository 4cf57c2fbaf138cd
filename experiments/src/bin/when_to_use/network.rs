use experiments::answers::answers;
use experiments::splits::Splits;
use experiments::{Learning, Stop};
use models::layers::MlpConfig;
use models::networks::{self, Input, NetworkConfig};
use models::stacks::{ConvConfig, ImageSize, RecurrentConfig};
use models::{Params, Registry};
use nalgebra::DMatrix;

use super::problem::Example;
use super::view::{View, shuffle};
use super::{Config, Unit};

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

impl Model {
    /// The widest model of a unit with at most as many parameters as asked for, or that of width 1.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn widest(unit: &Unit, config: &Config) -> Result<(Self, Params<f32>), Stop> {
        let mut found = Self::new(unit, config, 1)?;
        for width in 2.. {
            let next = Self::new(unit, config, width)?;
            // Logistic regression has no width.
            if next.1.count() > config.parameters || next.1.count() == found.1.count() {
                break;
            }
            found = next;
        }
        Ok(found)
    }

    /// That of a width.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn new(unit: &Unit, config: &Config, width: usize) -> Result<(Self, Params<f32>), Stop> {
        let Unit { problem, network, shuffled, seed } = *unit;
        let order = shuffled.then(|| shuffle(&problem.form, seed));
        let view = View::new(network, &problem.form, order.as_deref());
        let (rows, classes) = (view.image.rows(), problem.classes.len());
        let pixels = || Input::Numbers { rows };
        let frames = || Input::Frames { image: view.image, conv: convolutions(view.image, width) };
        let without =
            |input, hidden| NetworkConfig::feed_forward(input, MlpConfig { hidden, ..MlpConfig::default() }, classes);
        let whole = match network {
            Network::Logistic => without(pixels(), vec![]),
            Network::Mlp => without(pixels(), vec![width; 2]),
            Network::Cnn => without(frames(), vec![]),
            Network::Rnn => NetworkConfig::new(rows, RecurrentConfig::new(&*config.cell, width), classes),
            Network::CnnLstm => NetworkConfig {
                inputs: vec![frames()],
                mlp: Some(MlpConfig::default()),
                ..NetworkConfig::new(rows, RecurrentConfig::new(&*config.cell, 2 * width), classes)
            },
        };
        let mut params = Params::new();
        let network = networks::Network::new(&whole, &Registry::builtin(), view.steps, params.at("", seed))?;
        Ok((Self { view, network }, params))
    }

    /// z, classes × examples.
    pub fn answers(&self, params: &Params<f32>, examples: &[Example]) -> DMatrix<f32> {
        let batch = |examples: &[Example]| self.view.batch(examples);
        let z = answers((&self.network, params), (examples, AT_ONCE), batch, |z| z);
        DMatrix::from_columns(&z.iter().map(|z| z.column(0)).collect::<Vec<_>>())
    }

    /// The cross-entropy on batches of the training examples, drawn with replacement.
    pub fn learning<'a>(&'a self, splits: &'a Splits<Example>, batch: usize, seed: u64) -> Learning<'a, &'a Example> {
        let train = &splits.train;
        Learning {
            network: &self.network,
            draw: Box::new(move |draws| (0..batch).map(|_| &train[draws.below(train.len())]).collect()),
            seed: (seed, "batch"),
            validation: splits.validation.iter().collect(),
            at_once: AT_ONCE,
            batch: Box::new(|examples| self.view.batch(examples)),
        }
    }
}

/// Two, the second with `width` filters and the first with half of them; pools where there is something to pool.
fn convolutions(image: ImageSize, width: usize) -> Vec<ConvConfig> {
    let mut side = if image.height == 1 { image.width } else { image.height.min(image.width) };
    let conv = |filters: usize| {
        let pool = if side > 1 { 2 } else { 1 };
        side /= pool;
        ConvConfig { pool, ..ConvConfig::relu(filters as u32, 3) }
    };
    [width.div_ceil(2), width].map(conv).to_vec()
}

#[cfg(test)]
mod tests {
    use runs::testing::shards_add_up;

    use super::*;
    use crate::Kind;
    use crate::problem::Problem;
    use experiments::settings::{Scale, Settings};

    fn widest_for(network: Network, problem: &Problem, parameters: usize) -> (Model, Params<f32>) {
        let config = Config { parameters, ..Config::at(Scale::Quick) };
        let unit = Unit { problem, network, shuffled: false, seed: 1 };
        Model::widest(&unit, &config).expect("a cell of the registry")
    }

    fn widest(network: Network, kind: Kind, parameters: usize) -> (Model, Params<f32>) {
        widest_for(network, &Problem::generated(kind), parameters)
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
            let config = Config::at(Scale::Quick);
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
            let config = Config::at(Scale::Quick);
            let splits = Problem::generated(kind).splits(&config, 1).expect("enough");
            shards_add_up(&model.learning(&splits, 7, 1), &params);
        }
    }

    #[test]
    fn a_table_of_one_column_is_enough() {
        let rows = (0..40).map(|k| (vec![f64::from(k)], k as usize / 20)).collect();
        let classes = vec!["few".into(), "many".into()];
        let table = experiments::loaders::table::Table { columns: vec!["n".into()], classes, rows };
        let problem = Problem::of_table("t", table);
        for network in Network::ALL {
            let (model, params) = widest_for(network, &problem, 200);
            let examples = [Example { x: vec![0.5], length: 1, class: 0 }];
            assert_eq!(model.answers(&params, &examples).shape(), (2, 1), "{network:?}");
        }
    }
}
