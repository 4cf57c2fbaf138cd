//! Times one training step and prints the measurement as one line of JSON.
//!
//! The step: a cell over (T, B, D) → last hidden → Linear(H, 1), forward, mean squared error, full backpropagation through
//! time, global norm clipped to 1.0, Adam.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use benches::composed::{ComposedGru, ComposedLstm};
use benches::floor::LstmFloor;
use benches::{Sizes, TrainingStep};
use clap::{Parser, ValueEnum};
use models::{CellScalar, Dims, FileScalar, Params, Registry};
use nalgebra::DMatrix;
use serde::Serialize;

/// Times one training step of a cell: forward, mean squared error, full backward, clipping, Adam.
#[derive(Debug, Parser)]
struct Args {
    /// A registered cell; or `lstm_composed`, `gru_composed`: the equations in plain ops; or `lstm_floor`: the step
    /// written by hand, without a tape.
    #[arg(long, default_value = "lstm")]
    cell: String,
    /// B, examples.
    #[arg(long, default_value_t = 32, value_parser = at_least_one)]
    batch: usize,
    /// T, time steps.
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    steps: usize,
    /// H, hidden units.
    #[arg(long, default_value_t = 64, value_parser = at_least_one)]
    hidden: usize,
    /// D, input rows.
    #[arg(long, default_value_t = 2, value_parser = at_least_one)]
    input: usize,
    /// Threads; they change no bit of the result.
    #[arg(long, default_value_t = 1, value_parser = at_least_one)]
    threads: usize,
    /// Parts of the batch, each with a tape of its own.
    #[arg(long, default_value_t = 1, value_parser = at_least_one)]
    shards: usize,
    /// Passes on the smallest gradients, too, on tapes that are not flushing.
    #[arg(long)]
    exact: bool,
    /// The numbers.
    #[arg(long, value_enum, default_value = "f32")]
    dtype: Dtype,
    /// Timed steps; the median is reported. Two more are run before.
    #[arg(long, default_value_t = 30, value_parser = at_least_one)]
    reps: usize,
    /// Writes parameters, input and target to this safetensors file, for a peer to start from.
    #[arg(long)]
    export: Option<PathBuf>,
}

/// The LSTM written by hand.
const FLOOR: &str = "lstm_floor";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Dtype {
    F32,
    F64,
}

/// One line of the output.
#[derive(Debug, Serialize)]
struct Measurement {
    #[serde(rename = "impl")]
    implementation: &'static str,
    cell: String,
    #[serde(rename = "B")]
    batch: usize,
    #[serde(rename = "T")]
    steps: usize,
    #[serde(rename = "H")]
    hidden: usize,
    #[serde(rename = "D")]
    input: usize,
    dtype: &'static str,
    threads: usize,
    shards: usize,
    /// The median.
    ms: f64,
    min_ms: f64,
    times_ms: Vec<f64>,
    /// Peak resident memory of the process, where the system says it.
    rss_mb: Option<f64>,
    /// Before the first update.
    loss: f64,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n > 0).ok_or_else(|| "not a whole number of at least 1".into())
}

fn main() -> ExitCode {
    let args = Args::parse();
    let measured = match args.dtype {
        Dtype::F32 => measure::<f32>(&args),
        Dtype::F64 => measure::<f64>(&args),
    };
    match measured {
        Ok(measurement) => {
            println!("{}", serde_json::to_string(&measurement).expect("numbers and names"));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

fn measure<T: CellScalar + FileScalar>(args: &Args) -> Result<Measurement, String> {
    let registry = Registry::builtin()
        .with("lstm_composed", |d, _| Box::new(ComposedLstm::new(d)))
        .with("gru_composed", |d, _| Box::new(ComposedGru::new(d)));
    let by_hand = args.cell == FLOOR;
    if by_hand && args.exact {
        return Err(format!("`{FLOOR}` has no tape; leave out --exact"));
    }
    if by_hand && args.shards > 1 {
        return Err(format!("`{FLOOR}` is written for one shard; leave out --shards {}", args.shards));
    }
    let dims = Dims { input: args.input, hidden: args.hidden, horizon: args.steps };
    let cell = registry
        .build(if by_hand { "lstm" } else { &args.cell }, dims)
        .map_err(|e| format!("{e}; and {FLOOR}, by hand"))?;
    if args.shards > args.batch {
        return Err(format!("--shards {} of a batch of {}; use fewer", args.shards, args.batch));
    }
    let sizes = Sizes { batch: args.batch, steps: args.steps, hidden: args.hidden, input: args.input };
    let mut step = TrainingStep::<T>::of(cell, sizes, args.shards);
    if args.exact {
        step = step.exact();
    }
    if let Some(path) = &args.export {
        let (params, x, target) = step.case();
        std::fs::write(path, case(params, x, target)).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let mut step: Box<dyn FnMut() -> f64 + Send> = if by_hand {
        let (params, x, target) = step.case();
        let mut floor = LstmFloor::new(params, x, target);
        Box::new(move || floor.run())
    } else {
        Box::new(move || step.run())
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build().map_err(|e| e.to_string())?;
    let (loss, times_ms) = pool.install(|| {
        let loss = step();
        step();
        let time = |_| {
            let start = Instant::now();
            step();
            start.elapsed().as_secs_f64() * 1e3
        };
        (loss, (0..args.reps).map(time).collect::<Vec<_>>())
    });
    let mut sorted = times_ms.clone();
    sorted.sort_by(f64::total_cmp);
    Ok(Measurement {
        implementation: "unroll",
        cell: args.cell.clone(),
        batch: args.batch,
        steps: args.steps,
        hidden: args.hidden,
        input: args.input,
        dtype: T::NAME,
        threads: args.threads,
        shards: args.shards,
        ms: (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0,
        min_ms: sorted[0],
        times_ms,
        rss_mb: peak_resident(),
        loss,
    })
}

/// A safetensors file of the parameters, `x` (D × T·B) and `target` (1 × B).
fn case<T: FileScalar>(params: &Params<T>, x: &DMatrix<T>, target: &DMatrix<T>) -> Vec<u8> {
    let mut all = params.clone();
    for (name, value) in [("x", x), ("target", target)] {
        let mut specs = models::Specs::default();
        specs.add(name, value.shape(), models::init::zeros());
        all.place("case", specs, 0);
        all.iter_mut().last().expect("just added").value.copy_from(value);
    }
    all.to_safetensors()
}

/// In MB.
fn peak_resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
