//! The network: a vector for each character, layers of a recurrent cell, and a readout.

use autograd::Tape;
use experiments::train::Objective;
use models::layers::{Embedding, Linear};
use models::stacks::{ConfigError, LooksAhead, NotANumber, Recurrent, Sampling};
use models::{Address, BlockEnd, CellScalar, Draws, Params, Phase, Placed, Recorded, Registry, Sequence};
use nalgebra::DMatrix;

use super::config::Config;
use super::corpus::Streams;

/// The steps that an evaluation reads at once.
const PIECE: usize = 256;

/// The network: a vector for each character, layers of a recurrent cell, and a readout.
///
/// ```text
/// x_t = E[:, c_t],   h_t = stack(x_t, h_{t−1}),   P(c_{t+1} = k) = softmax(W_y h_t + b_y)_k
/// ```
/// c_t a character's number below V, E (D×V), h_t (H×B), W_y (V×H), b_y (V).
///
/// It is trained by truncated backpropagation through time: the text goes by in windows of T steps; the gradient ends at the
/// window's start, the state goes on into the next window (Mikolov 2012, PhD thesis, §3.2; Williams & Peng 1990 for k₁ = k₂).
/// Dropout is on the outputs of every layer and never on the way through time (Zaremba et al. 2014, arXiv:1409.2329, §3.1).
#[derive(Debug)]
pub struct CharModel {
    embedding: Placed<Embedding>,
    stack: Placed<Recurrent>,
    readout: Placed<Linear>,
    dropout: f64,
}

impl CharModel {
    /// With `vocabulary` characters, its parameters drawn from the settings' seed: `embedding.…`, `layers.…`, `readout.…`.
    ///
    /// # Errors
    /// If there is no such cell.
    pub fn new<T: CellScalar>(
        config: &Config,
        registry: &Registry,
        vocabulary: usize,
    ) -> Result<(Self, Params<T>), ConfigError> {
        let (mut params, seed) = (Params::new(), config.seed);
        let stack = config.recurrent().build(registry, config.embedding, config.steps)?;
        let readout = Linear::new(stack.output_width(), vocabulary);
        let model = Self {
            embedding: params.place("embedding", Embedding::new(vocabulary, config.embedding), seed),
            stack: params.place("", stack, seed),
            readout: params.place("readout", readout, seed),
            dropout: config.dropout,
        };
        Ok((model, params))
    }

    /// The mean of −log₂ P of every character of the streams after their first, each after those before it in its stream.
    pub fn bits<T: CellScalar>(&self, params: &Params<T>, streams: Streams<'_>) -> f64 {
        let mut reader = self.reader(params, streams.batch());
        let (mut bits, mut count) = (0.0, 0);
        for start in (0..streams.steps()).step_by(PIECE) {
            let (tokens, labels) = streams.window(start..(start + PIECE).min(streams.steps()), 0..streams.batch());
            let logits = reader(&tokens);
            for (column, label) in logits.column_iter().zip(&labels) {
                bits -= log2_probability(column.as_slice(), *label);
            }
            count += labels.len();
        }
        bits / f64::from(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Writes `length` characters after `prompt`; never the unknown one, number 0.
    ///
    /// # Errors
    /// If the network says no numbers.
    pub fn write<T: CellScalar>(
        &self,
        params: &Params<T>,
        prompt: &[usize],
        temperature: f64,
        length: usize,
        seed: u64,
    ) -> Result<Vec<usize>, NotANumber> {
        let sampling = Sampling { temperature, stop: None, max_length: length, seed };
        let mut reader = self.reader(params, 1);
        let (mut written, mut next) = (Vec::new(), prompt.to_vec());
        for step in 0..length {
            let logits = reader(&next);
            let mut logits = logits.column(logits.ncols() - 1).into_owned();
            logits[0] = f64::NEG_INFINITY;
            let token = sampling.choose(logits.as_slice(), step, 0)?;
            written.push(token);
            next = vec![token];
        }
        Ok(written)
    }

    /// Reads the next characters of `batch` streams, time-major, and gives the logits after each, V × (n·B); the state stays
    /// from call to call.
    fn reader<'a, T: CellScalar>(
        &'a self,
        params: &'a Params<T>,
        batch: usize,
    ) -> impl FnMut(&[usize]) -> DMatrix<f64> + 'a {
        let stream = self.stack.stream(params, batch);
        let mut stream = stream.unwrap_or_else(|LooksAhead| unreachable!("the settings have one direction"));
        move |tokens| {
            let tape = Tape::new();
            let bound = params.bind(&tape);
            let x = self.embedding.apply(&bound, tokens).value();
            let h = tape.constant(stream.step(&x));
            self.readout.apply(&bound, h).value().map(|z| z.re())
        }
    }
}

