//! The figures, drawn from the run's CSV files alone.

use nalgebra::DMatrix;

use super::config::Config;
use super::report::Report;
use super::scores::{Accuracy, Confusion};
use super::shown::Shown;
use crate::Stop;
use crate::plot::{Axis, BarSeries, Bars, Figure, HeatMap, Panel, Post, Sentence, Series, Words};
use crate::run::Run;
use crate::tokenizer::Tokenizer;

/// More tokens than this of a text are not drawn.
const TOKENS: usize = 80;
/// More classes than this have no map: no name would be readable.
const CLASSES: usize = 40;

/// A row of `figures/training.csv`.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Loss {
    /// After how many updates.
    pub update: u64,
    /// The mean since the row before, in nats.
    pub train: f64,
    /// On the validation texts; empty where it was not asked for.
    pub validation: Option<f64>,
}

/// Draws all figures of a run.
///
/// # Errors
/// Failed, if a CSV cannot be read or a figure not be written.
pub fn draw(run: &Run, report: &Report<'_>) -> Result<(), Stop> {
    let facts = facts(report);
    let rows: Vec<Shown> = run.rows("figures/attribution.csv")?;
    for way in [Way::GradientInput, Way::Integrated] {
        run.figure(way.name(), &attribution(&rows, way, report.config, &facts))?;
    }
    let (losses, accuracies) = (run.rows("figures/training.csv")?, run.rows("figures/accuracy.csv")?);
    run.figure("training", &training(&losses, report, &facts))?;
    run.figure("test", &test(&accuracies, &run.rows("figures/confusion.csv")?, report, &facts))
}

/// How shares are found.
#[derive(Clone, Copy)]
enum Way {
    GradientInput,
    Integrated,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::GradientInput => "attribution",
            Self::Integrated => "attribution_integrated",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::GradientInput => "gradient × input",
            Self::Integrated => "integrated gradients",
        }
    }

    fn of(self, row: &Shown) -> f64 {
        match self {
            Self::GradientInput => row.gradient_input,
            Self::Integrated => row.integrated,
        }
    }
}

fn facts(report: &Report<'_>) -> String {
    let splits = &report.data.splits;
    format!(
        "{}: {} to train on, {} to test on; {}, {} parameters; seed {}{}",
        report.data.source,
        splits.train.len(),
        splits.test.len(),
        report.config.network(),
        report.parameters,
        report.config.seed,
        if report.quick { "; --quick: too short to conclude from" } else { "" }
    )
}

/// Figures 1 and 2: texts, each word on its share.
fn attribution(rows: &[Shown], way: Way, config: &Config, facts: &str) -> Figure {
    let mut sentences = Vec::new();
    let (mut lines, mut known) = (0, true);
    for rows in rows.chunk_by(|a, b| a.text == b.text) {
        let first = &rows[0];
        let verdict = if first.label == first.predicted {
            format!("{} ({:.2})", first.predicted, first.probability)
        } else {
            format!("WRONG: {} ({:.2})\nit is {}", first.predicted, first.probability, first.label)
        };
        // By itself each text is as strong as any other.
        let most = models::largest(rows.iter().map(|row| way.of(row))).max(f64::MIN_POSITIVE);
        let mut words: Vec<_> = rows.iter().map(|row| (row.shown(), way.of(row) / most)).take(TOKENS).collect();
        known &= rows.iter().all(|row| row.known);
        if rows.len() > TOKENS {
            words.push(("…".into(), 0.0));
        }
        let characters: usize = words.iter().map(|(word, _)| word.chars().count() + 2).sum();
        lines += characters.div_ceil(76).max(verdict.lines().count());
        sentences.push(Sentence { label: verdict, words });
    }
    let height = 3 * (310 + 52 * lines + 16 * sentences.len()) / 4;
    let unknown = if known { "" } else { " A star: not in the vocabulary." };
    let words = Words {
        sentences,
        label: format!("{}, ÷ the text's largest", way.words()),
        reach: Some(1.0),
        joined: config.tokens == Tokenizer::Characters,
    };
    Figure {
        title: format!("Which words said so: {}", way.words()),
        subtitle: facts.into(),
        size: (1320, u32::try_from(height).unwrap_or(u32::MAX).min(3000)),
        panels: vec![Panel { content: words.into(), ..Panel::default() }],
        footnote: format!(
            "Red speaks for the answer, blue against it. Right and wrong answers are chosen to be shown, so their numbers say \
             nothing.{unknown}"
        ),
        ..Figure::default()
    }
}

