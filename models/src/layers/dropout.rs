//! Y = X ∘ M / (1 − p), M drawn: each entry stays with probability 1 − p.  X, Y (m×n).
//!
//! Srivastava et al. 2014, in the "inverted" form: what stays is scaled up in training, and evaluation is the identity.

use std::sync::Arc;

use autograd::{Scalar, Var};

use crate::Draws;

/// `x` with entries dropped with probability `p` by `draws`, or `x` itself if there are none (evaluation) or p is 0.
///
/// Address the draws by what the mask belongs to, such as `Draws::at(seed, "dropout", &[layer, update])`; so a replay or
/// a resumed training has the same mask.
///
/// ```
/// use autograd::Tape;
/// use models::{Draws, layers::dropout};
/// use nalgebra::DMatrix;
///
/// let tape = Tape::<f64>::new();
/// let x = tape.constant(&DMatrix::from_element(100, 10, 1.0));
/// let y = dropout(x, 0.2, Some(&mut Draws::at(1, "dropout", &[0, 7])));
/// assert!(y.value().iter().all(|y| *y == 0.0 || *y == 1.25));
/// assert_eq!(dropout(x, 0.2, None).id(), x.id());
/// ```
///
/// # Panics
/// If p is not in [0, 1).
#[track_caller]
pub fn dropout<'t, T: Scalar>(x: Var<'t, T>, p: f64, draws: Option<&mut Draws>) -> Var<'t, T> {
    assert!((0.0..1.0).contains(&p), "dropout: p is {p}, not in [0, 1)");
    match draws {
        Some(draws) if p > 0.0 => {
            let (rows, columns) = x.shape();
            let keep: Arc<[bool]> = (0..rows * columns).map(|_| draws.uniform() >= p).collect();
            x.dropout(keep, p)
        }
        _ => x,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::Tape;
    use nalgebra::DMatrix;

    #[test]
    fn as_many_entries_go_as_p_says_and_the_mean_stays() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&DMatrix::from_element(100, 100, 1.0));
        let y = dropout(x, 0.3, Some(&mut Draws::at(1, "dropout test", &[])));
        let dropped = y.value().iter().filter(|y| y.abs() < 1e-15).count();
        assert!((2800..3200).contains(&dropped) && (y.mean().item() - 1.0).abs() < 0.03, "{dropped} dropped");
    }

    #[test]
    #[should_panic(expected = "dropout: p is 1, not in [0, 1)")]
    fn a_probability_of_one_is_refused() {
        dropout(Tape::<f64>::new().zeros(1, 1), 1.0, None);
    }
}
