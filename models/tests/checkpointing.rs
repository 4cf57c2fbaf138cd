//! A sequence swept in segments has the gradients of the whole, to the bit, in the memory that was allowed.

use autograd::{Gradients, Scalar, Tape};
use models::stacks::SequenceModel;
use models::{
    BlockEnd, CannotSweep, CellScalar, Checkpointed, Dims, Engine, Layer, ParamGrads, Params, Placed, Recorded,
    Registry, Schedule, Specs, Swept, Whole, cells, init,
};
use nalgebra::DMatrix;

const BATCH: usize = 3;

/// A value for each part of the state.
struct Initial(Specs);

impl Layer for Initial {
    fn specs(&self) -> &Specs {
        &self.0
    }
}

/// A model with a loss at every step, and its data. The states that it starts from are parameters, so that ∂L/∂s_0 is seen.
struct Study<T: Scalar> {
    model: SequenceModel,
    params: Params<T>,
    initial: Placed<Initial>,
    x: DMatrix<T>,
    labels: Vec<usize>,
}

impl<T: CellScalar> Study<T> {
    fn new(cell: &str, steps: usize) -> Self {
        let dims = Dims { input: 2, hidden: 5, horizon: 20 };
        let cell = Registry::builtin().build(cell, dims).expect("a builtin name");
        let (model, mut params) = SequenceModel::new(cell, 3, 7);
        let mut states = Specs::default();
        for part in &model.cell().about().states {
            states.add(part.name, (part.width, BATCH), init::constant(0.25));
        }
        let initial = params.place("initial", Initial(states), 1);
        let x = DMatrix::from_fn(2, steps * BATCH, |i, j| T::from_f64((1.3 * (j + 5 * i) as f64).sin()));
        Self { model, params, initial, x, labels: (0..steps * BATCH).map(|j| (j * j + 1) % 3).collect() }
    }

    /// The smallest budget that does.
    fn least(&self) -> usize {
        match self.sweep(Schedule::Budget(0)) {
            Err(CannotSweep::Budget { needed, .. }) => needed,
            _ => 0,
        }
    }

    fn sweep(&self, schedule: Schedule) -> Result<(Checkpointed<T>, Swept<T>), CannotSweep> {
        let mut engine = Checkpointed::new(schedule);
        let swept = self.sweep_by(&mut engine)?;
        Ok((engine, swept))
    }

    fn sweep_by(&self, engine: &mut Checkpointed<T>) -> Result<Swept<T>, CannotSweep> {
        let sequence = Recorded::new(BATCH, 0..self.labels.len() / BATCH, |block| {
            let (start, len) = (block.steps.start * BATCH, block.steps.len() * BATCH);
            let x = block.tape.constant(&self.x.columns(start, len).into_owned());
            let first = self.initial.on(block.bound).vars();
            let states = if block.states.is_empty() { first } else { block.states };
            let run = self.model.unroll(block.bound).initial(states).run(x, BATCH);
            let labels = &self.labels[start..start + len];
            let loss = || self.model.read(block.bound, run.outputs).softmax_cross_entropy(labels).scale(len as f64);
            BlockEnd::new(run.last.clone(), block.loss_wanted.then(loss))
        });
        engine.sweep(&self.params, &sequence.carrying(), &[])
    }
}

fn bits<T: Scalar>(matrices: &[DMatrix<T>]) -> Vec<u64> {
    matrices.iter().flat_map(|m| m.iter().map(|x| x.re().to_bits())).collect()
}

fn grad_bits<T: Scalar>(grads: &ParamGrads<T>) -> Vec<u64> {
    grads.iter().flat_map(|m| m.iter().map(|x| x.re().to_bits())).collect()
}

fn schedules_agree<T: CellScalar>(cell: &str) {
    for steps in [0, 1, 15, 16, 17, 100, 333] {
        let study = Study::<T>::new(cell, steps);
        let (mut whole, swept) = study.sweep(Schedule::Whole).expect("no budget");
        assert_eq!(whole.computed_steps(), steps);
        let least = study.least();
        let budgets = [least, least + 500, least + 2_000, 2 * least, 4 * least];
        for schedule in [Schedule::Sqrt].into_iter().chain(budgets.map(Schedule::Budget)) {
            let (mut engine, same) = study.sweep(schedule).expect("enough");
            let what = format!("{cell}, {steps} steps, {schedule:?}");
            assert_eq!(same.loss.re().to_bits(), swept.loss.re().to_bits(), "{what}");
            assert_eq!(bits(&same.carried), bits(&swept.carried), "{what}");
            let found = grad_bits(engine.gradients());
            assert_eq!(found, grad_bits(whole.gradients()), "{what}");
            assert!(steps == 0 || found.iter().any(|&b| b != 0), "{what}: no gradient");
            if let Schedule::Budget(budget) = schedule {
                assert!(engine.peak_bytes() <= budget, "{what}: {} bytes held", engine.peak_bytes());
            }
        }
    }
}

