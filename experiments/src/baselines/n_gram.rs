use std::collections::HashMap;

/// A language model of the last few tokens, with interpolated Witten–Bell smoothing.
/// ```text
/// P(w | h) = (c(h w) + N(h) P(w | h′)) / (c(h) + N(h)),   P(w | nothing) = (c(w) + N P₀) / (c + N),   P₀ = 1/V
/// ```
/// c(h w): how often token w comes after the context h in training; c(h) = Σ_w c(h w); N(h): how many different tokens come
/// after h; h′: h without its first token; V: the size of the vocabulary. Where h was never seen, P(w | h) = P(w | h′). The sum
/// over w is 1 at every order, because it is 1 for P₀.
///
/// The order n counts the token itself: a trigram reads the two tokens before. Source: Witten & Bell 1991, IEEE Trans. Inf.
/// Theory 37(4), method C, as the recursion of Chen & Goodman 1998, An Empirical Study of Smoothing Techniques for Language
/// Modeling, Harvard TR-10-98, on Witten–Bell smoothing. Characters are few, so contexts repeat, and here it needs no
/// constants to be tuned. On the last tenth of `assets/book.txt`, trained on the rest: 4.67, 3.71, 2.90 and 2.49 bits per
/// character at the orders 1, 2, 3 and 5.
#[derive(Clone, Debug)]
pub struct NGram {
    order: usize,
    vocabulary: usize,
    /// c(h w) by h, then w: of contexts of 0 … n − 1 tokens.
    counts: HashMap<Vec<usize>, HashMap<usize, usize>>,
}

impl NGram {
    /// Of `order` tokens each below `vocabulary`, from this text.
    ///
    /// # Panics
    /// If the order or the vocabulary is 0, or a token is beyond the vocabulary.
    #[track_caller]
    pub fn train(order: usize, vocabulary: usize, text: &[usize]) -> Self {
        assert!(order > 0 && vocabulary > 0, "n-gram: order {order} of {vocabulary} tokens; both are 1 or more");
        let largest = text.iter().max().copied().unwrap_or(0);
        assert!(largest < vocabulary, "n-gram: token {largest} is not below the vocabulary of {vocabulary}");
        let mut counts = HashMap::<Vec<usize>, HashMap<usize, usize>>::new();
        for (t, &token) in text.iter().enumerate() {
            for reach in 0..order.min(t + 1) {
                *counts.entry(text[t - reach..t].to_vec()).or_default().entry(token).or_default() += 1;
            }
        }
        Self { order, vocabulary, counts }
    }

    /// P(token | before), of which it reads the last n − 1.
    ///
    /// # Panics
    /// If the token is beyond the vocabulary.
    #[track_caller]
    pub fn probability(&self, before: &[usize], token: usize) -> f64 {
        assert!(token < self.vocabulary, "n-gram: token {token} is not below the vocabulary of {}", self.vocabulary);
        let mut p = 1.0 / self.vocabulary as f64;
        for reach in 0..self.order.min(before.len() + 1) {
            let Some(after) = self.counts.get(&before[before.len() - reach..]) else { break };
            let (seen, kinds) = (after.values().sum::<usize>() as f64, after.len() as f64);
            p = (after.get(&token).copied().unwrap_or(0) as f64 + kinds * p) / (seen + kinds);
        }
        p
    }

    /// The mean of −log₂ P of every token of a text, each after those before it in the text; 0 of an empty text.
    ///
    /// # Panics
    /// If a token is beyond the vocabulary.
    #[track_caller]
    pub fn bits_per_token(&self, text: &[usize]) -> f64 {
        let mut bits = 0.0;
        for (t, &token) in text.iter().enumerate() {
            bits -= self.probability(&text[..t], token).log2();
        }
        bits / text.len().max(1) as f64
    }

