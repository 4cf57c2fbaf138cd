//! The same command goes on from what is there, and trusts only what is whole.

use std::fs;
use std::path::Path;

use super::support::{Finished, assert_same, by_another_version, folder, results, run};

fn remove(run: &Path, names: &[&str]) {
    for name in names {
        fs::remove_file(run.join(name)).expect("it was there");
    }
}

#[test]
fn only_what_is_missing_is_trained_again() {
    let out = folder();
    let finished = Finished::get();
    let dir = finished.lay_out(out.path());
    let modified =
        || fs::metadata(dir.join("units/text-lstm-seed1/outcome.json")).and_then(|m| m.modified()).expect("a time");
    let kept = modified();
    let cases: [(&[&str], usize); 2] = [
        (&["result.json", "units/france-rnn-seed1/outcome.json", "units/text-rnn-seed1/outcome.json"], 2),
        (&["manifest.json", "config.toml", "metrics.csv", "figures/france.csv", "figures/gradient_flow.png"], 4),
    ];
    let mut timings = 4;
    for (gone, left) in cases {
        remove(&dir, gone);
        let again = run(out.path(), &[]).succeeded();
        assert!(again.stderr.contains(&format!("{left} of 4 trainings kept")), "{gone:?}: {}", again.stderr);
        assert_eq!(again.stdout, finished.stdout_in(out.path()));
        assert_same(&results(&dir), &finished.results());
        timings += 4 - left;
        let timing = fs::read_to_string(dir.join("timing.jsonl")).expect("readable");
        assert_eq!(timing.lines().count(), timings, "one line a training, those before kept");
    }
    assert_eq!(modified(), kept, "a unit that was kept was written again");
}

#[test]
fn a_unit_without_a_whole_manifest_is_trained_again() {
    let out = folder();
    let finished = Finished::get();
    let dir = finished.lay_out(out.path());
    let manifest = |unit: &str| dir.join(format!("units/{unit}/unit.manifest.json"));
    let whole = fs::read(manifest("france-rnn-seed1")).expect("readable");
    let damages: [(&str, &[u8]); 4] = [
        ("france-rnn-seed1", &whole[..whole.len() / 2]),
        ("france-lstm-seed1", b""),
        ("text-rnn-seed1", b"{\"versions\": []}"),
        ("text-lstm-seed1", b"\xff\xfe\x00garbage"),
    ];
    for (unit, damage) in damages {
        fs::write(manifest(unit), damage).expect("written");
    }
    remove(&dir, &["manifest.json"]);
    let again = run(out.path(), &[]).succeeded();
    assert!(again.stderr.contains("0 of 4 trainings kept"), "{}", again.stderr);
    for (unit, _) in damages {
        assert!(again.stderr.contains(&format!("{unit}/unit.manifest.json is damaged")), "{}", again.stderr);
    }
    assert_eq!(again.stdout, finished.stdout_in(out.path()));
    assert_same(&results(&dir), &finished.results());
}

#[test]
fn a_file_with_other_bytes_than_were_written_is_refused_and_kept() {
    let out = folder();
    let finished = Finished::get();
    let dir = finished.lay_out(out.path());
    let unit = "units/text-rnn-seed1";
    for name in ["outcome.json", "metrics.jsonl", "model.safetensors", "../../report.txt", "../../figures/france.svg"] {
        let path = dir.join(unit).join(name);
        let whole = fs::read(&path).expect("readable");
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        fs::write(&path, &changed).expect("written");
        let ended = run(out.path(), &[]);
        let line = ended.stopped(2);
        let name = name.trim_start_matches("../");
        assert!(line.contains(&format!("{name}: its bytes are not")) && line.contains("--force"), "{line}");
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(fs::read(&path).expect("there") == changed, "{name} was overwritten");
        fs::write(&path, &whole).expect("written");
    }
    assert!(run(out.path(), &[]).succeeded().stderr.contains("done before"));
}

#[test]
fn a_finished_run_of_another_version_is_refused_with_both() {
    let out = folder();
    let finished = Finished::get();
    let dir = finished.lay_out(out.path());
    let ours = by_another_version(&dir.join("manifest.json"));
    for environment in [true, false] {
        if !environment {
            remove(&dir, &["environment.json"]);
        }
        let ended = run(out.path(), &[]);
        let line = ended.stopped(2);
        for word in [&*ours, "0.0.9 (other)", "--any-version", "--force"] {
            assert!(line.contains(word), "{word} is not in: {line}");
        }
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
    let taken = run(out.path(), &["--any-version"]).succeeded();
    assert_eq!(taken.stdout, finished.stdout_in(out.path()));
    let forced = run(out.path(), &["--force"]).succeeded();
    assert!(forced.stderr.contains("0 of 4 trainings kept"), "{}", forced.stderr);
    assert_same(&results(&dir), &finished.results());
}

#[test]
fn a_finished_run_is_printed_where_nothing_can_be_written() {
    let out = folder();
    let finished = Finished::get();
    let dir = finished.lay_out(out.path());
    // As a place without permission, which the user `root` does not know: there is no lock to be had.
    fs::remove_file(dir.join("lock")).expect("removed");
    fs::create_dir(dir.join("lock")).expect("made");
    let again = run(out.path(), &[]).succeeded();
    assert!(again.stderr.contains("done before"), "{}", again.stderr);
    assert_eq!(again.stdout, finished.stdout_in(out.path()));
    remove(&dir, &["report.txt"]);
    assert!(run(out.path(), &[]).stopped(2).contains("lock is no plain file"));
}

#[test]
fn a_checkpoint_that_cannot_be_read_is_no_start_from_zero() {
    let out = folder();
    let dir = Finished::get().lay_out(out.path());
    remove(&dir, &["manifest.json", "units/text-rnn-seed1/unit.manifest.json"]);
    // A folder cannot be read as a file, not even by the user `root`.
    fs::create_dir(dir.join("units/text-rnn-seed1/last.ckpt")).expect("made");
    let ended = run(out.path(), &[]);
    let line = ended.stopped(1);
    assert!(line.contains("reading ") && line.contains("units/text-rnn-seed1/last.ckpt: "), "{line}");
}

#[test]
fn a_file_that_cannot_be_written_ends_the_run_with_1_and_what_is_finished_stays() {
    let out = folder();
    let dir = out.path().join("vanishing_gradient").join(&Finished::get().id);
    fs::create_dir_all(dir.join("metrics.csv")).expect("in the way");
    let ended = run(out.path(), &[]);
    let line = ended.stopped(1);
    assert!(line.starts_with("error: ") && line.contains("metrics.csv"), "{line}");
    fs::remove_dir(dir.join("metrics.csv")).expect("out of the way");
    let again = run(out.path(), &[]).succeeded();
    assert!(again.stderr.contains("4 of 4 trainings kept"), "{}", again.stderr);
    assert!(dir.join("metrics.csv").is_file());
}
