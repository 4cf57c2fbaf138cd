//! The figures, drawn from the run's CSV files alone.

use experiments::counted;
use experiments::plot::{Axis, BarSeries, Bars, Figure, Image, Images, Panel};
use experiments::report::if_quick;
use experiments::settings::Scale;
use experiments::stats::Spread;
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::Config;
use super::article::Advice;
use super::network::Network;
use super::problem::{Example, Kind, Problem};
use super::summary::Column;
use super::unit::Score;

/// A row of `figures/examples.csv`: one number of one example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub problem: String,
    pub kind: String,
    pub example: usize,
    pub class: String,
    pub step: usize,
    pub row: usize,
    pub column: usize,
    pub value: f32,
}

/// Which networks are right how often, as the problems are and shuffled.
pub fn accuracies(scores: &[Score], config: &Config, scale: Scale) -> Figure {
    let columns = Column::all(scores);
    let panel = |title: &str, shuffled: bool| {
        let values = columns.iter().map(|column| column.majority().mean).collect();
        let majority = BarSeries { label: "most frequent class".into(), color: 14, values, ..BarSeries::default() };
        let bars = |(network, color): (Network, usize)| {
            let found = columns.iter().map(|column| column.accuracy(network, shuffled));
            let bars = BarSeries::with_errors(found.map(|spread| (spread.mean, (spread.low, spread.high))));
            BarSeries { label: network.name().into(), color, ..bars }
        };
        let networks = Network::ALL.into_iter().zip([6, 0, 1, 2, 3]);
        let series = [majority].into_iter().chain(networks.map(bars)).collect();
        let category = |column: &Column| match shuffled {
            true => column.name().into(),
            false => format!("{} (article: {})", column.name(), Advice::network(column.kind).name()),
        };
        let bars = Bars { categories: columns.iter().map(category).collect(), series, decimals: Some(2) };
        let y = Axis::linear("accuracy on test examples").range(0.0, 1.05);
        Panel { title: title.into(), y, content: bars.into(), ..Panel::default() }
    };
    let mut panels = vec![panel("As they are", false)];
    if scores.iter().any(|score| score.shuffled) {
        panels.push(panel("Columns, pixels or steps in another order, the same for all examples", true));
    }
    Figure {
        title: "Which network for which data, and what it gains from their order".into(),
        subtitle: format!(
            "At most {}; {}; {} of {}{}",
            counted(config.parameters, "parameter"),
            counted(config.seeds, "seed"),
            counted(config.training.updates, "update"),
            counted(config.training.batch, "example"),
            if_quick(scale, "; --quick: too short")
        ),
        size: (1760, 150 + 560 * panels.len() as u32),
        panels,
        footnote: "Bars: mean over the seeds; lines: least to greatest.".into(),
        ..Figure::default()
    }
}

/// The rows of `figures/examples.csv`: the first examples of each class of the first seed's training split.
pub fn entries(problem: &Problem, examples: &[Example]) -> Vec<Entry> {
    // Of a user's table with a hundred classes, or columns, a few tell what it is.
    const MOST: usize = 4;
    let shown = (0..problem.classes.len()).take(MOST).filter_map(|class| examples.iter().find(|e| e.class == class));
    let [channels, height, width] = problem.form.image;
    let mut entries = Vec::new();
    for (number, example) in shown.enumerate() {
        for (k, value) in example.x.iter().enumerate() {
            // Of a sequence, a step is a column and a symbol a row.
            let (step, row, column) = match problem.form.kind {
                Kind::Sequence => (0, k % channels, k / channels),
                _ => (k / (height * width), k / width % height, k % width),
            };
            let (kind, class) = (problem.form.kind.name().into(), problem.classes[example.class].clone());
            let problem = problem.name.clone();
            entries.push(Entry { problem, kind, example: number, class, step, row, column, value: *value });
        }
    }
    entries
}

/// What the problems look like.
pub fn examples(entries: &[Entry]) -> Figure {
    let panel = |kind: Kind| {
        let own: Vec<&Entry> = entries.iter().filter(|entry| entry.kind == kind.name()).collect();
        let first = own.first()?;
        let Spread { low, high, .. } = Spread::of(&own.iter().map(|entry| f64::from(entry.value)).collect::<Vec<_>>());
        // Of a video one example, a frame an image.
        let is_video = own.iter().any(|entry| entry.step > 0);
        let sheet = own.chunk_by(|a, b| (a.example, a.step) == (b.example, b.step));
        let images = sheet.filter(|image| !is_video || image[0].example == 0).map(|image| {
            let most = |of: fn(&Entry) -> usize| image.iter().map(|entry| of(entry)).max().map_or(0, |most| most + 1);
            let mut pixels = DMatrix::zeros(most(|e| e.row), most(|e| e.column));
            image.iter().for_each(|entry| pixels[(entry.row, entry.column)] = f64::from(entry.value));
            let caption = if is_video { format!("t = {}", image[0].step) } else { image[0].class.clone() };
            (Image::grey(&pixels, low, high.max(low + 1e-9)), caption)
        });
        let title = match kind {
            Kind::Table => format!("{}: a row, a column a pixel", first.problem),
            Kind::Image => format!("{}: which shape?", first.problem),
            Kind::Sequence => format!("{}: rows a, b, c, set; which letter after the last set?", first.problem),
            Kind::Video => format!("{}: what changes into what? ({})", first.problem, first.class),
            Kind::Motion => format!("{}: which way does it turn? ({})", first.problem, first.class),
        };
        let content = Images { images: images.collect(), columns: 0 }.into();
        Some(Panel { title, content, ..Panel::default() })
    };
    let panels: Vec<Panel> = Kind::ALL.into_iter().filter_map(panel).collect();
    Figure {
        title: "What each problem looks like".into(),
        columns: 2,
        size: (1760, 120 + 440 * panels.len().div_ceil(2) as u32),
        panels,
        footnote: "Training examples of the first seed, one of a class; of the videos one.".into(),
        ..Figure::default()
    }
}
