//! Trains an LSTM over 20,000 time steps at a time, in little memory: checkpointing at work.
//!
//! ```text
//! cargo run --release -p models --example long_lstm [steps [updates [whole | sqrt | BYTES]]]
//! ```
//! The network reads a slow square wave in noise and says at every step which half it is in.

use models::optim::{Adam, Optimizer};
use models::stacks::SequenceModel;
use models::{BlockEnd, Checkpointed, Dims, Draws, Engine, Recorded, Registry, Schedule};
use nalgebra::DMatrix;

const HIDDEN: usize = 64;
const BATCH: usize = 8;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let number = |k: usize, default: usize| arguments.get(k).map_or(default, |text| whole_number(text));
    let (steps, updates) = (number(0, 20_000), number(1, 3));
    let schedule = match arguments.get(2).map(String::as_str) {
        None | Some("sqrt") => Schedule::Sqrt,
        Some("whole") => Schedule::Whole,
        Some(bytes) => Schedule::Budget(whole_number(bytes)),
    };

    let dims = Dims { input: 1, hidden: HIDDEN, horizon: 1000 };
    let cell = Registry::builtin().build("lstm", dims).expect("a builtin name");
    let (model, mut params) = SequenceModel::new::<f32>(cell, 2, 1);
    let label = |t: usize, example: usize| (t + 137 * example) / 500 % 2;
    let mut noise = Draws::at(1, "noise", &[]);
    let x = DMatrix::from_fn(1, steps * BATCH, |_, j| {
        (label(j / BATCH, j % BATCH) as f64 - 0.5 + noise.between(-2.0, 2.0)) as f32
    });
    let sequence = Recorded::new(BATCH, 0..steps, |block| {
        let (start, len) = (block.steps.start * BATCH, block.steps.len() * BATCH);
        let x = block.tape.constant(&x.columns(start, len).into_owned());
        let run = model.unroll(block.bound).over(&block).run(x, BATCH);
        let loss = block.loss_wanted.then(|| {
            let labels: Vec<_> = (start..start + len).map(|j| label(j / BATCH, j % BATCH)).collect();
            let mean = model.read(block.bound, run.outputs).softmax_cross_entropy(&labels);
            block.share(mean, block.steps.len(), steps)
        });
        BlockEnd::new(run.last, loss)
    });
    let (mut adam, mut engine) = (Adam::new(0.01), Checkpointed::new(schedule));
    for update in 1..=updates {
        let start = std::time::Instant::now();
        let swept = engine.sweep(&params, &sequence, &[]).unwrap_or_else(|why| refuse(&why.to_string()));
        if let Err(not_finite) = engine.gradients().clip(1.0, &params) {
            eprintln!("error: {not_finite}");
            std::process::exit(3);
        }
        adam.step(&mut params, engine.gradients());
        println!(
            "update {update}: loss {:.4}, {} steps computed for {steps}, at most {:.1} MB held, {:.1} s",
            swept.loss,
            engine.computed_steps(),
            engine.peak_bytes() as f64 / 1e6,
            start.elapsed().as_secs_f64()
        );
    }
    if let Some(kilobytes) = peak_resident() {
        println!("peak resident memory of the process: {:.1} MB", kilobytes as f64 * 1024.0 / 1e6);
    }
}

fn whole_number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| {
        refuse(&format!("`{text}` is no whole number; usage: long_lstm [steps [updates [whole | sqrt | BYTES]]]"))
    })
}

fn refuse(why: &str) -> ! {
    eprintln!("error: {why}");
    std::process::exit(2);
}

/// In KiB, where the system says so.
fn peak_resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}
