use std::borrow::Borrow;

use autograd::{Tape, Var};
use experiments::Stop;
use experiments::chunks::{in_chunks, mean_loss};
use experiments::loaders::png::Raster;
use experiments::train::Objective;
use experiments::vocabulary::{BEGIN, END, Vocabulary};
use models::layers::{LayerNorm, Linear};
use models::stacks::{Cnn, ConfigError, ConvConfig, DecoderConfig, Generator, RecurrentConfig, Sampling, TokenBatch};
use models::{BlockEnd, Bound, Draws, Params, Phase, Placed, Recorded, Registry, Sequence};
use nalgebra::DMatrix;

use super::Config;
use super::input::{Example, Input};

/// A picture in, a sentence out: its training and its writing.
/// ```text
/// c = norm(W_c cnn(x) + b_c),   h_0 = tanh(W_h c + b_h),   C_0 = tanh(W_C c + b_C)        one picture …
/// h_t, C_t = LSTM(E y_{t−1}, h_{t−1}, C_{t−1}),   P(y_t = k) = softmax(W_y h_t + b_y)_k        … many words
/// ```
/// x (3·H·W × B) is 1 minus what a PNG has: white paper is 0, as the convolutions' padding is. y_0 is `<bos>`; the word written
/// at t is what is read at t + 1, until `<eos>`.
///
/// # Errors
/// Diverged, if the network says no numbers.
///
/// norm is [`LayerNorm`]. With max(·, 0) in its place, trials ended at the loss of a writer who does not look.
///
/// Its parameters are named `cnn.{l}.…`, `features.…`, `norm.…`, and as the [`Generator`]'s.
#[derive(Debug)]
pub struct Captioner {
    vocabulary: Vocabulary,
    cnn: Cnn,
    features: Placed<Linear>,
    norm: Placed<LayerNorm>,
    generator: Generator,
    longest: usize,
}

/// What is on the tape at once when nothing is trained.
const AT_ONCE: usize = 64;

impl Captioner {
    /// A network and its parameters, for pictures as those of `input` and the words of its captions.
    ///
    /// # Errors
    /// If the cell is unknown, a size is 0, or the pictures are too small for the convolutions.
    pub fn new(config: &Config, input: &Input) -> Result<(Self, Params<f32>), ConfigError> {
        const MOST: usize = 20_000;
        let captions = input.training_captions();
        let vocabulary = Vocabulary::build(&captions, &[BEGIN, END], MOST, 1);
        let longest = captions.iter().map(Vec::len).max().unwrap_or(0) + 1;
        let layer = |&filters: &u32| ConvConfig { pool: 2, ..ConvConfig::relu(filters, 3) };
        let filters: Vec<_> = config.filters.iter().map(layer).collect();
        let decoder = DecoderConfig {
            vocabulary: vocabulary.len(),
            embedding: config.embedding,
            start: vocabulary.index(BEGIN),
            recurrent: RecurrentConfig::new(&config.cell, config.hidden),
        };
        let mut params = Params::new();
        let mut site = params.at("", config.seed);
        let cnn = Cnn::new(input.a_picture().size(), &filters, site.at("cnn"))?;
        let captioner = Self {
            vocabulary,
            features: site.place("features", Linear::new(cnn.output().rows(), config.features)),
            norm: site.place("norm", LayerNorm::new(config.features)),
            generator: Generator::new(&decoder, &Registry::builtin(), longest, Some(config.features), site)?,
            cnn,
            longest,
        };
        Ok((captioner, params))
    }

    /// c of every picture.
    fn context<'t>(&self, bound: &Bound<'t, f32>, tape: &'t Tape<f32>, pictures: &[&Raster]) -> Var<'t, f32> {
        let x = DMatrix::from_fn(pictures[0].values.len(), pictures.len(), |i, e| 1.0 - pictures[e].values[i]);
        let seen = self.cnn.apply(bound, tape.constant(&x));
        self.norm.apply(bound, self.features.apply(bound, seen))
    }

