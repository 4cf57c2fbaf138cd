//! Captions, one to many: a picture in, a sentence out; on combinations that training had, and on some that it never had.
//! ```text
//! c = norm(W_c cnn(x) + b_c),   h_0 = tanh(W_h c + b_h),   C_0 = tanh(W_C c + b_C)
//! h_t, C_t = LSTM(E y_{t−1}, h_{t−1}, C_{t−1}),   P(y_t = k) = softmax(W_y h_t + b_y)_k
//! ```
//! No attention: all that the writing network knows of the picture is in h_0 and C_0. Source: Vinyals et al. 2015,
//! arXiv:1411.4555, with the features as the first state and not as the first input (Cho et al. 2014, arXiv:1406.1078, appendix
//! A.1). Shapes with combinations held out: after Johnson et al. 2017 (CLEVR), arXiv:1612.06890.

mod captioner;
mod config;
mod figures;
mod input;
mod report;
mod scores;

use std::path::Path;

use experiments::Stop;
use experiments::loaders::png::{self, Channels, Raster};
use experiments::run::{Findings, Run, RunDir};
use experiments::settings::Resolved;
use experiments::study::{About, Answers, Asks, Study};
use experiments::{counted, one_line};
use models::Params;
use serde::{Deserialize, Serialize};

use captioner::{Captioner, Captioning};
use config::Config;
use input::{Example, Input, Source, TestSet};

struct Caption;

/// What the network came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Outcome {
    /// How many parameters it has.
    parameters: usize,
    /// The update of the best validation, and its loss in nats a word.
    best: Option<(u64, f64)>,
    /// What it wrote, by test set and picture.
    written: Vec<Vec<Vec<String>>>,
    /// What it writes of white paper.
    blank: Vec<String>,
}

fn build(config: &Config, input: &Input) -> Result<(Captioner, Params<f32>), Stop> {
    let Raster { width, height, .. } = *input.a_picture();
    let most = width.min(height).ilog2() as usize;
    let asked = config.filters.len();
    if asked > most {
        return Err(Stop::Refused(format!(
            "--filters: {asked} convolutions, but pictures of {width} × {height} can be halved {most} times; give fewer"
        )));
    }
    Ok(Captioner::new(config, input)?)
}

/// Trains the network, and lets it write of the test pictures.
fn learn(config: &Config, input: &Input, unit: &mut experiments::run::Unit) -> Result<Outcome, Stop> {
    let (captioner, mut params) = build(config, input)?;
    let objective = Captioning { captioner: &captioner, input, config };
    let trained = unit.train(&objective, &mut params, &config.training.along_a_cosine())?;
    let write = |set: &TestSet| {
        let pictures: Vec<&Raster> = set.examples.iter().map(|example| &example.picture).collect();
        captioner.write(&params, &pictures)
    };
    let mut blank = input.a_picture().clone();
    blank.values.fill(1.0);
    Ok(Outcome {
        parameters: params.count(),
        best: trained.best,
        written: input.tests.iter().map(write).collect::<Result<_, _>>()?,
        blank: captioner.write(&params, &[&blank])?.concat(),
    })
}

/// The picture in a file, of the size that the network reads.
fn open(file: &str, input: &Input) -> Result<Raster, String> {
    let picture = png::read(Path::new(file), Channels::Rgb).map_err(|why| why.to_string())?;
    let [found, wanted] = [&picture, input.a_picture()].map(|of| format!("{} × {}", of.width, of.height));
    if found != wanted {
        let file = one_line(file);
        return Err(format!(
            "{file}: the image has {found} pixels, but the network reads {wanted}; make it of that size"
        ));
    }
    Ok(picture)
}

impl Study for Caption {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        "caption"
    }

    fn about(&self) -> About {
        About {
            sentence: "Write what is on a picture: convolutions read it, an LSTM writes a sentence, word by word.",
            more: "Trains on drawn pictures of two shapes, and tests on new pictures of three kinds: of captions that training \
                   had, of new captions whose parts it had, and of a colour and a shape that it never had together; beside the \
                   same network without the picture.",
            examples: "  \
  caption                         drawn shapes
  caption --unseen-pairs 1        hold out one pair of colour and shape, not four
  caption --ask my.png            what the trained network writes of a picture of yours, here of 32 × 32 pixels
  caption --images mine           pictures of yours: a folder with PNGs and captions.tsv, picture TAB caption on every line",
        }
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let input = Input::open(resolved)?;
        // Whether the network can be built is known before anything is written.
        build(&resolved.settings, &input)?;
        Ok(input)
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let train = match &input.train {
            Source::Drawn(_) => "new pictures at every update".into(),
            Source::Given(examples) => format!("{} to train on", counted(examples.len(), "picture")),
        };
        let tests: Vec<String> =
            input.tests.iter().map(|set| format!("{} of {}", set.examples.len(), set.label)).collect();
        let validation = input.validation.len();
        run.say(&format!("{}: {train}, {validation} for validation; to test on {}", input.name, tests.join(", ")));
        let outcome = run.whole(config.training.updates, |unit| learn(config, input, unit))?;
        let scores = scores::scores(input, &outcome);
        figures::draw(run, config, input, &outcome, &scores)?;
        Ok(report::findings(config, input, &outcome, &scores, resolved.scale))
    }

    fn asks(&self) -> Option<Asks> {
        Some(Asks { value: "FILE", help: "Print what is written of a PNG of yours" })
    }

    fn answers<'a>(
        &'a self,
        resolved: &'a Resolved<Config>,
        input: &'a Input,
        dir: &RunDir,
    ) -> Result<Answers<'a>, Stop> {
        let (captioner, mut params) = build(&resolved.settings, input)?;
        dir.load(&mut params)?;
        Ok(Box::new(move |file| {
            let picture = open(file, input).map_err(Stop::Refused)?;
            let written = captioner.write(&params, &[&picture])?.concat();
            Ok(format!("{}: {}\n{}", one_line(file), one_line(&written.join(" ")), report::held_out(input, &written)))
        }))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&Caption)
}
