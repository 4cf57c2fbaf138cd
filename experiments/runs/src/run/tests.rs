//! What a run keeps, whatever ends it.

use std::collections::BTreeMap;
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
    to_the_end(disk, root, identity, &|run| run.whole(UPDATES, |unit| train(unit).map_err(Stop::from)))
}

/// The same in each of two trainings.
fn two_trainings(disk: Arc<dyn Storage>, root: &Path, identity: &str) -> Result<u64, Stop> {
    to_the_end(disk, root, identity, &|run| {
        let found =
            run.units(&["a", "b"], |k| (*k).to_owned(), |_| UPDATES, |_, unit| train(unit).map_err(Stop::from))?;
        run.filed::<_, (String, u64)>("figures/rows.csv", [("a", found[0]), ("b", found[1])])?;
        Ok(found[0])
    })
}

fn to_the_end(
    disk: Arc<dyn Storage>,
    root: &Path,
    identity: &str,
    work: &(dyn Fn(&Run) -> Result<u64, Stop> + Sync),
) -> Result<u64, Stop> {
    let dir = RunDir::open_on(disk, root)?;
    if let Some(finished) = Finished::find(dir.clone(), identity, false)? {
        return Ok(finished.result.numbers["updates"] as u64);
    }
    let run = Run::begin(dir, ("toml = 1\n", identity), 1, KEEPING, false)?;
    // One thread: each call of the storage is then the same each time.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let updates = pool.install(|| work(&run))?;
    let result = RunResult {
        study: "study".into(),
        id: "1".into(),
        status: Status::Done,
        why: None,
        numbers: [("updates".into(), updates as f64)].into(),
        weights_sha256: run.weights()?,
        figures: Vec::new(),
    };
    run.finish(result, "fine\n".into()).map(|_| updates)
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

/// A folder, in memory where the system has a place for that: the tests write a hundred thousand files.
pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// Every result below a folder, by name.
fn left(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn add(files: &mut BTreeMap<String, Vec<u8>>, root: &Path, folder: &Path) {
        for (name, is_folder) in Disk.list(folder).expect("a folder") {
            let path = folder.join(&name);
            if is_folder {
                add(files, root, &path);
            } else {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                files.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    let mut files = BTreeMap::new();
    add(&mut files, root, root);
    files.retain(|name, _| !["lock", LOG, TIMING, ENVIRONMENT, "command.txt"].contains(&name.as_str()));
    files
}

/// Writes files below a folder.
fn lay_out<'a>(files: impl IntoIterator<Item = (&'a String, &'a Vec<u8>)>, root: &Path) {
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }
}

/// What a run leaves that nothing disturbs.
fn whole() -> BTreeMap<String, Vec<u8>> {
    let root = folder();
    begin_and_train(FaultyDisk::sound(), root.path(), "a = 1\n").expect("nothing disturbs it");
    left(root.path())
}

/// A run that stops after three updates; its checkpoint of then, and of the update before, are there.
fn half(root: &Path) {
    let stopped = AtomicBool::new(false);
    let dir = RunDir::open_on(FaultyDisk::sound(), root).expect("opened");
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
fn an_error_in_any_call_is_said_and_the_same_command_ends_with_the_same_bits() {
    for (work, least) in [(begin_and_train as fn(_, &Path, &str) -> _, 60), (two_trainings, 120)] {
        let root = folder();
        work(FaultyDisk::sound(), root.path(), "a = 1\n").expect("nothing disturbs it");
        let whole = left(root.path());
        for fault in [Fault::Error, Fault::Torn, Fault::Death] {
            let mut failed = 0;
            for at in 1.. {
                let root = folder();
                let disk = Arc::new(FaultyDisk::new(fault, at));
                let ended = work(Arc::clone(&disk) as Arc<dyn Storage>, root.path(), "a = 1\n");
                if disk.calls() < at {
                    ended.expect("nothing failed");
                    break;
                }
                if let Err(why) = &ended {
                    failed += 1;
                    let line = why.to_string();
                    let names = line.contains(&root.path().display().to_string());
                    assert!(names && !line.contains('\n'), "{fault:?} in call {at}: {line}");
                } else {
                    // What failed was no result: a log, a wall time.
                    assert!(left(root.path()) == whole, "{fault:?} in call {at}: other files");
                }
                let again = work(FaultyDisk::sound(), root.path(), "a = 1\n");
                assert_eq!(again, Ok(UPDATES), "{fault:?} in call {at}");
                let (found, whole) = (left(root.path()), &whole);
                assert!(found.keys().eq(whole.keys()), "{fault:?} in call {at}: other files: {:?}", found.keys());
                assert!(found == *whole, "{fault:?} in call {at}: other bits");
            }
            assert!(failed > least, "{fault:?}: only {failed} calls failed the run");
        }
    }
}

#[test]
fn an_error_in_any_call_on_a_finished_or_half_finished_run_is_said_and_nothing_is_lost() {
    let done = folder();
    two_trainings(FaultyDisk::sound(), done.path(), "a = 1\n").expect("nothing disturbs it");
    let whole = left(done.path());
    // Finished; without the run's manifest; without a training's; with a checkpoint left that a kill kept from being removed.
    let states: [(&[&str], &[&str]); 5] = [
        (&[], &[]),
        (&[], &["units/a/last.ckpt", "units/b/prev.ckpt"]),
        (&[MANIFEST], &[]),
        (&[MANIFEST, "units/b/unit.manifest.json"], &[]),
        (&[MANIFEST], &["units/a/last.ckpt", "units/b/prev.ckpt"]),
    ];
    for (gone, more) in states {
        for fault in [Fault::Error, Fault::Death] {
            for at in 1.. {
                let root = folder();
                lay_out(whole.iter().filter(|(name, _)| !gone.contains(&name.as_str())), root.path());
                more.iter().for_each(|name| fs::write(root.path().join(name), "half").expect("written"));
                let disk = Arc::new(FaultyDisk::new(fault, at));
                let ended = two_trainings(Arc::clone(&disk) as Arc<dyn Storage>, root.path(), "a = 1\n");
                let what = format!("{gone:?}, {fault:?} in call {at}");
                assert!(ended.is_err() || left(root.path()) == whole, "{what}: done, and other files");
                assert_eq!(two_trainings(FaultyDisk::sound(), root.path(), "a = 1\n"), Ok(UPDATES), "{what}");
                assert!(left(root.path()) == whole, "{what}: other files");
                if disk.calls() < at {
                    break;
                }
            }
        }
    }
}

#[test]
fn what_a_report_reads_is_the_result_or_an_error() {
    let done = folder();
    two_trainings(FaultyDisk::sound(), done.path(), "a = 1\n").expect("nothing disturbs it");
    let report = |disk: Arc<dyn Storage>| found(&RunDir::look_on(disk, done.path()), ("a = 1\n", "1"), false);
    let whole = report(FaultyDisk::sound()).expect("readable");
    assert_eq!(whole.as_ref().map(|result| result.numbers["updates"]), Some(6.0));
    for status in [None, Some(Status::Interrupted)] {
        if let Some(status) = status {
            let result = RunResult { status, ..whole.clone().expect("done") };
            fs::write(done.path().join(RESULT), json(&result)).expect("written");
            assert_eq!(report(FaultyDisk::sound()).expect_err("other bytes").code(), 2);
            fs::remove_file(done.path().join(MANIFEST)).expect("removed");
        }
        let there = report(FaultyDisk::sound()).expect("readable");
        for at in 1.. {
            let disk = Arc::new(FaultyDisk::new(Fault::Error, at));
            let found = report(Arc::clone(&disk) as Arc<dyn Storage>);
            if disk.calls() < at {
                assert_eq!(found, Ok(there));
                break;
            }
            assert_eq!(found.expect_err("it failed").code(), 1, "call {at}");
        }
    }
}

#[test]
fn every_changed_file_is_refused_by_name_and_every_lost_one_is_made_again() {
    let done = folder();
    two_trainings(FaultyDisk::sound(), done.path(), "a = 1\n").expect("nothing disturbs it");
    let whole = left(done.path());
    for (name, bytes) in &whole {
        let root = folder();
        lay_out(&whole, root.path());
        let path = root.path().join(name);
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        fs::write(&path, &flipped).expect("written");
        let again = || two_trainings(FaultyDisk::sound(), root.path(), "a = 1\n");
        if name == MANIFEST {
            assert_eq!(again(), Ok(UPDATES), "nothing is finished that has no manifest");
        } else {
            // With the run's manifest, and, if it is of a training, by that of the training alone.
            for _ in 0..if name.starts_with("units/") && !name.ends_with(UNIT_MANIFEST) { 2 } else { 1 } {
                let stop = again().expect_err(name);
                let line = stop.to_string();
                assert!(stop.code() == 2 && line.contains(&path.display().to_string()), "{line}");
                assert!(line.contains("--force"), "{line}");
                assert!(fs::read(&path).expect("there") == flipped, "{name}: overwritten");
                let _ = fs::remove_file(root.path().join(MANIFEST));
            }
            fs::remove_file(&path).expect("removed");
            assert_eq!(again(), Ok(UPDATES), "{name}");
        }
        assert!(left(root.path()) == whole, "{name}");
    }
}

#[test]
fn what_another_version_computed_is_refused_wherever_its_version_stands() {
    let done = folder();
    two_trainings(FaultyDisk::sound(), done.path(), "a = 1\n").expect("nothing disturbs it");
    let by_another = |name: &str, unit: &str| {
        let path = done.path().join(name);
        let manifest: Manifest = serde_json::from_slice(&fs::read(&path).expect("there")).expect("a manifest");
        let other = Manifest::new(["0.0.9 (abc)".into()].into(), "a = 1\n", unit, manifest.files);
        fs::write(path, json(&other)).expect("written");
    };
    let refused = || {
        let stop = two_trainings(FaultyDisk::sound(), done.path(), "a = 1\n").expect_err("another version");
        let line = stop.to_string();
        assert_eq!(stop.code(), 2, "{line}");
        for word in ["0.0.9 (abc)", version(), "--any-version", "--force"] {
            assert!(line.contains(word), "{word}: {line}");
        }
    };
    fs::remove_file(done.path().join(ENVIRONMENT)).expect("removed");
    by_another(MANIFEST, "");
    refused();
    fs::remove_file(done.path().join(MANIFEST)).expect("removed");
    by_another("units/b/unit.manifest.json", "b");
    refused();
}

#[test]
fn a_finished_training_in_another_ones_folder_is_refused() {
    let done = folder();
    two_trainings(FaultyDisk::sound(), done.path(), "a = 1\n").expect("nothing disturbs it");
    fs::remove_file(done.path().join(MANIFEST)).expect("removed");
    for name in Disk.list(&done.path().join("units/a")).expect("a folder").into_iter().map(|(name, _)| name) {
        fs::copy(done.path().join("units/a").join(&name), done.path().join("units/b").join(&name)).expect("copied");
    }
    let stop = two_trainings(FaultyDisk::sound(), done.path(), "a = 1\n").expect_err("another's");
    assert!(stop.code() == 2 && stop.to_string().contains("units/b holds the results of another"), "{stop}");
}

#[test]
fn a_run_that_starts_over_leaves_nothing_that_speaks_for_what_is_gone() {
    let done = folder();
    two_trainings(FaultyDisk::sound(), done.path(), "a = 1\n").expect("nothing disturbs it");
    let whole = left(done.path());
    for fault in [Fault::Error, Fault::Death] {
        for at in 1.. {
            let root = folder();
            lay_out(&whole, root.path());
            let disk = Arc::new(FaultyDisk::new(fault, at));
            let dir = RunDir::open_on(Arc::clone(&disk) as Arc<dyn Storage>, root.path());
            let cleared = dir.and_then(|dir| dir.clear());
            let left_over = left(root.path());
            let speaks = |name: &&String| {
                [MANIFEST, RESULT, UNIT_MANIFEST, OUTCOME].iter().any(|last| Path::new(name).ends_with(last))
            };
            if left_over.keys().any(|name| speaks(&name)) {
                let lost: Vec<_> =
                    whole.keys().filter(|name| !speaks(name) && !left_over.contains_key(*name)).collect();
                assert!(lost.is_empty(), "{fault:?} in call {at}: {lost:?}");
            }
            if disk.calls() < at {
                assert!(cleared.is_ok() && left_over.is_empty(), "{left_over:?}");
                break;
            }
            assert!(cleared.expect_err("it failed").to_string().contains(&root.path().display().to_string()));
            assert_eq!(
                two_trainings(FaultyDisk::sound(), root.path(), "a = 1\n"),
                Ok(UPDATES),
                "{fault:?} in call {at}"
            );
            assert!(left(root.path()) == whole, "{fault:?} in call {at}: other files");
        }
    }
}

#[test]
fn nothing_is_written_when_the_lock_was_deleted_under_way() {
    let root = folder();
    let dir = RunDir::open_on(FaultyDisk::sound(), root.path()).expect("opened");
    let run = Run::begin(dir, ("toml = 1\n", "a = 1\n"), 1, KEEPING, false).expect("begun");
    fs::remove_file(root.path().join("lock")).expect("removed");
    let before = left(root.path());
    let stop = run.whole(UPDATES, |unit| train(unit).map_err(Stop::from)).expect_err("anybody could be there");
    assert!(stop.code() == 1 && stop.to_string().contains("lock was deleted or replaced"), "{stop}");
    assert_eq!(left(root.path()), before);
    assert!(!root.path().join("lock").exists());
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
        assert_eq!(begin_and_train(FaultyDisk::sound(), root.path(), "a = 1\n"), Ok(UPDATES));
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
        assert_eq!(begin_and_train(FaultyDisk::sound(), root.path(), "a = 1\n"), Ok(UPDATES));
        assert!(left(root.path()) == whole);
    }
}

#[test]
fn a_checkpoint_of_another_configuration_is_refused_with_the_keys_that_differ() {
    let root = folder();
    half(root.path());
    let kept = fs::read(root.path().join(LAST)).expect("there");
    let why = begin_and_train(FaultyDisk::sound(), root.path(), "a = 2\n").expect_err("another").to_string();
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
    let stop = begin_and_train(FaultyDisk::sound(), root.path(), "a = 1\n").expect_err("another");
    let line = stop.to_string();
    assert!(stop.code() == 2 && line.contains("0.0.9 (abc)") && line.contains(version()), "{line}");
    assert!(root.path().join(LAST).exists(), "it is kept");

    // The checkpoint says so too.
    fs::remove_file(&environment).expect("removed");
    let bytes = fs::read(root.path().join(LAST)).expect("there");
    let (mut json, matrices) =
        checkpoint::read::<f32, serde_json::Value>(&bytes, |_| snapshot_shapes()).expect("whole");
    json["versions"] = vec!["0.0.9 (abc)"].into();
    let matrices: Vec<_> = matrices.iter().map(|(name, matrix)| (name.clone(), matrix)).collect();
    let mut bytes = Vec::new();
    checkpoint::write(&json.to_string(), &matrices, &mut bytes).expect("to memory");
    fs::write(root.path().join(LAST), bytes).expect("written");
    let line = begin_and_train(FaultyDisk::sound(), root.path(), "a = 1\n").expect_err("another").to_string();
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
    let dir = RunDir::open_on(FaultyDisk::sound(), root.path()).expect("opened");
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
    let disk = FaultyDisk::sound();
    start(disk.clone(), fresh.path(), true).expect("nothing disturbs it");
    // While it trains, after its first checkpoint.
    let halfway = disk.calls() / 2;
    events_are_the_record(fresh.path());

    // Broken off with the flag or without, gone on with the flag.
    for before in [true, false] {
        let root = folder();
        assert!(start(Arc::new(FaultyDisk::new(Fault::Death, halfway)), root.path(), before).is_err());
        assert!(root.path().join(LAST).exists());
        start(Arc::new(Disk), root.path(), true).expect("goes on");
        events_are_the_record(root.path());
    }

    // Gone on without it: the file stays as it is, and disturbs nothing.
    let root = folder();
    assert!(start(Arc::new(FaultyDisk::new(Fault::Death, halfway)), root.path(), true).is_err());
    let events = fs::read(root.path().join(tensorboard::FILE)).expect("there");
    assert_eq!(start(Arc::new(Disk), root.path(), false), Ok(UPDATES));
    assert_eq!(fs::read(root.path().join(tensorboard::FILE)).expect("there"), events);

    // Finished, and begun once more with the flag.
    start(Arc::new(Disk), root.path(), true).expect("finished before");
    events_are_the_record(root.path());
}
