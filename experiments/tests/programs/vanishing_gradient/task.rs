//! The study on other tasks than the usual one: a built-in task of numbers, and tasks that are not built in.

use std::ffi::OsString;
use std::path::Path;

use experiments::task::{AtDistance, Batch, Score, Targets, Task, Wording};
use experiments::{Stop, program, studies::VanishingGradient};
use models::networks::Read;
use models::{Draws, Registry};
use nalgebra::DMatrix;

use super::support::{binary, config, end, folder, results, run, run_dir};

/// Was the first bit 1? A task of a user's; with `Read::Every` it asks too often.
struct FirstBit(Read);

impl Task for FirstBit {
    fn inputs(&self) -> usize {
        1
    }

    fn outputs(&self) -> usize {
        2
    }

    fn read(&self) -> Read {
        self.0
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        self.at_distance(1, draws, examples)
    }

    fn baseline(&self) -> Score {
        Score::Accuracy(0.5)
    }
}

impl AtDistance for FirstBit {
    fn at_distance(&self, d: usize, draws: &mut Draws, examples: usize) -> Batch {
        let x = DMatrix::from_fn(1, (d + 1) * examples, |_, _| draws.below(2) as f64);
        let classes = x.columns(0, examples).iter().map(|bit| *bit as usize).collect();
        Batch::new(x, examples, Targets::Classes(classes))
    }

    fn wording(&self) -> Wording {
        Wording { title: "The first bit", examples: "sequences", from: "first bit", to: "end" }
    }
}

/// The mean of the first two numbers, at any distance but wrongly drawn: all examples have two steps.
struct TooShort;

impl Task for TooShort {
    fn inputs(&self) -> usize {
        1
    }

    fn outputs(&self) -> usize {
        1
    }

    fn batch(&self, draws: &mut Draws, examples: usize) -> Batch {
        self.at_distance(1, draws, examples)
    }

    fn baseline(&self) -> Score {
        Score::SquaredError(1.0 / 24.0)
    }
}

impl AtDistance for TooShort {
    fn at_distance(&self, _: usize, draws: &mut Draws, examples: usize) -> Batch {
        let x = DMatrix::from_fn(1, 2 * examples, |_, _| draws.uniform());
        let means = DMatrix::from_fn(1, examples, |_, e| 0.5 * (x[e] + x[examples + e]));
        Batch::new(x, examples, Targets::Numbers(means))
    }

    fn wording(&self) -> Wording {
        Wording { title: "The mean", examples: "pairs", from: "first number", to: "mean" }
    }
}

/// What a user's own program does.
fn own_program(out: &Path, more: &[&str]) -> Result<(), Stop> {
    let own = VanishingGradient::new(Registry::builtin())
        .with_task("first_bit", FirstBit(Read::Last))
        .with_task("too_often", FirstBit(Read::Every))
        .with_task("too_short", TooShort);
    let small = "own --quick --cells rnn,lstm --hidden 4 --seeds 2 --steps 12 --examples 2 --test-examples 5 \
                 --updates 5 --batch 4 --text-updates 1 --text-seeds 1 --out";
    let words = small.split_whitespace().map(OsString::from).chain([out.into()]);
    program::run(&own, words.chain(more.iter().map(OsString::from)))
}

