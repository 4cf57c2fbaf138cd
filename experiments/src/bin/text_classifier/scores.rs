use experiments::answers::argmax;
use experiments::baselines::BagOfWords;
use experiments::confusion::Confusion;
use experiments::loaders::tsv::Labelled;
use experiments::stats::{Share, most_frequent};
use serde::{Deserialize, Serialize};

use super::data::Data;

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
    /// All answers.
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
        let majority = most_frequent(data.splits.train.iter().map(|example| &*example.label)).unwrap_or_default();
        let count = |is: &dyn Fn(&Prediction) -> bool| Share::count(predictions.iter().map(is));
        let (network_right, bag_right) =
            (|p: &Prediction| p.predicted == p.label, |p: &Prediction| p.bag_of_words == p.label);
        let accuracies = [
            accuracy(network.into(), count(&network_right)),
            accuracy("bag of words".into(), count(&bag_right)),
            accuracy(format!("always `{majority}`"), count(&|p| p.label == majority)),
        ];
        let alone = [count(&|p| network_right(p) && !bag_right(p)), count(&|p| !network_right(p) && bag_right(p))];
        let alone = alone.map(|share| share.part);
        Self { predictions, accuracies, confusion, alone }
    }
}

fn accuracy(model: String, share: Share) -> Accuracy {
    let (accuracy, (low, high)) = share.estimate();
    Accuracy { model, right: share.part, of: share.of, accuracy, low, high }
}

#[cfg(test)]
mod tests {
    use experiments::splits::Splits;
    use experiments::tokenizer::Tokenizer;
    use experiments::vocabulary::Vocabulary;

    use super::*;

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
}
