//! Who does not learn: the answer of the training question that shares the most words with what is asked.
//! ```text
//! similarity of two questions = |A ∩ B| / |A ∪ B|,   A, B their sets of tokens
//! ```
//! Source: Jaccard 1901, Bulletin de la Société Vaudoise des Sciences Naturelles 37.

use std::collections::BTreeSet;

use experiments::loaders::pairs::Pair;
use experiments::tokenizer::Tokenizer;

/// The answer of the most similar question; of equals the first. None if nothing was learnt.
pub fn most_similar<'a>(training: &'a [Pair], tokenizer: Tokenizer, question: &str) -> Option<&'a str> {
    let set = |text: &str| tokenizer.tokens(text).into_iter().collect::<BTreeSet<_>>();
    let asked = set(question);
    let similarity = |pair: &Pair| {
        let known = set(&pair.source);
        asked.intersection(&known).count() as f64 / asked.union(&known).count().max(1) as f64
    };
    let scored = training.iter().map(|pair| (similarity(pair), pair));
    scored.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, pair)| pair.target.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_with_the_most_words_in_common_is_taken() {
        let pair = |source: &str, target: &str| Pair { source: source.into(), target: target.into() };
        let training = [pair("Who are you?", "Echo."), pair("How are you?", "Fine."), pair("How old are you?", "New.")];
        for (question, answer) in [("how are you", "Fine."), ("How OLD are you?", "New."), ("xyz", "Echo.")] {
            assert_eq!(most_similar(&training, Tokenizer::Words, question), Some(answer), "{question}");
        }
        assert_eq!(most_similar(&[], Tokenizer::Words, "a"), None);
    }
}
