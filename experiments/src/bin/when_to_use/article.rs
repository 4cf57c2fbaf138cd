//! What the article says: Jason Brownlee, "When to Use MLP, CNN, and RNN Neural Networks", machinelearningmastery.com, 2018.
//!
//! Its lists "Use … For", "Try … On" and "Don't Use … For", as they stand there: MLPs for tabular datasets, to be tried on image
//! data, text data and "other types of data"; CNNs for image data, to be tried on text data and "sequence input data"; RNNs for
//! text data, not for tabular data and not for image data; and a CNN LSTM "can read a sequence of image inputs, such as a
//! video". All else it leaves open.

use super::network::Network;
use super::problem::Kind;

/// The advice on a network and a kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// "Use for".
    Use,
    /// "Try on".
    Try,
    /// "Don't use for".
    Avoid,
    /// It says nothing.
    Open,
}

impl Advice {
    /// Of the article.
    pub fn on(network: Network, kind: Kind) -> Self {
        match (network, kind) {
            (Network::Mlp, Kind::Table) | (Network::Cnn, Kind::Image) => Self::Use,
            (Network::Rnn, Kind::Sequence) | (Network::CnnLstm, Kind::Video | Kind::Motion) => Self::Use,
            (Network::Mlp, _) | (Network::Cnn, Kind::Sequence) => Self::Try,
            (Network::Rnn, Kind::Table | Kind::Image) => Self::Avoid,
            _ => Self::Open,
        }
    }

    /// The network to use for it.
    pub fn network(kind: Kind) -> Network {
        Network::ALL.into_iter().find(|network| Self::on(*network, kind) == Self::Use).expect("one for each kind")
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        ["use", "try", "don't", "–"][self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_data_has_one_network_to_use() {
        for kind in Kind::ALL {
            let used = Network::ALL.into_iter().filter(|network| Advice::on(*network, kind) == Advice::Use).count();
            assert_eq!(used, 1, "{kind:?}");
        }
    }
}
