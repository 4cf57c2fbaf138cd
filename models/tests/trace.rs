//! What `Unroll` tells a traced tape: layer, time step, gates and state parts; and that a cell's fault is found by it.

use autograd::{Found, Gradients, Scalar, Tape, Var};
use models::cells::Lstm;
use models::stacks::SequenceModel;
use models::{About, Cell, Describe, Dims, Handle, Params, Step, init};
use nalgebra::DMatrix;

/// h_t = tanh(w ∘ ln(x_t) + h_{t−1}) with a gate `f` that has a mistake: ln of what may be negative.
#[derive(Debug)]
struct Faulty {
    about: About,
    w: Handle,
}

impl Faulty {
    fn new() -> Self {
        let mut about = About::new("faulty", 2);
        about.state("h", 2);
        let w = about.param("w", (2, 2), init::constant(0.5));
        Self { about, w }
    }
}

impl Describe for Faulty {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: Scalar> Cell<T> for Faulty {
    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let log = s.x.ln(); // the fault
        let f = s.gate("f", s[self.w].matmul(log).sigmoid());
        let h = self.about.output();
        s.give(h, (f + s[h]).tanh());
    }
}

fn inputs(bad_step: usize) -> DMatrix<f64> {
    let mut x = DMatrix::from_fn(2, 20 * 3, |i, j| 1.0 + ((i + j) % 5) as f64);
    x[(1, 3 * bad_step + 2)] = -1.0;
    x
}

/// The line of the fault in this file.
fn fault() -> Option<u32> {
    let line = include_str!("trace.rs").lines().position(|line| line.ends_with("// the fault"));
    line.map(|before| before as u32 + 1)
}

#[test]
fn a_nan_made_in_a_users_cell_is_laid_to_its_line_step_layer_and_gate() {
    let mut params = Params::<f64>::new();
    let cell = params.place("layers.1.rev", Faulty::new(), 1);
    let tape = Tape::traced();
    let bound = params.bind(&tape);
    let x = tape.constant(&inputs(7)).named("x");
    let run = cell.unroll(&bound).run(x, 3);
    run.last[0].sum();
    let anomaly = tape.anomaly().expect("ln(−1)");
    let origin = anomaly.origin.as_ref().expect("traced");
    assert_eq!((anomaly.found, anomaly.op, anomaly.entry), (Found::Value, "ln", (1, 2)));
    assert_eq!((origin.layer.as_deref(), origin.step), (Some("layers.1.rev"), Some(7)));
    assert_eq!((origin.place.file(), Some(origin.place.line())), (file!(), fault()));
    assert_eq!(anomaly.toward.as_deref(), Some("f"));
    let text = anomaly.to_string();
    assert!(text.contains(", layers.1.rev, time step 7, on the way to `f`): output 2 × 3 in "), "{text}");
    assert!(text.contains("input `x` 2 × 3 in −1.00 … "), "{text}");
}

#[test]
fn every_gate_state_parameter_and_readout_has_its_origin() {
    let dims = Dims { input: 2, hidden: 3, horizon: 5 };
    let (model, params) = SequenceModel::new::<f64>(Box::new(Lstm::new(dims)), 4, 1);
    let tape = Tape::traced();
    let bound = params.bind(&tape);
    let run = model.unroll(&bound).record().run(tape.constant(&DMatrix::from_element(2, 5, 0.1)), 1);
    let origin = |v: Var<'_, f64>| {
        let origin = v.origin().expect("traced");
        (origin.layer.unwrap_or_default(), origin.step, origin.name.unwrap_or_default())
    };
    // The gates of a step stand in the graph where they belong: in their layer and step, by name.
    let dot = tape.to_dot(&Gradients::new());
    let layer = dot.split("label=\"layers.0.fwd\"").nth(1).expect("the layer");
    let steps: Vec<_> = layer.split("label=\"time step ").skip(1).collect();
    assert_eq!((steps.len(), run.gates.len()), (5, 4));
    for (step, t) in steps.iter().zip(["₀", "₁", "₂", "₃", "₄"]) {
        let count = |name: &str| step.matches(&format!("<b>{name}{t}</b> = ")).count();
        assert!(run.gates.iter().all(|(name, _)| count(name) == 1), "step {t}");
    }
    assert_eq!(origin(run.last[1]), ("layers.0.fwd".into(), Some(4), "c".into()));
    assert_eq!(origin(bound.all().vars()[1]), ("layers.0.fwd".into(), None, "layers.0.fwd.w_h".into()));
    let (logits, line) = (model.read(&bound, run.last[0]), line!());
    assert_eq!(origin(logits), ("readout".into(), None, String::new()));
    assert_eq!(logits.origin().map(|origin| (origin.place.file(), origin.place.line())), Some((file!(), line)));
    assert_eq!(origin(logits.sum()), (String::new(), None, String::new()));
}

#[test]
fn the_graph_of_an_unrolled_cell_has_a_cluster_for_each_step() {
    let mut params = Params::<f64>::new();
    let cell = params.place("net", Lstm::new(Dims { input: 2, hidden: 3, horizon: 5 }), 1);
    let tape = Tape::traced();
    let bound = params.bind(&tape);
    let run = cell.unroll(&bound).run(tape.constant(&DMatrix::from_element(2, 4 * 2, 0.1)), 2);
    run.outputs.sum();
    let dot = tape.to_dot(&Gradients::new());
    assert_eq!(dot.matches("label=\"time step ").count(), 4);
    for name in ["i", "f", "g", "o", "c", "h"] {
        for t in ["₀", "₁", "₂", "₃"] {
            assert_eq!(dot.matches(&format!("<b>{name}{t}</b> = ")).count(), 1, "{name}{t}");
        }
    }
    for name in ["net.w_x", "net.w_h", "net.b", "h", "c"] {
        assert_eq!(dot.matches(&format!("<b>{name}</b> = ")).count(), 1, "{name}, of no step");
    }
}