#[test]
fn a_task_of_numbers_is_measured_by_its_error_against_distance() {
    let out = folder();
    let said = run(out.path(), &["--task", "adding", "--seeds", "2"]).succeeded().stdout;
    assert!(said.contains("The adding problem: a first marked number, 11 steps later the sum"), "{said}");
    assert!(said.contains("| error at 11 |") && said.contains("squared error without it → with it"), "{said}");
    assert!(!said.contains("country") && !said.contains("accuracy"), "{said}");
    let files = results(&run_dir(out.path()));
    let text = |name: &str| String::from_utf8(files[name].clone()).expect("UTF-8");
    for figure in ["gradient_flow", "adding", "gradient_flow_text"] {
        assert!(["png", "svg"].iter().all(|kind| files.contains_key(&format!("figures/{figure}.{kind}"))), "{figure}");
        assert!(text(&format!("figures/{figure}.csv")).lines().count() > 4, "{figure}");
    }
    let scores = text("figures/adding.csv");
    let column = |name: &str| scores.lines().next().expect("a header").split(',').position(|head| head == name);
    let (distance, error) = (column("distance").expect("one"), column("squared_error").expect("one"));
    let number = |row: &str, at: usize| row.split(',').nth(at).and_then(|x| x.parse::<f64>().ok()).expect("a number");
    let pooled: Vec<_> = scores.lines().filter(|row| row.starts_with("lstm,") && row.contains(",,")).collect();
    let distances: Vec<_> = pooled.iter().map(|row| number(row, distance)).collect();
    assert_eq!(distances, [1.0, 2.0, 3.0, 5.0, 10.0, 11.0, 55.0]);
    assert!(pooled.iter().all(|row| number(row, error) > 0.0), "{scores}");
    assert!(text("figures/adding.svg").contains("error against distance"));
    assert!(text("figures/adding.svg").contains("distance from the first marked number to the sum"));
    assert!(text("figures/gradient_flow.svg").contains("The gradient of the last loss on its way back"));
    assert!(text("result.json").contains("\"squared_error.lstm\": "));
}

#[test]
fn a_users_own_task_runs_through_the_study() {
    let out = folder();
    own_program(out.path(), &["--task", "first_bit"]).expect("it runs");
    let files = results(&run_dir(out.path()));
    let text = |name: &str| String::from_utf8(files[name].clone()).expect("UTF-8");
    assert!(text("figures/first_bit.csv").starts_with("cell,distance,seed,right,of,accuracy,low,high\n"));
    assert!(text("figures/first_bit.svg").contains("The first bit: accuracy against distance"));
    assert!(text("figures/first_bit.svg").contains("chance, 1 in 2"));
    assert!(text("figures/gradient_flow.csv").lines().any(|row| row.starts_with("lstm,trained,c,measured,")));
    let report = text("report.txt");
    // Nobody has said when it is solved, so no cell is said to solve it.
    assert!(
        report.contains("a first bit, 11 steps later the end (chance 0.500)") && report.contains("| – "),
        "{report}"
    );
    assert!(report.contains("of sequences of distance 55"), "{report}");
}

#[test]
fn a_task_that_cannot_be_measured_is_refused_in_one_line() {
    let out = folder();
    for (task, why) in [
        ("too_often", "--task too_often: it does not ask after the last step alone"),
        (
            "too_short",
            "--task too_short: two examples at distance 11 have 1 rows, the steps [2, 2] and 2 fitting answers",
        ),
        ("first_bti", "did you mean `first_bit`?"),
    ] {
        let stop = own_program(out.path(), &["--task", task]).expect_err("refused");
        assert!(stop.code() == 2 && stop.to_string().contains(why), "{stop}");
        assert!(!stop.to_string().contains('\n'));
    }
    let mut command = binary();
    command.args(["--task", "addign", "--out"]).arg(out.path());
    let ended = end(command);
    assert!(
        ended.stopped(2).contains("--task addign: no task is called `addign`; did you mean `adding`? there are france")
    );
    assert_eq!(std::fs::read_dir(out.path()).expect("a folder").count(), 0, "nothing was begun");
}

#[test]
fn the_usual_task_is_no_setting() {
    assert_eq!(config(&["--task", "france"]), config(&[]));
    assert!(!config(&[]).contains("task ="));
    assert!(config(&["--task", "adding"]).contains("task = \"adding\""));
}

#[test]
#[should_panic(expected = "task: files of the study are called `text`")]
fn a_task_cannot_be_called_as_files_of_the_study_are() {
    let _ = VanishingGradient::new(Registry::builtin()).with_task("text", TooShort);
}
