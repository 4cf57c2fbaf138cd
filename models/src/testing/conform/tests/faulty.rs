//! Cells that break one promise each, and the checks that must notice.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use autograd::{Scalar, Var};

use super::super::{checks, conform};
use crate::{About, AnyCell, Cell, Describe, Dims, Handle, Part, Step, Weights, init};

/// h_t = tanh(W_x x_t + W_h h_{t−1} + b), which it calls its gate `g`, done wrong in one way.
#[derive(Debug)]
struct Faulty {
    about: About,
    w_x: Handle,
    w_h: Handle,
    b: Handle,
    fault: Fault,
    /// Another number in every cell.
    own: f64,
    steps: AtomicUsize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    CutsTheGradient,
    MixesColumnsInStep,
    MixesColumnsInProject,
    CountsOnTheTape,
    CountsOnTheTapeAboveItsLike,
    CountsItsSteps,
    CountsTime,
    HasAWeightOfItsOwn,
    LooksBetterWhenSeen,
    BlowsUpAtZero,
    Overflows,
    NeedsTwoUnits,
    StartsAtInfinity,
    HasAnOutputTooFar,
    HasAStateOfNoRows,
    HasAParameterTooMany,
    GoesOnWithItsOwnGate,
    GoesOnWithItsOwnGateInPart,
    HasAGateForShow,
    NamesAGateTwice,
    NamesAGateAtTimes,
    NamesAGateOfManySizes,
    GivesOneColumn,
    RootsNothing,
    OverflowsUnseen,
}

static CELLS: AtomicUsize = AtomicUsize::new(0);

impl Faulty {
    fn boxed(Dims { input, hidden, .. }: Dims, fault: Fault) -> Box<dyn AnyCell> {
        let mut about = About::new("faulty", input);
        about.state("h", hidden);
        match fault {
            Fault::HasAnOutputTooFar => about.output = 1,
            Fault::HasAStateOfNoRows => _ = about.state("c", 0),
            Fault::HasAParameterTooMany => _ = about.param("w_o", (hidden, hidden), init::by_width(hidden)),
            _ => {}
        }
        let w_x = about.param("w_x", (hidden, input), init::by_width(hidden));
        let w_h = about.param("w_h", (hidden, hidden), init::by_width(hidden));
        let start = if fault == Fault::StartsAtInfinity { f64::INFINITY } else { 0.1 };
        let b = about.param("b", (hidden, 1), init::constant(start));
        let own = CELLS.fetch_add(1, Ordering::Relaxed) as f64;
        Box::new(Self { about, w_x, w_h, b, fault, own, steps: AtomicUsize::new(0) })
    }
}

