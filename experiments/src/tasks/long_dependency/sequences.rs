//! Sequences of unequal lengths as the columns of a batch: step t of example e is column t·B + e.

use nalgebra::DMatrix;

use crate::task::{Batch, Targets};

/// What stands at each step of each example, time-major; `padding` behind an example's end.
pub(super) fn time_major<V: Clone>(sequences: &[Vec<V>], padding: &V) -> Vec<V> {
    let steps = sequences.iter().map(Vec::len).max().unwrap_or(0);
    let at = |t: usize| sequences.iter().map(move |sequence| sequence.get(t).unwrap_or(padding).clone());
    (0..steps).flat_map(at).collect()
}

/// A batch that reads one-hot symbols, `rows` of them.
pub(super) fn of_symbols(rows: usize, sequences: &[Vec<usize>], targets: Targets) -> Batch {
    let symbols: Vec<Vec<_>> = sequences.iter().map(|symbols| symbols.iter().copied().map(Some).collect()).collect();
    let mut x = DMatrix::zeros(rows, symbols.iter().map(Vec::len).max().unwrap_or(0) * sequences.len());
    for (column, symbol) in time_major(&symbols, &None).into_iter().enumerate() {
        if let Some(symbol) = symbol {
            x[(symbol, column)] = 1.0;
        }
    }
    Batch { lengths: sequences.iter().map(Vec::len).collect(), ..Batch::new(x, sequences.len(), targets) }
}

/// A batch that reads D numbers a step.
pub(super) fn of_numbers<const D: usize>(sequences: &[Vec<[f64; D]>], targets: Targets) -> Batch {
    let columns = time_major(sequences, &[0.0; D]);
    let x = DMatrix::from_fn(D, columns.len(), |row, column| columns[column][row]);
    Batch { lengths: sequences.iter().map(Vec::len).collect(), ..Batch::new(x, sequences.len(), targets) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shorter_sequences_are_padded_with_columns_of_zeros() {
        let batch = of_symbols(2, &[vec![0, 1, 1], vec![1]], Targets::Classes(vec![0, 0]));
        assert_eq!(batch.x.as_slice(), [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(batch.lengths, [3, 1]);
        let batch = of_numbers(&[vec![[1.0, 2.0]], vec![[3.0, 4.0], [5.0, 6.0]]], Targets::Classes(vec![0, 0]));
        assert_eq!(batch.x.as_slice(), [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 5.0, 6.0]);
        assert_eq!(time_major(&[vec![1, 2], vec![3]], &9), [1, 3, 2, 9]);
    }
}
