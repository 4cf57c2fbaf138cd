//! What a network has to beat: models without a state.

mod bag_of_words;
mod n_gram;

pub use bag_of_words::BagOfWords;
pub use n_gram::NGram;
