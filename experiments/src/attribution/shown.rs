use models::networks::Network;
use models::{CellScalar, Params};
use serde::{Deserialize, Serialize};

use super::Attribution;
use crate::Stop;
use crate::plot::{Figure, Panel, Sentence, Words};
use crate::report::{STAR, starred};
use crate::table::table;
use crate::tokenizer::Tokenizer;
use crate::train::diverged;
use crate::vocabulary::Vocabulary;

/// A bar of characters is so long at most.
const BAR: f64 = 24.0;
/// More tokens than this of a text are not drawn.
const TOKENS: usize = 80;

/// The ways to find a word's share: the name of a figure, what it is called, and the share.
pub const WAYS: [Way; 2] = [
    ("attribution", "gradient × input", |row| row.gradient_input),
    ("attribution_integrated", "integrated gradients", |row| row.integrated),
];

/// One of them.
type Way = (&'static str, &'static str, fn(&Shown) -> f64);

/// A word of a text, and its share in the decision: a row of a CSV.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The text's number, from 1.
    pub text: usize,
    /// Its class; empty if nobody knows.
    pub label: String,
    /// What the network says.
    pub predicted: String,
    /// P of that.
    pub probability: f64,
    /// The next class.
    pub next: String,
    /// z of the predicted class less z of the next.
    pub margin: f64,
    /// The word's number, from 1.
    pub position: usize,
    /// The word.
    pub word: String,
    /// Whether it is in the vocabulary; else it was read as `<unk>`.
    pub known: bool,
    /// a_t, its share by gradient × input.
    pub gradient_input: f64,
    /// A_t, its share by integrated gradients.
    pub integrated: f64,
}

impl Shown {
    /// The rows of a text of `words`, which is not empty.
    ///
    /// # Errors
    /// Diverged, if the network says no numbers.
    pub fn rows<T: CellScalar>(
        (network, params): (&Network, &Params<T>),
        (vocabulary, classes): (&Vocabulary, &[String]),
        (text, label): (usize, &str),
        words: Vec<String>,
    ) -> Result<Vec<Self>, Stop> {
        let tokens = vocabulary.encode(&words);
        let found = Attribution::of(network, params, &tokens);
        if !found.probability.is_finite() {
            return Err(diverged(&"diverged: the network says no numbers of this text"));
        }
        let row = |(i, word): (usize, String)| Self {
            text,
            label: label.into(),
            predicted: classes[found.class].clone(),
            probability: found.probability,
            next: classes[found.other].clone(),
            margin: found.margin,
            position: i + 1,
            known: tokens[i] != 0,
            word,
            gradient_input: found.gradient_input[i],
            integrated: found.integrated[i],
        };
        Ok(words.into_iter().enumerate().map(row).collect())
    }

    /// The word as it is shown: a star says that the network does not know it.
    fn shown(&self) -> String {
        starred(&self.word, self.known)
    }

    /// The lines of a report: the text of these rows, and the words that speak most for and against the answer.
    pub fn lines(rows: &[Self], tokens: Tokenizer) -> String {
        let Some(Self { label, predicted, probability, .. }) = rows.first() else { return String::new() };
        let mark = if label == predicted { "right" } else { "WRONG" };
        let text = tokens.join(&rows.iter().map(|row| row.word.as_str()).collect::<Vec<_>>());
        let mut sorted: Vec<_> = rows.iter().collect();
        sorted.sort_by(|a, b| b.integrated.total_cmp(&a.integrated));
        let list = |rows: &mut dyn Iterator<Item = &&Self>| {
            let words: Vec<_> = rows.map(|row| format!("{} {:+.2}", row.shown(), row.integrated)).collect();
            if words.is_empty() { "–".into() } else { words.join(", ") }
        };
        let up = list(&mut sorted.iter().filter(|row| row.integrated > 0.0).take(3));
        let down = list(&mut sorted.iter().rev().filter(|row| row.integrated < 0.0).take(3));
        format!(
            "{mark}: {label} is said to be {predicted} (P = {probability:.3}): {text}\n       for: {up}; against: {down}\n"
        )
    }

    /// The answer to a user's text: the class, and a line for each word.
    pub fn answer(rows: &[Self]) -> String {
        let Some(Self { predicted, probability, margin, next, .. }) = rows.first() else { return String::new() };
        let most = models::largest(rows.iter().map(|row| row.integrated)).max(f64::MIN_POSITIVE);
        let shown = format!("for (+) or against (-) {predicted}");
        let mut table = table(["word", "gradient × input", "integrated gradients", &shown]);
        for row in rows {
            let sign = if row.integrated < 0.0 { "-" } else { "+" };
            let bar = sign.repeat((BAR * row.integrated.abs() / most).round() as usize);
            table.add_row([row.shown(), format!("{:+.3}", row.gradient_input), format!("{:+.3}", row.integrated), bar]);
        }
        let unknown = rows.iter().any(|row| !row.known);
        let star = if unknown { STAR } else { "" };
        format!("{predicted}, P = {probability:.4} (margin {margin:.2} over {next})\n{table}\n{star}")
    }

    /// Texts, each word on its share.
    pub fn figure(rows: &[Self], (_, way, share): Way, tokens: Tokenizer, subtitle: &str) -> Figure {
        let mut sentences = Vec::new();
        let mut lines = 0;
        for rows in rows.chunk_by(|a, b| a.text == b.text) {
            let Self { label, predicted, probability, .. } = &rows[0];
            let label = match label == predicted {
                true => format!("{predicted} ({probability:.2})"),
                false => format!("WRONG: {predicted} ({probability:.2})\nit is {label}"),
            };
            // By itself each text is as strong as any other.
            let most = models::largest(rows.iter().map(share)).max(f64::MIN_POSITIVE);
            let mut words: Vec<_> = rows.iter().map(|row| (row.shown(), share(row) / most)).take(TOKENS).collect();
            if rows.len() > TOKENS {
                words.push(("…".into(), 0.0));
            }
            let characters: usize = words.iter().map(|(word, _)| word.chars().count() + 2).sum();
            lines += characters.div_ceil(76).max(label.lines().count());
            sentences.push(Sentence { label, words });
        }
        let height = 3 * (310 + 52 * lines + 16 * sentences.len()) / 4;
        let unknown = if rows.iter().all(|row| row.known) { "" } else { " A star: not in the vocabulary." };
        let words = Words {
            sentences,
            label: format!("{way}, ÷ the text's largest"),
            reach: Some(1.0),
            joined: tokens == Tokenizer::Characters,
        };
        Figure {
            title: format!("Which words said so: {way}"),
            subtitle: subtitle.into(),
            size: (1320, u32::try_from(height).unwrap_or(u32::MAX).min(3000)),
            panels: vec![Panel { content: words.into(), ..Panel::default() }],
            footnote: format!(
                "Red speaks for the answer, blue against it. Right and wrong answers are chosen to be shown, so their numbers say \
                 nothing.{unknown}"
            ),
            ..Figure::default()
        }
    }
}
