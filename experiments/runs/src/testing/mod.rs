//! What a study's tests ask: that its settings keep their contract, and that its objectives can be cut into shards
//! and gone on with.

mod engines;

pub use engines::{Memory, apart, engines, resumed};

use models::{Engine, Params, Sharded, Whole};

use crate::settings::{Key, Scale, Settings, table};
use crate::train::Objective;

/// Holds a study's settings to their contract: at every scale they pass their own check, have a key for every field, and survive
/// their file.
pub fn conform<S: Settings + PartialEq + std::fmt::Debug>() {
    for scale in Scale::ALL {
        let settings = S::at(scale);
        assert_eq!(settings.check(), Ok(()), "{scale:?}");
        let file = toml::to_string(&table(&settings)).expect("a TOML form");
        assert_eq!(toml::from_str::<S>(&file).as_ref(), Ok(&settings), "{scale:?}");
        let (keys, fields) = (S::keys(), leaves(&table(&settings), ""));
        // A key may stand for a whole table.
        let is = |key: &Key, field: &str| field == key.name || field.starts_with(&format!("{}.", key.name));
        for field in &fields {
            assert!(keys.iter().any(|key| is(key, field)), "{field} has no key");
        }
        // A default that is not written stands in no file.
        for key in keys.iter().filter(|key| key.unwritten == "none") {
            assert!(fields.iter().any(|field| is(key, field)), "{} is no field", key.name);
        }
    }
}

/// The names of all values of a table, with dots.
fn leaves(table: &toml::Table, before: &str) -> Vec<String> {
    let of = |(name, value): (&String, &toml::Value)| match value {
        toml::Value::Table(inner) => leaves(inner, &format!("{before}{name}.")),
        _ => vec![format!("{before}{name}")],
    };
    table.iter().flat_map(of).collect()
}

/// Panics unless the first update's loss and gradients over three shards are those of the whole batch, to rounding.
#[track_caller]
pub fn shards_add_up(objective: &impl Objective<f32>, params: &Params<f32>) {
    let sequence = objective.sequence(1);
    let (mut whole, mut shards) = (Whole::default(), Sharded::new(3, || Box::new(Whole::default())));
    let loss = |engine: &mut dyn Engine<f32>| engine.sweep(params, &*sequence, &[]).expect("it can be cut").loss;
    let (all, sum) = (loss(&mut whole), loss(&mut shards));
    let examples = sequence.extent().examples;
    assert!(examples >= 3, "{examples} examples");
    assert!((all - sum).abs() <= 1e-5 * all.abs(), "a loss of {sum}, not {all}");
    let largest = whole.gradients().iter().map(|grad| grad.amax()).fold(0.0, f32::max);
    for ((param, all), sum) in params.iter().zip(whole.gradients().iter()).zip(shards.gradients().iter()) {
        assert!((all - sum).amax() <= 1e-5 * largest, "{}", param.name);
    }
}
