//! A training that diverges, by any engine: it says where the divergence began.

use models::stacks::SequenceModel;
use models::{BlockEnd, Dims, Engine, Recorded, Registry, Sequence, Whole};
use nalgebra::DMatrix;
use runs::testing::engines;
use runs::train::*;

/// One cell over 40 steps of 4 examples, the input of example 2 at step 25 being no number.
struct Spoilt(SequenceModel);

impl Objective<f32> for Spoilt {
    fn sequence(&self, _: u64) -> Box<dyn Sequence<f32> + '_> {
        let spoilt = |j: usize| if j == 25 * 4 + 2 { f32::NAN } else { 0.1 };
        let x = DMatrix::from_fn(1, 40 * 4, |_, j| spoilt(j));
        Box::new(Recorded::new(4, 0..40, move |block| {
            let run = self.0.unroll(block.bound).over(&block).run(block.columns(&x, 4).named("x"), block.batch());
            let z = self.0.read(block.bound, run.outputs);
            BlockEnd::new(run.last, block.loss_wanted.then(|| z.square().mean()))
        }))
    }
}

#[test]
fn every_engine_finds_where_a_divergence_began() {
    let cell = Registry::builtin().build("lstm", Dims { input: 1, hidden: 3, horizon: 40 }).expect("built in");
    let (model, params) = SequenceModel::new::<f32>(cell, 1, 1);
    let objective = Spoilt(model);
    for (name, engine) in engines() {
        let mut engine = engine.build::<f32>();
        let ended = train(&objective, &mut params.clone(), &Training::new(3, 0.1), &mut *engine, &mut Forgetful);
        let text = ended.expect_err("it is not finite").to_string();
        let start = "diverged at update 1: the loss is NaN; it began here: constant `x` holds NaN";
        assert!(text.starts_with(start), "{name}: {text}");
        // The engine is as it was: on tapes that are not traced.
        let swept = engine.sweep(&params, &*objective.sequence(1), &[]).expect("it can");
        assert!(swept.loss.is_nan(), "{name}");
    }
    let whole = Whole::default().sweep(&params, &*objective.sequence(1), &[]).expect("it can");
    assert!(whole.loss.is_nan());
}