    /// The mean cross-entropy of a word of these captions, in nats, and how many there are; the words before it are the right
    /// ones.
    fn on<'a, E: Borrow<Example> + Sync + 'a>(&'a self, examples: Vec<E>) -> (Box<dyn Sequence<f32> + 'a>, usize) {
        let words = examples.iter().map(|example| example.borrow().words.len() + 1).sum();
        let recorded = Recorded::new(examples.len(), 0..1, move |block| {
            let examples = &examples[block.examples.clone()];
            let pictures: Vec<&Raster> = examples.iter().map(|example| &example.borrow().picture).collect();
            let target = |example: &E| self.vocabulary.encode_to_end(&example.borrow().words);
            let targets = TokenBatch::new(&examples.iter().map(target).collect::<Vec<_>>());
            let context = self.context(block.bound, block.tape, &pictures);
            let mean = self.generator.loss(block.bound, Some(context), &targets, Phase::Evaluation);
            BlockEnd::loss(block.share(mean, targets.lengths.iter().sum(), words))
        });
        (Box::new(recorded.in_one_piece("a picture is seen before the first word and at no later step")), words)
    }

    /// What is written of each picture, greedily: ŷ_t = argmax_k P(y_t = k), until `<eos>`.
    ///
    /// # Errors
    /// Diverged, if the network says no numbers.
    pub fn write(&self, params: &Params<f32>, pictures: &[&Raster]) -> Result<Vec<Vec<String>>, Stop> {
        let sampling = Sampling::greedy(self.vocabulary.get(END), self.longest);
        let chunks = in_chunks(params, pictures, AT_ONCE, |tape, bound, pictures| {
            let context = self.context(bound, tape, pictures);
            let prompts = vec![[]; pictures.len()];
            let words = |tokens: &Vec<usize>| self.vocabulary.decode(tokens).into_iter().map(String::from).collect();
            match self.generator.generate(bound, Some(context), &prompts, &sampling) {
                Ok(written) => written.tokens.iter().map(|tokens| Ok(words(tokens))).collect(),
                Err(why) => vec![Err(why)],
            }
        });
        Ok(chunks.into_iter().collect::<Result<_, _>>()?)
    }
}

/// The training of a captioner: the mean cross-entropy of a word, in nats.
#[derive(Debug)]
pub struct Captioning<'a> {
    /// What is trained.
    pub captioner: &'a Captioner,
    /// On what.
    pub input: &'a Input,
    /// How.
    pub config: &'a Config,
}

impl Objective<f32> for Captioning<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let batch = self.input.batch(&mut Draws::at(self.config.seed, "train", &[update]), self.config.training.batch);
        self.captioner.on(batch).0
    }

    fn validate(&self, params: &Params<f32>) -> Option<f64> {
        mean_loss(params, &self.input.validation, AT_ONCE, |examples| self.captioner.on(examples.iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use experiments::settings::{Scale, Settings};
    use experiments::train::{Forgetful, Training, train};
    use models::Whole;
    use runs::testing::shards_add_up;

    use super::*;
    use crate::input::Source;

    fn input() -> Input {
        let example = |light: usize, caption: &str| {
            let values = (0..48).map(|i| if i % 16 / 4 == light { 0.0 } else { 1.0 }).collect();
            let words = caption.split(' ').map(String::from).collect();
            Example { picture: Raster { channels: 3, height: 4, width: 4, values }, words }
        };
        let examples = vec![example(0, "a bar above"), example(1, "no bar"), example(3, "a bar below it")];
        Input {
            name: "bars".into(),
            train: Source::Given(examples.clone()),
            validation: examples,
            tests: vec![],
            without: 0,
        }
    }

    #[test]
    fn it_learns_a_caption_for_each_picture_and_writes_it() {
        let input = input();
        let mut config =
            Config { filters: vec![4], features: 12, hidden: 12, embedding: 6, ..Config::at(Scale::Quick) };
        config.training.batch = 6;
        let (captioner, mut params) = Captioner::new(&config, &input).expect("valid sizes");
        let objective = Captioning { captioner: &captioner, input: &input, config: &config };
        shards_add_up(&objective, &params);
        train(&objective, &mut params, &Training::new(120, 0.03), &mut Whole::default(), &mut Forgetful)
            .expect("it converges");
        let pictures: Vec<&Raster> = input.validation.iter().map(|example| &example.picture).collect();
        let written = captioner.write(&params, &pictures).expect("numbers");
        assert!(
            written.iter().zip(&input.validation).all(|(written, example)| *written == example.words),
            "{written:?}"
        );
        // What is written of a picture does not depend on the others.
        assert_eq!(captioner.write(&params, &pictures[2..]).expect("numbers"), written[2..]);
    }

    #[test]
    fn pictures_too_small_for_the_convolutions_are_refused_in_a_line() {
        let config = Config { filters: vec![4, 4, 4], ..Config::at(Scale::Quick) };
        let error = Captioner::new(&config, &input()).expect_err("too small");
        assert!(error.to_string().starts_with("conv.2.pool = 2 on 1 × 1"), "{error}");
    }
}
