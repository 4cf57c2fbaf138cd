//! What is printed: the accuracy of every network, and how long the memory lasts.

use experiments::counted;
use experiments::run::Findings;
use experiments::settings::Scale;
use experiments::stats::{Share, most_frequent};
use experiments::table::{Table, row, table};
use serde::{Deserialize, Serialize};

use super::{Config, Input, Kind, Outcome};

/// A row of `figures/accuracy.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreRow {
    pub network: String,
    pub label: String,
    pub parameters: usize,
    pub right: usize,
    pub of: usize,
    pub accuracy: f64,
    pub low: f64,
    pub high: f64,
}

/// A row of `figures/frozen.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrozenRow {
    pub network: String,
    pub label: String,
    pub frozen: usize,
    pub accuracy: f64,
    pub low: f64,
    pub high: f64,
}

/// The accuracy of every network on the test clips as they are, with its 95 % interval.
pub fn scores(input: &Input, outcomes: &[Outcome]) -> Vec<ScoreRow> {
    let row = |&Outcome { kind, parameters, ref right, .. }: &Outcome| {
        let (network, label) = (kind.name().into(), kind.label().into());
        let (right, of) = (right[0], input.splits.test.len());
        let (accuracy, (low, high)) = Share { part: right, of }.estimate();
        ScoreRow { network, label, parameters, right, of, accuracy, low, high }
    };
    outcomes.iter().map(row).collect()
}

/// The accuracy of every network that sees more than one frame, with the last frame shown D times more.
pub fn frozen(input: &Input, outcomes: &[Outcome]) -> Vec<FrozenRow> {
    let mut rows = Vec::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.kind.waits()) {
        for (frozen, &part) in outcome.right.iter().enumerate() {
            let (network, label) = (outcome.kind.name().into(), outcome.kind.label().into());
            let (accuracy, (low, high)) = Share { part, of: input.splits.test.len() }.estimate();
            rows.push(FrozenRow { network, label, frozen, accuracy, low, high });
        }
    }
    rows
}

/// Who always says the most frequent class of the test is right so often.
pub fn chance(input: &Input) -> f64 {
    let labels = || input.splits.test.iter().map(|clip| &clip.label);
    let most = most_frequent(labels());
    Share::count(labels().map(|label| Some(label) == most)).value()
}

/// The first D whose accuracy is less than half way from that at D = 0 to chance, if there is any.
pub fn lasts(rows: &[FrozenRow], kind: Kind, chance: f64) -> Option<usize> {
    let mut own = rows.iter().filter(|row| row.network == kind.name());
    let first = own.clone().next()?.accuracy;
    own.find(|row| row.accuracy < (first + chance) / 2.0).map(|row| row.frozen)
}

/// The numbers and the text.
pub fn findings(config: &Config, input: &Input, outcomes: &[Outcome], scale: Scale) -> Findings {
    let (chance, frozen) = (chance(input), frozen(input, outcomes));
    let mut numbers = vec![("chance".to_owned(), chance)];
    let mut table = table(["", "parameters", "accuracy", "95 % interval", "best validation at update"]);
    for (row, outcome) in scores(input, outcomes).into_iter().zip(outcomes) {
        numbers.push((format!("accuracy.{}", row.network), row.accuracy));
        let best = outcome.best.map_or("none".into(), |(update, _)| update.to_string());
        let interval = format!("{:.3} – {:.3}", row.low, row.high);
        table.add_row([row.label, row.parameters.to_string(), format!("{:.3}", row.accuracy), interval, best]);
    }
    let mut text = format!(
        "{} in {} of {} ({} of {}, seed {}); always the same class: {chance:.3}\n{table}\n",
        counted(input.classes.len(), "class"),
        counted(input.splits.test.len(), "test clip"),
        input.name,
        counted(config.training.updates, "update"),
        counted(config.training.batch, "clip"),
        config.seed
    );
    if input.generated {
        text += "The last frame and the mean frame are the same in one clip of each class, so no network that sees only these \
                 can have more than 0.125.\n";
    }
    text += &format!("\nThe last frame stays for D frames more, which says nothing new\n{}\n", frozen_table(&frozen));
    for kind in Kind::ALL.into_iter().filter(|kind| kind.waits()) {
        let lasts = lasts(&frozen, kind, chance);
        let told = match lasts {
            Some(d) => format!("half of what it had above chance is gone at D = {d}"),
            None => format!("it keeps more than half of what it had above chance up to D = {}", config.frozen),
        };
        text += &format!("{}: {told}\n", kind.label());
        numbers.extend(lasts.map(|d| (format!("lasts.{}", kind.name()), d as f64)));
        for row in frozen.iter().filter(|row| row.network == kind.name() && is_told(row.frozen, config.frozen)) {
            numbers.push((format!("accuracy.{}.{}", row.network, row.frozen), row.accuracy));
        }
    }
    if config.export > 0 {
        text += "\nThe first test clips of every class are in the run's folder clips/, as --clips reads them.\n";
    }
    Findings::new(numbers, text + scale.warning())
}

/// Whether the table has this D: 0, 1, 2, 5, 10, 20, 50, … and the last.
fn is_told(d: usize, last: usize) -> bool {
    let mut leading = d;
    while leading >= 10 && leading.is_multiple_of(10) {
        leading /= 10;
    }
    d == last || [0, 1, 2, 5].contains(&leading)
}

fn frozen_table(rows: &[FrozenRow]) -> Table {
    let last = rows.iter().map(|row| row.frozen).max().unwrap_or(0);
    let told: Vec<usize> = (0..=last).filter(|&d| is_told(d, last)).collect();
    let mut table = table(row("D", &told));
    for kind in Kind::ALL.into_iter().filter(|kind| kind.waits()) {
        let own = rows.iter().filter(|row| row.network == kind.name() && told.contains(&row.frozen));
        table.add_row(row(kind.label(), own.map(|row| format!("{:.3}", row.accuracy))));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_lasts_until_half_of_what_is_above_chance_is_gone() {
        let row = |frozen, accuracy| FrozenRow {
            network: Kind::Lstm.name().into(),
            label: String::new(),
            frozen,
            accuracy,
            low: 0.0,
            high: 1.0,
        };
        let rows = [row(0, 0.9), row(1, 0.6), row(2, 0.4), row(3, 0.1)];
        assert_eq!(lasts(&rows, Kind::Lstm, 0.1), Some(2));
        assert_eq!(lasts(&rows[..2], Kind::Lstm, 0.1), None);
        assert_eq!(lasts(&rows, Kind::LstmFrozen, 0.1), None);
    }

    #[test]
    fn the_table_has_round_numbers_and_the_last() {
        let told: Vec<_> = (0..=130).filter(|&d| is_told(d, 130)).collect();
        assert_eq!(told, [0, 1, 2, 5, 10, 20, 50, 100, 130]);
    }
}
