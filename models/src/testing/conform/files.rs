//! What is saved and loaded is the same network: all that training changes is in the parameters.

use autograd::Tape;

use super::over_time::waves;
use super::{Make, bits};
use crate::{AnyCell, CellScalar, Dims, FileScalar, Params, Unroll};

const BATCH: usize = 2;

pub(super) fn run(make: Make<'_>) -> f64 {
    loaded_is_saved::<f64>(make);
    loaded_is_saved::<f32>(make);
    0.0
}

fn loaded_is_saved<T: FileScalar + CellScalar>(make: Make<'_>) {
    let dims = Dims { input: 2, hidden: 3, horizon: 10 };
    let (saved, loaded) = (make(dims), make(dims));
    let outputs = |cell: &dyn AnyCell, params: &Params<T>| {
        let (tape, x) = (Tape::new(), waves(2, 5 * BATCH).map(T::from_f64));
        let bound = params.bind(&tape);
        let run = Unroll::new(T::cell(cell), bound.all()).run(tape.constant(&x), BATCH);
        bits(&run.outputs.value().map(T::re))
    };
    let name = saved.about().name;
    let (mut one, mut other) = (Params::<T>::new(), Params::<T>::new());
    one.place("cell", saved.about().specs.clone(), 1);
    other.place("cell", loaded.about().specs.clone(), 2);
    let read = other.load_safetensors(&one.to_safetensors());
    read.unwrap_or_else(|error| panic!("{name}: a file of its own is refused: {error}"));
    assert_eq!(outputs(&*loaded, &other), outputs(&*saved, &one), "{name}: in {}, loaded is not saved", T::NAME);
}
