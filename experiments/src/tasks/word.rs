//! `Word`: a word as one-hot letters: each letter is read, and the next one is to be said.

use std::collections::BTreeSet;

use nalgebra::DVector;

/// The most letters of a word.
const LONGEST: usize = 1000;

/// A word as one-hot letters: each letter is read, and the next one is to be said.
///
/// ```text
/// hello:  reads h e l l,  should say e l l o;   letters h, e, l, o;   x_1 = (1, 0, 0, 0)ᵀ for h
/// ```
/// What no memory can do better than, in nats: with the letter read alone, the best P(b | a) is how often b follows a in the
/// word, so the least mean loss is the conditional entropy  −Σ_t ln(c(a_t b_t) / c(a_t)) / T  over the T pairs of neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The different letters, in the order in which they come first.
    alphabet: Vec<char>,
    /// The word, each letter by its place in the alphabet.
    tokens: Vec<usize>,
}

/// A letter as it can stand in a table: white space and control characters by a sign.
pub fn shown(letter: char) -> String {
    match letter {
        ' ' => "␣".into(),
        c if c.is_control() || c.is_whitespace() => c.escape_default().to_string(),
        c => c.to_string(),
    }
}

impl Word {
    /// # Errors
    /// If there is nothing to learn, or too much.
    pub fn new(text: &str) -> Result<Self, String> {
        let letters: Vec<char> = text.chars().collect();
        let mut alphabet = Vec::new();
        for letter in &letters {
            if !alphabet.contains(letter) {
                alphabet.push(*letter);
            }
        }
        let place = |letter: &char| alphabet.iter().position(|known| known == letter);
        let tokens: Vec<usize> = letters.iter().filter_map(place).collect();
        let few = "give a word of two letters or more, such as hello";
        match (letters.len(), alphabet.len()) {
            (0, _) => Err(format!("has no letter; {few}")),
            (1, _) => Err(format!("has one letter; {few}")),
            (_, 1) => Err(format!(
                "has no letter but {}, so there is nothing to learn; give one with two different letters",
                shown(letters[0])
            )),
            (long, _) if long > LONGEST => Err(format!(
                "has {long} letters, but at most {LONGEST} can be; for a text there is the program char_lm"
            )),
            _ => Ok(Self { alphabet, tokens }),
        }
    }

    /// How many different letters it has: d, the rows of x_t and y_t.
    pub fn letters(&self) -> usize {
        self.alphabet.len()
    }

    /// What is read: all letters but the last.
    pub fn inputs(&self) -> &[usize] {
        &self.tokens[..self.tokens.len() - 1]
    }

    /// What is to be said: all letters but the first.
    pub fn targets(&self) -> &[usize] {
        &self.tokens[1..]
    }

    /// How a letter stands in tables and figures.
    pub fn shown(&self, token: usize) -> String {
        shown(self.alphabet[token])
    }

    /// These letters as a text.
    pub fn text(&self, tokens: &[usize]) -> String {
        tokens.iter().map(|token| self.alphabet[*token]).collect()
    }

    /// The same on one line: as a text, but for what breaks lines.
    pub fn line(&self, tokens: &[usize]) -> String {
        let sign = |token: &usize| if self.alphabet[*token] == ' ' { " ".into() } else { self.shown(*token) };
        tokens.iter().map(sign).collect()
    }

    /// The whole word's letters, by their places in the alphabet.
    pub fn tokens(&self) -> &[usize] {
        &self.tokens
    }

    /// x for a letter: 1 in its row, else 0.
    pub fn one_hot(&self, token: usize) -> DVector<f64> {
        DVector::from_fn(self.letters(), |row, _| f64::from(u8::from(row == token)))
    }

