//! What the program prints.

use std::collections::BTreeMap;

use comfy_table::Table;

use super::notes::{Notes, Step};
use super::word::Word;
use super::{Config, Outcome};
use crate::answers::argmax;
use crate::table::table;

/// Tables show so many rows of a vector, and so many steps, at most.
const ROWS: usize = 8;
const STEPS: usize = 40;

/// What a sweep compares.
pub(super) fn numbers(word: &Word, outcome: &Outcome) -> BTreeMap<String, f64> {
    let right = word.tokens().iter().zip(&outcome.spelled[1]).skip(1).filter(|(a, b)| a == b).count();
    [
        ("loss.before", outcome.before.loss),
        ("loss.after", outcome.after.loss),
        ("loss.without_memory", word.without_memory()),
        ("letters.right", right as f64),
        ("letters.of", word.targets().len() as f64),
    ]
    .map(|(name, number)| (name.to_owned(), number))
    .into()
}

/// The whole report.
pub(super) fn text(config: &Config, word: &Word, notes: &Notes, outcome: &Outcome) -> String {
    let letters: Vec<String> = (0..word.letters()).map(|k| word.shown(k)).collect();
    let mut text = format!(
        "\"{}\": {} different letters ({}); D_h = {}; seed {}\n{}\n\n\
         h_t = tanh(W_x x_t + W_h h_(t-1) + b)    y_t = softmax(W_y h_t + b_y)    h_0 = 0\n\n",
        word.line(word.tokens()),
        word.letters(),
        letters.join(", "),
        config.hidden,
        config.seed,
        memory(word)
    );
    text += &weights(word, notes);
    // With the state 0 at the first step, only the second one shows what W_h does.
    for (t, step) in outcome.before.steps.iter().enumerate().take(2) {
        text += &in_numbers(word, notes, t, step);
    }
    text += &format!(
        "{} updates by Adam: the loss, −ln y_t of the right letter, goes from {:.3} to {:.3} nats per letter{}\n{}\n",
        config.training.updates,
        outcome.before.loss,
        outcome.after.loss,
        match word.without_memory() {
            floor if floor > 0.0 => format!(" (without memory, {floor:.3} at best)"),
            _ => String::new(),
        },
        predictions(word, outcome)
    );
    if word.targets().len() > STEPS {
        text += &format!("… and so on; all {} steps are in figures/predictions.csv\n", word.targets().len());
    }
    let [before, after] = outcome.spelled.each_ref().map(|said| word.line(said));
    text += &format!(
        "\nFrom {} alone, each letter said being the next one read, it spelled \"{before}\" before training and spells \
         \"{after}\" now",
        word.shown(word.tokens()[0])
    );
    text += &match outcome.spelled[1] == word.tokens() {
        true => ".\n".to_owned(),
        false => format!(", not \"{}\"; try a larger --hidden or more --updates.\n", word.line(word.tokens())),
    };
    text + &format!(
        "It stops after {} letters because the word has so many: it was not taught where a word ends.\n\
         Every number of every step, before and after training, is in forward.csv.\n",
        word.tokens().len()
    )
}

/// Whether the word can be spelled without memory, and why not.
fn memory(word: &Word) -> String {
    let ambiguous = word.ambiguous();
    let Some((letter, after)) = ambiguous.first() else {
        return "Every letter is always followed by the same letter: no memory is needed to spell it.".into();
    };
    let letter = word.shown(*letter);
    let (first, other) = (after[0], after.iter().find(|(_, next)| *next != after[0].1).unwrap_or(&after[0]));
    let more = match ambiguous.len() - 1 {
        0 => String::new(),
        1 => " It is so with one more letter.".into(),
        n => format!(" It is so with {n} more letters."),
    };
    format!(
        "Memory is needed: after {letter} comes {} at step {} and {} at step {}, so the letter read does not say which; the \
         state has to.{more}",
        word.shown(first.1),
        first.0,
        word.shown(other.1),
        other.0
    )
}

