//! What a run keeps, whatever ends it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use models::networks::{Batch, Network, NetworkConfig, Targets};
use models::stacks::RecurrentConfig;
use models::{Draws, Params, Phase, Registry, Sequence};

use super::storage::{Disk, Fault, FaultyDisk, Storage};
use super::*;
use crate::train::{Ended, Objective, Training};

const UPDATES: u64 = 6;
const KEEPING: Keeping = Keeping { every: Some(1), tensorboard: false, any_version: false };

/// The run that every test here makes: six updates, a row after each second, a checkpoint after each; its outcome is the
/// number of updates.
fn begin_and_train(disk: Arc<dyn Storage>, root: &Path, identity: &str) -> Result<u64, Stop> {
    let run = Run::begin(RunDir::open_on(disk, root)?, ("toml = 1\n", identity), 1, KEEPING, false)?;
    let updates = run.whole(UPDATES, |unit| train(unit).map_err(Stop::from))?;
    run.dir().write("result.json", "done")?;
    Ok(updates)
}

fn train(unit: &mut Unit) -> Result<u64, Ended> {
    let (network, mut params) = network();
    let training = Training { record_every: 2, ..Training::new(UPDATES, 0.05) };
    unit.train(&Letters(network), &mut params, &training).map(|trained| trained.updates)
}

/// Which of two letters came first, two steps ago.
struct Letters(Network);

impl Objective<f32> for Letters {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let mut draws = Draws::at(1, "train", &[update]);
        let letters: Vec<_> = (0..6).map(|_| draws.below(2)).collect();
        let batch = Batch::new(Batch::one_hot(2, &letters), 2, Targets::Classes(letters[..2].to_vec()));
        Box::new(self.0.on(batch, Phase::Evaluation))
    }
}

