//! The figures, drawn from the run's CSV files and pictures alone.

use experiments::Stop;
use experiments::loaders::captions::CAPTIONS;
use experiments::loaders::png::{self, Channels, Raster};
use experiments::plot::{Axis, BarSeries, Bars, Figure, Images, Panel};
use experiments::report::{in_order, trained};
use experiments::run::Run;
use experiments::tasks::capitalised;
use serde::{Deserialize, Serialize};

use super::scores::{BLANK, EXACT, NETWORK, ScoreRow, corrections};
use super::{Config, Input, Outcome};

/// The pictures of a set that are drawn, and those that are kept as files when they are not the user's own.
const SHOWN: usize = 8;
const KEPT: usize = 40;

/// Where they are kept, beside their captions: what --images takes.
const PICTURES: &str = "pictures";

/// A row of `figures/captions.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaptionRow {
    pub set: String,
    pub label: String,
    /// In the folder `pictures`.
    pub file: String,
    pub right: String,
    pub written: String,
}

/// Writes the CSV files and some pictures, and draws both figures from them.
///
/// # Errors
/// Failed, if a file cannot be written or read.
pub fn draw(run: &Run, config: &Config, input: &Input, outcome: &Outcome, scores: &[ScoreRow]) -> Result<(), Stop> {
    let scores = run.filed("figures/scores.csv", scores)?;
    run.figure("scores", &bars(&scores, config, input))?;
    let rows: Vec<CaptionRow> = run.filed("figures/captions.csv", keep(run, input, outcome)?)?;
    let folder = run.dir().within(PICTURES)?;
    let read = |row: &CaptionRow| {
        png::read(&folder.path(&row.file), Channels::Rgb)
            .map_err(|why| Stop::Failed(format!("reading a picture: {why}")))
    };
    let shown = rows.chunk_by(|a, b| a.set == b.set).flat_map(|rows| rows.iter().take(SHOWN));
    let shown = shown.map(|row| Ok((row, read(row)?))).collect::<Result<Vec<_>, Stop>>()?;
    run.figure("captions", &sheet(&shown, &scores, config, input))
}

/// Writes the first pictures of each test set, and what was written of them.
fn keep(run: &Run, input: &Input, outcome: &Outcome) -> Result<Vec<CaptionRow>, Stop> {
    let folder = run.dir().within(PICTURES)?;
    let most = if matches!(input.train, super::Source::Drawn(_)) { KEPT } else { SHOWN };
    let (mut rows, mut lines) = (Vec::new(), String::new());
    for (set, written) in input.tests.iter().zip(&outcome.written) {
        for (k, (example, written)) in set.examples.iter().zip(written).take(most).enumerate() {
            let file = format!("{}-{:02}.png", set.key, k + 1);
            folder.write(&file, example.picture.to_png())?;
            let right = example.words.join(" ");
            lines += &format!("{file}\t{right}\n");
            let (set, label) = (set.key.into(), set.label.into());
            rows.push(CaptionRow { set, label, file, right, written: written.join(" ") });
        }
    }
    folder.write(CAPTIONS, lines)?;
    Ok(rows)
}

fn facts(config: &Config, input: &Input) -> String {
    let filters: Vec<String> = config.filters.iter().map(u32::to_string).collect();
    let network = trained((&config.cell, config.hidden), &config.training, "", config.seed);
    format!("{}; {} filters, {network}", input.name, filters.join("+"))
}

fn bars(rows: &[ScoreRow], config: &Config, input: &Input) -> Figure {
    let measures = in_order(rows.iter().map(|row| &row.measure));
    let labels = in_order(rows.iter().map(|row| &row.label));
    let of = |who: &str, label: &String, name: &str, color: usize| {
        let rows: Vec<&ScoreRow> = rows.iter().filter(|row| row.who == who && row.label == *label).collect();
        let found = |measure: &String| rows.iter().find(|row| row.measure == *measure);
        let share = |measure: &String| found(measure).map_or(f64::NAN, |row| row.share);
        // Words of a caption are not drawn one by one, so only whole captions have an interval.
        let exact = |measure: &String| found(measure).filter(|_| measure == EXACT);
        let interval = |measure: &String| exact(measure).map_or((f64::NAN, f64::NAN), |row| (row.low, row.high));
        let bars = BarSeries::with_errors(measures.iter().map(|measure| (share(measure), interval(measure))));
        BarSeries { label: name.into(), color, ..bars }
    };
    let mut series: Vec<BarSeries> = labels.iter().zip(0..).map(|(label, k)| of(NETWORK, label, label, k)).collect();
    if let Some(first) = labels.first() {
        series.push(of(BLANK, first, "the network without the picture", 14));
    }
    let tests = input.tests.iter().map(|set| set.examples.len().to_string()).collect::<Vec<_>>().join("+");
    Figure {
        title: "How much of the captions is right".into(),
        subtitle: format!("{}; {tests} test pictures", facts(config, input)),
        size: (1760, 900),
        panels: vec![Panel {
            y: Axis::linear("share that is right").range(0.0, 1.05),
            content: Bars { categories: measures.clone(), series, decimals: Some(2) }.into(),
            ..Panel::default()
        }],
        footnote: "All test pictures are new. Of exact matches the line is the 95 % interval.".into(),
        ..Figure::default()
    }
}

fn sheet(shown: &[(&CaptionRow, Raster)], scores: &[ScoreRow], config: &Config, input: &Input) -> Figure {
    let labels = in_order(shown.iter().map(|(row, _)| &row.label));
    let panel = |label: &String| {
        let score = |row: &&ScoreRow| row.who == NETWORK && row.label == *label && row.measure == EXACT;
        let (right, of) = scores.iter().find(score).map_or((0, 0), |row| (row.right, row.of));
        let images = shown.iter().filter(|(row, _)| row.label == *label);
        let images = images.map(|(row, picture)| (picture.image(), says(row))).collect();
        Panel {
            title: format!("{}: {right} of {of} right", capitalised(label)),
            content: Images { images, columns: 4 }.into(),
            ..Panel::default()
        }
    };
    Figure {
        title: "What the network writes of pictures that it never saw".into(),
        subtitle: format!("{}; the first {SHOWN} of each kind", facts(config, input)),
        size: (1280, 120 + 500 * labels.len().max(1) as u32),
        panels: labels.iter().map(panel).collect(),
        ..Figure::default()
    }
}

/// What was written, and what should stand there if that is something else.
fn says(row: &CaptionRow) -> String {
    if row.right == row.written {
        return format!("✓ {}", row.written);
    }
    format!("✗ {}\nright: {}", row.written, corrections(&row.right, &row.written))
}
