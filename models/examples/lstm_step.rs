//! One step of an LSTM as a graph in the DOT language, on stdout.
//!
//! `cargo run -p models --example lstm_step | dot -Tsvg > docs/images/lstm_step.svg` draws the picture of the book.

use autograd::Tape;
use models::cells::Lstm;
use models::{Dims, Params};
use nalgebra::DMatrix;

fn main() {
    let mut params = Params::<f64>::new();
    let cell = params.place("lstm", Lstm::new(Dims { input: 2, hidden: 3, horizon: 10 }), 1);

    let tape = Tape::traced();
    let bound = params.bind(&tape);
    let matrix = |rows, size: f64| DMatrix::from_fn(rows, 1, |i, _| size * (i as f64 + 1.0).sin());
    let x = tape.constant(&matrix(2, 1.0)).named("x");
    let before = [tape.leaf(&matrix(3, 0.5)).named("h before"), tape.leaf(&matrix(3, 1.0)).named("c before")];
    let run = cell.unroll(&bound).initial(&before).run(x, 1);
    let loss = run.last[0].square().sum().named("loss");

    tape.watch_all();
    let gradients = tape.backward(loss);
    print!("{}", tape.to_dot(&gradients));
}