    /// The letters that different letters follow, with the steps, from 1, and the letter that follows there.
    pub fn ambiguous(&self) -> Vec<(usize, Vec<(usize, usize)>)> {
        let after = |letter: usize| {
            let steps = self.inputs().iter().zip(self.targets()).enumerate();
            steps.filter(|(_, (read, _))| **read == letter).map(|(t, (_, next))| (t + 1, *next)).collect::<Vec<_>>()
        };
        let followed = (0..self.letters()).map(|letter| (letter, after(letter)));
        followed.filter(|(_, after)| after.iter().map(|(_, next)| next).collect::<BTreeSet<_>>().len() > 1).collect()
    }

    /// Whether it can be spelled without memory, and why not, in a sentence.
    pub fn memory(&self) -> String {
        let ambiguous = self.ambiguous();
        let Some((letter, after)) = ambiguous.first() else {
            return "Every letter is always followed by the same letter: no memory is needed to spell it.".into();
        };
        let (first, other) = (after[0], after.iter().find(|(_, next)| *next != after[0].1).unwrap_or(&after[0]));
        let [letter, one, another] = [*letter, first.1, other.1].map(|token| self.shown(token));
        let more = match ambiguous.len() - 1 {
            0 => String::new(),
            1 => " It is so with one more letter.".into(),
            n => format!(" It is so with {n} more letters."),
        };
        format!(
            "Memory is needed: after {letter} comes {one} at step {} and {another} at step {}, so the letter read does not say \
             which; the state has to.{more}",
            first.0, other.0
        )
    }

    /// The least mean loss, in nats, of a network that knows the letter read and nothing else.
    pub fn without_memory(&self) -> f64 {
        let pairs: Vec<_> = self.inputs().iter().zip(self.targets()).collect();
        let nats = pairs.iter().map(|(a, b)| {
            let of_a = pairs.iter().filter(|(read, _)| read == a);
            let a_then_b = of_a.clone().filter(|(_, next)| next == b).count();
            -(a_then_b as f64 / of_a.count() as f64).ln()
        });
        nats.sum::<f64>() / pairs.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hello_needs_memory_at_the_l() {
        let word = Word::new("hello").expect("a word");
        assert_eq!((word.inputs(), word.targets()), (&[0, 1, 2, 2][..], &[1, 2, 2, 3][..]));
        assert_eq!(word.one_hot(1).as_slice(), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(word.ambiguous(), [(2, vec![(3, 2), (4, 3)])]);
        assert!((word.without_memory() - 0.5 * 2f64.ln()).abs() < 1e-15); // two steps of four, each ½
    }

    #[test]
    fn letters_that_come_again_need_no_memory_if_they_always_go_on_alike() {
        for text in ["abab", "world"] {
            let word = Word::new(text).expect("a word");
            assert!(word.ambiguous().is_empty() && word.without_memory().abs() < 1e-15, "{text}");
        }
    }

    #[test]
    fn a_letter_is_a_unicode_character() {
        let word = Word::new("안녕 안녕!").expect("a word");
        assert_eq!((word.letters(), word.inputs().len()), (4, 5));
        assert_eq!((word.shown(2), word.text(word.tokens())), ("␣".into(), "안녕 안녕!".into()));
        let lines = Word::new("a \nb").expect("a word");
        assert_eq!(lines.line(lines.tokens()), "a \\nb");
        assert_eq!([shown('\t'), shown('\u{a0}'), shown('é')], ["\\t", "\\u{a0}", "é"]);
    }

    #[test]
    fn what_teaches_nothing_is_refused_in_one_line() {
        let refused = [
            ("", "has no letter; give a word of two letters or more, such as hello"),
            ("한", "has one letter; give a word of two letters or more, such as hello"),
            ("\n\n\n", "has no letter but \\n, so there is nothing to learn; give one with two different letters"),
            (&"ab".repeat(501), "has 1002 letters, but at most 1000 can be; for a text there is the program char_lm"),
        ];
        for (text, why) in refused {
            assert_eq!(Word::new(text).expect_err("refused"), why);
        }
    }
}
