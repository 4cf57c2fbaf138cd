//! Nothing flows where nothing should: at infinite slopes and values, and beside infinite gradients.

use crate::differential::Everywhere;
use crate::kernels::Level;
use crate::testing::{Case, Measurement};

use super::{Row, rows};

/// The products of matrices and what is made of them, in which 0 · ∞ is NaN.
const PRODUCTS: [&str; 7] = ["affine", "conv1d", "conv2d", "matmul", "matmul_nt", "matmul_tn", "solve"];

/// Here a slope is 0 because terms cancel, which infinite ones do not.
const CANCEL: [&str; 4] = ["layer_norm", "log_softmax", "softmax", "softmax_cross_entropy"];

/// Checks that what `measure` finds at some inputs of each row holds, entry after entry, at every SIMD level. With a number, the
/// first entry of each input is that.
fn each(first: Option<f64>, measure: impl Fn(&Row, &Case<'_, dyn Everywhere>) -> Option<Measurement>) {
    for row in rows() {
        for (m, k, n) in [(1, 2, 3), (3, 2, 3), (1, 2, 19), (19, 2, 2)] {
            let mut inputs = row.draw(m, k, n);
            inputs.iter_mut().filter_map(|x| x.get_mut(0)).for_each(|x| *x = first.unwrap_or(*x));
            for (level, seed) in Level::available().into_iter().flat_map(|level| (0..12).map(move |seed| (level, seed)))
            {
                let case = Case::new(&*row.program, &inputs, seed);
                if let Some(found) = Level::forced(level, || measure(&row, &case)) {
                    let Row { name, place, .. } = row;
                    assert!(found.holds(), "{place}: {name}: {level:?}, {first:?} first, seed {seed}: {found:?}");
                }
            }
        }
    }
}

#[test]
fn no_gradient_comes_from_where_none_arrives_whatever_stands_there() {
    for corner in [0.0, -0.0, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let excepted = |row: &Row| PRODUCTS.contains(&row.name) && !f64::is_finite(corner);
        each(None, |row, case| if excepted(row) { None } else { case.zero_incoming(corner) });
    }
}

#[test]
fn no_gradient_passes_a_slope_of_zero_even_if_it_is_infinite() {
    let excepted = |row: &Row| PRODUCTS.contains(&row.name) || CANCEL.contains(&row.name);
    for first in [None, Some(0.0), Some(-1e4)] {
        each(first, |row, case| if excepted(row) { None } else { case.zero_slope() });
    }
}

#[test]
fn a_product_of_matrices_is_excepted_because_it_needs_to_be() {
    for row in rows().iter().filter(|row| PRODUCTS.contains(&row.name)) {
        let inputs = row.draw(3, 2, 3);
        let fails =
            |seed| Case::new(&*row.program, &inputs, seed).zero_incoming(f64::NAN).is_some_and(|found| !found.holds());
        assert!((0..40).any(fails), "{} is named for nothing", row.name);
    }
    assert!(PRODUCTS.iter().all(|name| rows().iter().any(|row| row.name == *name)), "a product that there is not");
}