/// log₂ softmax(z)_k.
fn log2_probability(z: &[f64], k: usize) -> f64 {
    let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (z[k] - most - z.iter().map(|z| (z - most).exp()).sum::<f64>().ln()) / std::f64::consts::LN_2
}

/// The cross-entropy of the characters of one window after another, each an update.
#[derive(Debug)]
pub struct Windows<'a> {
    /// What is trained.
    pub model: &'a CharModel,
    /// The training part.
    pub train: Streams<'a>,
    /// The validation part.
    pub validation: Streams<'a>,
    /// T, the steps of a window.
    pub steps: usize,
    /// The seed of dropout.
    pub seed: u64,
}

impl<T: CellScalar> Objective<T> for Windows<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<T> + '_> {
        let (model, train, batch, all) = (self.model, self.train, self.train.batch(), self.steps);
        let start = ((update - 1) % (train.steps() / all) as u64) as usize * all;
        // The mask of the whole window, of which a block takes its columns.
        let mut draws = Draws::at(self.seed, "readout dropout", &[update]);
        let rows = if model.dropout > 0.0 { model.stack.output_width() } else { 0 };
        let keep: Vec<_> = (0..rows * all * batch).map(|_| draws.uniform() >= model.dropout).collect();
        let recorded = Recorded::new(batch, start..start + all, move |block| {
            let (tokens, labels) = train.window(block.steps.clone(), block.examples.clone());
            let first_example = block.examples.start as u64;
            let phase = Phase::Training(Address { seed: self.seed, update, first_example, ..Address::default() });
            // Masks are counted from the window's first step; those of the steps before it stand behind its own.
            let step = block.steps.start.checked_sub(start).unwrap_or(all + block.steps.start);
            let unroll = model.stack.unroll(block.bound).segment(step).phase(phase);
            let unroll = if block.states.is_empty() { unroll } else { unroll.initial(block.states) };
            let run = unroll.run(model.embedding.apply(block.bound, &tokens), block.batch());
            let loss = || {
                let columns = block.places().map(|(t, e)| ((t - start) * batch + e) * rows);
                let mask: Vec<_> = columns.flat_map(|column| keep[column..][..rows].iter().copied()).collect();
                let h = if rows > 0 { run.outputs.dropout(mask.into(), model.dropout) } else { run.outputs };
                let mean = model.readout.apply(block.bound, h).softmax_cross_entropy(&labels);
                block.share(mean, labels.len(), all * batch)
            };
            BlockEnd::new(run.last.clone(), block.loss_wanted.then(loss))
        });
        Box::new(recorded.carrying())
    }

    fn validate(&self, params: &Params<T>) -> Option<f64> {
        Some(self.model.bits(params, self.validation))
    }
}

#[cfg(test)]
mod tests {
    use experiments::settings::{EngineConfig, Scale, Settings};
    use experiments::train::{Forgetful, Training, train};
    use models::{Engine, Whole};
    use runs::testing::{apart, engines, resumed};

    use super::*;

    fn config() -> Config {
        Config { hidden: 12, embedding: 4, steps: 5, batch: 3, dropout: 0.0, ..Config::at(Scale::Quick) }
    }

    /// 0 is unknown; then 1 2 3 4 over and over.
    fn cycle(length: usize) -> Vec<usize> {
        (0..length).map(|t| 1 + t % 4).collect()
    }