#[test]
fn every_schedule_gives_the_bits_of_the_whole() {
    for cell in Registry::builtin().names() {
        schedules_agree::<f64>(cell);
    }
    schedules_agree::<f32>("lstm");
}

#[test]
fn the_whole_is_an_ordinary_sweep_to_the_bit() {
    let steps = 100;
    let study = Study::<f32>::new("gru", steps);
    let tape = Tape::new();
    let bound = study.params.bind(&tape);
    let initial = study.initial.on(&bound).vars();
    let run = study.model.unroll(&bound).initial(initial).run(tape.constant(&study.x), BATCH);
    let labels = &study.labels[(steps - 1) * BATCH..];
    let loss = study.model.read(&bound, run.last[0]).softmax_cross_entropy(labels);
    let mut sweep = Gradients::new();
    tape.backward_into(loss, &mut sweep);
    let mut plain = ParamGrads::zeros(&study.params);
    plain.read(&bound, &sweep);

    let sequence = Recorded::new(BATCH, 0..steps, |block| {
        let (start, len) = (block.steps.start * BATCH, block.steps.len() * BATCH);
        let x = block.tape.constant(&study.x.columns(start, len).into_owned());
        let first = study.initial.on(block.bound).vars();
        let states = if block.states.is_empty() { first } else { block.states };
        let run = study.model.unroll(block.bound).initial(states).run(x, BATCH);
        let last = block.steps.end == steps;
        let loss = last.then(|| study.model.read(block.bound, run.last[0]).softmax_cross_entropy(labels));
        BlockEnd::new(run.last, loss)
    });
    let schedules = [Schedule::Whole, Schedule::Sqrt, Schedule::Budget(study.least() + 5000)];
    let checkpointed = schedules.map(|schedule| Box::new(Checkpointed::new(schedule)) as Box<dyn Engine<f32>>);
    for mut engine in checkpointed.into_iter().chain([Box::new(Whole::default()) as Box<dyn Engine<f32>>]) {
        let swept = engine.sweep(&study.params, &sequence, &[]).expect("enough");
        assert_eq!(swept.loss.to_bits(), loss.item().to_bits(), "{engine:?}");
        assert_eq!(grad_bits(engine.gradients()), grad_bits(&plain), "{engine:?}");
    }
}

#[test]
fn memory_grows_with_the_root_of_the_length_or_stays_within_the_budget() {
    let peak = |steps, schedule| {
        let engine = Study::<f32>::new("lstm", steps).sweep(schedule).expect("enough").0;
        let computed = engine.computed_steps();
        assert!(computed <= 2 * steps || schedule != Schedule::Sqrt, "{computed} steps computed for {steps}");
        engine.peak_bytes() as f64
    };
    let growth = |schedule| peak(8192, schedule) / peak(1024, schedule);
    assert!(growth(Schedule::Whole) > 6.0, "{}", growth(Schedule::Whole));
    assert!(growth(Schedule::Sqrt) < 4.0, "{}", growth(Schedule::Sqrt));
    assert!(peak(8192, Schedule::Budget(300_000)) <= 300_000.0);
}

#[test]
fn a_larger_budget_computes_less_again() {
    let study = Study::<f32>::new("lstm", 2000);
    let least = study.least();
    let computed = |budget| study.sweep(Schedule::Budget(budget)).expect("enough").0.computed_steps();
    let counts: Vec<_> = [least, least + 1000, 2 * least, 200 * least].map(computed).into();
    assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
    assert!(counts[0] > 3900 && counts[3] == 2000, "{counts:?}");
}

