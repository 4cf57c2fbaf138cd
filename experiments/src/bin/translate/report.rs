//! What is printed: the scores of both networks beside the fixed answer's, and examples.

use experiments::counted;
use experiments::loaders::pairs::Pair;
use experiments::report::marked;
use experiments::run::Findings;
use experiments::settings::Scale;
use experiments::stats::Share;
use experiments::table::table;
use experiments::translator::own::left_out;
use experiments::written::{Answer, Score, fixed_answer};

use super::{Config, Input, Outcome};

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
    (input.tokenizers[1].join(&written), Score::of(answers.iter()))
}

/// The numbers and the text.
pub fn findings(config: &Config, input: &Input, outcomes: &[Outcome], scale: Scale) -> Findings {
    let in_place = format!("{} in place", input.tokens()[1]);
    let mut table = table(["", "parameters", "validation loss", "exact match", "95 % interval", in_place.as_str()]);
    let mut rows = Vec::new();
    for outcome in outcomes {
        let key = if outcome.attention { "attention" } else { "plain" };
        let score = Score::of(outcome.answers.iter());
        let (low, high) = score.exact.interval();
        let loss = outcome.best.map_or("–".into(), |(_, loss)| format!("{loss:.4}"));
        let interval = format!("{low:.3} – {high:.3}");
        rows.push((key, label(outcome.attention).to_owned(), outcome.parameters, loss, score, interval));
    }
    let (fixed, score) = baseline(input);
    let fixed = format!("always `{}`", fixed.chars().take(24).collect::<String>());
    rows.push(("fixed", fixed, 0, "–".into(), score, String::new()));
    let mut numbers = Vec::new();
    for (key, name, parameters, loss, score, interval) in rows {
        let [exact, in_place] = [score.exact, score.in_place].map(Share::value);
        numbers.extend([(format!("exact.{key}"), exact), (format!("in_place.{key}"), in_place)]);
        let [exact, in_place] = [exact, in_place].map(|share| format!("{share:.3}"));
        table.add_row([name, parameters.to_string(), loss, exact, interval, in_place]);
    }
    let mut text = format!(
        "{}: {} that training never saw, written greedily ({}, seed {})\n{table}\n",
        input.name,
        counted(input.splits.test.len(), "test pair"),
        counted(config.training.updates, "update"),
        config.seed
    );
    text += &left_out(input.left_out, config.longest);
    text += &examples(input, outcomes);
    text += scale.warning();
    Findings::new(numbers, text)
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
        table.add_row(cells.map(|cell| experiments::one_line(&cell)));
    }
    format!("\nThe first of them (✓ right, ✗ wrong)\n{table}\n")
}
