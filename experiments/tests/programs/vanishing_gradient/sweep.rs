//! Sweeps: grids of runs, their shares, and what is merged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::{assert_same, binary, by_another_version, end, files, folder, results};

const SWEEP: &str = r#"
[base]
cells = ["rnn"]
seeds = 1
updates = 4
batch = 2
test_examples = 3
examples = 2
steps = 5
text.updates = 2
text.seeds = 1

[grid]
hidden = [2, 3]
learning_rate = [0.001, 0.01, 0.1]
"#;

fn sweep(here: &Path, file: &str, flags: &[&str]) -> Command {
    fs::write(here.join("sweep.toml"), file).expect("written");
    let mut command = binary();
    for name in ["ID", "COUNT", "MIN", "STEP"] {
        command.env_remove(format!("SLURM_ARRAY_TASK_{name}"));
    }
    command.current_dir(here).args(["--sweep", "sweep.toml"]).args(flags);
    command
}

/// The directory of the merged report below `out`.
fn merged(out: &Path) -> PathBuf {
    let entries = fs::read_dir(out.join("vanishing_gradient")).expect("a folder").flatten();
    let found =
        entries.map(|e| e.path()).find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("sweep-")));
    found.expect("a report")
}

#[test]
fn shards_together_report_what_the_whole_sweep_does() {
    let here = folder();
    let whole = end(sweep(here.path(), SWEEP, &["--out", "whole"])).succeeded();
    assert!(whole.stdout.starts_with("6 of 6 runs are done"), "{}", whole.stdout);
    let list = end(sweep(here.path(), SWEEP, &["--list"])).succeeded().stdout;
    assert_eq!(list.lines().count(), 6);
    assert!(list.lines().next().expect("a line").ends_with("  hidden=2 learning_rate=0.001"), "{list}");

    let report = |out: &str| end(sweep(here.path(), SWEEP, &["--out", out, "--report"])).succeeded().stdout;
    let mut listed = String::new();
    for shard in ["0/4", "1/4", "2/4", "3/4"] {
        let flags = ["--out", "parts", "--shard", shard];
        let share = end(sweep(here.path(), SWEEP, &[&flags[..], &["--list"]].concat())).succeeded().stdout;
        if shard == "3/4" {
            // By SLURM's variables, for once.
            let mut command = sweep(here.path(), SWEEP, &["--out", "parts"]);
            command.envs([
                ("SLURM_ARRAY_TASK_ID", "3"),
                ("SLURM_ARRAY_TASK_COUNT", "4"),
                ("SLURM_ARRAY_TASK_MIN", "0"),
            ]);
            end(command).succeeded();
        } else {
            end(sweep(here.path(), SWEEP, &flags)).succeeded();
        }
        listed += &share;
        let report = report("parts");
        let done = listed.lines().count();
        assert!(report.starts_with(&format!("{done} of 6 runs are done")), "{report}");
        for id in list.lines().filter_map(|line| line.split("  ").next()) {
            let there = listed.contains(id);
            let missing = report.lines().find(|line| line.contains("missing: ")).unwrap_or_default();
            assert_eq!(missing.contains(id), !there, "{report}");
        }
    }
    assert_eq!(report("parts").replace("parts", "whole"), report("whole"));
    let (whole, parts) = (merged(&here.path().join("whole")), merged(&here.path().join("parts")));
    assert_same(&results(&whole), &results(&parts));
    assert!(files(&whole).contains_key("figures/sweep.png"));
    let csv = fs::read_to_string(whole.join("sweep.csv")).expect("readable");
    assert!(csv.starts_with("id,hidden,learning_rate,status,accuracy.rnn") && csv.lines().count() == 7, "{csv}");

    // Each run is one that the same settings make alone, and one that is done is not run again.
    let id = list.split("  ").next().expect("an id");
    let alone = ["--config", "one.toml", "--out", "whole"];
    let mut one = SWEEP.split("[grid]").next().expect("base").replace("[base]", "");
    one += "hidden = 2\nlearning_rate = 0.001\n";
    // Dotted keys of a table come before others of the same table only; here they are all at the top.
    fs::write(here.path().join("one.toml"), one).expect("written");
    let mut command = binary();
    command.current_dir(here.path()).args(alone);
    let ended = end(command).succeeded();
    assert!(ended.stderr.contains("done before") && ended.stdout.contains(id), "{}", ended.stderr);
}

#[test]
fn a_sweep_that_is_none_is_refused() {
    let cases: [(&str, &[&str], &[&str]); 12] = [
        ("", &[], &["no [grid]"]),
        ("[grid]\n", &[], &["no [grid]"]),
        ("[grid]\nhidden = 3", &[], &["sweep.toml line 2", "not a list"]),
        ("[grid]\nhidden = []", &[], &["not a list"]),
        ("[grid]\nhidden = [0]", &[], &["line 2", "`hidden` = 0 is out of range"]),
        ("[grid]\nhiden = [1]", &[], &["no key `hiden`", "did you mean `hidden`?"]),
        ("[gird]\nhidden = [1]", &[], &["line 1", "`gird`", "did you mean [grid]?"]),
        ("[base]\nsteps = 1\n[grid]\nhidden = [1]", &[], &["line 2", "`steps` = 1"]),
        ("[grid]\nhidden = [1, 1]", &[], &["are the same run"]),
        ("[grid]\nhidden = [1]", &["--shard", "9/8"], &["--shard 9/8"]),
        ("[grid]\nhidden = [1]", &["--shard", "x"], &["--shard x"]),
        ("[grid]\nhidden = [1]", &["--print-config"], &["--list"]),
    ];
    for (file, flags, words) in cases {
        let here = folder();
        let ended = end(sweep(here.path(), file, flags));
        let line = ended.stopped(2);
        for word in words {
            assert!(line.contains(word), "`{word}` is not in: {line}");
        }
        assert_eq!(files(here.path()).len(), 1, "nothing was written");
    }
    for flags in [&["--list"][..], &["--shard", "0/1"], &["--report"]] {
        let mut command = binary();
        command.args(flags);
        assert!(end(command).stopped(2).contains("--sweep"));
    }
}

