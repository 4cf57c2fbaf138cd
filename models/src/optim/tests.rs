//! What every optimizer passes, and the path on which each is held against its equation.

use autograd::Tape;
use autograd::testing::proptest::prelude::*;

use super::*;
use crate::{Specs, init};

/// One of each rule, with its options in use.
fn every_optimizer() -> Vec<Box<dyn Optimizer<f64>>> {
    vec![
        Box::new(Sgd::new(0.1, 0.0)),
        Box::new(Sgd::new(0.1, 0.9).nesterov().weight_decay(0.01)),
        Box::new(RmsProp::new(0.1)),
        Box::new(RmsPropGraves::new(0.1)),
        Box::new(AdaGrad::new(0.1)),
        Box::new(Adam::new(0.1)),
        Box::new(AdamW::new(0.1, 0.01)),
    ]
}

fn bowl() -> Params<f64> {
    let mut specs = Specs::default();
    specs.add("p", (1, 1), init::constant(1.0));
    specs.add("frozen", (1, 1), init::constant(1.0));
    let mut params = Params::<f64>::new();
    params.place("net", specs.clone(), 0);
    params.freeze("net.frozen");
    params
}

/// One update on p²/2.
fn descend_once(optimizer: &mut dyn Optimizer<f64>, params: &mut Params<f64>) -> f64 {
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let [p, frozen] = *bound.all().vars() else { unreachable!() };
    let loss = (p * p + frozen * frozen).scale(0.5);
    let mut grads = ParamGrads::zeros(params);
    grads.read(&bound, &tape.backward(loss));
    optimizer.step(params, &grads);
    assert_eq!(params.get("net.frozen").map(|p| p.value[0].to_bits()), Some(1f64.to_bits()), "a frozen one moved");
    params.get("net.p").expect("p").value[0]
}

/// The values of p as `optimizer` minimises p²/2 from p = 1, with a frozen parameter beside it that must not move.
pub(super) fn descend(optimizer: &mut dyn Optimizer<f64>, updates: usize) -> Vec<f64> {
    let mut params = bowl();
    (0..updates).map(|_| descend_once(optimizer, &mut params)).collect()
}

/// Holds eight updates of `optimizer` on p²/2 against `oracle`, the equations for one number: it is given t, p and the
/// gradient, and gives the new p.
#[track_caller]
pub(super) fn follows(optimizer: &mut dyn Optimizer<f64>, mut oracle: impl FnMut(i32, f64, f64) -> f64) {
    let mut p = 1.0;
    for (t, found) in (1..).zip(descend(optimizer, 8)) {
        p = oracle(t, p, p);
        assert!((found - p).abs() < 1e-14, "update {t}: {found}, not {p}");
    }
}

#[test]
fn a_training_that_is_interrupted_goes_on_with_the_same_bits() {
    for (mut whole, (mut first, mut second)) in
        every_optimizer().into_iter().zip(every_optimizer().into_iter().zip(every_optimizer()))
    {
        let rule = format!("{whole:?}");
        let expected = descend(&mut *whole, 9);
        let mut params = bowl();
        for _ in 0..4 {
            descend_once(&mut *first, &mut params);
        }
        // Through a file, as a resumed run has it.
        let state = first.state(&params);
        let mut read = second.state(&params);
        read.matrices.load_safetensors(&state.matrices.to_safetensors()).expect("the same names");
        read.updates = state.updates;
        second.restore(&params, &read).expect("of the same rule");
        for (t, expected) in expected.iter().enumerate().skip(4) {
            let found = descend_once(&mut *second, &mut params);
            assert_eq!(found.to_bits(), expected.to_bits(), "{rule}: update {t}");
        }
    }
}

#[test]
fn a_state_that_is_not_restored_shows_in_the_bits() {
    for (mut whole, mut first) in every_optimizer().into_iter().zip(every_optimizer()).skip(1) {
        let (expected, mut params) = (descend(&mut *whole, 5), bowl());
        for _ in 0..4 {
            descend_once(&mut *first, &mut params);
        }
        let mut forgetful = every_optimizer().remove(0);
        assert_ne!(descend_once(&mut *forgetful, &mut params).to_bits(), expected[4].to_bits(), "{whole:?}");
    }
}

#[test]
fn every_rule_goes_downhill_and_heeds_its_learning_rate() {
    for (mut optimizer, mut still) in every_optimizer().into_iter().zip(every_optimizer()) {
        let path = descend(&mut *optimizer, 60);
        assert!(path[59].abs() < 0.5, "{optimizer:?}: {}", path[59]);
        assert!((still.lr() - 0.1).abs() < 1e-15);
        still.set_lr(0.0);
        assert_eq!(descend(&mut *still, 1)[0].to_bits(), 1f64.to_bits(), "{still:?}");
    }
}

#[test]
fn all_entries_of_a_matrix_move_by_the_rule_for_one() {
    autograd::testing::check(autograd::testing::matrix(3, 2), |g| {
        let mut specs = Specs::default();
        specs.add("w", (3, 2), init::zeros());
        for k in 0..every_optimizer().len() {
            let mut params = Params::<f64>::new();
            params.place("net", specs.clone(), 0);
            let grads = ParamGrads::from_matrices(vec![g.clone()]);
            let mut optimizer = every_optimizer().remove(k);
            (0..3).for_each(|_| optimizer.step(&mut params, &grads));
            for i in 0..6 {
                let mut specs = Specs::default();
                specs.add("w", (1, 1), init::zeros());
                let mut one = Params::<f64>::new();
                one.place("net", specs.clone(), 0);
                let grads = ParamGrads::from_matrices(vec![nalgebra::dmatrix![g[i]]]);
                let mut optimizer = every_optimizer().remove(k);
                (0..3).for_each(|_| optimizer.step(&mut one, &grads));
                let (all, one) = (&params.get("net.w").expect("w").value, &one.get("net.w").expect("w").value);
                prop_assert!(all[i].to_bits() == one[0].to_bits(), "{optimizer:?}: entry {i}");
            }
        }
        Ok(())
    });
}
