//! Messages, spam or ham, where the order of the words matters.

use models::Draws;
use serde::{Deserialize, Serialize};

use super::prose::{capitalised, chance, pick};
use crate::loaders::tsv::Labelled;
use crate::splits::{Sizes, Splits, TooFew};

/// What gives a message its label.
pub const RULE: &str = "a message is spam if a lure (`you have won a free prize`) stands before a request (`call 555 0134`); in the other \
                        order, or with one of them alone, it is ham";

/// The labels, in the order of their letters.
pub const LABELS: [&str; 2] = ["ham", "spam"];

const LURES: [&str; 12] = [
    "you have won a free prize",
    "a free phone is waiting for you",
    "win cash tonight",
    "free tickets are left",
    "your prize is ready",
    "we have a special offer",
    "there is a cash reward",
    "you are the lucky winner",
    "the second one is free",
    "today all rings are half price",
    "your loan is approved",
    "this bonus is for you",
];

/// `#` is a number.
const REQUESTS: [&str; 12] = [
    "call 555 #",
    "reply to this number",
    "open www.lucky.example",
    "text yes to #",
    "click on the link",
    "send your number to #",
    "visit our page",
    "confirm with code #",
    "ring us back on #",
    "log in at once",
    "send us your address",
    "answer with the word go",
];

const CHAT: [&str; 20] = [
    "are you home yet",
    "see you at the station",
    "i am late again",
    "mum says hello",
    "the film starts at seven",
    "bring some bread",
    "how was the exam",
    "the bus is not here",
    "i left my keys at work",
    "dinner is ready",
    "it rains here",
    "did you feed the cat",
    "thanks for last night",
    "i will be there soon",
    "the meeting is over",
    "we are at the park",
    "my train leaves now",
    "good night then",
    "ok no problem",
    "happy birthday to you",
];

/// Messages, spam or ham, where the order of the words matters.
///
/// # Rule
/// A message is a few short sentences; some are a *lure* ("You have won a free prize"), some a *request* ("Call 555 0134"),
/// the others chat. It is spam if a lure stands anywhere before a request:
/// ```text
/// spam   [chat] lure [chat] request [chat]
/// ham    [chat] request [chat] lure [chat]        the twin, a share q of ham
///        chat … with a lure, or a request, or neither
/// ```
/// Each chat in brackets is there half of the time. Spam and ham are equally likely. Generated here from lists of
/// sentences; no message is anybody's.
///
/// # Baseline
/// A spam with lure and request exchanged is a ham of the same bag of words. With both in the bag, spam has probability
/// ½ / (½ + q/2) ≥ ½, so the best bag of words calls it spam and is wrong of the twins alone: its accuracy is 1 − q/2, 0.75
/// for q = 1/2. [`BagOfWords`](crate::baselines::BagOfWords), trained on 3000 messages, gets 0.737 of 1000 others (the test
/// below). The most frequent label is right half of the time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spam {
    /// q, the share of ham that has a request before a lure; in [0, 1].
    pub twins: f64,
}

impl Default for Spam {
    fn default() -> Self {
        Self { twins: 0.5 }
    }
}

impl Spam {
    /// A message.
    pub fn message(&self, draws: &mut Draws) -> Labelled {
        let label = draws.below(2);
        let lure = pick(draws, &LURES).to_owned();
        let request = pick(draws, &REQUESTS).replace('#', &format!("{:04}", draws.below(10_000)));
        let parts = match label {
            1 => vec![lure, request],
            _ if chance(draws, self.twins) => vec![request, lure],
            _ => {
                let mut parts = vec![pick(draws, &CHAT).to_owned()];
                parts.extend([None, Some(lure), Some(request)].into_iter().nth(draws.below(3)).flatten());
                parts
            }
        };
        let mut sentences = Vec::new();
        for part in parts {
            sentences.extend(chance(draws, 0.5).then(|| pick(draws, &CHAT).to_owned()));
            sentences.push(part);
        }
        sentences.extend(chance(draws, 0.5).then(|| pick(draws, &CHAT).to_owned()));
        let ended = |sentence: &String| capitalised(sentence) + if chance(draws, 0.3) { "!" } else { "." };
        let text = sentences.iter().map(ended).collect::<Vec<_>>().join(" ");
        Labelled { label: LABELS[label].into(), text }
    }

