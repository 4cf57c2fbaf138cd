//! Who looks at the word alone: the tag that it most often had in training, O for a word that training had not.

use std::collections::BTreeMap;

use experiments::loaders::conll::Sentence;
use experiments::stats::most_frequent;

/// The tags of `sentences`, each word's the most frequent one in `training`; of equals the first by its letters.
pub fn most_frequent_tags(training: &[Sentence], sentences: &[Sentence]) -> Vec<Vec<String>> {
    let mut tags = BTreeMap::<String, Vec<&String>>::new();
    for (word, tag) in training.iter().flat_map(|sentence| sentence.tokens.iter().zip(&sentence.tags)) {
        tags.entry(word.to_lowercase()).or_default().push(tag);
    }
    let best: BTreeMap<String, &String> =
        tags.into_iter().filter_map(|(word, tags)| Some((word, most_frequent(tags)?))).collect();
    let tag = |word: &String| best.get(&word.to_lowercase()).map_or_else(|| "O".into(), |tag| (*tag).clone());
    sentences.iter().map(|sentence| sentence.tokens.iter().map(tag).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_its_most_frequent_tag_and_an_unseen_one_none() {
        let sentence = |tokens: &[&str], tags: &[&str]| Sentence {
            tokens: tokens.iter().map(|t| (*t).into()).collect(),
            tags: tags.iter().map(|t| (*t).into()).collect(),
        };
        let training = [sentence(&["Paris", "paris", "Paris", "is"], &["B-LOC", "B-LOC", "B-PER", "O"])];
        let found = most_frequent_tags(&training, &[sentence(&["PARIS", "was"], &["O", "O"])]);
        assert_eq!(found, [["B-LOC", "O"]]);
    }
}