fn network() -> (Network, Params<f32>) {
    let mut params = Params::new();
    let config = NetworkConfig::new(2, RecurrentConfig::new("lstm", 2), 2);
    (Network::new(&config, &Registry::builtin(), 3, params.at("", 1)).expect("built in"), params)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The weights and the record.
fn left(root: &Path) -> [Vec<u8>; 2] {
    [MODEL, METRICS].map(|name| fs::read(root.join(name)).expect("there"))
}

/// What a run leaves that nothing disturbs.
fn whole() -> [Vec<u8>; 2] {
    let root = folder();
    begin_and_train(Arc::new(Disk), root.path(), "a = 1\n").expect("nothing disturbs it");
    left(root.path())
}

/// A run that stops after three updates; its checkpoint of then, and of the update before, are there.
fn half(root: &Path) {
    let disk = Arc::new(FaultyDisk::new(Fault::Death, u64::MAX));
    let stopped = AtomicBool::new(false);
    let dir = RunDir::open_on(disk, root).expect("opened");
    let run = Run::begin(dir, ("toml = 1\n", "a = 1\n"), 1, KEEPING, false).expect("begun");
    let found = run.whole(UPDATES, |unit| -> Result<u64, Stop> {
        let (network, mut params) = network();
        let training = Training { record_every: 2, ..Training::new(3, 0.05) };
        unit.train(&Letters(network), &mut params, &training)?;
        stopped.store(true, Ordering::SeqCst);
        Err(Stop::Failed("half way".into()))
    });
    assert!(found.is_err() && stopped.load(Ordering::SeqCst));
    assert!(root.join("last.ckpt").exists() && root.join("prev.ckpt").exists());
}

#[test]
fn a_checkpoint_that_outlived_its_outcome_is_taken_away() {
    let root = folder();
    let again = || begin_and_train(Arc::new(Disk), root.path(), "a = 1\n").expect("nothing disturbs it");
    let found = again();
    // As a kill leaves it, after the outcome was written and before the checkpoints were removed.
    let names = [LAST, PREVIOUS].map(|name| root.path().join(name));
    names.iter().for_each(|path| fs::write(path, "half").expect("written"));
    assert_eq!(again(), found);
    assert!(names.iter().all(|path| !path.exists()));
}

#[test]
fn an_error_in_any_call_is_said_and_the_same_command_ends_with_the_same_bits() {
    let whole = whole();
    for fault in [Fault::Error, Fault::Torn, Fault::Death] {
        let mut failed = 0;
        for at in 1.. {
            let root = folder();
            let disk = Arc::new(FaultyDisk::new(fault, at));
            let ended = begin_and_train(Arc::clone(&disk) as Arc<dyn Storage>, root.path(), "a = 1\n");
            if disk.calls() < at {
                ended.expect("nothing failed");
                break;
            }
            if let Err(why) = &ended {
                failed += 1;
                let line = why.to_string();
                let names = line.contains(&root.path().display().to_string());
                assert!(names && !line.contains('\n'), "{fault:?} in call {at}: {line}");
            }
            // Where it went well, what failed was no result: a log, a wall time.
            let again = begin_and_train(Arc::new(Disk), root.path(), "a = 1\n");
            assert_eq!(again, Ok(UPDATES), "{fault:?} in call {at}");
            assert!(left(root.path()) == whole, "{fault:?} in call {at}: other bits");
            let litter = fs::read_dir(root.path()).expect("a folder").flatten();
            assert!(litter.map(|e| e.file_name()).all(|name| !name.to_string_lossy().ends_with(".tmp")));
        }
        assert!(failed > 40, "{fault:?}: only {failed} calls failed the run");
    }
}

#[test]
fn a_checkpoint_of_any_other_length_gives_way_to_the_one_before() {
    let whole = whole();
    let root = folder();
    half(root.path());
    let files = |root: &Path| [LAST, PREVIOUS, METRICS].map(|name| fs::read(root.join(name)).expect("there"));
    let [last, previous, metrics] = files(root.path());
    for len in (0..last.len()).step_by(1 + last.len() / 150) {
        let root = folder();
        for (name, bytes) in [(LAST, &last[..len]), (PREVIOUS, &previous[..]), (METRICS, &metrics[..])] {
            fs::write(root.path().join(name), bytes).expect("written");
        }
        assert_eq!(begin_and_train(Arc::new(Disk), root.path(), "a = 1\n"), Ok(UPDATES));
        assert!(left(root.path()) == whole, "{len} bytes");
    }
    // Both gone, or the record not what they were made with: from the start.
    for (last, previous, metrics) in
        [(&b""[..], &b"x"[..], &metrics[..]), (&last, &previous, b""), (&last, &previous, b"{}\n{}\n")]
    {
        let root = folder();
        for (name, bytes) in [(LAST, last), (PREVIOUS, previous), (METRICS, metrics)] {
            fs::write(root.path().join(name), bytes).expect("written");
        }
        assert_eq!(begin_and_train(Arc::new(Disk), root.path(), "a = 1\n"), Ok(UPDATES));
        assert!(left(root.path()) == whole);
    }
}

#[test]
fn a_checkpoint_of_another_configuration_is_refused_with_the_keys_that_differ() {
    let root = folder();
    half(root.path());
    let kept = fs::read(root.path().join(LAST)).expect("there");
    let why = begin_and_train(Arc::new(Disk), root.path(), "a = 2\n").expect_err("another").to_string();
    assert!(why.contains("`a` is 1 there and 2 here") && why.contains("--force"), "{why}");
    assert_eq!(fs::read(root.path().join(LAST)).expect("there"), kept);
}

#[test]
fn a_run_that_another_version_began_is_refused_with_both_versions() {
    let root = folder();
    half(root.path());
    let environment = root.path().join("environment.json");
    let text = fs::read_to_string(&environment).expect("there");
    fs::write(&environment, text.replace(version(), "0.0.9 (abc)")).expect("written");
    let stop = begin_and_train(Arc::new(Disk), root.path(), "a = 1\n").expect_err("another");
    let line = stop.to_string();
    assert!(stop.code() == 2 && line.contains("0.0.9 (abc)") && line.contains(version()), "{line}");
    assert!(root.path().join(LAST).exists(), "it is kept");

    // The checkpoint says so too.
    fs::remove_file(&environment).expect("removed");
    let bytes = fs::read(root.path().join(LAST)).expect("there");
    let (mut json, matrices) =
        checkpoint::read::<f32, serde_json::Value>(&bytes, |_| snapshot_shapes()).expect("whole");
    json["version"] = "0.0.9 (abc)".into();
    let matrices: Vec<_> = matrices.iter().map(|(name, matrix)| (name.clone(), matrix)).collect();
    let mut bytes = Vec::new();
    checkpoint::write(&json.to_string(), &matrices, &mut bytes).expect("to memory");
    fs::write(root.path().join(LAST), bytes).expect("written");
    let line = begin_and_train(Arc::new(Disk), root.path(), "a = 1\n").expect_err("another").to_string();
    assert!(line.contains("0.0.9 (abc)") && line.contains(version()), "{line}");
}

/// The names and shapes of the matrices in a checkpoint of these tests.
fn snapshot_shapes() -> Vec<(String, autograd::Shape)> {
    let (_, params) = network();
    let of = |prefix: &'static str| {
        params.iter().map(move |param| (format!("{prefix}{}", param.name), param.value.shape())).collect::<Vec<_>>()
    };
    ["params/", "optimizer/m.", "optimizer/v."].map(of).concat()
}