    #[test]
    fn windows_with_the_state_carried_are_one_long_reading() {
        let tokens = cycle(66);
        let (train, validation) = (Streams::new(&tokens, 3), Streams::new(&tokens, 1));
        let (model, params) = CharModel::new::<f64>(&config(), &Registry::builtin(), 5).expect("built in");
        let windows = Windows { model: &model, train, validation, steps: 5, seed: 1 };
        let swept = |update, carried: &[DMatrix<f64>]| {
            let sequence = windows.sequence(update);
            Whole::default().sweep(&params, &*sequence, carried).expect("it can")
        };
        let (mut carried, mut nats) = (Vec::new(), 0.0);
        for update in 1..=4 {
            let found = swept(update, &carried);
            (nats, carried) = (nats + found.loss / 4.0, found.carried);
        }
        // 21 steps a stream: four windows of 5 are read.
        let read: Vec<usize> = tokens.chunks(22).flat_map(|piece| piece[..21].to_vec()).collect();
        let whole = model.bits(&params, Streams::new(&read, 3)) * std::f64::consts::LN_2;
        assert!((nats - whole).abs() < 1e-12, "{nats} in windows, {whole} in one");

        // The fifth update is the first window again, from zeros; a state forgotten is another loss.
        assert_eq!(swept(5, &carried).loss.to_bits(), swept(1, &[]).loss.to_bits());
        let zeros: Vec<_> = carried.iter().map(|s| s * 0.0).collect();
        assert!((swept(2, &carried).loss - swept(2, &zeros).loss).abs() > 1e-6);
    }

    #[test]
    fn it_learns_a_cycle_and_writes_it() {
        let tokens = cycle(300);
        let (train_on, validation) = (Streams::new(&tokens, 3), Streams::new(&tokens[..100], 2));
        let (model, mut params) = CharModel::new::<f32>(&config(), &Registry::builtin(), 5).expect("built in");
        let before = model.bits(&params, validation);
        assert!((1.5..3.5).contains(&before), "{before}: five characters are 2.3 bits");
        let windows = Windows { model: &model, train: train_on, validation, steps: 5, seed: 1 };
        train(&windows, &mut params, &Training::new(150, 0.02), &mut Whole::default(), &mut Forgetful).expect("finite");
        let after = model.bits(&params, validation);
        assert!(after < 0.1, "{after}");
        for temperature in [0.0, 0.5] {
            assert_eq!(model.write(&params, &[1, 2], temperature, 9, 7), Ok(vec![3, 4, 1, 2, 3, 4, 1, 2, 3]));
        }
    }

    #[test]
    fn the_unknown_character_is_never_written() {
        let (model, mut params) = CharModel::new::<f64>(&config(), &Registry::builtin(), 5).expect("built in");
        for param in params.iter_mut().filter(|p| p.name == "readout.b") {
            param.value[0] = 50.0;
        }
        assert!(model.write(&params, &[1], 1.0, 50, 1).expect("numbers").iter().all(|token| *token > 0));
    }

    #[test]
    fn bits_are_those_of_the_softmax() {
        assert!((log2_probability(&[1000.0, 1000.0, -1e9], 1) + 1.0).abs() < 1e-12);
        assert!((log2_probability(&[0.0, 3f64.ln()], 0) + 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_training_on_a_text_carries_its_state_on_by_every_engine() {
        let tokens: Vec<usize> = (0..400).map(|t| 1 + t * t % 5).collect();
        let config = Config { hidden: 4, embedding: 3, steps: 60, batch: 3, ..Config::at(Scale::Quick) };
        let (model, params) = CharModel::new::<f32>(&config, &Registry::builtin(), 7).expect("built in");
        let streams = Streams::new(&tokens, 3);
        let left = engines().map(|(name, engine)| {
            let steps = engine.bptt.first().copied().unwrap_or(config.steps);
            let objective = Windows { model: &model, train: streams, validation: streams, steps, seed: 1 };
            resumed(&objective, &params, &engine, name).0
        });
        for k in 1..=3 {
            assert!(apart(&left[k], &left[0]) < 1e-4, "{}: another gradient", engines()[k].0);
        }
        // Windows of 5 that look back over no more are what `--steps 5` is.
        let objective = Windows { model: &model, train: streams, validation: streams, steps: 5, seed: 1 };
        let training = Training::new(20, 0.01);
        let by = |engine: &EngineConfig| {
            let mut params = params.clone();
            train(&objective, &mut params, &training, &mut *engine.build(), &mut Forgetful).expect("not stopped");
            params
        };
        let bptt = |k1, k2| EngineConfig { bptt: vec![k1, k2], ..EngineConfig::default() };
        assert_eq!(by(&bptt(5, 5)), by(&EngineConfig::default()));
        assert!(apart(&by(&bptt(5, 30)), &by(&bptt(5, 5))) > 1e-4, "looking back does something");
    }
}
