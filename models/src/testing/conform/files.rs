//! What is saved and loaded is the same network: all that training changes is in the parameters.

use autograd::Tape;

use super::over_time::waves;
use super::{Make, Outcome, bits, ensure};
use crate::{AnyCell, CellScalar, Dims, FileScalar, Params, Unroll};

const BATCH: usize = 2;

pub(super) fn run(make: Make<'_>) -> Outcome {
    loaded_is_saved::<f64>(make)?;
    loaded_is_saved::<f32>(make)
}

fn loaded_is_saved<T: FileScalar + CellScalar>(make: Make<'_>) -> Outcome {
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
    if let Err(error) = read {
        return Err(format!("{name}: a file of its own is refused: {error}").into());
    }
    let same = outputs(&*loaded, &other) == outputs(&*saved, &one);
    ensure!(same, "{name}: in {}, loaded is not saved", T::NAME);
    Ok(0.0)
}
