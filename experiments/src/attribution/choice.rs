use std::collections::BTreeMap;

/// A text of a test: its class, whether the answer is right, and how many tokens it has.
pub(super) type Tested<'a> = (&'a str, bool, usize);

/// Which texts to show, `most` of them: as many wrong ones as right ones, if there are enough, and the classes in turn; of the
/// texts of no more than 40 tokens, if there are enough.
pub fn to_show(texts: &[Tested<'_>], most: usize) -> Vec<usize> {
    const SHORT: usize = 40;
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&i| texts[i].2.max(SHORT));
    let (right, wrong): (Vec<_>, Vec<_>) = order.into_iter().partition(|&i| texts[i].1);
    let [right, wrong] = [right, wrong].map(|of| in_turn(texts, of));
    let wrongs = wrong.len().min((most / 2).max(most.saturating_sub(right.len())));
    right.into_iter().take(most - wrongs).chain(wrong.into_iter().take(wrongs)).collect()
}

/// The same ones, the classes in turn as long as there are texts of each.
fn in_turn(texts: &[Tested<'_>], mut some: Vec<usize>) -> Vec<usize> {
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut turns = BTreeMap::new();
    for &i in &some {
        let before = counts.entry(texts[i].0).or_default();
        turns.insert(i, *before);
        *before += 1;
    }
    some.sort_by_key(|i| (turns[i], texts[*i].0));
    some
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_to_show_are_right_and_wrong_short_and_of_each_class() {
        let shown = |lengths: [usize; 8], most: usize| {
            let (labels, said) = (["a", "a", "a", "a", "b", "b", "b", "b"], ["a", "a", "a", "b", "b", "b", "b", "a"]);
            let texts: Vec<_> = (0..8).map(|i| (labels[i], labels[i] == said[i], lengths[i])).collect();
            to_show(&texts, most)
        };
        assert_eq!(shown([1; 8], 4), [0, 4, 3, 7]);
        assert_eq!(shown([1; 8], 7), [0, 4, 1, 5, 2, 3, 7], "as many wrong ones as there are");
        assert_eq!(shown([99, 50, 3, 1, 9, 9, 9, 9], 2), [2, 3], "short ones first");
        assert_eq!(shown([1; 8], 100).len(), 8);
    }
}