#[test]
fn a_run_of_another_version_is_neither_done_nor_merged() {
    let here = folder();
    let file = SWEEP.replace("[2, 3]", "[2]").replace("[0.001, 0.01, 0.1]", "[0.001, 0.01]");
    end(sweep(here.path(), &file, &["--out", "out"])).succeeded();
    let list = end(sweep(here.path(), &file, &["--list"])).succeeded().stdout;
    let id = list.split("  ").next().expect("an id");
    let run = here.path().join("out/vanishing_gradient").join(id);
    let ours = by_another_version(&run.join("manifest.json"));
    // The first is refused when the run begins, the second before any run does.
    let environment = run.join("environment.json");
    for begun in [&*ours, "0.0.9 (other)"] {
        let text = fs::read_to_string(&environment).expect("readable");
        fs::write(&environment, text.replace(&ours, begun)).expect("written");
        for flags in [&["--out", "out"][..], &["--out", "out", "--report"]] {
            let ended = end(sweep(here.path(), &file, flags));
            assert_eq!(ended.code, Some(2), "{}", ended.stderr);
            for word in [&*ours, "0.0.9 (other)", "--any-version", "--force"] {
                assert!(ended.stderr.contains(word), "{word} is not in: {}", ended.stderr);
            }
        }
    }
    let taken = end(sweep(here.path(), &file, &["--out", "out", "--report", "--any-version"])).succeeded();
    assert!(taken.stdout.starts_with("2 of 2 runs are done"), "{}", taken.stdout);

    // Another run's result, and one of other numbers.
    end(sweep(here.path(), &file, &["--out", "out", "--force"])).succeeded();
    let other = list.lines().last().and_then(|line| line.split("  ").next()).expect("an id");
    let other = here.path().join("out/vanishing_gradient").join(other);
    let report = || end(sweep(here.path(), &file, &["--out", "out", "--report"]));
    for names in [&["result.json"][..], &["result.json", "manifest.json"]] {
        for name in names {
            fs::copy(other.join(name), run.join(name)).expect("copied");
        }
        let line = report().stopped(2).to_owned();
        assert!(line.contains(id) && line.contains("--force"), "{line}");
    }
    fs::remove_file(run.join("manifest.json")).expect("removed");
    let line = report().stopped(2).to_owned();
    assert!(line.contains("result.json is that of run"), "{line}");
}

#[test]
fn a_run_that_another_process_is_at_is_not_failed() {
    let here = folder();
    let file = SWEEP.replace("[2, 3]", "[2]").replace("[0.001, 0.01, 0.1]", "[0.001, 0.01]");
    let list = end(sweep(here.path(), &file, &["--list"])).succeeded().stdout;
    let run = here.path().join("out/vanishing_gradient").join(list.split("  ").next().expect("an id"));
    fs::create_dir_all(&run).expect("made");
    let lock = fs::File::create(run.join("lock")).expect("made");
    lock.lock().expect("locked");
    let ended = end(sweep(here.path(), &file, &["--out", "out"]));
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("1 of 2 runs are done, 1 under way in another process, in "), "{}", ended.stdout);
    assert!(!ended.stderr.contains("failed") && !ended.stderr.contains("refused"), "{}", ended.stderr);
    let last = ended.stderr.lines().last().expect("a line");
    assert!(last.ends_with("another process works on 1 of 2 runs; wait for it"), "{last}");
    drop(lock);
    let ended = end(sweep(here.path(), &file, &["--out", "out"])).succeeded();
    assert!(ended.stdout.starts_with("2 of 2 runs are done, in "), "{}", ended.stdout);
}

#[test]
fn a_run_that_diverges_does_not_keep_the_others_from_finishing() {
    let here = folder();
    // As in the test of a run whose every training diverges.
    fs::write(here.path().join("fox.txt"), "the quick brown fox jumps over the lazy dog; ".repeat(20))
        .expect("written");
    let file = SWEEP
        .replace("[\"rnn\"]", "[\"irnn\"]\ntext.file = \"fox.txt\"")
        .replace("[2, 3]", "[4]")
        .replace("[0.001, 0.01, 0.1]", "[0.001, 1000.0]")
        .replace("steps = 5", "steps = 64")
        .replace("batch = 2", "batch = 4")
        .replace("text.updates = 2", "text.updates = 3");
    let ended = end(sweep(here.path(), &file, &["--out", "out"]));
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(
        ended.stderr.lines().last().expect("a line").starts_with("error: 1 of 2 runs diverged"),
        "{}",
        ended.stderr
    );
    let report = end(sweep(here.path(), &file, &["--out", "out", "--report"])).succeeded().stdout;
    assert!(report.starts_with("1 of 2 runs are done\n1 diverged: "), "{report}");
}
