//! What the study learns, held to the notes' equations.

use experiments::train::{Forgetful, Training, train};
use models::{Engine, Whole};

use super::*;

fn trained(model: &SequenceModel, params: &mut Params<f64>, word: &Word, updates: u64) -> (Notes, f64) {
    let (spelling, training) = (Spelling { model, word, omega: 0.0 }, Training::new(updates, 0.03));
    train(&spelling, params, &training, &mut Whole::default(), &mut Forgetful).expect("finite");
    let notes = Notes::of(params);
    let loss = notes.read(word).loss;
    (notes, loss)
}

#[test]
fn the_tape_computes_the_notes_equations() {
    let word = Word::new("안녕, hello!").expect("a word");
    let (model, mut params) = Config { hidden: 5, ..Config::at(Scale::Usual) }.network(&word);
    // No bias of 0, which would hide a bias forgotten.
    for (k, param) in params.iter_mut().enumerate() {
        param.value.add_scalar_mut(0.1 * (k + 1) as f64);
    }
    let pass = Notes::of(&params).read(&word);
    let mut stream = model.stream(&params, 1);
    let logits = stream.step(&Batch::one_hot(word.letters(), word.inputs()));
    for (t, step) in pass.steps.iter().enumerate() {
        let differ = logits.column(t) - nalgebra::DVector::from_column_slice(&step.logits);
        assert!(differ.amax() < 1e-13, "step {}", t + 1);
    }
    let spelling = Spelling { model: &model, word: &word, omega: 0.0 };
    let loss = Whole::default().sweep(&params, &*spelling.sequence(1), &[]).expect("it can").loss;
    assert!((loss - pass.loss).abs() < 1e-13);
}

#[test]
fn every_one_of_ten_seeds_learns_to_spell_hello() {
    let word = Word::new("hello").expect("a word");
    for seed in 1..=10 {
        let config = Config { seed, ..Config::at(Scale::Usual) };
        let (model, mut params) = config.network(&word);
        let (notes, loss) = trained(&model, &mut params, &word, config.training.updates);
        assert_eq!(word.text(&notes.spell(&word)), "hello", "seed {seed}");
        assert!(loss < 0.1 * word.without_memory(), "seed {seed}: {loss}");
    }
}

#[test]
fn with_the_recurrence_cut_it_cannot_beat_the_best_without_memory() {
    let word = Word::new("hello").expect("a word");
    let config = Config { hidden: 8, ..Config::at(Scale::Usual) };
    let (model, mut params) = config.network(&word);
    params.iter_mut().filter(|p| p.name.ends_with("w_h")).for_each(|p| p.value.fill(0.0));
    params.freeze("layers.0.fwd.w_h");
    let (_, loss) = trained(&model, &mut params, &word, 2000);
    assert!(loss > word.without_memory() && loss < word.without_memory() + 0.01, "{loss}");
}

#[test]
fn the_settings_conform() {
    runs::testing::conform::<Config>();
}
