//! Video, a CNN at the input, an LSTM in the middle, an MLP at the output: what happened in a clip, told by its order alone.
//! ```text
//! f_t = cnn(x_t),   h_t = LSTM(f_t, h_{t−1}),   P(class k) = softmax(mlp(h_T))_k
//! ```
//! The clips are such that no single frame and no mean frame tells the class (see [`experiments::tasks::moving_shapes`]), so a
//! CNN alone is at chance. And after the clip the last frame stays for D frames, which says nothing new: as long as the
//! answer is still right, h has kept what happened. Donahue et al. 2015, arXiv:1411.4389, §3 and §4.

mod config;
mod figures;
mod input;
mod kind;
mod network;
mod report;
mod view;

use experiments::Stop;
use experiments::answers::{all_finite, argmax};
use experiments::run::{Findings, Run, Unit};
use experiments::settings::Resolved;
use experiments::study::{About, Study};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use config::Config;
use input::Input;
use kind::Kind;
use network::{Classifying, Network};

struct Video;

/// What one network came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Outcome {
    /// Which.
    kind: Kind,
    /// How many parameters it has.
    parameters: usize,
    /// The update of the best validation, and its loss in nats.
    best: Option<(u64, f64)>,
    /// How many test clips it has right with the last frame shown D times more, D = 0, 1, …; D = 0 alone, of who sees one frame.
    right: Vec<usize>,
    /// For each clip that is drawn and each of its frames, P(class); none without a memory.
    shown: Vec<Vec<Vec<f32>>>,
}

/// How many clips are drawn.
const SHOWN: usize = 8;

fn learn(config: &Config, input: &Input, kind: Kind, unit: &mut Unit) -> Result<Outcome, Stop> {
    let (network, mut params) = Network::new(kind, config, input)?;
    let training = config.training.along_a_cosine();
    let trained = unit.train(&Classifying { network: &network, input, config }, &mut params, &training)?;
    let test = &input.splits.test;
    let at_every_frame = all_finite(network.at_every_frame(&params, test, config.frozen))?;
    let answers = |frozen: usize| -> Result<Vec<usize>, Stop> {
        if !kind.remembers() {
            return network.answers(&params, test, frozen);
        }
        let clips = test.iter().zip(&at_every_frame);
        Ok(clips.map(|(clip, p)| argmax(p.column(clip.frames.len() - 1 + frozen).iter())).collect())
    };
    let mut right = Vec::new();
    for frozen in 0..=if kind.waits() { config.frozen } else { 0 } {
        // After that number of frames a window has nothing else in it.
        let same = kind == Kind::Mlp && frozen >= input.longest;
        right.push(if same { right[frozen - 1] } else { input.right(test, &answers(frozen)?) });
    }
    let of_clip = |p: &DMatrix<f32>| p.column_iter().map(|p| p.iter().copied().collect()).collect();
    let shown = input.shown().into_iter().filter_map(|k| at_every_frame.get(k).map(of_clip)).collect();
    Ok(Outcome { kind, parameters: params.count(), best: trained.best, right, shown })
}

impl Study for Video {
    type Settings = Config;
    type Input = Input;

    fn name(&self) -> &'static str {
        "video"
    }

    fn about(&self) -> About {
        About {
            sentence: "Tell what happened in a clip: a CNN sees, an LSTM remembers, an MLP answers.",
            more: "Trains a CNN-LSTM-MLP on clips of moving shapes whose frames tell nothing out of their order, beside a CNN on \
                   the last frame, a CNN on the mean frame and an MLP on all frames; then lets the last frame stay for D frames, \
                   and says how long the memory lasts, of a network that was trained without such frames and of one that was \
                   trained with them. Draws the clips with what the network says at every frame, as a GIF, too.",
            examples: "  \
  video                      generated clips
  video --cell rnn           a memory without gates
  video --frozen 500         a longer wait
  video --clips my_clips     clips of yours: my_clips/CLASS/CLIP/FRAME.png",
        }
    }

    fn open(&self, resolved: &Resolved<Config>) -> Result<Input, Stop> {
        let input = Input::open(resolved)?;
        Network::new(Kind::Lstm, &resolved.settings, &input)?;
        Ok(input)
    }

    fn run(&self, resolved: &Resolved<Config>, input: &Input, run: &Run) -> Result<Findings, Stop> {
        let config = &resolved.settings;
        let [train, validation, test] = input.splits.sizes();
        run.say(&format!("{}: {train} to train on, {validation} for validation, {test} for test", input.name));
        input.export(run, config.export)?;
        let name = |kind: &Kind| kind.name().to_owned();
        let work = |kind: &Kind, unit: &mut Unit| learn(config, input, *kind, unit);
        let outcomes = run.units(&Kind::ALL, name, |_| config.training.updates, work)?;
        figures::draw(run, config, input, &outcomes)?;
        Ok(report::findings(config, input, &outcomes, resolved.scale))
    }
}

fn main() -> std::process::ExitCode {
    experiments::program::main(&Video)
}