impl Faulty {
    fn any<T: Scalar>(&self, s: &mut Step<'_, '_, T>, seen: bool) {
        let (x, h) = (s.x, self.about.output());
        let mut a = s[self.w_h].matmul(s[h]);
        let steps = self.steps.fetch_add(1, Ordering::Relaxed) as f64;
        match self.fault {
            Fault::CutsTheGradient => a = a.detach(),
            Fault::MixesColumnsInStep => a = a.add_bias(a.columns(0, 1)),
            Fault::CountsOnTheTapeAboveItsLike
                if (2..).contains(&self.about.input) && a.shape().0 == self.about.input =>
            {
                a = a.shift(x.tape().len() as f64 * 1e-3)
            }
            Fault::CountsOnTheTape => a = a.shift(x.tape().len() as f64 * 1e-3),
            Fault::CountsTime => a = a.shift(s.t as f64 * 1e-3),
            Fault::CountsItsSteps => a = a.shift(steps * 1e-3),
            Fault::HasAWeightOfItsOwn => a = a.scale(1.0 + self.own * 1e-3),
            Fault::LooksBetterWhenSeen if seen => a = a.scale(1.0 + 1e-9),
            // Of an input of zeros: b is 0.1. In a product 0 · ∞ is NaN, also where no gradient arrives.
            Fault::BlowsUpAtZero => {
                let inverse = x.add_bias(s[self.b].scale(-1.0)).pow(-1.0);
                a = a + s[self.w_h].matmul(inverse.scale(1e-3));
            }
            Fault::NeedsTwoUnits => {
                a = a + x.tape().concat_rows(&[a.slice_rows(1..2), a.slice_rows(0..a.shape().0 - 1)])
            }
            Fault::OverflowsUnseen if !seen => a = a + x.exp() * x.scale(-1.0).exp(),
            Fault::RootsNothing => a = a + (x - x.copied()).sqrt(),
            Fault::Overflows => a = a + x.exp() * x.scale(-1.0).exp(),
            _ => {}
        }
        let own = (x + a).tanh();
        let g = match self.fault {
            Fault::GoesOnWithItsOwnGate => {
                let _ = s.gate("g", own);
                own
            }
            Fault::GoesOnWithItsOwnGateInPart => s.gate("g", own).scale(0.5) + own.scale(0.5),
            Fault::HasAGateForShow => {
                let _ = s.gate("for_show", x.scale(2.0));
                s.gate("g", own)
            }
            Fault::NamesAGateTwice => {
                let g = s.gate("g", own);
                s.gate("g", g)
            }
            Fault::NamesAGateOfManySizes => {
                let _ = s.gate("many", own.slice_rows(0..1 + s.t % 2));
                s.gate("g", own)
            }
            Fault::NamesAGateAtTimes if s.t % 2 == 1 => own,
            _ => s.gate("g", own),
        };
        match self.fault {
            Fault::GivesOneColumn => s.give(h, g.columns(0, 1)),
            Fault::HasAStateOfNoRows => {
                s.give(Part(1), g.slice_rows(0..0));
                s.give(h, g)
            }
            _ => s.give(h, g),
        };
    }
}

impl Describe for Faulty {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Faulty {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        let (a, columns) = (p[self.w_x].affine(x, p[self.b]), x.shape().1);
        if self.fault == Fault::MixesColumnsInProject && columns > 1 {
            a.add_bias(a.columns(columns - 1, 1))
        } else {
            a
        }
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        self.any(s, true);
    }

    fn fused<'t>(&self, s: &mut Step<'_, 't, T>) {
        self.any(s, false);
    }
}

/// What the check says of the cell; nothing if its promise holds.
fn said(check: &str, fault: Fault) -> String {
    let check = checks().iter().find(|known| known.name == check).expect("a check");
    let caught = catch_unwind(|| check.run(|dims| Faulty::boxed(dims, fault)));
    caught.err().map_or(String::new(), |said| *said.downcast::<String>().expect("a sentence"))
}

/// Each fault, and a sentence of what is said.
const CAUGHT: [(&str, Fault, &str); 30] = [
    ("declared", Fault::HasAnOutputTooFar, "faulty: `output` is 1, but there are 1 state parts, counted from 0"),
    ("declared", Fault::HasAStateOfNoRows, "faulty: the state `c` has no rows"),
    ("drawn", Fault::StartsAtInfinity, "faulty.b: not finite when drawn"),
    ("smallest", Fault::NeedsTwoUnits, "slice_rows"),
    ("smallest", Fault::GivesOneColumn, "faulty: a step gave the state `h` with 1 columns for 2 examples"),
    ("certificate", Fault::CutsTheGradient, "faulty: dot test"),
    ("certificate", Fault::RootsNothing, "NaN"),
    ("jacobians", Fault::CountsItsSteps, "faulty: forward, the gradient is off the product of Jacobians by"),
    (
        "jacobians",
        Fault::CountsOnTheTapeAboveItsLike,
        "faulty: of two layers, the gradient is off the product of Jacobians by",
    ),
    ("parameters", Fault::HasAParameterTooMany, "faulty: the parameter `w_o` is not used"),
    ("gates", Fault::GoesOnWithItsOwnGate, "faulty: where the gate `g` is held, the cell goes on with its own value"),
    ("gates", Fault::GoesOnWithItsOwnGateInPart, "faulty: where the gate `g` is held, the cell goes on with its own"),
    ("gates", Fault::HasAGateForShow, "faulty: holding the gate `for_show` changes nothing"),
    ("gates", Fault::NamesAGateTwice, "faulty: a step named the gate `g` twice; give each a name of its own"),
    ("gates", Fault::NamesAGateAtTimes, "faulty: names the gate `g` in 2 of 3 steps; name it in every one"),
    ("gates", Fault::NamesAGateOfManySizes, "faulty: a step named the gate `many`, (2, 2); before, it was (1, 2)"),
    ("initial", Fault::CountsOnTheTape, "faulty: without an initial state, values are not those of zeros given"),
    ("looking", Fault::LooksBetterWhenSeen, "faulty: a recorded run differs from one that nobody looks into"),
    ("projection", Fault::MixesColumnsInProject, "faulty: `project` of column 0 alone differs from that of all"),
    ("columns", Fault::MixesColumnsInStep, "of a batch differs from the column alone"),
    ("permutation", Fault::MixesColumnsInStep, "faulty: permuted examples differ"),
    ("padding", Fault::MixesColumnsInStep, "differs from it alone"),
    ("padding", Fault::BlowsUpAtZero, "NaN, not "),
    ("direction", Fault::CountsTime, "faulty: a run in reverse differs from one over the reversed input"),
    ("split", Fault::CountsOnTheTape, "steps and then the rest differ from"),
    ("stream", Fault::CountsOnTheTape, "faulty: step 1 of a stream differs from that of the whole"),
    ("truncation", Fault::CountsItsSteps, "faulty: truncated at 21 ≥ T, the loss differs"),
    ("checkpointing", Fault::CountsItsSteps, "faulty: in segments, the gradients differ"),
    ("files", Fault::HasAWeightOfItsOwn, "faulty: in f64, loaded is not saved"),
    ("saturation", Fault::Overflows, "faulty: inputs of ±1e3 in f32: a value is not finite: exp gave ∞ at row"),
];

