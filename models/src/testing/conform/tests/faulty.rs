//! Cells that break one promise each, and the checks that must notice.

use std::sync::atomic::{AtomicUsize, Ordering};

use autograd::{Scalar, Var};

use super::super::checks;
use crate::{About, AnyCell, Cell, Describe, Dims, Handle, Step, Weights, init};

/// h_t = tanh(W_x x_t + W_h h_{t−1} + b), done wrong in one way.
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
    CountsItsSteps,
    HasAWeightOfItsOwn,
    LooksBetterWhenSeen,
    BlowsUpAtZero,
    Overflows,
    NeedsTwoUnits,
    StartsAtInfinity,
}

static CELLS: AtomicUsize = AtomicUsize::new(0);

impl Faulty {
    fn boxed(Dims { input, hidden, .. }: Dims, fault: Fault) -> Box<dyn AnyCell> {
        let mut about = About::new("faulty", input);
        about.state("h", hidden);
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
            Fault::CountsOnTheTape => a = a.shift(x.tape().len() as f64 * 1e-3),
            Fault::CountsItsSteps => a = a.shift(steps * 1e-3),
            Fault::HasAWeightOfItsOwn => a = a.scale(1.0 + self.own * 1e-3),
            Fault::LooksBetterWhenSeen if seen => a = a.scale(1.0 + 1e-9),
            // Of an input of zeros: b is 0.1. In a product 0 · ∞ is NaN, also where no gradient arrives.
            Fault::BlowsUpAtZero => {
                a = a + s[self.w_h].matmul(x.add_bias(s[self.b].scale(-1.0)).pow(-1.0).scale(1e-3));
            }
            Fault::NeedsTwoUnits => {
                a = a + x.tape().concat_rows(&[a.slice_rows(1..2), a.slice_rows(0..a.shape().0 - 1)])
            }
            Fault::Overflows => a = a + x.exp() * x.scale(-1.0).exp(),
            _ => {}
        }
        s.give(h, (x + a).tanh());
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

fn holds(check: &str, fault: Fault) -> bool {
    let check = checks().iter().find(|known| known.name == check).expect("a check");
    std::panic::catch_unwind(|| check.run(|dims| Faulty::boxed(dims, fault))).is_ok()
}

#[test]
fn every_check_catches_a_cell_that_breaks_its_promise() {
    let caught = [
        ("drawn", Fault::StartsAtInfinity),
        ("smallest", Fault::NeedsTwoUnits),
        ("certificate", Fault::CutsTheGradient),
        ("looking", Fault::LooksBetterWhenSeen),
        ("projection", Fault::MixesColumnsInProject),
        ("columns", Fault::MixesColumnsInStep),
        ("permutation", Fault::MixesColumnsInStep),
        ("padding", Fault::MixesColumnsInStep),
        ("padding", Fault::BlowsUpAtZero),
        ("direction", Fault::CountsItsSteps),
        ("split", Fault::CountsOnTheTape),
        ("stream", Fault::CountsOnTheTape),
        ("truncation", Fault::CountsItsSteps),
        ("checkpointing", Fault::CountsItsSteps),
        ("files", Fault::HasAWeightOfItsOwn),
        ("saturation", Fault::Overflows),
    ];
    for check in checks() {
        assert!(holds(check.name, Fault::None), "{}: a sound cell is refused", check.name);
        assert!(caught.iter().any(|(name, _)| *name == check.name), "{}: no fault shows that it checks", check.name);
    }
    for (check, fault) in caught {
        assert!(!holds(check, fault), "{check} lets {fault:?} pass");
    }
}
