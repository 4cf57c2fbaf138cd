//! The figures, drawn from the run's CSV files alone.

use nalgebra::DMatrix;

use super::config::Config;
use super::summary::{Summary, law};
use super::unit::{GATES, Hand, Mean, Memory, Role, Shown};
use crate::Stop;
use crate::plot::{Axis, Colors, Figure, HeatMap, Panel, Series, Stroke};
use crate::run::Run;

/// Draws all figures of a run.
pub fn draw(run: &Run, config: &Config, summary: &Summary) -> Result<(), Stop> {
    let shown: Vec<Shown> = run.rows("figures/gates.csv")?;
    let means: Vec<Mean> = run.rows("figures/roles.csv")?;
    let memory: Vec<Memory> = run.rows("figures/memory.csv")?;
    let sentence = Sentence::new(config, &shown, &means);
    let facts = facts(config, summary);
    run.figure("gates", &gates(&sentence, &facts))?;
    run.figure("held", &held(&sentence, summary, config, &facts))?;
    run.figure("roles", &roles(&sentence, &means, config, &facts))?;
    run.figure("memory", &memory_times(&memory, config, summary))
}

fn facts(config: &Config, summary: &Summary) -> String {
    format!(
        "{}, H = {}, seed {}; trained on the France task at distances 1–{}, {} updates{}",
        config.cells[0],
        config.hidden,
        config.seed,
        config.longest,
        config.updates,
        if summary.quick { "; --quick: too short to conclude from" } else { "" }
    )
}

/// The sentence of the first cell with the first seed; its units with the longest memory first.
struct Sentence<'a> {
    rows: Vec<&'a Shown>,
    words: Vec<String>,
    order: Vec<usize>,
}

impl<'a> Sentence<'a> {
    fn new(config: &Config, shown: &'a [Shown], means: &[Mean]) -> Self {
        let rows: Vec<_> = shown.iter().filter(|r| r.cell == config.cells[0] && r.seed == config.seed).collect();
        let first = rows.iter().filter(|r| r.hand == Hand::Free && r.what == "c" && r.unit == 0);
        let words = first.map(|r| r.word.clone()).collect();
        let kept = |m: &&Mean| {
            (m.cell == config.cells[0] && m.seed == config.seed) && m.gate == "f" && m.role == Role::Distractor
        };
        let mut kept: Vec<_> = means.iter().filter(kept).map(|m| (m.mean, m.unit)).collect();
        kept.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut order: Vec<usize> = kept.into_iter().map(|(_, unit)| unit).collect();
        if order.is_empty() {
            order = (0..config.hidden).collect();
        }
        Self { rows, words, order }
    }

    /// H × T, NaN where nothing was measured.
    fn values(&self, hand: Hand, what: &str) -> DMatrix<f64> {
        let mut values = DMatrix::from_element(self.order.len(), self.words.len(), f64::NAN);
        for row in self.rows.iter().filter(|r| r.hand == hand && r.what == what) {
            if let Some(at) = self.order.iter().position(|unit| *unit == row.unit) {
                values[(at, row.step)] = row.value;
            }
        }
        values
    }

    fn panel(&self, title: impl Into<String>, hand: Hand, what: &str, label: &str, range: Option<(f64, f64)>) -> Panel {
        let map = HeatMap {
            values: self.values(hand, what),
            rows: self.units(),
            columns: self.words.clone(),
            colors: if matches!(what, "i" | "f" | "o") { Colors::Sequential } else { Colors::Diverging },
            range,
            label: label.into(),
            ..HeatMap::default()
        };
        Panel {
            title: title.into(),
            x: Axis::linear("word read"),
            y: Axis::linear("unit"),
            content: map.into(),
            ..Panel::default()
        }
    }

    fn units(&self) -> Vec<String> {
        self.order.iter().map(ToString::to_string).collect()
    }
}

/// Figure 1.
fn gates(sentence: &Sentence, facts: &str) -> Figure {
    let panel = |title, what, label, range| sentence.panel(title, Hand::Free, what, label, range);
    Figure {
        title: "The gates of an LSTM over one sentence".into(),
        subtitle: facts.into(),
        columns: 2,
        size: (1760, 1720),
        panels: vec![
            panel("Input gate: what is let in", "i", "i", Some((0.0, 1.0))),
            panel("Forget gate: what is kept", "f", "f", Some((0.0, 1.0))),
            panel("Candidate: what would be written", "g", "g", Some((-1.0, 1.0))),
            panel("Output gate: what is shown", "o", "o", Some((0.0, 1.0))),
            panel("Memory C = f∘C₋₁ + i∘g", "c", "C", None),
            panel("Output h = o∘tanh C", "h", "h", Some((-1.0, 1.0))),
        ],
        footnote: "A row is a unit, those with the largest mean forget gate over distractors on top.".into(),
        ..Figure::default()
    }
}

