//! A place fits its model however that came about, and no other model.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use autograd::Tape;
use models::cells::Gru;
use models::layers::{Embedding, Linear};
use models::{BlockEnd, CellScalar, Dims, Engine, Params, Placed, Recorded, Sharded, Whole};
use nalgebra::DMatrix;

struct Model {
    words: Placed<Embedding>,
    cell: Placed<Gru>,
    readout: Placed<Linear>,
    params: Params<f64>,
}

fn model(vocabulary: usize) -> Model {
    let mut params = Params::new();
    Model {
        words: params.place("words", Embedding::new(vocabulary, 2), 1),
        cell: params.place("cell", Gru::new(Dims { input: 2, hidden: 3, horizon: 10 }), 1),
        readout: params.place("readout", Linear::new(3, 2), 1),
        params,
    }
}

impl Model {
    fn logits<T: CellScalar>(&self, params: &Params<T>) -> DMatrix<T> {
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let run = self.cell.unroll(&bound).run(self.words.apply(&bound, &[1, 0, 2]), 1);
        self.readout.apply(&bound, run.last[0]).value()
    }
}

#[test]
fn a_place_outlives_copies_casts_files_lists_shards_and_a_second_building() {
    let mut own = model(4);
    let logits = own.logits(&own.params);
    assert_eq!(own.logits(&own.params.clone()), logits);
    assert_eq!(own.logits(&model(4).params), logits);
    assert!((own.logits(&own.params.cast::<f32>()).map(f64::from) - &logits).amax() < 1e-6);
    let mut read = model(4).params;
    read.iter_mut().for_each(|param| param.value.fill(0.0));
    read.load_safetensors(&own.params.to_safetensors()).expect("our own file");
    assert_eq!(own.logits(&read), logits);
    let list: Vec<_> = own.params.iter().cloned().collect();
    assert_eq!(own.logits(&Params::from(list)), logits);
    own.params.freeze("words.w");
    assert_eq!(own.logits(&own.params), logits);
    // What is placed later takes nothing away from what was there before.
    own.params.place("more", Linear::new(1, 1), 1);
    assert_eq!(own.logits(&own.params), logits);
    let sequence = Recorded::new(3, 0..1, |part| {
        BlockEnd::loss(own.words.apply(part.bound, &[1; 3][part.examples.clone()]).sum())
    });
    let swept = Sharded::new(2, || Box::new(Whole::default())).sweep(&own.params, &sequence, &[]).expect("it can");
    assert!(swept.loss.is_finite());
}

#[test]
fn a_place_of_another_model_is_refused_at_the_callers_line_with_the_first_parameter_that_differs() {
    let refusal = |params: &Params<f64>| {
        let refused = catch_unwind(AssertUnwindSafe(|| model(4).logits(params))).expect_err("refused");
        *refused.downcast::<String>().expect("a sentence")
    };
    let sentence = "params: a place of another model; parameter";
    // `words` itself fits neither; the cell has its own name and shape, and yet stands behind another.
    let said = refusal(&model(5).params);
    assert_eq!(said, format!("{sentence} 0 is `words.w` [2, 4] in that one, and `words.w` [2, 5] in this one"));
    let mut shorter = Params::new();
    shorter.place("words", Embedding::new(4, 2), 1);
    let said = refusal(&shorter);
    assert_eq!(said, format!("{sentence} 1 is `cell.w_x` [9, 2] in that one, and none in this one"));
    shorter.place("cell", Linear::new(3, 2), 1);
    let said = refusal(&shorter);
    assert_eq!(said, format!("{sentence} 1 is `cell.w_x` [9, 2] in that one, and `cell.w` [2, 3] in this one"));
}

#[test]
fn the_line_to_blame_is_the_callers() {
    let (other, model, tape) = (model(5), model(4), Tape::new());
    let bound = other.params.bind(&tape);
    let first = line!() + 2;
    let lines = [
        blamed(&|| _ = model.readout.apply(&bound, tape.zeros(3, 1))),
        blamed(&|| _ = model.words.apply(&bound, &[0])),
        blamed(&|| _ = model.cell.unroll(&bound)),
        blamed(&|| _ = model.cell.on(&bound)),
    ];
    assert_eq!(lines, [first, first + 1, first + 2, first + 3]);
}

/// The line of this file that a panic is laid to.
fn blamed(misuse: &dyn Fn()) -> u32 {
    static LINE: AtomicU32 = AtomicU32::new(0);
    static HOOK: Mutex<()> = Mutex::new(());
    let _alone = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let (hook, thread) = (take_hook(), std::thread::current().id());
    set_hook(Box::new(move |info| {
        // Other tests may panic meanwhile.
        if let Some(place) = info.location().filter(|_| std::thread::current().id() == thread) {
            LINE.store(if place.file() == file!() { place.line() } else { 0 }, Ordering::SeqCst);
        }
    }));
    let refused = catch_unwind(AssertUnwindSafe(misuse));
    set_hook(hook);
    refused.expect_err("a panic");
    LINE.load(Ordering::SeqCst)
}

#[test]
fn tied_layers_have_one_place_and_equal_shapes() {
    let model = model(4);
    let tied = model.readout.tied(Linear::new(3, 2));
    let tape = Tape::new();
    let bound = model.params.bind(&tape);
    let h = tape.constant(&DMatrix::from_element(3, 1, 0.3));
    assert_eq!(tied.apply(&bound, h).value(), model.readout.apply(&bound, h).value());
    let w = tied.on(&bound).vars()[0];
    let once = tape.backward(model.readout.apply(&bound, h).sum()).of(w).into_owned();
    let both = tape.backward(model.readout.apply(&bound, h).sum() + tied.apply(&bound, h).sum()).of(w).into_owned();
    assert!(once.amax() > 0.0 && (both - once * 2.0).amax() < 1e-15);
    let other = catch_unwind(AssertUnwindSafe(|| model.readout.tied(Linear::new(2, 3)).on(&bound).vars().len()))
        .expect_err("refused");
    let said = other.downcast::<String>().expect("a sentence");
    assert_eq!(*said, "tied: a layer of parameters [(3, 2), (3, 1)] cannot share those of [(2, 3), (2, 1)]");
}

#[test]
fn a_site_within_a_site_has_both_names_and_a_site_without_a_name_has_none() {
    let mut params = Params::<f64>::new();
    let mut site = params.at("mails", 1);
    site.at("encoder").place("words", Embedding::new(2, 2));
    site.at("").place("readout", Linear::new(2, 1));
    params.at("", 1).place("", Embedding::new(2, 2));
    let names: Vec<_> = params.iter().map(|param| param.name.as_str()).collect();
    assert_eq!(names, ["mails.encoder.words.w", "mails.readout.w", "mails.readout.b", "w"]);
}