/// Figure 3: the loss on the way.
fn training(losses: &[Loss], report: &Report<'_>, facts: &str) -> Figure {
    let points = |of: &dyn Fn(&Loss) -> Option<f64>| {
        losses.iter().filter_map(|row| Some((row.update as f64, of(row)?))).collect::<Vec<_>>()
    };
    let series = |label: &str, color, points| Series { label: label.into(), color, points, ..Series::default() };
    let (update, loss) = (report.outcome.best_update as f64, report.outcome.best_loss);
    let panel = Panel {
        x: Axis::linear("update"),
        y: Axis::log10("cross-entropy (nats)"),
        series: vec![
            series("training", 0, points(&|row| Some(row.train))),
            series("validation", 1, points(&|row| row.validation)),
        ],
        posts: vec![Post { x: update, label: "kept".into() }],
        ..Panel::default()
    };
    Figure {
        title: format!("The validation loss is least, {loss:.2e}, after {update} updates: that network is kept"),
        subtitle: facts.into(),
        size: (1760, 760),
        panels: vec![panel],
        ..Figure::default()
    }
}

/// Figure 4: accuracies and confusion.
fn test(accuracies: &[Accuracy], confusion: &[Confusion], report: &Report<'_>, facts: &str) -> Figure {
    let network = report.config.cell.to_uppercase();
    let bars = Bars {
        categories: [&*network, "bag of words", "majority"].map(String::from).to_vec(),
        series: vec![BarSeries {
            label: String::new(),
            color: 0,
            values: accuracies.iter().map(|row| row.accuracy).collect(),
            errors: accuracies.iter().map(|row| (row.low, row.high)).collect(),
        }],
        decimals: Some(3),
    };
    let mut panels = vec![Panel {
        title: "Accuracy on the test".into(),
        y: Axis::linear("accuracy").range(0.0, 1.1),
        content: bars.into(),
        ..Panel::default()
    }];
    let classes = &report.data.classes;
    if classes.len() <= CLASSES {
        let of = |j: usize| &confusion[j * classes.len()..(j + 1) * classes.len()];
        let share =
            |j: usize, k: usize| of(j)[k].texts as f64 / of(j).iter().map(|row| row.texts).sum::<usize>() as f64;
        let map = HeatMap {
            values: DMatrix::from_fn(classes.len(), classes.len(), share),
            rows: classes.clone(),
            columns: classes.clone(),
            range: Some((0.0, 1.0)),
            label: "share of the true class".into(),
            decimals: Some(3),
            ..HeatMap::default()
        };
        panels.push(Panel {
            title: "What is taken for what".into(),
            x: Axis::linear(format!("what the {network} says")),
            y: Axis::linear("true class"),
            content: map.into(),
            ..Panel::default()
        });
    }
    let shown = |row: Option<&Accuracy>| row.map_or(f64::NAN, |row| row.accuracy);
    Figure {
        title: format!(
            "Right of the test texts: {network} {:.3}, bag of words {:.3}",
            shown(accuracies.first()),
            shown(accuracies.get(1))
        ),
        subtitle: facts.into(),
        columns: panels.len(),
        size: (1760, 760),
        panels,
        footnote: "Bars: 95 % Wilson interval. Majority: the class that is most frequent in training.".into(),
        ..Figure::default()
    }
}
