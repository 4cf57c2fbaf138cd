//! The figures: their numbers from the run's CSV files, their pictures from the clips.

use experiments::answers::argmax;
use experiments::loaders::clips::Clip;
use experiments::loaders::png::Raster;
use experiments::plot::{Animation, Axis, BarSeries, Bars, Figure, Image, Images, Panel, RuleLine, Series};
use experiments::report::trained;
use experiments::run::Run;
use experiments::{Stop, counted};
use serde::{Deserialize, Serialize};

use super::report::{FrozenRow, ScoreRow, chance, frozen, scores};
use super::{Config, Input, Kind, Outcome};

/// A row of `figures/watching.csv`: what the network says of a clip that is drawn, frame by frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchRow {
    pub clip: usize,
    pub right: String,
    pub frame: usize,
    pub answer: String,
    pub probability: f64,
}

/// How many frames the animation goes on with the last one.
const STAYS: usize = 8;

/// Writes the CSV files and draws from them.
///
/// # Errors
/// Failed, if a file cannot be written or read.
pub fn draw(run: &Run, config: &Config, input: &Input, outcomes: &[Outcome]) -> Result<(), Stop> {
    let scores = run.filed("figures/accuracy.csv", scores(input, outcomes))?;
    let frozen = run.filed("figures/video.csv", frozen(input, outcomes))?;
    run.figure("video", &video(&scores, &frozen, config, input))?;
    let watched: Vec<WatchRow> = run.filed("figures/watching.csv", watch_rows(input, outcomes))?;
    let is_last = |row: &&WatchRow| row.frame == input.splits.test[row.clip].frames.len();
    let last: Vec<WatchRow> = run.filed("figures/clips.csv", watched.iter().filter(is_last))?;
    run.figure("clips", &strips(&last, input))?;
    run.animation("watching", &watching(&watched, config, input))
}

fn facts(config: &Config, input: &Input) -> String {
    let [train, _, test] = input.splits.sizes();
    let network = trained((&config.cell, config.hidden), &config.training, " clips", config.seed);
    format!("{}, {train} to train on, {test} to test on; {network}", input.name)
}

fn video(scores: &[ScoreRow], frozen: &[FrozenRow], config: &Config, input: &Input) -> Figure {
    let chance = chance(input);
    // What was trained with frozen frames is a matter of the second panel.
    let shown: Vec<&ScoreRow> = scores.iter().filter(|row| row.network != Kind::LstmFrozen.name()).collect();
    let bars = Bars {
        categories: shown.iter().map(|row| row.label.replace(", ", ": ")).collect(),
        series: vec![BarSeries::with_errors(shown.iter().map(|row| (row.accuracy, (row.low, row.high))))],
        decimals: Some(3),
    };
    let accuracy = || Axis::linear("accuracy").range(0.0, 1.0);
    let rules = |label: &str| vec![RuleLine { y: chance, label: label.into() }];
    let curve = |(color, kind): (usize, Kind)| {
        let own = || frozen.iter().filter(move |row| row.network == kind.name());
        let label = match kind {
            Kind::LstmFrozen => format!("CNN-LSTM-MLP, trained with D from 0 to {}", config.frozen_training),
            Kind::Mlp => format!("MLP, the last {}", counted(input.longest, "frame")),
            _ => "CNN-LSTM-MLP, trained with D = 0".into(),
        };
        Series {
            label,
            color,
            points: own().map(|row| (row.frozen as f64, row.accuracy)).collect(),
            band: own().map(|row| (row.frozen as f64, row.low, row.high)).collect(),
            ..Series::default()
        }
    };
    let memory = Panel {
        title: "The last frame stays. Does it still know?".into(),
        x: Axis::linear("D, frozen frames after the clip"),
        y: accuracy(),
        series: [(0, Kind::Lstm), (1, Kind::LstmFrozen), (2, Kind::Mlp)].map(curve).into(),
        lines: rules("chance"),
        ..Panel::default()
    };
    let bars = Panel {
        title: "Which network knows what happened?".into(),
        y: accuracy(),
        lines: rules(""),
        content: bars.into(),
        ..Panel::default()
    };
    let title = match input.generated {
        true => "What happened is in no frame: it has to be remembered",
        false => "What happened in a clip",
    };
    Figure {
        title: title.into(),
        subtitle: facts(config, input),
        columns: 2,
        size: (1760, 860),
        panels: vec![bars, memory],
        footnote: "Intervals and bands: 95 % (Wilson).".into(),
    }
}

