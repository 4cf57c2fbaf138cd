//! The step written by hand is the tape's: loss, gradients, and updates.

use benches::floor::LstmFloor;
use benches::{Sizes, TrainingStep};

/// Lengths below, at and above whole gatherings; gradients that are clipped and others that are not.
const CASES: [Sizes; 4] = [
    Sizes { batch: 3, steps: 1, hidden: 5, input: 2 },
    Sizes { batch: 1, steps: 16, hidden: 1, input: 1 },
    Sizes { batch: 8, steps: 37, hidden: 16, input: 3 },
    Sizes { batch: 4, steps: 64, hidden: 9, input: 7 },
];

fn both(sizes: Sizes) -> (TrainingStep<f64>, LstmFloor<f64>) {
    let step = TrainingStep::new("lstm", sizes);
    let (params, x, target) = step.case();
    let floor = LstmFloor::new(params, x, target);
    (step, floor)
}

#[test]
fn loss_and_gradients_are_the_tapes() {
    for sizes in CASES {
        let (mut step, mut floor) = both(sizes);
        for _ in 0..2 {
            let (loss, own) = (step.gradients(), floor.gradients());
            assert!((loss - own).abs() <= 1e-12 * loss, "{sizes:?}: loss {own}, not {loss}");
        }
        let found = step.found().clone();
        for (param, grad) in step.case().0.iter().zip(found.iter()) {
            let own = floor.gradient(&param.name);
            assert_eq!(own.len(), grad.len());
            let error = own.iter().zip(grad).map(|(own, g)| (own - g).abs()).fold(0.0, f64::max);
            let some = grad.amax() > 0.0 || sizes.steps == 1; // h_0 = 0
            assert!(error <= 1e-12 && some, "{sizes:?}: {} is off by {error:e}", param.name);
        }
    }
}

#[test]
fn updates_follow_the_tapes() {
    for sizes in CASES {
        let (mut step, mut floor) = both(sizes);
        for update in 0..20 {
            let (loss, own) = (step.run(), floor.run());
            assert!((loss - own).abs() <= 1e-10, "{sizes:?}, update {update}: loss {own}, not {loss}");
        }
    }
}

#[test]
fn single_precision_follows_double() {
    let sizes = CASES[2];
    let (mut wide, _) = both(sizes);
    let narrow = TrainingStep::<f32>::new("lstm", sizes);
    let (params, x, target) = narrow.case();
    let mut floor = LstmFloor::new(params, x, target);
    for _ in 0..20 {
        assert!((wide.run() - floor.run()).abs() < 1e-4);
    }
}