#[test]
fn what_fits_a_budget_does_not_depend_on_what_was_swept_before() {
    let (study, longer) = (Study::<f32>::new("lstm", 500), Study::<f32>::new("lstm", 2000));
    for budget in [longer.least(), longer.least() + 2_000, 4 * longer.least()] {
        let (mut engine, _) = study.sweep(Schedule::Budget(budget)).expect("enough");
        let fresh = (engine.computed_steps(), engine.peak_bytes());
        for before in [&study, &longer, &study] {
            before.sweep_by(&mut engine).expect("enough");
            study.sweep_by(&mut engine).expect("enough");
            assert_eq!((engine.computed_steps(), engine.peak_bytes()), fresh, "a budget of {budget} bytes");
        }
    }
}

#[test]
fn a_frozen_parameter_gets_none_and_changes_nothing_else() {
    let mut study = Study::<f64>::new("lstm", 40);
    let (mut free, _) = study.sweep(Schedule::Sqrt).expect("no budget");
    study.params.freeze("layers.0.fwd.w_h");
    let (mut frozen, _) = study.sweep(Schedule::Sqrt).expect("no budget");
    let both = free.gradients().iter().zip(frozen.gradients().iter());
    for (param, (free, frozen)) in study.params.iter().zip(both) {
        let expected = if param.frozen { free * 0.0 } else { free.clone() };
        assert!((frozen - expected).amax() < 1e-12, "{}", param.name);
    }
}

#[test]
fn a_budget_that_is_too_small_says_what_is_needed() {
    let told = Study::<f32>::new("lstm", 40).sweep(Schedule::Budget(1000)).expect_err("too small").to_string();
    assert!(
        told.starts_with("a memory budget of 1000 bytes does not hold one block of steps; give at least "),
        "{told}"
    );
}

#[test]
#[should_panic(expected = "block: the loss of steps 0..4 is (3, 8), not 1 × 1")]
fn a_loss_that_is_no_number_is_refused() {
    let mut params = Params::<f64>::new();
    let cell = params.place("net", cells::Rnn::new(Dims { input: 1, hidden: 3, horizon: 2 }), 1);
    let x = DMatrix::zeros(1, 8);
    let sequence = Recorded::new(2, 0..4, |block| {
        let run = cell.unroll(block.bound).run(block.tape.constant(&x), 2);
        BlockEnd::new(run.last, Some(run.outputs))
    });
    let _ = Whole::default().sweep(&params, &sequence, &[]);
}

/// Of a recording of many slabs most of the budget is used, so a budget near the whole leaves little to compute again.
#[test]
fn a_budget_near_the_whole_computes_little_again_and_says_how_much() {
    const LONG: usize = 3000;
    let (batch, cell) = (8, Registry::builtin().build("lstm", Dims { input: 1, hidden: 64, horizon: 100 }));
    let (model, params) = SequenceModel::new::<f32>(cell.expect("built in"), 1, 1);
    let x = DMatrix::from_fn(1, LONG * batch, |_, j| (0.1 * j as f32).sin());
    let sequence = Recorded::new(batch, 0..LONG, |block| {
        let run = model.unroll(block.bound).over(&block).run(block.columns(&x, batch), block.batch());
        BlockEnd::new(run.last, block.loss_wanted.then(|| model.read(block.bound, run.outputs).square().sum()))
    });
    let sweep = |schedule| {
        let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let tell = std::sync::Arc::clone(&told);
        let mut engine = Checkpointed::new(schedule)
            .telling(move |computed, steps| tell.lock().expect("free").push((computed, steps)));
        engine.sweep(&params, &sequence, &[]).expect("enough");
        let told = told.lock().expect("free").clone();
        (engine.peak_bytes(), engine.computed_steps(), told, grad_bits(engine.gradients()))
    };
    let (whole, computed, told, gradients) = sweep(Schedule::Whole);
    assert_eq!((computed, told), (LONG, vec![(LONG, LONG)]));
    for percent in [99, 80, 60, 40, 20] {
        let budget = whole * percent / 100;
        let (peak, computed, told, same) = sweep(Schedule::Budget(budget));
        assert!(peak <= budget, "{peak} bytes held of {budget}");
        assert!(computed <= LONG * (210 - percent) / 100, "{percent} %: {computed} steps computed");
        assert!(told.len() == 1 && (computed..computed + 16).contains(&told[0].0), "{told:?} for {computed}");
        assert_eq!(same, gradients, "{percent} %");
    }
}