fn watch_rows(input: &Input, outcomes: &[Outcome]) -> Vec<WatchRow> {
    let Some(outcome) = outcomes.iter().find(|outcome| outcome.kind == Kind::Lstm) else { return Vec::new() };
    let clips = input.shown().into_iter().zip(&outcome.shown);
    let frames = clips.flat_map(|(clip, p)| p.iter().zip(1..).map(move |(p, frame)| (clip, frame, p)));
    let row = |(clip, frame, p): (usize, usize, &Vec<f32>)| {
        let (answer, right) = (argmax(p), input.splits.test[clip].label.clone());
        WatchRow { clip, right, frame, answer: input.classes[answer].clone(), probability: f64::from(p[answer]) }
    };
    frames.map(row).collect()
}

fn mean(clip: &Clip) -> Raster {
    let mean = |i: usize| clip.frames.iter().map(|frame| frame.values[i]).sum::<f32>() / clip.frames.len() as f32;
    Raster { values: (0..clip.frames[0].values.len()).map(mean).collect(), ..clip.frames[0].clone() }
}

/// The frames side by side, and apart from them their mean.
fn strip(clip: &Clip) -> Image {
    let (height, width) = (clip.frames[0].height, clip.frames[0].width);
    let frames: Vec<Vec<[u8; 3]>> = clip.frames.iter().chain([&mean(clip)]).map(Raster::pixels).collect();
    let mut pixels = Vec::new();
    for y in 0..height {
        for (t, frame) in frames.iter().enumerate() {
            let gap = match t {
                0 => 0,
                _ if t + 1 == frames.len() => width / 2,
                _ => 1,
            };
            pixels.extend(std::iter::repeat_n([255; 3], gap));
            pixels.extend(&frame[y * width..(y + 1) * width]);
        }
    }
    Image::rgb(pixels.len() / height, pixels)
}

fn strips(rows: &[WatchRow], input: &Input) -> Figure {
    let one = |row: &WatchRow| {
        let clip = &input.splits.test[row.clip];
        let caption = if row.answer == row.right {
            format!("{}   ✓ {:.2}", row.right, row.probability)
        } else {
            format!("{}   ✗ says {}, {:.2}", row.right, row.answer, row.probability)
        };
        (strip(clip), caption)
    };
    let images = Images { images: rows.iter().map(one).collect(), columns: 1 };
    let title = match input.generated {
        true => "Eight classes, the same frames: only their order differs",
        false => "Clips of each class",
    };
    Figure {
        title: title.into(),
        subtitle:
            "Time goes to the right; apart: the mean frame. Below: the class, and its probability to the CNN-LSTM-MLP."
                .into(),
        size: (1760, 1330),
        panels: vec![Panel { content: images.into(), ..Panel::default() }],
        ..Figure::default()
    }
}

/// The clips as they go on, and what the network would say if they ended there.
fn watching(rows: &[WatchRow], config: &Config, input: &Input) -> Animation {
    let stays = STAYS.min(config.frozen);
    let clips = input.shown();
    let longest = clips.iter().map(|&clip| input.splits.test[clip].frames.len()).max().unwrap_or(0);
    let picture = |clip: usize, t: usize| {
        let frames = &input.splits.test[clip].frames;
        let said = rows.iter().filter(|row| row.clip == clip && row.frame <= t + 1).max_by_key(|row| row.frame);
        let caption = said.map_or_else(String::new, |row| {
            let mark = if row.answer == row.right { "✓" } else { "✗" };
            format!("{}\n{mark} {}\n{:.2}", row.right, row.answer, row.probability)
        });
        let frame = &frames[t.min(frames.len() - 1)];
        (frame.image(), caption)
    };
    let frame = |t: usize| {
        let time = match (t + 1).checked_sub(longest) {
            Some(d) if d > 0 => format!("the last frame stays: D = {d}"),
            _ => format!("frame {} of {longest}", t + 1),
        };
        let images = Images { images: clips.iter().map(|&clip| picture(clip, t)).collect(), columns: 4 };
        Figure {
            title: format!("What would it say now? {time}"),
            subtitle: "Below each clip: its class, the network's answer so far, and how probable that is to it.".into(),
            size: (880, 560),
            panels: vec![Panel { content: images.into(), ..Panel::default() }],
            ..Figure::default()
        }
    };
    Animation { frames: (0..longest + stays).map(frame).collect(), delay: 45, rest: 200 }
}