/// The weights at the start, if they fit on a page.
fn weights(word: &Word, notes: &Notes) -> String {
    let hidden = notes.b.len();
    if hidden > ROWS || word.letters() > ROWS {
        return "The weights are too many to print; those after training are in model.safetensors.\n\n".into();
    }
    let units: Vec<String> = (1..=hidden).map(|k| k.to_string()).collect();
    let letters: Vec<String> = (0..word.letters()).map(|k| word.shown(k)).collect();
    let mut header = vec!["unit".to_owned()];
    header.extend(letters.iter().map(|c| format!("W_x {c}")));
    header.extend(units.iter().map(|k| format!("W_h {k}")));
    header.push("b".into());
    let mut state = table(&header);
    for (k, unit) in units.iter().enumerate() {
        let row =
            notes.w_x.row(k).iter().chain(notes.w_h.row(k).iter()).chain([&notes.b[k]]).map(number).collect::<Vec<_>>();
        state.add_row([unit.clone()].into_iter().chain(row));
    }
    let mut header = vec!["letter".to_owned()];
    header.extend(units.iter().map(|k| format!("W_y {k}")));
    header.push("b_y".into());
    let mut output = table(&header);
    for (k, letter) in letters.iter().enumerate() {
        let row = notes.w_y.row(k).iter().chain([&notes.b_y[k]]).map(number).collect::<Vec<_>>();
        output.add_row([letter.clone()].into_iter().chain(row));
    }
    format!("The weights at the start, as they are drawn\n{state}\n\n{output}\n\n")
}

/// One step as the equations go.
fn in_numbers(word: &Word, notes: &Notes, t: usize, step: &Step) -> String {
    let now = t + 1;
    let mut state = table(&[
        "unit".into(),
        format!("W_x x_{now}"),
        format!("W_h h_{t}"),
        "b".into(),
        "sum".into(),
        format!("h_{now} = tanh(sum)"),
    ]);
    for k in 0..step.h.len().min(ROWS) {
        let row = [&step.input[k], &step.memory[k], &notes.b[k], &step.sum[k], &step.h[k]].map(number);
        state.add_row([(k + 1).to_string()].into_iter().chain(row));
    }
    let mut output = table(&[
        "letter".into(),
        format!("x_{now}"),
        format!("z = W_y h_{now} + b_y"),
        "exp(z)".into(),
        format!("y_{now} = exp(z) / Σ exp(z)"),
        String::new(),
    ]);
    let target = word.targets()[t];
    for k in (0..step.y.len()).filter(|k| *k < ROWS || *k == target) {
        let mark = if k == target { "should be said" } else { "" };
        let numbers = [number(&step.logits[k]), number(&step.logits[k].exp()), number(&step.y[k])];
        let row = [word.shown(k), format!("{}", step.x[k])].into_iter().chain(numbers).chain([mark.to_owned()]);
        output.add_row(row);
    }
    let cut = if step.h.len().max(step.y.len()) > ROWS { format!("; the first {ROWS} rows") } else { String::new() };
    format!("Step {now} at the start, reading {}{cut}\n{state}\n\n{output}\n\n", word.shown(word.inputs()[t]))
}

/// What is said at each step, before and after.
fn predictions(word: &Word, outcome: &Outcome) -> Table {
    let header = [
        "step",
        "reads",
        "should say",
        "says at the start",
        "y of the right letter",
        "says after training",
        "y of the right letter",
    ];
    let mut table = table(header.map(String::from));
    for (t, (before, after)) in outcome.before.steps.iter().zip(&outcome.after.steps).enumerate().take(STEPS) {
        let target = word.targets()[t];
        table.add_row([
            (t + 1).to_string(),
            word.shown(word.inputs()[t]),
            word.shown(target),
            word.shown(argmax(&before.y)),
            format!("{:.3}", before.y[target]),
            word.shown(argmax(&after.y)),
            format!("{:.3}", after.y[target]),
        ]);
    }
    table
}

fn number(x: &f64) -> String {
    format!("{x:.3}").replace('-', "−")
}
