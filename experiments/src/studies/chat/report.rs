//! What is printed: how many questions are answered right, and the answers to those asked.

use std::collections::BTreeMap;

use comfy_table::Table;

use super::{Config, Input, Outcome, most_similar};
use crate::loaders::pairs::Pair;
use crate::one_line;
use crate::run::Findings;
use crate::settings::Scale;
use crate::stats::wilson;
use crate::table::table;

/// How many held-out questions are printed.
const EXAMPLES: usize = 8;

/// The answer with these tokens as the file has it, capitals and all; else the tokens as a text.
pub fn said(input: &Input, tokens: &[String]) -> String {
    let same = input.train.iter().find(|pair| input.tokenizer.tokens(&pair.target) == tokens);
    same.map_or_else(|| input.tokenizer.join(tokens), |pair| pair.target.clone())
}

/// The numbers and the text.
pub fn findings(config: &Config, input: &Input, outcome: &Outcome, scale: Scale) -> Findings {
    let right = |pairs: &[Pair], answer: &dyn Fn(usize, &Pair) -> Vec<String>| {
        let exact = |(k, pair): &(usize, &Pair)| answer(*k, pair) == input.tokenizer.tokens(&pair.target);
        pairs.iter().enumerate().filter(exact).count()
    };
    let mut counts = BTreeMap::new();
    input.train.iter().for_each(|pair| *counts.entry(&pair.target).or_insert(0usize) += 1);
    let most = counts.into_iter().max_by_key(|(answer, count)| (*count, std::cmp::Reverse(*answer)));
    let most = most.map_or_else(Vec::new, |(answer, _)| input.tokenizer.tokens(answer));
    let similar = |_: usize, pair: &Pair| {
        let answer = most_similar(&input.train, input.tokenizer, &pair.source);
        answer.map_or_else(Vec::new, |answer| input.tokenizer.tokens(answer))
    };
    let rows = [
        (
            "the network",
            "network",
            [
                right(&input.train, &|k, _| outcome.train[k].clone()),
                right(&input.held_out, &|k, _| outcome.held_out[k].clone()),
            ],
        ),
        (
            "the most similar question's answer",
            "look_up",
            [right(&input.train, &similar), right(&input.held_out, &similar)],
        ),
        (
            "always the most frequent answer",
            "fixed",
            [right(&input.train, &|_, _| most.clone()), right(&input.held_out, &|_, _| most.clone())],
        ),
    ];
    let of = [input.train.len(), input.held_out.len()];
    let mut numbers = BTreeMap::new();
    let mut table = table(["", "learnt questions", "held-out paraphrases", "95 % interval"]);
    for (label, name, right) in rows {
        for (what, k) in [("learnt", 0), ("held_out", 1)] {
            if of[k] > 0 {
                numbers.insert(format!("{what}.{name}"), right[k] as f64 / of[k] as f64);
            }
        }
        let (low, high) = wilson(right[1], of[1]);
        let cells = [
            label.to_owned(),
            format!("{} of {}", right[0], of[0]),
            if of[1] > 0 { format!("{} of {}", right[1], of[1]) } else { "–".into() },
            if of[1] > 0 { format!("{low:.2} – {high:.2}") } else { String::new() },
        ];
        table.add_row(cells);
    }
    let mut text = format!(
        "{}: questions answered word for word ({} parameters, {} updates, seed {})\n{table}\n",
        input.name, outcome.parameters, config.training.updates, config.seed
    );
    if of[1] == 0 {
        text +=
            "No answer has three questions or more, so none could be held out: what it generalises is not measured.\n";
    }
    if input.left_out > 0 {
        text += &format!("{} pairs of more than {} tokens were left out\n", input.left_out, config.longest);
    }
    if of[1] > 0 {
        text += &format!("\nThe first held-out paraphrases (✓ right, ✗ wrong)\n{}\n", held_out(input, outcome));
    }
    text += "\nA toy: it has learnt these pairs by heart, and will answer anything with something of them.\n\n";
    for ((question, asked), unknown) in input.ask.iter().zip(&outcome.asked).zip(&outcome.unknown) {
        text += &format!("  > {}\n  {}\n", one_line(question), one_line(&said(input, &asked.target)));
        if !unknown.is_empty() {
            text += &format!("    (never seen in training: {})\n", one_line(&unknown.join(" ")));
        }
    }
    if scale == Scale::Quick {
        text += "\nThis was --quick: too short to conclude from.\n";
    }
    Findings { numbers, text }
}

fn held_out(input: &Input, outcome: &Outcome) -> Table {
    let mut table = table(["question", "right", "written"]);
    for (pair, written) in input.held_out.iter().zip(&outcome.held_out).take(EXAMPLES) {
        let mark = if *written == input.tokenizer.tokens(&pair.target) { '✓' } else { '✗' };
        let cells = [pair.source.clone(), pair.target.clone(), format!("{mark} {}", said(input, written))];
        table.add_row(cells.map(|cell| one_line(&cell)));
    }
    table
}
