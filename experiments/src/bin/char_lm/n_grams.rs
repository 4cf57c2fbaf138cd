//! What the network is measured against: the n-gram model whose order is best on the validation part.

use experiments::baselines::NGram;
use serde::{Deserialize, Serialize};

use super::corpus::Corpus;

/// The largest order tried.
const LARGEST: usize = 10;

/// The bits per character of one order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// n: the character and the n − 1 before it.
    pub order: usize,
    /// On the validation part.
    pub validation: f64,
    /// On the test part.
    pub test: f64,
}

/// The orders from 1 on, until one is no better on the validation part than the one before it. Trained on the training
/// part, as the network is; see [`NGram`] for the formula.
pub fn orders(corpus: &Corpus) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    for order in 1..=LARGEST {
        let model = NGram::train(order, corpus.vocabulary.len(), &corpus.train);
        let [validation, test] = [&corpus.validation, &corpus.test].map(|part| bits(&model, part));
        let better = orders.last().is_none_or(|last| validation < last.validation);
        orders.push(Order { order, validation, test });
        if !better {
            break;
        }
    }
    orders
}

/// The best on the validation part.
pub fn best(orders: &[Order]) -> Order {
    let best = orders.iter().copied().min_by(|a, b| a.validation.total_cmp(&b.validation));
    best.expect("order 1 is always tried")
}

/// The mean of −log₂ P of every character but the first: the network, too, has to read one before it can say the next.
fn bits(model: &NGram, text: &[usize]) -> f64 {
    let bits: f64 = (1..text.len()).map(|t| -model.probability(&text[..t], text[t]).log2()).sum();
    bits / (text.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_as_long_as_it_helps() {
        // Two characters say the third: x y z, but x after z may be y or w.
        let text = "abcabdabcabd".repeat(40);
        let corpus = Corpus::new("t", &text, 100, 2, 5).expect("long enough");
        let orders = orders(&corpus);
        let best = best(&orders);
        assert!(best.order >= 4 && best.test < 0.2, "{orders:?}"); // "abc" or "abd" says which comes next
        assert!(orders[0].test > 1.5, "{orders:?}");
        assert!(orders.iter().all(|o| o.validation >= best.validation));
    }

    #[test]
    fn the_first_character_is_not_counted() {
        let model = NGram::train(2, 3, &[0, 1, 0, 1]);
        // P(b | a) = 22/27, as in the model's own test.
        assert!((bits(&model, &[0, 1]) + (22.0f64 / 27.0).log2()).abs() < 1e-15);
    }
}
