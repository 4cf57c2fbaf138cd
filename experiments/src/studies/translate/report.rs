//! What is printed: the scores of both networks beside the fixed answer's, and examples.

use std::collections::BTreeMap;

use super::scores::{Answer, Score, fixed_answer};
use super::{Config, Input, Outcome};
use crate::loaders::pairs::Pair;
use crate::run::Findings;
use crate::settings::Scale;
use crate::stats::wilson;
use crate::studies::shared::marked;
use crate::table::table;
use crate::translator::own::left_out;

/// How many examples are printed.
const EXAMPLES: usize = 8;

/// How a network is called.
pub fn label(attention: bool) -> &'static str {
    if attention { "with attention" } else { "without attention" }
}

/// The score on the test split of who does not read.
pub fn baseline(input: &Input) -> (String, Score) {
    let tokens = |pairs: &[Pair]| -> Vec<Vec<String>> {
        pairs.iter().map(|pair| input.tokenizers[1].tokens(&pair.target)).collect()
    };
    let written = fixed_answer(&tokens(&input.splits.train));
    let answer = |target| Answer { source: Vec::new(), target, written: written.clone() };
    let answers: Vec<Answer> = tokens(&input.splits.test).into_iter().map(answer).collect();
    (input.tokenizers[1].join(&written), Score::of(&answers))
}

/// The numbers and the text.
pub fn findings(config: &Config, input: &Input, outcomes: &[Outcome], scale: Scale) -> Findings {
    let mut numbers = BTreeMap::new();
    let in_place = format!("{} in place", input.tokens()[1]);
    let mut table = table(["", "parameters", "validation loss", "exact match", "95 % interval", in_place.as_str()]);
    for outcome in outcomes {
        let score = Score::of(&outcome.answers);
        let name = if outcome.attention { "attention" } else { "plain" };
        numbers.insert(format!("exact.{name}"), score.exact());
        numbers.insert(format!("in_place.{name}"), score.in_place());
        let (low, high) = wilson(score.exact, score.of);
        table.add_row([
            label(outcome.attention).to_owned(),
            outcome.parameters.to_string(),
            outcome.best.map_or("–".into(), |(_, loss)| format!("{loss:.4}")),
            format!("{:.3}", score.exact()),
            format!("{low:.3} – {high:.3}"),
            format!("{:.3}", score.in_place()),
        ]);
    }
    let (fixed, score) = baseline(input);
    numbers.insert("exact.fixed".into(), score.exact());
    numbers.insert("in_place.fixed".into(), score.in_place());
    let fixed_name = format!("always `{}`", fixed.chars().take(24).collect::<String>());
    let [exact, in_place] = [score.exact(), score.in_place()].map(|share| format!("{share:.3}"));
    table.add_row([fixed_name, "0".into(), "–".into(), exact, String::new(), in_place]);
    let mut text = format!(
        "{}: {} test pairs that training never saw, written greedily ({} updates, seed {})\n{table}\n",
        input.name,
        input.splits.test.len(),
        config.training.updates,
        config.seed
    );
    text += &left_out(input.left_out, config.longest);
    text += &examples(input, outcomes);
    text += scale.warning();
    Findings { numbers, text }
}

/// The first test pairs, and what both networks wrote.
fn examples(input: &Input, outcomes: &[Outcome]) -> String {
    let headers = outcomes.iter().map(|outcome| label(outcome.attention).to_owned());
    let mut table = table(["source".to_owned(), "right".to_owned()].into_iter().chain(headers));
    for (k, pair) in input.splits.test.iter().take(EXAMPLES).enumerate() {
        let written = outcomes.iter().map(|outcome| {
            let answer = &outcome.answers[k];
            marked(answer.is_exact(), &input.tokenizers[1].join(&answer.written))
        });
        let cells = [pair.source.clone(), pair.target.clone()].into_iter().chain(written);
        table.add_row(cells.map(|cell| crate::one_line(&cell)));
    }
    format!("\nThe first of them (✓ right, ✗ wrong)\n{table}\n")
}