#[test]
fn a_unit_that_panics_fails_alone() {
    let root = folder();
    let dir = RunDir::open_on(Arc::new(Disk), root.path()).expect("opened");
    let run = Run::begin(dir, ("a = 1\n", "a = 1\n"), 1, KEEPING, false).expect("begun");
    let work = |k: &u64, _: &mut Unit| -> Result<u64, Stop> {
        assert!(*k != 2, "number two");
        Ok(10 * k)
    };
    let stop = run.units(&[1, 2, 3], |k| format!("unit{k}"), |_| 1, work).expect_err("one panicked");
    assert!(stop.code() == 1 && stop.to_string().starts_with("unit2: panicked: number two"), "{stop}");
    let log = fs::read_to_string(root.path().join("log.txt")).expect("there");
    assert!(log.contains("error: unit2: panicked"), "{log}");
    // The others are kept, and only it is run again.
    let again = run.units(
        &[1, 2, 3],
        |k| format!("unit{k}"),
        |_| 1,
        |k, _| {
            assert_eq!(*k, 2, "kept");
            Ok(20)
        },
    );
    assert_eq!(again, Ok(vec![10, 20, 30]));
}

/// The event file has the rows of the record, each once.
#[track_caller]
fn events_are_the_record(root: &Path) {
    let events = tensorboard::rows(&fs::read(root.join(tensorboard::FILE)).expect("there"));
    let record = fs::read_to_string(root.join(METRICS)).expect("there");
    let rows = record.lines().map(|line| serde_json::from_str::<crate::train::Metric>(line).expect("a row"));
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.iter().map(|row| row.update).collect::<Vec<_>>(), [2, 4, 6]);
    assert_eq!(events.len(), rows.len());
    for ((update, values), row) in events.iter().zip(&rows) {
        let named = [("loss", row.loss), ("gradient_norm", row.gradient_norm), ("learning_rate", row.learning_rate)];
        assert_eq!((*update, values), (row.update, &named.map(|(tag, x)| (tag.to_owned(), x as f32)).to_vec()));
    }
}

#[test]
fn tensorboards_file_has_every_row_of_the_record_however_the_run_went() {
    let start = |disk: Arc<dyn Storage>, root: &Path, tensorboard: bool| {
        let keeping = Keeping { tensorboard, ..KEEPING };
        let run = Run::begin(RunDir::open_on(disk, root)?, ("a = 1\n", "a = 1\n"), 1, keeping, false)?;
        run.whole(UPDATES, |unit| train(unit).map_err(Stop::from))
    };
    let fresh = folder();
    start(Arc::new(Disk), fresh.path(), true).expect("nothing disturbs it");
    events_are_the_record(fresh.path());

    // Broken off with the flag or without, gone on with the flag.
    for before in [true, false] {
        let root = folder();
        assert!(start(Arc::new(FaultyDisk::new(Fault::Death, 40)), root.path(), before).is_err());
        assert!(root.path().join(LAST).exists());
        start(Arc::new(Disk), root.path(), true).expect("goes on");
        events_are_the_record(root.path());
    }

    // Gone on without it: the file stands still, and is in nobody's way.
    let root = folder();
    assert!(start(Arc::new(FaultyDisk::new(Fault::Death, 40)), root.path(), true).is_err());
    let events = fs::read(root.path().join(tensorboard::FILE)).expect("there");
    assert_eq!(start(Arc::new(Disk), root.path(), false), Ok(UPDATES));
    assert_eq!(fs::read(root.path().join(tensorboard::FILE)).expect("there"), events);

    // Finished, and begun once more with the flag.
    start(Arc::new(Disk), root.path(), true).expect("finished before");
    events_are_the_record(root.path());
}
