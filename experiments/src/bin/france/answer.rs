//! What the trained readers answer to a paragraph of the user's.

use experiments::Stop;
use experiments::answers::{all_finite, log_softmax};
use experiments::report::{STAR, starred};
use experiments::table::table;
use experiments::tasks::FranceText;
use experiments::tokenizer::Tokenizer;
use experiments::trial::Trial;
use models::Params;
use models::stacks::TokenBatch;

use super::reader::Reader;
use super::unit::language;

/// Languages, and words with the largest gradients, that are shown of each reader.
const SHOWN: usize = 3;

/// One cell with one seed, trained.
pub struct Trained {
    pub trial: Trial,
    pub reader: Reader,
    pub params: Params<f64>,
}

/// A row for each reader: the likeliest languages, and the words whose vectors have the largest ‖∂L/∂x_t‖, the largest being 1,
/// of L = −ln P(answer).
///
/// # Errors
/// Diverged, if a reader says no numbers.
pub fn answer(task: &FranceText, all: &[Trained], paragraph: &str) -> Result<String, Stop> {
    let words = Tokenizer::Words.tokens(paragraph);
    let tokens = task.vocabulary().encode(&words);
    let read: Vec<String> = words.iter().zip(&tokens).map(|(word, token)| starred(word, *token != 0)).collect();
    let batch = TokenBatch::new(&[tokens]);
    let mut table = table(["cell", "seed", "answers", "words that the gradient reaches most"]);
    for Trained { trial, reader, params } in all {
        let logits = all_finite(vec![reader.logits(params, &batch)])?;
        let log_p = log_softmax(logits[0].as_slice());
        let ranked = largest(&log_p);
        let languages: Vec<_> = ranked.iter().map(|&k| format!("{} {:.3}", language(k), log_p[k].exp())).collect();
        let norms = reader.word_gradients(params, &batch, &ranked[..1]);
        let reached = largest(norms.as_slice());
        let most = norms[reached[0]];
        // An answer that is surer than f64 can say has no gradient at all.
        let shown = |t: &usize| (most > 0.0).then(|| format!("{} {:.2}", read[*t], norms[*t] / most));
        let reached: Vec<_> = reached.iter().filter_map(shown).collect();
        table.add_row([trial.cell.clone(), trial.seed.to_string(), languages.join(", "), reached.join(", ")]);
    }
    let unknown = if batch.tokens.contains(&0) { STAR } else { "" };
    Ok(format!("{} ___\n{table}\n{unknown}", read.join(" ")))
}

/// The places of the largest, the largest first.
fn largest(values: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    places.truncate(SHOWN);
    places
}