/// Figure 2.
fn held(sentence: &Sentence, summary: &Summary, config: &Config, facts: &str) -> Figure {
    let accuracy = |hand| {
        let cell = summary.cell(&config.cells[0]);
        let score = cell.and_then(|cell| cell.scores.iter().find(|(of, ..)| *of == hand));
        score.map_or(f64::NAN, |(_, right, of)| *right as f64 / *of as f64)
    };
    let reach = Hand::ALL.map(|hand| sentence.values(hand, "c").amax()).into_iter().fold(0.0, f64::max);
    let panel = |title: &str, hand| {
        let title = format!("{title}; right {:.0} %", 100.0 * accuracy(hand));
        sentence.panel(title, hand, "c", "C", Some((-reach, reach)))
    };
    Figure {
        title: "The memory, share by share: C = f∘C₋₁ + i∘g".into(),
        subtitle: facts.into(),
        columns: 3,
        size: (1760, 960),
        panels: vec![
            panel("As it is", Hand::Free),
            panel("f = 0: i∘g alone", Hand::NoMemory),
            panel("i = 0 after the country: f∘C₋₁ alone", Hand::NoInput),
        ],
        footnote: format!(
            "Right: answers at distance {} over all seeds, {} sentences; chance is 12.5 %. Units as in the figure of the gates.",
            summary.longest,
            config.test_examples as u64 * config.seeds
        ),
        ..Figure::default()
    }
}

/// Figure 3.
fn roles(sentence: &Sentence, means: &[Mean], config: &Config, facts: &str) -> Figure {
    let panel = |gate: &str| {
        let mut values = DMatrix::from_element(sentence.order.len(), Role::ALL.len(), f64::NAN);
        let own = |m: &&Mean| m.cell == config.cells[0] && m.seed == config.seed && m.gate == gate;
        for row in means.iter().filter(own) {
            let role = Role::ALL.iter().position(|role| *role == row.role);
            if let (Some(at), Some(role)) = (sentence.order.iter().position(|unit| *unit == row.unit), role) {
                values[(at, role)] = row.mean;
            }
        }
        let map = HeatMap {
            values,
            rows: sentence.units(),
            columns: ["country", "others", "speak"].map(String::from).to_vec(),
            range: Some((0.0, 1.0)),
            label: if gate == "g" { "mean |g|".into() } else { format!("mean {gate}") },
            decimals: Some(2),
            ..HeatMap::default()
        };
        let title = match gate {
            "i" => "Input gate",
            "f" => "Forget gate",
            "o" => "Output gate",
            _ => "Candidate, |g|",
        };
        Panel { title: title.into(), y: Axis::linear("unit"), content: map.into(), ..Panel::default() }
    };
    Figure {
        title: "What each gate learnt: at the country, at the words between, at the question".into(),
        subtitle: facts.into(),
        columns: 4,
        size: (1760, 1300),
        panels: GATES.into_iter().map(panel).collect(),
        footnote: format!(
            "Means over {} sentences of distance {}. At the country C₋₁ is 0, so its f there does nothing and has learnt nothing.",
            config.test_examples, config.longest
        ),
        ..Figure::default()
    }
}

/// Figure 4.
fn memory_times(rows: &[Memory], config: &Config, summary: &Summary) -> Figure {
    let longest = rows.iter().map(Memory::time).filter(|t| t.is_finite()).fold(10.0, f64::max);
    let mut series = Vec::new();
    let ways: [(&str, fn(&Memory) -> Option<f64>); 2] =
        [("whole ∂L/∂C", |m| m.whole), ("way through h cut", |m| m.direct)];
    for (k, cell) in config.cells.iter().enumerate() {
        for (way, (name, life)) in ways.iter().enumerate() {
            let dots = rows.iter().filter(|m| m.cell == *cell).filter_map(|m| Some((m.time(), life(m)?))).collect();
            series.push(Series { label: format!("{cell}, {name}"), color: 2 * k + way, dots, ..Series::default() });
        }
    }
    let times = (0..=200).map(|i| 1.02 * (longest / 1.02f64).powf(f64::from(i) / 200.0));
    series.push(Series {
        label: "ln 2 / −ln f, f = 1 − 1/τ: the law".into(),
        color: 6,
        stroke: Stroke::Dashed,
        points: times.map(|time| (time, law(1.0 - 1.0 / time))).collect(),
        ..Series::default()
    });
    let panel = Panel {
        x: Axis::log10("memory time τ = 1/(1 − f̄) of a unit (steps)"),
        y: Axis::log10("half-life of ∂L/∂C (steps)"),
        series,
        ..Panel::default()
    };
    let beyond = |way: usize| config.cells.iter().filter_map(|c| summary.cell(c)).map(|c| c.beyond[way]).sum::<usize>();
    Figure {
        title: "A unit's forget gate says how long its gradient lives".into(),
        subtitle: format!(
            "France task, trained at distances 1–{}; H = {}, {} seeds; measured over {} distractors, f64{}",
            config.longest,
            config.hidden,
            config.seeds,
            summary.far - 1,
            if summary.quick { "; --quick: too short to conclude from" } else { "" }
        ),
        columns: 1,
        size: (1760, 1100),
        panels: vec![panel],
        footnote: format!(
            "A dot is a unit of one seed: f̄ is the mean over distractors, the half-life a median over {} sentences. Not halved \
             and not drawn: {} units with the way through h cut, {} on all ways, of {}. Median of half-life ÷ law: {:.2} and {:.2}.",
            config.examples,
            beyond(0),
            beyond(1),
            rows.len(),
            summary.ratio(0),
            summary.ratio(1)
        ),
        ..Figure::default()
    }
}
