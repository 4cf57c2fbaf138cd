//! Edge shapes: 1×1, an empty batch, and every length near those of a vector.

use super::row::{Inputs, names};
use super::{Row, misuse, rows};
use crate::{Gradients, Tape, Var};
use nalgebra::DMatrix;

/// The value, and the gradients of its sum, as `method` of a row has them.
fn through_method(row: &Row, inputs: &Inputs) -> (DMatrix<f64>, Inputs) {
    value_and_gradients(inputs, |x| (row.method)(x))
}

fn value_and_gradients(inputs: &Inputs, f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>) -> (DMatrix<f64>, Inputs) {
    let tape = Tape::new();
    let leaves: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
    let y = f(&leaves);
    let (rows, columns) = y.shape();
    let mut gradients = Gradients::new();
    tape.vjp(&[(y, &DMatrix::from_element(rows, columns, 1.0))], &mut gradients);
    (y.value(), leaves.iter().map(|&x| gradients.of(x).into_owned()).collect())
}

fn is_zero(x: &DMatrix<f64>) -> bool {
    x.iter().all(|x| x.abs().to_bits() == 0)
}

#[test]
fn every_method_records_its_op() {
    for row in rows() {
        let inputs = row.draw(3, 2, 4);
        let op = value_and_gradients(&inputs, |x| row.program.run(x));
        assert_eq!(through_method(&row, &inputs), op, "{}: {}", row.place, row.name);
    }
}

#[test]
fn every_op_is_certified_at_1x1() {
    let rows = rows();
    let single = |row: &&Row| {
        let inputs = row.draw(1, 1, 1);
        inputs.iter().all(|x| x.shape() == (1, 1)) && !through_method(row, &inputs).0.is_empty()
    };
    let single: Vec<_> = rows.iter().filter(single).collect();
    single.iter().for_each(|row| row.examine(&row.draw(1, 1, 1)));
    let missing: Vec<_> = names(&rows).difference(&names(single)).copied().collect();
    assert!(missing.is_empty(), "no row is 1×1 where m = k = n = 1: {missing:?}");
}

#[test]
fn an_empty_batch_has_an_empty_or_zero_value_and_gradient_or_is_refused() {
    let rows = rows();
    let empty = |row: &&Row| {
        let (nothing, one) = (row.draw(2, 3, 0), row.draw(2, 3, 1));
        let emptied = nothing.iter().zip(&one).any(|(x, one)| x.is_empty() && !one.is_empty());
        row.refuses_nothing.is_some() || emptied || nothing.iter().all(DMatrix::is_empty)
    };
    let empty: Vec<_> = rows.iter().filter(empty).collect();
    for row in &empty {
        if let Some(refusal) = &row.refuses_nothing {
            misuse::refused(row, refusal);
            continue;
        }
        let inputs = row.draw(2, 3, 0);
        row.examine(&inputs);
        let (value, gradients) = through_method(row, &inputs);
        assert!(is_zero(&value) && gradients.iter().all(is_zero), "{}: {}: {value} {gradients:?}", row.place, row.name);
    }
    let missing: Vec<_> = names(&rows).difference(&names(empty)).copied().collect();
    assert!(missing.is_empty(), "no row says what happens to an empty batch: {missing:?}");
}

#[test]
fn every_length_from_one_entry_to_beyond_the_vectors_is_certified() {
    for row in rows() {
        let shapes = |inputs: &Inputs| inputs.iter().map(DMatrix::shape).collect::<Vec<_>>();
        let least = shapes(&row.draw(1, 2, 1));
        for length in 1..=67 {
            for inputs in [row.draw(1, 2, length), row.draw(length, 2, 1)] {
                if length == 1 || shapes(&inputs) != least {
                    row.examine(&inputs);
                }
            }
        }
    }
}
