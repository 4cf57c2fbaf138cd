//! Who looks at the word alone: the tag that it most often had in training, O for a word that training had not.

use std::collections::BTreeMap;

use crate::loaders::conll::Sentence;

/// The tags of `sentences`, each word's the most frequent one in `training`; of equals the first by its letters.
pub fn most_frequent_tags(training: &[Sentence], sentences: &[Sentence]) -> Vec<Vec<String>> {
    let mut counts = BTreeMap::<String, BTreeMap<&String, usize>>::new();
    for sentence in training {
        for (word, tag) in sentence.tokens.iter().zip(&sentence.tags) {
            *counts.entry(word.to_lowercase()).or_default().entry(tag).or_default() += 1;
        }
    }
    let most = |tags: BTreeMap<&String, usize>| {
        tags.into_iter().max_by_key(|(tag, count)| (*count, std::cmp::Reverse(*tag))).map(|(tag, _)| tag.clone())
    };
    let best: BTreeMap<String, String> =
        counts.into_iter().filter_map(|(word, tags)| Some((word, most(tags)?))).collect();
    let tag = |word: &String| best.get(&word.to_lowercase()).cloned().unwrap_or_else(|| "O".into());
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
