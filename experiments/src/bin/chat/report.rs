//! What is printed: how many questions are answered right, and the answers to some.

use comfy_table::Table;
use experiments::loaders::pairs::Pair;
use experiments::report::{marked, unknown};
use experiments::run::Findings;
use experiments::settings::Scale;
use experiments::stats::{Share, most_frequent};
use experiments::table::table;
use experiments::translator::own::left_out;
use experiments::{counted, one_line};

use super::{Config, Input, Outcome, most_similar};

/// How many held-out questions are printed.
const EXAMPLES: usize = 8;

/// The answer with these tokens as the file has it, capitals and all; else the tokens as a text.
pub fn said(input: &Input, tokens: &[String]) -> String {
    let same = input.train.iter().find(|pair| input.tokenizer.tokens(&pair.target) == tokens);
    same.map_or_else(|| input.tokenizer.join(tokens), |pair| pair.target.clone())
}

/// The numbers and the text.
pub fn findings(config: &Config, input: &Input, outcome: &Outcome, scale: Scale) -> Findings {
    let tokens = |text: &str| input.tokenizer.tokens(text);
    let most = most_frequent(input.train.iter().map(|pair| &*pair.target)).map(tokens).unwrap_or_default();
    let similar =
        |pair: &Pair| most_similar(&input.train, input.tokenizer, &pair.source).map(tokens).unwrap_or_default();
    let parts = [("learnt", &input.train, &outcome.train), ("held_out", &input.held_out, &outcome.held_out)];
    let answer = |who: &str, pair: &Pair, written: &Vec<String>| match who {
        "network" => written.clone(),
        "look_up" => similar(pair),
        _ => most.clone(),
    };
    let who = [
        ("the network", "network"),
        ("the most similar question's answer", "look_up"),
        ("always the most frequent answer", "fixed"),
    ];
    let mut numbers = Vec::new();
    let mut table = table(["", "learnt questions", "held-out paraphrases", "95 % interval"]);
    for (label, name) in who {
        let mut cells = vec![label.to_owned()];
        let mut interval = String::new();
        for (what, pairs, written) in parts {
            let exact = |(pair, written): &(&Pair, &Vec<String>)| answer(name, pair, written) == tokens(&pair.target);
            let share = Share::count(pairs.iter().zip(written).map(|answer| exact(&answer)));
            if share.of == 0 {
                cells.push("–".into());
                continue;
            }
            let (low, high) = share.interval();
            numbers.push((format!("{what}.{name}"), share.value()));
            cells.push(format!("{} of {}", share.part, share.of));
            interval = if what == "held_out" { format!("{low:.2} – {high:.2}") } else { String::new() };
        }
        table.add_row(cells.into_iter().chain([interval]));
    }
    let mut text = format!(
        "{}: questions answered word for word ({} parameters, {}, seed {})\n{table}\n",
        input.name,
        outcome.parameters,
        counted(config.training.updates, "update"),
        config.seed
    );
    if input.held_out.is_empty() {
        text +=
            "No answer has three questions or more, so none could be held out: what it generalises is not measured.\n";
    }
    text += &left_out(input.left_out, config.longest);
    if !input.held_out.is_empty() {
        text += &format!("\nThe first held-out paraphrases (✓ right, ✗ wrong)\n{}\n", held_out(input, outcome));
    }
    text += "\nA toy: it has learnt these pairs by heart, and will answer anything with something of them.\n\n";
    for ((question, asked), tokens) in input.questions.iter().zip(&outcome.asked).zip(&outcome.unknown) {
        text += &format!("  > {}\n  {}\n", one_line(question), one_line(&said(input, &asked.target)));
        text += &unknown(tokens);
    }
    text += scale.warning();
    Findings::new(numbers, text)
}

fn held_out(input: &Input, outcome: &Outcome) -> Table {
    let mut table = table(["question", "right", "written"]);
    for (pair, written) in input.held_out.iter().zip(&outcome.held_out).take(EXAMPLES) {
        let right = *written == input.tokenizer.tokens(&pair.target);
        let cells = [pair.source.clone(), pair.target.clone(), marked(right, &said(input, written))];
        table.add_row(cells.map(|cell| one_line(&cell)));
    }
    table
}
