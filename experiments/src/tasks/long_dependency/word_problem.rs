use models::Draws;
use models::networks::Read;

use super::sequences::{of_symbols, time_major};
use crate::task::{Batch, Criterion, Score, Targets, Task};

/// The word problem of a group of permutations: what is the product of all elements so far?
///
/// # Source
/// Merrill, Petty & Sabharwal 2024 (arXiv:2404.08819), §5: A₅ is not solvable, so that its word problem is out of reach of linear
/// recurrences with diagonal transitions; S₃ is the smallest group that is not commutative.
///
/// # Layout
/// ```text
/// step      0    1         2             …
/// element   g₀   g₁        g₂            …    any of the group's, one-hot
/// answer    g₀   g₁ ∘ g₀   g₂ ∘ g₁ ∘ g₀  …    at every step
/// ```
/// Six rows and classes of S₃, sixty of A₅. T is any number from the shortest to the longest.
///
/// # Baseline
/// g_t is uniform in the group, so g_t ∘ p is, whatever p is, and so is g ∘ p for a p that is not remembered: no such answer is
/// right more often than 1 in |G|. The first answer needs no memory. It is one of T̄ answers, T̄ the mean of T, so the baseline
/// is 1/|G| + (1 − 1/|G|)/T̄.
#[derive(Clone, Debug)]
pub struct WordProblem {
    elements: Vec<Vec<usize>>,
    /// products[a][b] is the number of b ∘ a.
    products: Vec<Vec<usize>>,
    shortest: usize,
    longest: usize,
}

/// Which group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// All six permutations of three.
    S3,
    /// The sixty even permutations of five.
    A5,
}

/// All permutations of n, in the order of the alphabet.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let with_first = |first: usize| {
        permutations(n - 1).into_iter().map(move |rest| {
            let rest = rest.into_iter().map(|k| if k < first { k } else { k + 1 });
            std::iter::once(first).chain(rest).collect()
        })
    };
    (0..n).flat_map(with_first).collect()
}

fn is_even(p: &[usize]) -> bool {
    let inversions = (0..p.len()).map(|i| p[..i].iter().filter(|before| **before > p[i]).count());
    inversions.sum::<usize>() % 2 == 0
}

impl WordProblem {
    /// Of sequences of these lengths.
    pub fn new(group: Group, shortest: usize, longest: usize) -> Self {
        let elements: Vec<_> = match group {
            Group::S3 => permutations(3),
            Group::A5 => permutations(5).into_iter().filter(|p| is_even(p)).collect(),
        };
        let product = |a: &Vec<usize>, b: &Vec<usize>| {
            let composed: Vec<usize> = a.iter().map(|k| b[*k]).collect();
            elements.iter().position(|p| *p == composed).expect("a group is closed")
        };
        let products = elements.iter().map(|a| elements.iter().map(|b| product(a, b)).collect()).collect();
        Self { products, elements, shortest, longest }
    }
}

impl Task for WordProblem {
    fn inputs(&self) -> usize {
        self.elements.len()
    }

    fn outputs(&self) -> usize {
        self.elements.len()
    }

    fn read(&self) -> Read {
        Read::Every
    }

    fn source(&self) -> &'static str {
        "Merrill, Petty & Sabharwal 2024, §5"
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        let word = |draws: &mut Draws| {
            let steps = self.shortest + draws.below(self.longest + 1 - self.shortest);
            (0..steps).map(|_| draws.below(self.elements.len())).collect()
        };
        let words: Vec<Vec<usize>> = (0..examples).map(|_| word(draws)).collect();
        let so_far = |word: &Vec<usize>| {
            let mut product = None;
            let mut next = |g: usize| *product.insert(product.map_or(g, |p: usize| self.products[p][g]));
            word.iter().map(|g| next(*g)).collect::<Vec<_>>()
        };
        let answers: Vec<_> = words.iter().map(so_far).collect();
        of_symbols(self.inputs(), &words, Targets::Classes(time_major(&answers, &0)))
    }

    fn baseline(&self) -> Score {
        let (chance, mean_steps) = (1.0 / self.elements.len() as f64, (self.shortest + self.longest) as f64 / 2.0);
        Score::Accuracy(chance + (1.0 - chance) / mean_steps)
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { within: 0.0, share: 0.99, source: "this project" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_are_groups_and_not_commutative() {
        for (group, order) in [(Group::S3, 6), (Group::A5, 60)] {
            let WordProblem { elements, products, .. } = WordProblem::new(group, 1, 1);
            assert_eq!(elements.len(), order);
            assert!((0..order).any(|a| (0..order).any(|b| products[a][b] != products[b][a])));
            // A Latin square, whose first element is the identity.
            for (a, row) in products.iter().enumerate() {
                let distinct: std::collections::BTreeSet<_> = row.iter().collect();
                assert!(distinct.len() == order && products[0][a] == a && row[0] == a);
            }
        }
    }

    #[test]
    fn the_answer_is_the_composed_permutation() {
        let task = WordProblem::new(Group::A5, 3, 6);
        let batch = task.batch(&mut Draws::at(1, "word test", &[]), 50);
        let Targets::Classes(answers) = &batch.targets else { panic!("classes") };
        for (e, length) in batch.lengths.iter().enumerate() {
            let mut composed: Vec<usize> = (0..5).collect();
            for t in 0..*length {
                let column = batch.x.column(t * 50 + e);
                let g = &task.elements[column.iter().position(|x| *x > 0.5).expect("one-hot")];
                composed = composed.iter().map(|k| g[*k]).collect();
                assert_eq!(task.elements[answers[t * 50 + e]], composed);
            }
        }
    }

    #[test]
    fn who_answers_by_the_last_element_alone_scores_the_baseline() {
        let task = WordProblem::new(Group::S3, 2, 6);
        let batch = task.batch(&mut Draws::at(1, "word test", &[]), 10_000);
        let share = task.judge(&batch.x, &batch).share();
        assert!((share - task.baseline().value()).abs() < 0.01, "{share}");
    }
}
