//! Questions and answers: those to train on, and paraphrases that are held out.

use std::collections::{BTreeMap, BTreeSet};

use experiments::Stop;
use experiments::loaders::pairs::{self, Columns, Pair};
use experiments::settings::Resolved;
use experiments::tasks::chat::{self, Language};
use experiments::tokenizer::Tokenizer;
use experiments::translator::own::{PAIRS, Tokens, short};
use models::Draws;

use super::config::Config;

/// An answer loses one of its questions to the test if it has this number of them.
const QUESTIONS: usize = 3;

/// What the report asks of our small talk.
const ENGLISH: [&str; 4] = ["Hey there!", "Can you tell me your name?", "I feel very sad.", "What do you like to eat?"];
const KOREAN: [&str; 4] = ["안녕하세요!", "이름이 뭔가요?", "지금 어디에 살아요?", "기분이 아주 좋아요."];

/// What the study needs besides its settings.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is, for the reports.
    pub name: String,
    /// Of questions and answers.
    pub tokenizer: Tokenizer,
    /// To train on.
    pub train: Vec<Pair>,
    /// Questions that training does not see, each with an answer that it does.
    pub held_out: Vec<Pair>,
    /// How many pairs of a file were too long.
    pub left_out: usize,
    /// To be answered in the report, and drawn.
    pub questions: Vec<String>,
}

impl Input {
    /// # Errors
    /// Refused, if the file is wrong or has nothing to learn in it.
    pub fn open(resolved: &Resolved<Config>) -> Result<Self, Stop> {
        let config = &resolved.settings;
        let (files, columns) = (&resolved.files, Columns::TALK);
        let file = files.parse(PAIRS, |name, bytes| pairs::parse(name, bytes, columns))?;
        let is_ours = file.is_none();
        let korean = is_ours && config.language == Language::Korean;
        let tokenizer = match config.tokens {
            Tokens::Characters => Tokenizer::Characters,
            Tokens::Auto if korean => Tokenizer::Characters,
            Tokens::Auto | Tokens::Words => Tokenizer::Words,
        };
        let (name, pairs) = match file {
            Some((name, pairs)) => (name.to_owned(), pairs),
            None => {
                (format!("small talk in {}", if korean { "Korean" } else { "English" }), chat::pairs(config.language))
            }
        };
        let (pairs, left_out) = short(files, (&name, pairs), columns, [tokenizer; 2], config.longest)?;
        let (train, held_out) = hold_out(pairs, tokenizer, config.seed);
        let theirs = held_out.iter().chain(&train).map(|pair| pair.source.as_str());
        let questions = match (is_ours, korean) {
            (false, _) => theirs.take(4).collect(),
            (true, false) => ENGLISH.to_vec(),
            (true, true) => KOREAN.to_vec(),
        };
        let questions = questions.into_iter().map(String::from).collect();
        Ok(Self { name, tokenizer, train, held_out, left_out, questions })
    }
}

/// Of every answer with [`QUESTIONS`] different questions or more, one, drawn by `seed`, is held out; the rest is to train
/// on. A question that has several answers is never held out.
fn hold_out(pairs: Vec<Pair>, tokenizer: Tokenizer, seed: u64) -> (Vec<Pair>, Vec<Pair>) {
    let question = |pair: &Pair| tokenizer.tokens(&pair.source);
    let mut answers = BTreeMap::<Vec<String>, BTreeSet<&str>>::new();
    let mut questions = BTreeMap::<&str, BTreeSet<Vec<String>>>::new();
    for pair in &pairs {
        answers.entry(question(pair)).or_default().insert(&pair.target);
        questions.entry(&pair.target).or_default().insert(question(pair));
    }
    let mut chosen = BTreeSet::new();
    for (k, asked) in questions.into_values().enumerate().filter(|(_, asked)| asked.len() >= QUESTIONS) {
        let place = Draws::at(seed, "held out", &[k as u64]).below(asked.len());
        chosen.extend(asked.into_iter().nth(place).filter(|question| answers[question].len() == 1));
    }
    let (mut held_out, train): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| chosen.contains(&question(pair)));
    held_out.dedup_by_key(|pair| question(pair));
    (train, held_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_out_is_asked_in_training_in_other_words_only() {
        for (language, count) in [(Language::English, 18), (Language::Korean, 5)] {
            let pairs = chat::pairs(language);
            let all = pairs.len();
            let (train, held_out) = hold_out(pairs, Tokenizer::Words, 1);
            assert_eq!((held_out.len(), train.len()), (count, all - count), "{language:?}");
            for pair in &held_out {
                assert!(train.iter().all(|other| other.source != pair.source), "{pair}");
                assert!(train.iter().filter(|other| other.target == pair.target).count() >= QUESTIONS - 1, "{pair}");
            }
        }
    }

    #[test]
    fn the_same_question_twice_is_not_split_and_one_of_two_answers_is_not_held_out() {
        let pair = |source: &str, target: &str| Pair { source: source.into(), target: target.into() };
        let twice = ["a", "b", "c", "a", "b", "c"].map(|question| pair(question, "1")).to_vec();
        let (train, held_out) = hold_out(twice, Tokenizer::Words, 1);
        assert_eq!((train.len(), held_out.len()), (4, 1));
        let ambiguous: Vec<_> = ["a", "b", "c"].iter().flat_map(|q| [pair(q, "1"), pair(q, "2")]).collect();
        assert_eq!(hold_out(ambiguous, Tokenizer::Words, 1).1, []);
    }
}
