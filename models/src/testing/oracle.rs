//! `agrees_with_oracle`: a cell's step against its equations written out entry by entry.

use autograd::testing::check;
use autograd::testing::proptest::prelude::*;
use autograd::testing::proptest::test_runner::TestCaseResult;
use autograd::{Tape, Var};
use nalgebra::DMatrix;

use super::{inputs, one_step};
use crate::{AnyCell, CellScalar, Dims};

/// One step of a single example, for an oracle: everything as plain slices.
pub struct Oracle<'a> {
    /// The parameters in the order of their declaration, each row after row with its number of columns; where one has a
    /// map, what the cell sees.
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
            let bound = about.specs.bind(vars[1 + states..].to_vec());
            let c = f64::cell(&cell);
            let x = c.project(bound.all(), vars[0]);
            let (next, seen) = one_step(c, bound.all(), x, &vars[1..=states], true);
            // And with nobody looking, for which a cell may have one op.
            let (unseen, _) = one_step(c, bound.all(), x, &vars[1..=states], false);

            let entries = |m: DMatrix<f64>| Entries { columns: m.ncols(), by_row: m.transpose().as_slice().to_vec() };
            let p: Vec<_> = bound.all().vars().iter().map(|p| entries(p.value())).collect();
            let s: Vec<&[f64]> = drawn[1..=states].iter().map(|s| s.as_slice()).collect();
            let mut told = Vec::new();
            let mut tell = |name: &str, values: Vec<f64>| told.push((name.to_owned(), values));
            let expected = oracle(Oracle { p: &p, x: drawn[0].as_slice(), s: &s, gate: &mut tell });

            let name = about.name;
            // Gates first, in the order of the step: of a wrong gate, its state follows.
            let given: Vec<_> = seen.iter().map(|(gate, _)| *gate).collect();
            let wanted: Vec<_> = told.iter().map(|(gate, _)| gate.as_str()).collect();
            prop_assert!(given == wanted, "{name}: names the gates {given:?}, the oracle {wanted:?}");
            for ((gate, values), (_, expected)) in seen.iter().zip(&told) {
                agree(&format!("{name}: gate `{gate}`"), *values, expected)?;
            }
            for (next, how) in [(&next, ""), (&unseen, " when nobody sees its gates")] {
                let (plural, given, wanted) = (if states == 1 { "" } else { "s" }, next.len(), expected.len());
                prop_assert!(
                    given == states && wanted == states,
                    "{name}: has {states} state{plural}, the step gives {given}{how}, the oracle {wanted}"
                );
                for ((part, next), expected) in about.states.iter().zip(next).zip(&expected) {
                    agree(&format!("{name}: state `{}`{how}", part.name), *next, expected)?;
                }
            }
            Ok(())
        });
    }
}

/// Fails at the first entry where what the cell gives as `what` is not the oracle's.
fn agree(what: &str, value: Var<'_, f64>, expected: &[f64]) -> TestCaseResult {
    let (value, rows) = (value.value(), expected.len());
    prop_assert!(value.shape() == (rows, 1), "{what} is {:?}, the oracle's {:?}", value.shape(), (rows, 1));
    for (row, (given, wanted)) in value.iter().zip(expected).enumerate() {
        let same = (given - wanted).abs() < 1e-13 * (1.0 + wanted.abs());
        prop_assert!(same, "{what}, entry ({row}, 0): the step gives {given:?}, the oracle {wanted:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use autograd::Scalar;

    use super::*;
    use crate::cells::Rnn;
    use crate::{About, Cell, Describe, Handle, Step, init};

    /// z_t = σ(W x_t),  h_t = z_t ∘ h_{t−1}.
    #[derive(Debug)]
    struct Gated {
        about: About,
        w: Handle,
        /// What is added to h while nobody looks.
        unseen: f64,
    }

    impl Gated {
        fn new(Dims { input, hidden, .. }: Dims) -> Self {
            let mut about = About::new("gated", input);
            about.state("h", hidden);
            let w = about.param("w", (hidden, input), init::zeros());
            Self { about, w, unseen: 0.0 }
        }
    }

    impl Describe for Gated {
        fn about(&self) -> &About {
            &self.about
        }
    }

    impl<T: Scalar> Cell<T> for Gated {
        fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
            let z = s.gate("z", s[self.w].matmul(s.x).sigmoid());
            let h = self.about.output();
            s.give(h, z * s[h]);
        }

        fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
            let h = self.about.output();
            s.give(h, (s[self.w].matmul(s.x).sigmoid() * s[h]).shift(self.unseen));
        }
    }

    /// What is said of the cell, against an oracle that changes z, and thereafter h, and calls the gate `gate`.
    fn said(unseen: f64, gate: &str, z: impl Fn(&mut Vec<f64>), h: impl Fn(&mut Vec<f64>)) -> String {
        let make = |dims| Gated { unseen, ..Gated::new(dims) };
        let caught = catch_unwind(AssertUnwindSafe(|| {
            agrees_with_oracle(make, |Oracle { p, x, s, gate: tell }| {
                let mut values: Vec<f64> = (0..s[0].len()).map(|i| sigmoid(dot(&p[0], i, x))).collect();
                z(&mut values);
                let mut state = values.iter().zip(s[0]).map(|(z, h)| z * h).collect();
                h(&mut state);
                tell(gate, values);
                vec![state]
            });
        }));
        caught.err().map_or(String::new(), |said| *said.downcast::<String>().expect("a sentence"))
    }

    fn right(_: &mut Vec<f64>) {}

    #[test]
    fn a_fault_names_the_gate_before_the_state_the_entry_and_both_values() {
        assert_eq!(said(0.0, "z", right, right), "");
        // Only where there is a row 1: not in the first of the sizes.
        let wrong_in_row_1 = |values: &mut Vec<f64>| values.iter_mut().skip(1).for_each(|value| *value += 1.0);
        // All drawn numbers shrink to 0, so z is ½ and h is 0.
        for (said, expected) in [
            (
                said(0.0, "z", wrong_in_row_1, right),
                "gated: gate `z`, entry (1, 0): the step gives 0.5, the oracle 1.5",
            ),
            (
                said(0.0, "z", right, wrong_in_row_1),
                "gated: state `h`, entry (1, 0): the step gives 0.0, the oracle 1.0",
            ),
            (
                said(2.0, "z", right, right),
                "gated: state `h` when nobody sees its gates, entry (0, 0): the step gives 2.0, the oracle 0.0",
            ),
            (said(0.0, "f", right, right), "gated: names the gates [\"z\"], the oracle [\"f\"]"),
            (said(0.0, "z", Vec::clear, right), "gated: gate `z` is (1, 1), the oracle's (0, 1)"),
            (said(0.0, "z", right, |h| h.push(0.0)), "gated: state `h` is (1, 1), the oracle's (2, 1)"),
        ] {
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    #[should_panic(expected = "rnn: has 1 state, the step gives 1, the oracle 0")]
    fn an_oracle_that_leaves_a_state_out_is_refused() {
        agrees_with_oracle(Rnn::new, |_| Vec::new());
    }
}
