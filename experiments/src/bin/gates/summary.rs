//! The numbers of a run, from its CSV files.

use experiments::report::of_diverged;
use experiments::settings::Scale;
use experiments::stats::{Share, mean, quantile};
use experiments::table::{row, table};

use super::config::Config;
use super::outcome::{Hand, Memory, Outcome, Role};
use super::unit::GATES;

/// What a run found.
pub struct Summary {
    pub cells: Vec<Cell>,
    diverged: usize,
    pub scale: Scale,
}

/// One cell's, all seeds together.
pub struct Cell {
    pub name: String,
    /// Right answers, by hand.
    pub scores: [Share; 3],
    /// Over units and seeds, by gate and role: the mean, and the 10 and 90 % quantiles.
    roles: [[[f64; 3]; 3]; 4],
    /// Half-life over that of the law, median and quartiles over units and sentences, by way.
    ratios: [Option<[f64; 3]>; WAYS.len()],
    /// How many units and sentences there are; in how many there was no gradient, or it did not halve, by way.
    pub units: usize,
    pub silent: [usize; WAYS.len()],
    pub beyond: [usize; WAYS.len()],
}

/// A gradient with its half-life, and the mean forget gate that the law is given for it.
type Way = (&'static str, fn(&Memory) -> (f64, Option<f64>), fn(&Memory) -> f64);

/// The ways on which a gradient goes, and the means of f.
const WAYS: [Way; 3] = [
    ("way through h cut, mean f", |m| (m.direct_gradient, m.direct), |m| m.forget),
    ("way through h cut, geometric mean f", |m| (m.direct_gradient, m.direct), |m| m.forget_geometric),
    ("all ways, mean f", |m| (m.whole_gradient, m.whole), |m| m.forget),
];

/// The law's half-life for a constant forget gate.
pub fn law(forget: f64) -> f64 {
    std::f64::consts::LN_2 / -forget.ln()
}

impl Summary {
    /// Of the rows of all units together.
    pub fn of(all: &Outcome, config: &Config, diverged: usize, scale: Scale) -> Self {
        let cell = |name: &String| {
            let of_hand = |hand| {
                let of_hand = all.scores.iter().filter(|s| s.cell == *name && s.hand == hand);
                of_hand.map(|s| Share { part: s.right, of: s.of }).sum()
            };
            let of_role = |gate: &str, role| {
                let of_role = all.means.iter().filter(|m| m.cell == *name && m.gate == gate && m.role == role);
                let values: Vec<f64> = of_role.map(|m| m.mean).collect();
                [mean(&values), quantile(&values, 0.1), quantile(&values, 0.9)]
            };
            let units: Vec<_> = all.memory.iter().filter(|m| m.cell == *name).collect();
            let ratios = WAYS.map(|(_, life, forget)| {
                let found: Vec<f64> = units.iter().filter_map(|m| Some(life(m).1? / law(forget(m)))).collect();
                (!found.is_empty()).then(|| [0.25, 0.5, 0.75].map(|q| quantile(&found, q)))
            });
            Cell {
                name: name.clone(),
                scores: Hand::ALL.map(of_hand),
                roles: GATES.map(|gate| Role::ALL.map(|role| of_role(gate, role))),
                ratios,
                units: units.len(),
                silent: WAYS.map(|(_, life, _)| units.iter().filter(|m| life(m).0.to_bits() == 0).count()),
                beyond: WAYS.map(|(_, life, _)| {
                    units.iter().filter(|m| matches!(life(m), (first, None) if first > 0.0)).count()
                }),
            }
        };
        Self { cells: config.cells.iter().map(cell).collect(), diverged, scale }
    }

    pub fn cell(&self, name: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.name == name)
    }

    pub fn numbers(&self) -> Vec<(String, f64)> {
        let mut numbers = Vec::new();
        for cell in &self.cells {
            for (hand, share) in ["", "_f0", "_i0"].into_iter().zip(cell.scores) {
                numbers.push((format!("{}.accuracy{hand}", cell.name), share.value()));
            }
            for (way, ratio) in ["direct", "direct_geometric", "whole"].into_iter().zip(cell.ratios) {
                numbers.extend(ratio.map(|[_, median, _]| (format!("{}.ratio_{way}", cell.name), median)));
            }
        }
        numbers
    }

    pub fn to_text(&self, config: &Config) -> String {
        let mut held = table(["cell", "as it is", "f = 0", "i = 0 after the country"]);
        let mut roles = table(["cell", "gate", "at the country", "at distractors", "at the question"]);
        let mut ratios = table(["cell", "way", "half-life ÷ law, median", "quartiles", "no gradient", "not halved"]);
        for cell in &self.cells {
            let score = |share: Share| {
                let (low, high) = share.interval();
                format!("{:.3} ({low:.3}–{high:.3})", share.value())
            };
            held.add_row(row(&cell.name, cell.scores.map(score)));
            for (gate, of_gate) in ["i", "f", "o", "|g|"].into_iter().zip(cell.roles) {
                let shown = |[mean, low, high]: [f64; 3]| match mean.is_nan() {
                    true => "–".to_owned(),
                    false => format!("{mean:.2} ({low:.2}–{high:.2})"),
                };
                roles.add_row(row(&cell.name, row(gate, of_gate.map(shown))));
            }
            for (k, (way, ..)) in WAYS.into_iter().enumerate() {
                let [low, mid, high] = cell.ratios[k].unwrap_or([f64::NAN; 3]).map(|x| format!("{x:.2}"));
                let [silent, beyond] = [cell.silent, cell.beyond].map(|of| format!("{} of {}", of[k], cell.units));
                ratios.add_row([cell.name.clone(), way.into(), mid, format!("{low}–{high}"), silent, beyond]);
            }
        }
        let text = format!(
            "Right answers at distance {}, with a gate held (chance 0.125)\n{held}\n\n\
             Mean gates, 10–90 % of the units in brackets\n{roles}\n\n\
             Half-life of ∂L/∂C over {} steps, and the law, ln 2 / −ln f; a unit in a sentence counts once\n{ratios}\n",
            config.longest,
            config.far()
        );
        text + &of_diverged(self.diverged) + self.scale.warning().trim_start()
    }
}
