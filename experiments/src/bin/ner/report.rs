//! What is printed: precision, recall and F₁ by type, and sentences.

use std::collections::BTreeSet;

use comfy_table::Table;
use experiments::counted;
use experiments::entity::entities;
use experiments::f1::{Counts, Evaluation, evaluate};
use experiments::run::Findings;
use experiments::settings::Scale;
use experiments::table::table;
use serde::{Deserialize, Serialize};

use super::{Config, Input, Outcome, most_frequent_tags};

/// How many sentences are shown.
const EXAMPLES: usize = 2;

/// How a network is called.
pub fn label(both: bool) -> &'static str {
    if both { "both directions" } else { "left to right" }
}

/// A row of `figures/f1.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreRow {
    pub tagger: String,
    pub kind: String,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub gold: usize,
}

/// The evaluation of every tagger, the baseline last.
fn evaluations(input: &Input, outcomes: &[Outcome]) -> Vec<(String, Evaluation)> {
    let gold: Vec<_> = input.splits.test.iter().map(|sentence| &sentence.tags[..]).collect();
    let of = |outcome: &Outcome| (label(outcome.both).to_owned(), evaluate(&gold, &outcome.found));
    let baseline = evaluate(&gold, &most_frequent_tags(&input.splits.train, &input.splits.test));
    outcomes.iter().map(of).chain([("each word's most frequent tag".to_owned(), baseline)]).collect()
}

/// The scores of every tagger for every type, and for all together.
pub fn scores(input: &Input, outcomes: &[Outcome]) -> Vec<ScoreRow> {
    let all = evaluations(input, outcomes);
    let kinds: BTreeSet<String> = all.iter().flat_map(|(_, evaluation)| evaluation.by_kind.keys().cloned()).collect();
    let mut rows = Vec::new();
    for (tagger, evaluation) in &all {
        let by_kind =
            kinds.iter().map(|kind| (kind.as_str(), evaluation.by_kind.get(kind).copied().unwrap_or_default()));
        let row = |(kind, counts): (&str, Counts)| ScoreRow {
            tagger: tagger.clone(),
            kind: kind.into(),
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            gold: counts.gold,
        };
        rows.extend([(ALL, evaluation.overall)].into_iter().chain(by_kind).map(row));
    }
    rows
}

/// What stands for all types together.
pub const ALL: &str = "all";

/// The numbers of the test sentences to show: short ones that both directions tag right and left to right wrong; if there are
/// none, the first.
pub fn examples(input: &Input, outcomes: &[Outcome]) -> Vec<usize> {
    let right = |outcome: &Outcome, k: usize| outcome.found[k] == input.splits.test[k].tags;
    let may = |k: &usize| outcomes.iter().all(|o| o.pictures.iter().any(|(number, _)| number == k));
    let mut telling: Vec<usize> = (0..input.splits.test.len())
        .filter(may)
        .filter(|&k| outcomes.iter().all(|outcome| right(outcome, k) == outcome.both))
        .collect();
    telling.sort_by_key(|&k| input.splits.test[k].tokens.len());
    // A telling sentence of another type is a better second one.
    let kind = |k: usize| entities(&input.splits.test[k].tags).first().map(|entity| entity.kind.clone());
    if let Some(&first) = telling.first()
        && let Some(at) = telling.iter().position(|&k| kind(k) != kind(first))
    {
        telling.swap(1, at);
    }
    let others = (0..input.splits.test.len()).filter(may).filter(|k| !telling.contains(k)).collect::<Vec<_>>();
    telling.iter().copied().chain(others).take(EXAMPLES).collect()
}

/// The numbers and the text.
pub fn findings(config: &Config, input: &Input, outcomes: &[Outcome], scale: Scale) -> Findings {
    let scores = scores(input, outcomes);
    let all = scores.iter().filter(|row| row.kind == ALL).zip(["both", "left", "word"]);
    let numbers = all.flat_map(|(row, name)| {
        let of = |measure: &str, value| (format!("{measure}.{name}"), value);
        [of("f1", row.f1), of("precision", row.precision), of("recall", row.recall)]
    });
    let mut table = table(["", "type", "precision", "recall", "F1", "entities"]);
    for row in &scores {
        let shares = [row.precision, row.recall, row.f1].map(|x| format!("{x:.3}"));
        let name = if row.kind == ALL { row.tagger.clone() } else { String::new() };
        table.add_row([name, row.kind.clone()].into_iter().chain(shares).chain([row.gold.to_string()]));
    }
    let test = &input.splits.test;
    let mut text = format!(
        "Entities in {} of {} ({}, seed {}); one counts if its first word, last word and type are right\n\
         {table}\n",
        counted(test.len(), "test sentence"),
        input.name,
        counted(config.training.updates, "update"),
        config.seed
    );
    for (outcome, (name, found)) in outcomes.iter().zip(evaluations(input, outcomes)) {
        let share = found.token_accuracy();
        text += &format!("{name}: {} parameters, {share:.3} of the words have the right tag\n", outcome.parameters);
    }
    if let Some(bound) = input.best_left_to_right {
        text += &format!(
            "No network from left to right can have more than F1 = {bound:.3} here: of {:.0} % of the names the type is told \
             after them.\n",
            100.0 * config.after
        );
    }
    for k in examples(input, outcomes) {
        text += &format!("\n{}\n", sentence_table(input, outcomes, k));
    }
    text += scale.warning();
    Findings::new(numbers, text)
}

/// A sentence, its tags and those that were found.
fn sentence_table(input: &Input, outcomes: &[Outcome], k: usize) -> Table {
    let sentence = &input.splits.test[k];
    let mut table = table(["", "right"].into_iter().chain(outcomes.iter().map(|outcome| label(outcome.both))));
    for (t, (word, tag)) in sentence.tokens.iter().zip(&sentence.tags).enumerate() {
        let found = outcomes.iter().map(|outcome| {
            let found = &outcome.found[k][t];
            if found == tag { found.clone() } else { format!("✗ {found}") }
        });
        table.add_row([word.clone(), tag.clone()].into_iter().chain(found).map(|cell| experiments::one_line(&cell)));
    }
    table
}
