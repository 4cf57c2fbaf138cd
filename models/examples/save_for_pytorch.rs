//! A stack as a state dict for PyTorch, with an input and our outputs to compare: `golden/check_saved.py` reads it.
//!
//! `cargo run --release -p models --example save_for_pytorch -- FOLDER`

use std::path::Path;
use std::process::ExitCode;

use autograd::Tape;
use models::stacks::RecurrentConfig;
use models::{Draws, FileScalar, Params, Registry, pytorch};
use nalgebra::DMatrix;

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("error: no folder given; say where the files go");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {folder}: {why}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder)?;
    let (steps, batch) = (6, 3);
    for (cell, bidirectional) in [("rnn", false), ("rnn_relu", true), ("lstm", true), ("gru", true)] {
        let config = RecurrentConfig { layers: 2, bidirectional, ..RecurrentConfig::new(cell, 5) };
        let mut params = Params::<f64>::new();
        let stack = params.place("", config.build(&Registry::builtin(), 4, 10)?, 1);
        let mut draws = Draws::at(1, "save_for_pytorch", &[]);
        params.iter_mut().for_each(|param| param.value.iter_mut().for_each(|x| *x += 0.1 * draws.normal()));
        let x = DMatrix::from_fn(4, steps * batch, |_, _| draws.normal());
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let outputs = stack.unroll(&bound).run(tape.constant(&x), batch).outputs.value();
        std::fs::write(folder.join(format!("{cell}.safetensors")), pytorch::save(&stack, &params, "")?)?;
        // A column is a step of an example, which PyTorch, batch second, has in the same order.
        for (name, value) in [("x", x), ("outputs", outputs)] {
            let mut bytes = Vec::new();
            value.iter().for_each(|&number| number.put(&mut bytes));
            std::fs::write(folder.join(format!("{cell}.{name}.f64")), bytes)?;
        }
    }
    Ok(())
}
