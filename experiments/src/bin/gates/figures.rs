//! The figures, drawn from the run's CSV files alone.

use experiments::plot::{Axis, Colors, Figure, HeatMap, Panel, Series, Stroke};
use experiments::report::if_quick;
use experiments::run::Run;
use experiments::{Stop, counted};
use nalgebra::DMatrix;

use super::config::Config;
use super::outcome::{Hand, Mean, Memory, Outcome, Role, Shown};
use super::summary::{Summary, law};
use super::unit::GATES;

/// Draws all figures of a run.
pub fn draw(run: &Run, config: &Config, all: &Outcome, summary: &Summary) -> Result<(), Stop> {
    let Outcome { shown, means, memory, .. } = all;
    let drawn = &config.cells[..config.cells.len().min(2)];
    let sentences: Vec<_> = drawn.iter().map(|cell| Sentence::new(cell, config, shown, means)).collect();
    let Config { hidden, seed, longest, updates, .. } = config;
    let quick = if_quick(summary.scale, "; --quick: too short");
    let updates = counted(*updates, "update");
    let facts = format!("H = {hidden}, seed {seed}; France task, distances 1–{longest}, {updates}{quick}");
    for sentence in &sentences {
        run.figure(&format!("gates_{}", sentence.cell), &gates(sentence, &facts))?;
        run.figure(&format!("roles_{}", sentence.cell), &roles(sentence, means, config, &facts))?;
    }
    run.figure("held", &held(&sentences, summary, config, &facts))?;
    run.figure("memory", &memory_times(memory, config, summary))
}

/// The sentence of a cell with the first seed; its units with the longest memory first.
struct Sentence<'a> {
    cell: &'a str,
    rows: Vec<&'a Shown>,
    words: Vec<String>,
    order: Vec<usize>,
}

impl<'a> Sentence<'a> {
    fn new(cell: &'a str, config: &Config, shown: &'a [Shown], means: &[Mean]) -> Self {
        let rows: Vec<_> = shown.iter().filter(|r| r.cell == cell && r.seed == config.seed).collect();
        let first = rows.iter().filter(|r| r.hand == Hand::Free && r.what == "c" && r.unit == 0);
        let words = first.map(|r| r.word.clone()).collect();
        let kept = |m: &&Mean| (m.cell == cell && m.seed == config.seed) && m.gate == "f" && m.role == Role::Distractor;
        let mut kept: Vec<_> = means.iter().filter(kept).map(|m| (m.mean, m.unit)).collect();
        kept.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut order: Vec<usize> = kept.into_iter().map(|(_, unit)| unit).collect();
        if order.is_empty() {
            order = (0..config.hidden).collect();
        }
        Self { cell, rows, words, order }
    }

    /// A map of the units' values: a unit, a column and a value in each entry; NaN where nothing was measured.
    fn map(&self, columns: &[String], entries: impl Iterator<Item = (usize, usize, f64)>) -> HeatMap {
        let mut values = DMatrix::from_element(self.order.len(), columns.len(), f64::NAN);
        for (unit, column, value) in entries {
            if let Some(at) = self.order.iter().position(|of| *of == unit) {
                values[(at, column)] = value;
            }
        }
        let rows = self.order.iter().map(ToString::to_string).collect();
        HeatMap { values, rows, columns: columns.to_vec(), ..HeatMap::default() }
    }

    fn panel(&self, title: impl Into<String>, hand: Hand, what: &str, label: &str, range: Option<(f64, f64)>) -> Panel {
        let own = self.rows.iter().filter(|r| r.hand == hand && r.what == what);
        let colors = if matches!(what, "i" | "f" | "o") { Colors::Sequential } else { Colors::Diverging };
        let map = self.map(&self.words, own.map(|r| (r.unit, r.step, r.value)));
        let map = HeatMap { colors, range, label: label.into(), ..map };
        let (x, y) = (Axis::linear("word read"), Axis::linear("unit"));
        Panel { title: title.into(), x, y, content: map.into(), ..Panel::default() }
    }
}

/// Figure 1.
fn gates(sentence: &Sentence, facts: &str) -> Figure {
    let panel = |title, what, label, range| sentence.panel(title, Hand::Free, what, label, range);
    Figure {
        title: format!("The gates of {} over one sentence", sentence.cell),
        subtitle: facts.into(),
        columns: 2,
        size: (1320, 1290),
        panels: vec![
            panel("Input gate: what is let in", "i", "i", Some((0.0, 1.0))),
            panel("Forget gate: what is kept", "f", "f", Some((0.0, 1.0))),
            panel("Candidate: what would be written", "g", "g", Some((-1.0, 1.0))),
            panel("Output gate: what is shown", "o", "o", Some((0.0, 1.0))),
            panel("Memory C = f∘C₋₁ + i∘g", "c", "C", None),
            panel("Output h = o∘tanh C", "h", "h", Some((-1.0, 1.0))),
        ],
        footnote: "A row is a unit, those with the largest mean forget gate over distractors on top.".into(),
    }
}

