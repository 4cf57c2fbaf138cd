//! ±∞ as an entry: the value and the slope there are those that ever larger numbers come to.

use nalgebra::dmatrix;

use super::{Row, rows};
use crate::kernels::Level;
use crate::{Program, Scalar, Tape};

/// Not held: waves and 0 · ∞, which come to nothing; the slope of a norm, which is ∞/∞; and what says in its file what −∞
/// alone is, which is not what ever smaller numbers come to.
const EXCEPT: [&str; 9] = [
    "cos",
    "log_softmax",
    "log_sum_exp",
    "log_sum_exp_rows",
    "norm",
    "scale",
    "sin",
    "softmax",
    "softmax_cross_entropy",
];

/// The value and the slope of a program of one number.
fn at<T: Scalar>(program: &(impl Program<T> + ?Sized), x: f64) -> [f64; 2] {
    let tape = Tape::new();
    let x = tape.leaf(&dmatrix![T::from_f64(x)]);
    let y = program.run(&[x]);
    [y.item(), tape.backward(y).of(x)[0]].map(T::re)
}

/// What a function that is `near` at one large number and `far` at a larger one comes to.
fn limit(near: f64, far: f64) -> f64 {
    let (huge, tiny) = (1e30, 1e-30);
    match far {
        _ if far.abs() > huge => f64::INFINITY.copysign(far),
        _ if far.abs() < tiny => 0.0,
        _ if (near - far).abs() < 1e-6 => far,
        _ => f64::NAN,
    }
}

fn faults<T: Scalar>(row: &Row, program: &(impl Program<T> + ?Sized), (near, far): (f64, f64)) -> Vec<String> {
    let mut faults = Vec::new();
    for sign in [1.0, -1.0] {
        let (near, far) = (at(program, sign * near), at(program, sign * far));
        let found = at(program, sign * f64::INFINITY);
        for (what, ((near, far), found)) in ["value", "slope"].into_iter().zip(near.into_iter().zip(far).zip(found)) {
            let expected = limit(near, far);
            let held = expected.is_nan() || found.total_cmp(&expected).is_eq() || (found - expected).abs() < 1e-6;
            if !held {
                let Row { name, place, .. } = row;
                faults.push(format!("{place}: {name}: {what} {found} at {sign}·∞, not {expected}, in {}", T::NAME));
            }
        }
    }
    faults
}

#[test]
fn at_infinity_an_op_is_what_it_comes_to() {
    let mut wrong = Vec::new();
    for row in rows().iter().filter(|row| !EXCEPT.contains(&row.name)) {
        let inputs = row.draw(1, 1, 1);
        let tape = Tape::<f64>::new();
        let leaves: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        if inputs.len() != 1 || row.program.run(&leaves).shape() != (1, 1) || inputs[0].len() != 1 {
            continue;
        }
        for level in Level::available() {
            Level::forced(level, || {
                wrong.extend(faults::<f64>(row, &*row.program, (1e100, 1e200)));
                wrong.extend(faults::<f32>(row, &*row.program, (1e30, 1e37)));
            });
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