    /// Different messages, for each split.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn splits(&self, sizes: Sizes, seed: u64) -> Result<Splits<Labelled>, TooFew> {
        Splits::draw(sizes, (seed, "spam"), |_, draws| self.message(draws), |message| message.text.clone())
    }

    /// The accuracy that no bag of words exceeds.
    pub fn best_bag_of_words(&self) -> f64 {
        1.0 - self.twins / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::BagOfWords;
    use crate::tokenizer::Tokenizer;
    use std::collections::BTreeSet;

    const SIZES: Sizes = Sizes { train: 3000, validation: 200, test: 1000 };

    /// Where the first of the lures and the first of the requests stand, in sentences.
    fn lure_and_request(text: &str) -> [Option<usize>; 2] {
        let sentences: Vec<_> = text.to_lowercase().split_inclusive(['.', '!']).map(|s| s.trim().to_owned()).collect();
        // "www.lucky.example" holds full stops of its own; its first part is enough to know it.
        let find = |known: &dyn Fn(&str) -> bool| sentences.iter().position(|s| known(s.trim_end_matches(['.', '!'])));
        let starts = |s: &str| REQUESTS.iter().any(|r| s.starts_with(r.split(['#', '.']).next().unwrap_or(r)));
        [find(&|s| LURES.contains(&s)), find(&starts)]
    }

    #[test]
    fn spam_is_what_has_a_lure_before_a_request() {
        let splits = Spam::default().splits(SIZES, 1).expect("enough");
        let [mut twins, mut ham] = [0, 0];
        for message in &splits.train {
            let found = lure_and_request(&message.text);
            let spam = matches!(found, [Some(lure), Some(request)] if lure < request);
            assert_eq!(message.label, LABELS[usize::from(spam)], "{}", message.text);
            ham += usize::from(!spam);
            twins += usize::from(!spam && found.iter().all(Option::is_some));
        }
        assert!((1400..1600).contains(&ham), "{ham} of 3000");
        assert!((0.44..0.56).contains(&(twins as f64 / ham as f64)), "{twins} of {ham}");
    }

    #[test]
    fn no_message_stands_in_two_splits_and_a_seed_gives_the_same_ones() {
        let splits = Spam::default().splits(SIZES, 1).expect("enough");
        let texts: BTreeSet<_> =
            [&splits.train, &splits.validation, &splits.test].into_iter().flatten().map(|m| &m.text).collect();
        assert_eq!(texts.len(), 4200);
        assert_eq!(Spam::default().splits(SIZES, 1).expect("enough"), splits);
        let first: Vec<_> = splits.train[..3].iter().map(Labelled::to_string).collect();
        assert_eq!(first, GOLDEN, "{first:#?}");
    }

    const GOLDEN: [&str; 3] = [
        "spam\tA free phone is waiting for you. The film starts at seven! Call 555 5902.",
        "ham\tThe bus is not here. Thanks for last night. You are the lucky winner.",
        "spam\tYour prize is ready. The film starts at seven. Log in at once.",
    ];

    #[test]
    fn a_trained_bag_of_words_stays_near_its_bound() {
        let task = Spam::default();
        let splits = task.splits(SIZES, 1).expect("enough");
        let accuracy = BagOfWords::on_labelled(&splits.train, Tokenizer::Words).accuracy_on(&splits.test);
        assert!((0.68..task.best_bag_of_words() + 0.03).contains(&accuracy), "{accuracy}");
        let easy = Spam { twins: 0.0 }.splits(SIZES, 1).expect("enough");
        let accuracy = BagOfWords::on_labelled(&easy.train, Tokenizer::Words).accuracy_on(&easy.test);
        assert!(accuracy > 0.9, "{accuracy}");
    }
}
