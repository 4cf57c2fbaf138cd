use autograd::Scalar;
use models::optim::{Adam, Optimizer};
use models::{ParamGrads, Params, Specs, init};
use nalgebra::{DMatrix, DVector};

use crate::loaders::tsv::{Labelled, classes};
use crate::tokenizer::Tokenizer;
use crate::vocabulary::Vocabulary;

/// λ: without it the weight of a word that only one class has grows for ever.
const L2: f64 = 1e-3;
/// Training ends when no entry of the gradient is larger, or after this number of updates.
const STEEPEST: f64 = 1e-5;
const UPDATES: usize = 1000;
const LEARNING_RATE: f64 = 0.1;

/// Multinomial logistic regression on the counts of words; their order is lost.
/// ```text
/// n_v = how often word v stands in the text,   P(class k) = softmax(W n + b)_k
/// L = mean of −log P(label) + λ/2 ‖W‖²,   dW = (p − y) nᵀ / N + λ W,   db = (p − y) / N
/// ```
/// n (V), W (K×V), b (K). L is convex; Adam goes down its whole gradient from W = 0, so there is no randomness. Counts are
/// sparse: a text costs its own words only.
#[derive(Clone, Debug)]
pub struct BagOfWords {
    tokenizer: Tokenizer,
    vocabulary: Vocabulary,
    classes: Vec<String>,
    w: DMatrix<f64>,
    b: DVector<f64>,
}

impl BagOfWords {
    /// Trained on these examples, with the 20,000 most frequent words that occur twice or more.
    pub fn on_labelled(training: &[Labelled], tokenizer: Tokenizer) -> Self {
        let texts: Vec<_> = training.iter().map(|example| tokenizer.tokens(&example.text)).collect();
        let vocabulary = Vocabulary::build(&texts, &[], 20_000, 2);
        let classes = classes(training);
        let labels: Vec<_> = training.iter().filter_map(|e| classes.iter().position(|c| *c == e.label)).collect();
        let bags: Vec<_> = texts.iter().map(|text| vocabulary.encode(text)).collect();
        let mut params = zeros(classes.len(), vocabulary.len());
        let mut adam = Adam::new(LEARNING_RATE);
        for _ in 0..UPDATES {
            let grads = gradient(&params, &bags, &labels);
            if grads.iter().all(|grad| grad.amax() < STEEPEST) {
                break;
            }
            adam.step(&mut params, &grads);
        }
        let [w, b] = [0, 1].map(|i| value(&params, i).clone());
        Self { tokenizer, vocabulary, classes, w, b: b.column(0).into_owned() }
    }

    /// P(class) for each class, in the order of their letters.
    fn probabilities(&self, text: &str) -> DVector<f64> {
        softmax(&self.w, &self.b, &self.vocabulary.encode(&self.tokenizer.tokens(text)))
    }

    /// The most likely class.
    pub fn class(&self, text: &str) -> &str {
        &self.classes[self.probabilities(text).imax()]
    }

    /// The share of these examples whose label is the most likely class.
    pub fn accuracy_on(&self, examples: &[Labelled]) -> f64 {
        let right = examples.iter().filter(|example| self.class(&example.text) == example.label).count();
        right as f64 / examples.len() as f64
    }
}

fn zeros(classes: usize, words: usize) -> Params<f64> {
    let mut specs = Specs::default();
    specs.add("w", (classes, words), init::zeros());
    specs.add("b", (classes, 1), init::zeros());
    let mut params = Params::new();
    params.place("bag_of_words", specs.clone(), 0);
    params
}

fn value<T: Scalar>(params: &Params<T>, i: usize) -> &DMatrix<T> {
    &params.iter().nth(i).expect("w and b").value
}

/// softmax(W n + b)
fn softmax(w: &DMatrix<f64>, b: &DVector<f64>, bag: &[usize]) -> DVector<f64> {
    let mut z = b.clone();
    for &v in bag {
        z += w.column(v);
    }
    let p = z.map(|z_k| (z_k - z.max()).exp());
    let sum = p.sum();
    p / sum
}

/// dW and db.
fn gradient(params: &Params<f64>, bags: &[Vec<usize>], labels: &[usize]) -> ParamGrads<f64> {
    let (w, b) = (value(params, 0), value(params, 1).column(0).into_owned());
    let (mut dw, mut db) = (w * L2, DMatrix::zeros(b.len(), 1));
    for (bag, &label) in bags.iter().zip(labels) {
        let mut d = softmax(w, &b, bag); // p − y
        d[label] -= 1.0;
        d /= bags.len() as f64;
        for &v in bag {
            let mut column = dw.column_mut(v);
            column += &d;
        }
        db.column_mut(0).axpy(1.0, &d, 1.0);
    }
    ParamGrads::from_matrices(vec![dw, db])
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::Tape;

    fn examples(lines: &[(&str, &str)]) -> Vec<Labelled> {
        lines.iter().map(|(label, text)| Labelled { label: (*label).into(), text: (*text).into() }).collect()
    }

    #[test]
    fn its_gradient_is_the_tapes() {
        let bags = [vec![0, 2, 2], vec![1], vec![], vec![3, 0]];
        let labels = [2, 0, 1, 2];
        let mut params = zeros(3, 4);
        for param in params.iter_mut() {
            param.value = DMatrix::from_fn(param.value.nrows(), param.value.ncols(), |i, j| ((3 * i + j) as f64).sin());
        }
        let tape = Tape::new();
        let [w, b] = [0, 1].map(|i| tape.leaf(value(&params, i)));
        let n = tape.constant(&DMatrix::from_fn(4, 4, |v, e| bags[e].iter().filter(|word| **word == v).count() as f64));
        let loss = w.affine(n, b).softmax_cross_entropy(&labels) + (w * w).sum().scale(L2 / 2.0);
        let gradients = tape.backward(loss);
        for (by_hand, var) in gradient(&params, &bags, &labels).iter().zip([w, b]) {
            assert!((by_hand - gradients.of(var)).amax() < 1e-14, "{by_hand}");
        }
    }

    #[test]
    fn it_is_where_the_gradient_is_0() {
        // By symmetry W = ((a, −a), (−a, a)) and b = 0, so P = σ(2a); half of the texts are "good", so at the minimum the
        // entry of dW for it and its class is −(1 − P)/2 + λa = 0.
        let training = examples(&[("neg", "bad"), ("pos", "good"), ("neg", "bad"), ("pos", "good")]);
        let model = BagOfWords::on_labelled(&training, Tokenizer::Words);
        let p = model.probabilities("good")[1];
        let a = (p / (1.0 - p)).ln() / 2.0;
        assert!(((1.0 - p) / 2.0 - L2 * a).abs() < 1e-5, "P = {p}, a = {a}");
        let weight = |word: &str| model.w[(1, model.vocabulary.index(word))];
        assert!((weight("good") - a).abs() < 1e-3 && (weight("bad") + a).abs() < 1e-3);
    }

    #[test]
    fn the_order_of_words_is_nothing_to_it() {
        let training = examples(&[("a", "x y"), ("b", "y z z"), ("c", "z x"), ("a", "x y"), ("b", "y z z")]);
        let model = BagOfWords::on_labelled(&training, Tokenizer::Words);
        let [one, other] = ["x y z z", "z y z x"].map(|text| model.probabilities(text));
        assert!(one.iter().zip(&other).all(|(p, q)| (p - q).abs() < 1e-12));
        assert!((one.sum() - 1.0).abs() < 1e-12 && one.len() == 3);
        assert_eq!(model.class("x y"), "a");
        assert!((model.accuracy_on(&training) - 1.0).abs() < 1e-12);
    }
}
