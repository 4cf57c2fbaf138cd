//! What is printed: the scores on every kind of test picture, beside who does not look, and examples.

use experiments::report::{in_order, marked};
use experiments::run::Findings;
use experiments::settings::Scale;
use experiments::table::table;
use experiments::{counted, one_line};

use super::scores::{BLANK, EXACT, FIXED, IN_PLACE, NETWORK, ScoreRow, fixed};
use super::{Config, Input, Outcome, Source};

/// How many examples of each kind are printed.
const EXAMPLES: usize = 3;

/// The numbers and the text.
pub fn findings(config: &Config, input: &Input, outcome: &Outcome, scores: &[ScoreRow], scale: Scale) -> Findings {
    let number = |row: &ScoreRow| {
        let who = if row.who == NETWORK { String::new() } else { format!("{}.", row.who) };
        (format!("{who}{}.{}", row.measure, row.set).replace(' ', "_"), row.share)
    };
    let mut text = format!(
        "Captions of {}, written greedily ({} parameters; {} of {}, seed {})\n",
        input.name,
        outcome.parameters,
        counted(config.training.updates, "update"),
        counted(config.training.batch, "picture"),
        config.seed
    );
    if let Source::Drawn(task) = &input.train {
        let pairs: Vec<String> = task.held_out().collect();
        text += &format!("Never seen together in training: {}\n", pairs.join(", "));
    }
    let mut measures = in_order(scores.iter().map(|row| &row.measure));
    measures.retain(|measure| measure != EXACT);
    let header = ["who", "test pictures", "how many", EXACT, "95 % interval"].into_iter();
    let mut table = table(header.chain(measures.iter().map(String::as_str)));
    for (who, name) in [(NETWORK, "the network"), (BLANK, "without the picture"), (FIXED, "always the same")] {
        for (k, set) in input.tests.iter().enumerate() {
            let of = |measure: &str| {
                scores.iter().find(|row| row.who == who && row.set == set.key && row.measure == measure)
            };
            let share = |measure: &str| of(measure).map_or("–".into(), |row| format!("{:.3}", row.share));
            let interval = of(EXACT).map_or(String::new(), |row| format!("{:.3} – {:.3}", row.low, row.high));
            let name = if k == 0 { name } else { "" };
            let cells = [name.into(), set.label.into(), set.examples.len().to_string(), share(EXACT), interval];
            table.add_row(cells.into_iter().chain(measures.iter().map(|measure| share(measure))));
        }
    }
    text += &format!("{table}\n");
    text += &format!("{IN_PLACE}: a word counts if it stands where it should; after a word too many, few do\n");
    let shown = |words: &[String]| one_line(&words.join(" "));
    text += &format!("without the picture it writes: {}\n", shown(&outcome.blank));
    text += &format!("always the same: {}\n", shown(&fixed(input)));
    if let Some((update, loss)) = outcome.best {
        text += &format!("The weights are those of update {update}, the best on validation: {loss:.4} nats a word\n");
    }
    if input.without > 0 {
        text += &match input.without {
            1 => "1 picture has no caption and was left out\n".to_owned(),
            without => format!("{without} pictures have no caption and were left out\n"),
        };
    }
    text += &examples(input, outcome);
    text += scale.warning();
    Findings::new(scores.iter().map(number), text)
}

/// What a user should know of a caption that was written: whether it was held out from training, and what else was.
pub fn held_out(input: &Input, written: &[String]) -> String {
    let known = input.training_captions().iter().any(|caption| caption == written);
    let mut text = if known { "" } else { "    (held out: training had no picture with this caption)\n" }.to_owned();
    if let Source::Drawn(task) = &input.train {
        let pairs: Vec<String> = task.held_out().collect();
        text += &format!("    (held out: training never had {}; it can only guess those)\n", pairs.join(", "));
    }
    text
}

/// The first pictures of each kind, and what was written of them.
fn examples(input: &Input, outcome: &Outcome) -> String {
    let mut table = table(["test pictures", "right", "written"]);
    for (set, written) in input.tests.iter().zip(&outcome.written) {
        for (example, written) in set.examples.iter().zip(written).take(EXAMPLES) {
            let written = marked(example.words == *written, &written.join(" "));
            let cells = [set.label.to_owned(), example.words.join(" "), written];
            table.add_row(cells.map(|cell| one_line(&cell)));
        }
    }
    format!("\nThe first of each kind (✓ right, ✗ wrong)\n{table}\n")
}
