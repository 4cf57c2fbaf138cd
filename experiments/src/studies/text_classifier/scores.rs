use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::data::Data;
use crate::answers::argmax;
use crate::baselines::BagOfWords;
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

/// A row of `figures/confusion.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// The class.
    pub label: String,
    /// What the network says.
    pub predicted: String,
    /// How often.
    pub texts: usize,
}

/// What the network and the baselines get right of the test texts.
#[derive(Clone, Debug)]
pub struct Scores {
    /// By test text.
    pub predictions: Vec<Prediction>,
    /// The network, the bag of words, the most frequent class.
    pub accuracies: [Accuracy; 3],
    /// Texts of true class j that the network says are class k.
    pub confusion: Vec<Vec<usize>>,
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
        let mut confusion = vec![vec![0; data.classes.len()]; data.classes.len()];
        for prediction in &predictions {
            confusion[data.class(&prediction.label)][data.class(&prediction.predicted)] += 1;
        }
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

    /// The rows of the table, class by class.
    pub fn confusion_rows(&self, classes: &[String]) -> Vec<Confusion> {
        let mut rows = Vec::new();
        for (label, counts) in classes.iter().zip(&self.confusion) {
            for (predicted, &texts) in classes.iter().zip(counts) {
                rows.push(Confusion { label: label.clone(), predicted: predicted.clone(), texts });
            }
        }
        rows
    }

    /// Of texts of class k, the share that the network says are so; NaN if there are none.
    pub fn recall(&self, k: usize) -> f64 {
        self.confusion[k][k] as f64 / self.confusion[k].iter().sum::<usize>() as f64
    }

    /// Of texts that the network says are of class k, the share that is; NaN if there are none.
    pub fn precision(&self, k: usize) -> f64 {
        self.confusion[k][k] as f64 / self.confusion.iter().map(|counts| counts[k]).sum::<usize>() as f64
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
    fn the_confusion_table_has_the_truth_in_rows() {
        let scores = scores("aaab", "abba");
        assert_eq!(scores.confusion, [[1, 2], [1, 0]]);
        assert!((scores.recall(0) - 1.0 / 3.0).abs() < 1e-12 && (scores.precision(0) - 0.5).abs() < 1e-12);
        let rights: Vec<_> = scores.accuracies.iter().map(|a| (a.right, a.of)).collect();
        // The bag has `a` as a word and `b`, which stands in training once, as `<unk>`: that tells all.
        assert_eq!(rights, [(1, 4), (4, 4), (3, 4)]);
        assert_eq!(scores.alone, [0, 3]);
        assert_eq!(scores.accuracies[2].model, "always `a`");
        let rows = scores.confusion_rows(&["a", "b"].map(String::from));
        assert_eq!((rows.len(), &*rows[1].label, &*rows[1].predicted, rows[1].texts), (4, "a", "b", 2));
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
