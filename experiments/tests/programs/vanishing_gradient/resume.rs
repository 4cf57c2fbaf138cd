//! The same command goes on from what is there, and trusts only what is whole.

use std::fs;
use std::path::Path;

use super::support::{Finished, assert_same, folder, results, run};

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
        (&["result.json", "config.toml", "metrics.csv", "figures/france.csv", "figures/gradient_flow.png"], 4),
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
fn a_unit_file_that_is_not_whole_is_trained_again() {
    let out = folder();
    let finished = Finished::get();
    let dir = finished.lay_out(out.path());
    let whole = fs::read(dir.join("units/france-rnn-seed1/outcome.json")).expect("readable");
    let damages: [(&str, &[u8]); 5] = [
        ("france-rnn-seed1", &whole[..whole.len() / 2]),
        ("france-lstm-seed1", b""),
        ("text-rnn-seed1", b"{\"source\": \"text\"}"),
        ("text-lstm-seed1", b"\xff\xfe\x00garbage"),
        ("..", b"{"),
    ];
    for (name, damage) in damages {
        let file = if name == ".." { dir.join("result.json") } else { dir.join(format!("units/{name}/outcome.json")) };
        fs::write(file, damage).expect("written");
    }
    let again = run(out.path(), &[]).succeeded();
    assert!(again.stderr.contains("0 of 4 trainings kept"), "{}", again.stderr);
    assert_eq!(again.stdout, finished.stdout_in(out.path()));
    assert_same(&results(&dir), &finished.results());
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
