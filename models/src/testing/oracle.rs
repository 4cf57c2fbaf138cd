//! `agrees_with_oracle`: a cell's step against its equations written out entry by entry.

use autograd::testing::check;
use autograd::{Tape, Var};
use nalgebra::DMatrix;
use proptest::prelude::*;

use super::inputs;
use crate::{AnyCell, Bound, CellScalar, Dims, Gates};

/// One step of a single example, for an oracle: everything as plain slices.
pub struct Oracle<'a> {
    /// The parameters in the order of their declaration, each row after row with its number of columns.
    pub p: &'a [Entries],
    /// x_t.
    pub x: &'a [f64],
    /// The states before the step.
    pub s: &'a [&'a [f64]],
    /// To be told each gate by name, if the cell names any.
    pub gate: &'a mut dyn FnMut(&str, Vec<f64>),
}

/// A matrix as plain numbers: rows, or a column if it has one column (then `b[i]` is an entry).
#[derive(Debug)]
pub struct Entries {
    columns: usize,
    by_row: Vec<f64>,
}

impl std::ops::Index<usize> for Entries {
    type Output = f64;

    fn index(&self, i: usize) -> &f64 {
        assert!(self.columns == 1, "an entry of a column vector");
        &self.by_row[i]
    }
}

/// Σⱼ W_ij x_j.
pub fn dot(w: &Entries, i: usize, x: &[f64]) -> f64 {
    let row = &w.by_row[i * w.columns..(i + 1) * w.columns];
    assert!(row.len() == x.len(), "a row of {} by a vector of {}", row.len(), x.len());
    row.iter().zip(x).map(|(w, x)| w * x).sum()
}

/// 1 / (1 + e⁻ˣ).
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Holds a cell's step against `oracle`, its equations written out per entry from the paper: all states and all gates
/// of a single example, to 1e-13, on random parameters, inputs and states.
///
/// # Panics
/// If they differ.
#[track_caller]
pub fn agrees_with_oracle<C: AnyCell>(make: impl Fn(Dims) -> C, oracle: impl Fn(Oracle<'_>) -> Vec<Vec<f64>>) {
    for (input, hidden) in [(1, 1), (3, 2), (2, 4)] {
        let cell = make(Dims { input, hidden, horizon: 10 });
        let about = cell.about();
        check(inputs(&cell, 1, 1, 2.0), |drawn| {
            let states = about.states.len();
            let tape = Tape::<f64>::new();
            let vars: Vec<_> = drawn.iter().map(|m| tape.leaf(m)).collect();
            let bound = Bound::from_vars(vars[1 + states..].to_vec());
            let mut gates = Gates::new(true);
            let mut next = Vec::new();
            let c = f64::cell(&cell);
            let x = c.project(bound.all(), vars[0]);
            c.step(bound.all(), x, &vars[1..=states], &mut next, &mut gates);
            // And with nobody looking, for which a cell may have one op.
            let mut unseen = Vec::new();
            c.step(bound.all(), x, &vars[1..=states], &mut unseen, &mut Gates::deaf());

            let entries = |m: &DMatrix<f64>| Entries { columns: m.ncols(), by_row: m.transpose().as_slice().to_vec() };
            let p: Vec<_> = drawn[1 + states..].iter().map(entries).collect();
            let s: Vec<&[f64]> = drawn[1..=states].iter().map(|s| s.as_slice()).collect();
            let mut told = Vec::new();
            let mut tell = |name: &str, values: Vec<f64>| told.push((name.to_owned(), values));
            let expected = oracle(Oracle { p: &p, x: drawn[0].as_slice(), s: &s, gate: &mut tell });

            let same = |a: Var<'_, f64>, b: &[f64]| {
                a.value().len() == b.len()
                    && a.value().iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-13 * (1.0 + b.abs()))
            };
            for (next, how) in [(&next, ""), (&unseen, " when nobody sees its gates")] {
                for ((part, next), expected) in about.states.iter().zip(next).zip(&expected) {
                    prop_assert!(same(*next, expected), "{}: `{}` is not the equation's{how}", about.name, part.name);
                }
            }
            let seen = gates.into_seen();
            prop_assert!(
                seen.len() == told.len(),
                "{}: names {} gates, the oracle {}",
                about.name,
                seen.len(),
                told.len()
            );
            for ((name, values), (expected_name, expected)) in seen.iter().zip(&told) {
                prop_assert!(name == expected_name && same(values[0], expected), "{}: gate `{name}`", about.name);
            }
            Ok(())
        });
    }
}
