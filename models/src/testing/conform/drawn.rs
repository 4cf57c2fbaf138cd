//! A freshly drawn cell is finite, and drawn the same again.

use super::{Make, Outcome, ensure};
use crate::{Dims, Params};

pub(super) fn run(make: Make<'_>) -> Outcome {
    for (input, hidden, horizon) in [(1, 1, 0), (2, 3, 10), (3, 8, 1000)] {
        let draw = || {
            let (cell, mut params) = (make(Dims { input, hidden, horizon }), Params::<f64>::new());
            params.place(cell.about().name, cell.about().specs.clone(), 1);
            params
        };
        let params = draw();
        for param in params.iter() {
            ensure!(param.value.iter().all(|x| x.is_finite()), "{}: not finite when drawn", param.name);
        }
        for (once, again) in params.iter().zip(draw().iter()) {
            ensure!(once == again, "{}: drawn again from the same seed, it differs", once.name);
        }
    }
    Ok(0.0)
}