#[test]
fn every_check_catches_a_cell_that_breaks_its_promise_and_says_which() {
    for check in checks() {
        assert_eq!(said(check.name, Fault::None), "", "{}: a sound cell is refused", check.name);
        assert!(CAUGHT.iter().any(|(name, ..)| *name == check.name), "{}: no fault shows that it checks", check.name);
    }
    for (check, fault, sentence) in CAUGHT {
        let said = said(check, fault);
        assert!(said.contains(sentence), "{check} says of {fault:?}: {said}");
    }
}

#[test]
fn what_is_not_finite_is_laid_to_an_op_a_line_and_a_step() {
    let value = said("saturation", Fault::Overflows);
    assert!(
        value.contains("conform/tests/faulty.rs:") && value.contains(", time step 0, on the way to `h`)"),
        "{value}"
    );
    let gradient = said("saturation", Fault::RootsNothing);
    assert!(
        gradient.contains("in f32: a gradient is not finite: backward of sqrt gave its input the gradient"),
        "{gradient}"
    );
    assert!(gradient.contains("faulty.rs:") && gradient.contains(", time step 3, on the way to `h`)"), "{gradient}");
    let unseen = said("saturation", Fault::OverflowsUnseen);
    assert!(unseen.contains("in f32: a value is not finite, where nobody sees its gates"), "{unseen}");
}

#[test]
fn a_failure_stands_at_the_line_of_the_users_test() {
    let place = Arc::new(Mutex::new(None));
    let (seen, thread, others) = (place.clone(), std::thread::current().id(), Arc::new(take_hook()));
    let before = others.clone();
    set_hook(Box::new(move |info| match info.location().filter(|_| std::thread::current().id() == thread) {
        Some(at) => *seen.lock().expect("the hook") = Some((at.file().to_owned(), at.line())),
        None => others(info),
    }));
    let faults = [Fault::HasAnOutputTooFar, Fault::StartsAtInfinity, Fault::CutsTheGradient, Fault::HasAGateForShow];
    let of = |fault| {
        let (refused, line) = (catch_unwind(AssertUnwindSafe(|| conform(|dims| Faulty::boxed(dims, fault)))), line!());
        (refused.is_err(), place.lock().expect("the hook").take(), Some((file!().to_owned(), line)))
    };
    let found = faults.map(of);
    set_hook(Box::new(move |info| before(info)));
    for ((refused, found, expected), fault) in found.iter().zip(faults) {
        assert!(*refused && found == expected, "{fault:?} is laid to {found:?}, not {expected:?}");
    }
}
