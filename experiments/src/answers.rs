//! What a network answers, and whether that is right.

use autograd::{Scalar, Tape};
use models::stacks::SequenceModel;
use models::{CellScalar, Params};
use nalgebra::DMatrix;

use crate::task::{Batch, Labels};

/// For each example, whether `model` answers right after the last step.
///
/// # Panics
/// If the labels are not for the last step.
pub fn answers<T: CellScalar>(model: &SequenceModel, params: &Params<T>, batch: &Batch) -> Vec<bool> {
    let Labels::Last(labels) = &batch.labels else { panic!("answers: the labels are not for the last step") };
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let run = model.unroll(&bound).run(tape.constant(&batch.inputs()), batch.batch);
    let logits = model.read(&bound, run.last[model.cell().about().output]).value();
    right_answers(&logits, labels)
}

/// The index of the largest; the first of equal ones. 0 of none.
pub fn argmax<T: PartialOrd>(values: impl IntoIterator<Item = T>) -> usize {
    let largest = values.into_iter().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    largest.map_or(0, |(index, _)| index)
}

/// For each column of `logits` (classes × n), whether its largest entry is that of its label. A column with an entry that
/// is not finite answers nothing.
pub fn right_answers<T: Scalar>(logits: &DMatrix<T>, labels: &[usize]) -> Vec<bool> {
    let right = |(j, &label): (usize, &usize)| {
        let column = logits.column(j);
        argmax(column.iter().map(|x| x.re())) == label && column.iter().all(|x| x.is_finite())
    };
    labels.iter().enumerate().map(right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_ones_the_first_is_the_largest() {
        assert_eq!([argmax([1.0, 3.0, 3.0]), argmax([2.0, 1.0]), argmax::<f64>([])], [1, 0, 0]);
    }

    #[test]
    fn a_network_that_says_nan_is_never_right() {
        let logits = nalgebra::dmatrix![f64::NAN, 2.0, 0.0; 0.0, 1.0, 1.0];
        assert_eq!(right_answers(&logits, &[0, 0, 1]), [false, true, true]);
    }
}