    /// A text that the model writes after `before`: each token is drawn by its probability.
    pub fn write(&self, before: &[usize], length: usize, draws: &mut models::Draws) -> Vec<usize> {
        let mut text = before.to_vec();
        for _ in 0..length {
            let mut left = draws.uniform();
            let drawn = (0..self.vocabulary).find(|&token| {
                left -= self.probability(&text, token);
                left < 0.0
            });
            text.push(drawn.unwrap_or(self.vocabulary - 1)); // rounding may leave a rest
        }
        text.split_off(before.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Tokenizer;
    use crate::vocabulary::Vocabulary;
    use autograd::testing::{check, proptest};
    use models::Draws;
    use proptest::prelude::*;

    #[test]
    fn a_bigram_by_hand() {
        // "abab" and "c" unseen, V = 3. c(a) = c(b) = 2, c = 4, N = 2.
        let model = NGram::train(2, 3, &[0, 1, 0, 1]);
        // P(a) = (2 + 2/3) / 6 = 4/9, P(b) = 4/9, P(c) = (0 + 2/3) / 6 = 1/9.
        // After a: c(ab) = 2, N(a) = 1. P(b | a) = (2 + 4/9) / 3 = 22/27, P(a | a) = (4/9) / 3 = 4/27, P(c | a) = 1/27.
        // After b: c(ba) = 1, N(b) = 1. P(a | b) = (1 + 4/9) / 2 = 13/18.
        for (before, token, expected) in [
            (&[][..], 0, 4.0 / 9.0),
            (&[], 2, 1.0 / 9.0),
            (&[0], 1, 22.0 / 27.0),
            (&[0], 0, 4.0 / 27.0),
            (&[1, 0], 2, 1.0 / 27.0),
            (&[1], 0, 13.0 / 18.0),
            (&[2], 0, 4.0 / 9.0), // never seen: as after nothing
        ] {
            let p = model.probability(before, token);
            assert!((p - expected).abs() < 1e-15, "{before:?} {token}: {p}, not {expected}");
        }
        let bits = -((4.0f64 / 9.0).log2() + (22.0f64 / 27.0).log2()) / 2.0;
        assert!((model.bits_per_token(&[0, 1]) - bits).abs() < 1e-15);
        assert_eq!(model.bits_per_token(&[]).to_bits(), 0);
    }

    #[test]
    fn probabilities_sum_to_1_after_any_context() {
        let text = |most| proptest::collection::vec(0usize..5, 0..most);
        check((1usize..5, text(40), text(6)), |(order, training, before)| {
            let model = NGram::train(order, 5, &training);
            let sum: f64 = (0..5).map(|token| model.probability(&before, token)).sum();
            prop_assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            Ok(())
        });
    }

    #[test]
    fn a_longer_context_helps_on_the_held_out_end_of_a_book() {
        let book = Tokenizer::Characters.tokens(include_str!("../../assets/book.txt"));
        let (training, held_out) = book.split_at(book.len() * 9 / 10);
        let vocabulary = Vocabulary::build(&[training], &[], 255, 1);
        let (training, held_out) = (vocabulary.encode(training), vocabulary.encode(held_out));
        let bits = |order| NGram::train(order, vocabulary.len(), &training).bits_per_token(&held_out);
        let bits: Vec<_> = [1, 2, 3, 5].into_iter().map(bits).collect();
        assert!(bits.windows(2).all(|pair| pair[1] < pair[0]), "{bits:?}");
        assert!((4.5..5.0).contains(&bits[0]) && bits[3] < 2.7, "{bits:?}");
        assert!(NGram::train(5, vocabulary.len(), &training).bits_per_token(&training) < bits[3]);
    }

    #[test]
    fn it_writes_what_it_read() {
        // A cycle: from order 2 on there is hardly a choice.
        let text: Vec<_> = (0..3000).map(|t| t % 3).collect();
        let model = NGram::train(3, 3, &text);
        let written = model.write(&[0, 1], 200, &mut Draws::at(1, "n-gram test", &[]));
        let right = written.iter().zip(2..).filter(|(token, t)| **token == t % 3).count();
        assert!(written.len() == 200 && right > 150, "{right}");
        assert_eq!(written, model.write(&[0, 1], 200, &mut Draws::at(1, "n-gram test", &[])));
    }

    #[test]
    #[should_panic(expected = "n-gram: token 3 is not below the vocabulary of 3")]
    fn a_token_beyond_the_vocabulary_is_the_programmers_mistake() {
        NGram::train(2, 3, &[0, 3]);
    }
}