/// Figure 2: a row of panels for each cell.
fn held(sentences: &[Sentence], summary: &Summary, config: &Config, facts: &str) -> Figure {
    let panel = |sentence: &Sentence, name: &str, hand| {
        let accuracy = summary.cell(sentence.cell).map_or(f64::NAN, |cell| cell.scores[hand as usize].value());
        let title = format!("{name}: {:.0} % right", 100.0 * accuracy);
        let panel = sentence.panel(title, hand, "c", "C", None);
        Panel { y: Axis::linear(format!("unit of {}", sentence.cell)), ..panel }
    };
    let hands = [("As it is", Hand::Free), ("f = 0", Hand::NoMemory), ("Then i = 0", Hand::NoInput)];
    Figure {
        title: "The memory share by share: C = f∘C₋₁ + i∘g".into(),
        subtitle: facts.into(),
        columns: 3,
        size: (1240, 190 + 470 * sentences.len() as u32),
        panels: sentences.iter().flat_map(|s| hands.map(|(name, hand)| panel(s, name, hand))).collect(),
        footnote: format!(
            "With f = 0, C is the input's share i∘g; with i = 0 after the country, the memory's, f∘C₋₁. Right: of {} of \
             distance {}, all seeds; chance is 12.5 %. Mind the colour bars: each panel has its own range.",
            counted(config.test_examples as u64 * config.seeds, "sentence"),
            config.longest
        ),
    }
}

/// Figure 3.
fn roles(sentence: &Sentence, means: &[Mean], config: &Config, facts: &str) -> Figure {
    let words = ["country", "between", "speak"].map(String::from);
    let panel = |gate: &str| {
        let own = means.iter().filter(|m| m.cell == sentence.cell && m.seed == config.seed && m.gate == gate);
        let map = sentence.map(&words, own.map(|m| (m.unit, m.role as usize, m.mean)));
        let (title, label) = match gate {
            "i" => ("Input gate", "mean i"),
            "f" => ("Forget gate", "mean f"),
            "o" => ("Output gate", "mean o"),
            _ => ("Candidate, |g|", "mean |g|"),
        };
        let map = HeatMap { range: Some((0.0, 1.0)), label: label.into(), ..map };
        Panel { title: title.into(), y: Axis::linear("unit"), content: map.into(), ..Panel::default() }
    };
    Figure {
        title: format!("What each gate of {} learnt, word by word", sentence.cell),
        subtitle: facts.into(),
        columns: 4,
        size: (1320, 900),
        panels: GATES.into_iter().map(panel).collect(),
        footnote: format!(
            "Means over {} of distance {}. At the country C₋₁ is 0, so its f there does nothing and has learnt nothing.",
            counted(config.test_examples, "sentence"),
            config.longest
        ),
    }
}

/// Figure 4.
fn memory_times(rows: &[Memory], config: &Config, summary: &Summary) -> Figure {
    let drawn = rows.iter().filter(|m| m.direct.or(m.whole).is_some());
    let longest = drawn.map(Memory::time).filter(|t| t.is_finite()).fold(10.0, f64::max);
    let halved = rows.iter().flat_map(|m| [m.direct, m.whole]).flatten().fold(10.0, f64::max);
    let times = (0..=200).map(|i| 1.05 * (longest / 1.05f64).powf(f64::from(i) / 200.0));
    let line = Series {
        label: "the law, ln 2 / −ln f".into(),
        color: 6,
        stroke: Stroke::Dashed,
        points: times.map(|time| (time, law(1.0 - 1.0 / time))).collect(),
        ..Series::default()
    };
    let panel = |title: &str, life: fn(&Memory) -> Option<f64>| {
        let of_cell = |(k, cell): (usize, &String)| {
            let of_cell = rows.iter().filter(|m| m.cell == *cell);
            let dots = of_cell.filter_map(|m| Some((m.time(), life(m)?))).collect();
            Series { label: cell.clone(), color: k, dots, ..Series::default() }
        };
        Panel {
            title: title.into(),
            x: Axis::log10("memory time τ = 1/(1 − mean f) (steps)").range(1.0, 1.1 * longest),
            y: Axis::log10("half-life of ∂L/∂C (steps)").range(0.2, 1.2 * halved),
            series: config.cells.iter().enumerate().map(of_cell).chain([line.clone()]).collect(),
            ..Panel::default()
        }
    };
    let silent: usize = summary.cells.iter().map(|c| c.silent[0]).sum();
    let beyond: usize = summary.cells.iter().map(|c| c.beyond[0]).sum();
    let Config { hidden, seeds, longest: trained, examples, .. } = config;
    let (words, quick) = (config.far() - 1, if_quick(summary.scale, "; --quick: too short"));
    Figure {
        title: "Does a unit's forget gate say how long its gradient lives?".into(),
        subtitle: format!(
            "France task, distances 1–{trained}; H = {hidden}, {}; measured over {}{quick}",
            counted(*seeds, "seed"),
            counted(words, "word")
        ),
        columns: 2,
        panels: vec![panel("The way through h cut", |m| m.direct), panel("All ways", |m| m.whole)],
        footnote: format!(
            "A dot is one unit in one sentence, {examples} a seed. Left: of {}, {silent} have no gradient (tanh C is ±1 in \
             f64), and {beyond} are not halved within the sentence.",
            rows.len()
        ),
        ..Figure::default()
    }
}
