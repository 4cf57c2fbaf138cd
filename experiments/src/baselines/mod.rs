//! What a network has to beat: models without a state.

mod bag_of_words;

pub use bag_of_words::BagOfWords;
