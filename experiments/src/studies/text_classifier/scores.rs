use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::data::Data;
use crate::answers::argmax;
use crate::baselines::BagOfWords;
use crate::confusion::Confusion;
use crate::loaders::tsv::Labelled;
use crate::stats::wilson;

/// A row of `predictions.csv`: a test text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Its class.
    pub label: String,
    /// What the network says.
    pub predicted: String,
    /// P of that.
    pub probability: f64,
    /// What the bag of words says.
    pub bag_of_words: String,
    /// The text.
    pub text: String,
}

/// A row of `figures/accuracy.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Of what.
    pub model: String,
    /// Right answers.
    pub right: usize,
    /// Of so many.
    pub of: usize,
    /// Right / of.
    pub accuracy: f64,
    /// The ends of the 95 % Wilson interval.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// What the network and the baselines get right of the test texts.
#[derive(Clone, Debug)]
pub struct Scores {
    /// By test text.
    pub predictions: Vec<Prediction>,
    /// The network, the bag of words, the most frequent class.
    pub accuracies: [Accuracy; 3],
    /// What the network takes for what.
    pub confusion: Confusion,
    /// Texts of which the network alone, and the bag of words alone, is right.
    pub alone: [usize; 2],
}

impl Scores {
    /// Of the network called `network`, whose ln P is given for each test text, and of the baselines.
    pub fn new(data: &Data, network: &str, log_p: &[Vec<f64>], bag: &BagOfWords) -> Self {
        let test = &data.splits.test;
        let predict = |(example, log_p): (&Labelled, &Vec<f64>)| {
            let said = argmax(log_p);
            Prediction {
                label: example.label.clone(),
                predicted: data.classes[said].clone(),
                probability: log_p[said].exp(),
                bag_of_words: bag.class(&example.text).to_owned(),
                text: example.text.clone(),
            }
        };
        let predictions: Vec<_> = test.iter().zip(log_p).map(predict).collect();
        let classes = predictions.iter().map(|p| (data.class(&p.label), data.class(&p.predicted)));
        let confusion = Confusion::of(&data.classes, classes);
        // As it is known before testing: in training.
        let frequency = |class: &String| data.splits.train.iter().filter(|example| example.label == *class).count();
        let frequencies: Vec<f64> = data.classes.iter().map(|class| frequency(class) as f64).collect();
        let majority = &data.classes[argmax(&frequencies)];
        let count = |is: &dyn Fn(&Prediction) -> bool| predictions.iter().filter(|p| is(p)).count();
        let (network_right, bag_right) =
            (|p: &Prediction| p.predicted == p.label, |p: &Prediction| p.bag_of_words == p.label);
        let accuracies = [
            accuracy(network.into(), count(&network_right), test.len()),
            accuracy("bag of words".into(), count(&bag_right), test.len()),
            accuracy(format!("always `{majority}`"), count(&|p| p.label == *majority), test.len()),
        ];
        let alone = [count(&|p| network_right(p) && !bag_right(p)), count(&|p| !network_right(p) && bag_right(p))];
        Self { predictions, accuracies, confusion, alone }
    }

    /// Which test texts to show, `most` of them: as many wrong ones as right ones, if there are so many, and the classes in
    /// turn; of the texts of no more than 40 tokens, if there are enough.
    pub fn to_show(&self, lengths: &[usize], most: usize) -> Vec<usize> {
        const SHORT: usize = 40;
        let mut order: Vec<_> = (0..self.predictions.len()).collect();
        order.sort_by_key(|&i| lengths[i].max(SHORT));
        let (right, wrong): (Vec<_>, Vec<_>) =
            order.into_iter().partition(|&i| self.predictions[i].predicted == self.predictions[i].label);
        let [right, wrong] = [right, wrong].map(|of| self.in_turn(&of));
        let wrongs = wrong.len().min((most / 2).max(most.saturating_sub(right.len())));
        right.into_iter().take(most - wrongs).chain(wrong.into_iter().take(wrongs)).collect()
    }

    /// The same texts, the true classes in turn as long as there are texts of each.
    fn in_turn(&self, texts: &[usize]) -> Vec<usize> {
        let mut counts = BTreeMap::<&String, usize>::new();
        let mut ranked = Vec::new();
        for &i in texts {
            let label = &self.predictions[i].label;
            let before = counts.entry(label).or_default();
            ranked.push((*before, label, i));
            *before += 1;
        }
        ranked.sort_by_key(|(before, label, _)| (*before, *label));
        ranked.into_iter().map(|(_, _, i)| i).collect()
    }
}

fn accuracy(model: String, right: usize, of: usize) -> Accuracy {
    let (low, high) = wilson(right, of);
    Accuracy { model, right, of, accuracy: right as f64 / of as f64, low, high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::splits::Splits;
    use crate::tokenizer::Tokenizer;
    use crate::vocabulary::Vocabulary;

    /// Train: 2 a, 1 b. Test: the labels, and what the network says, as letters.
    fn scores(labels: &str, said: &str) -> Scores {
        let labelled = |label: char| Labelled { label: label.into(), text: format!("x {label}") };
        let splits = Splits {
            train: "aab".chars().map(labelled).collect(),
            validation: Vec::new(),
            test: labels.chars().map(labelled).collect::<Vec<_>>(),
        };
        let bag = BagOfWords::on_labelled(&splits.train, Tokenizer::Words);
        let data = Data {
            source: "test".into(),
            classes: ["a", "b"].map(String::from).to_vec(),
            vocabulary: Vocabulary::build(&[["x".to_owned()]], &[], 9, 1),
            seen: 0,
            splits,
        };
        let log_p: Vec<_> = said.chars().map(|c| if c == 'a' { vec![-0.1, -3.0] } else { vec![-3.0, -0.1] }).collect();
        Scores::new(&data, "net", &log_p, &bag)
    }

    #[test]
    fn the_network_is_held_against_the_bag_and_the_most_frequent_class() {
        let scores = scores("aaab", "abba");
        assert_eq!(scores.confusion.counts, nalgebra::dmatrix![1, 2; 1, 0]);
        let rights: Vec<_> = scores.accuracies.iter().map(|a| (a.right, a.of)).collect();
        // The bag has `a` as a word and `b`, which stands in training once, as `<unk>`: that tells all.
        assert_eq!(rights, [(1, 4), (4, 4), (3, 4)]);
        assert_eq!(scores.alone, [0, 3]);
        assert_eq!(scores.accuracies[2].model, "always `a`");
    }

    #[test]
    fn texts_to_show_are_right_and_wrong_short_and_of_each_class() {
        let scores = scores("aaaabbbb", "aaabbbba");
        assert_eq!(scores.to_show(&[1; 8], 4), [0, 4, 3, 7]);
        assert_eq!(scores.to_show(&[1; 8], 7), [0, 4, 1, 5, 2, 3, 7], "as many wrong ones as there are");
        assert_eq!(scores.to_show(&[99, 50, 3, 1, 9, 9, 9, 9], 2), [2, 3], "short ones first");
        assert_eq!(scores.to_show(&[1; 8], 100).len(), 8);
    }
}
