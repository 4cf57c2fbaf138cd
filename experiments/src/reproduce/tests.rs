//! Every file is whole, a bad one is refused where it is bad, and the page is that of the results.

use std::fs;
use std::path::Path;

use models::Registry;
use tempfile::TempDir;

use super::*;
use crate::settings::Scale;

const GOOD: &str = r#"
source = "Nobody 2000, §1"
question = "Is it so?"
minutes = 0.1
tolerance = 0.05
deviations = [{ what = "It is short", because = "time is" }]

[protocol]
kind = "error"
seeds = 2
statistic = "mean"
cap = 3
task = "adding:length=5"
cell = "gru"
hidden = 3
optimizer = { kind = "adam", learning_rate = 0.01 }
batch = 4
test = 10

[quick]
cap = 1

[[rows]]
name = "as it is"
published = 0.1

[[rows]]
name = "longer"
set = { test_task = "adding:length=9", optimizer = { kind = "sgd", learning_rate = 0.1 } }
"#;

fn opened(text: &str) -> Result<Vec<Row>, Stop> {
    let paper = Paper::parse(Path::new("a.toml"), text)?;
    let rows = paper.rows(Scale::Usual).expect("no map");
    let of = (&Registry::builtin(), &Tasks::builtin());
    paper.setups((Path::new("a.toml"), text), &rows, of).map(|_| rows)
}

#[test]
fn every_built_in_paper_can_be_run_and_says_what_it_is() {
    let study = Reproduce::new(Registry::builtin(), Tasks::builtin());
    for name in page::names().expect("readable") {
        for scale in [Scale::Usual, Scale::Quick] {
            let (resolved, paper, _) = page::looked_up(&name, scale).expect("a paper");
            study.open(&resolved).map(|_| ()).expect("it can be built");
            let prose = paper.deviations.iter().flat_map(|d| [&d.what, &d.because]).chain([&paper.source]);
            assert!(prose.into_iter().all(|prose| prose.len() > 10), "{name}");
            assert!(paper.question.ends_with('?') && paper.minutes > 0.0 && paper.tolerance > 0.0, "{name}");
        }
        let lines = fs::read_to_string(page::file(&name)).expect("readable").lines().count();
        assert!(lines <= 60, "{name} has {lines} lines");
    }
}

#[test]
fn the_page_is_that_of_the_results_which_are_kept() {
    let made = Reproduce::page().expect("all results are of their files");
    if std::env::var_os("UNROLL_BLESS").is_some() {
        fs::write(page::place(), &made).expect("written");
    }
    let there = fs::read_to_string(page::place()).expect("docs/results.md");
    assert!(there == made, "docs/results.md is not that of the results; `reproduce --table` writes it");
}

#[test]
fn a_bad_file_is_refused_with_its_line_its_key_and_the_cure() {
    opened(GOOD).expect("good");
    for (good, bad, why) in [
        ("cap = 3", "cup = 3", "a.toml line 12: unknown field `cup`, expected one of"),
        ("cap = 3", "cap = \"3\"", "a.toml line 12: invalid type: string"),
        ("cap = 3", "cap = 0", "a.toml line 12: `cap`: 0 is out of range; give 1 or more"),
        ("cap = 3", "cap =", "a.toml line 12: "),
        ("kind = \"error\"", "kind = \"eror\"", "a.toml line 9: unknown variant `eror`, expected one of"),
        ("test = 10\n", "", "a.toml line 8: `test`: it is missing, and the kind `error` needs it"),
        ("test = 10", "test = 10\nlambda = 0.5", "a.toml line 9: `kind`: `lambda` means nothing to the kind `error`"),
        (
            "cell = \"gru\"",
            "cell = \"gro\"",
            "a.toml line 14: `cell`: cell: no cell is called `gro`; did you mean `gru`?",
        ),
        ("adding:length=5", "ading", "a.toml line 13: `task`: no task is called `ading`; did you mean `adding`?"),
        ("adding:length=9", "france", "a.toml line 29: `test_task`: it has other inputs or outputs"),
        ("batch = 4", "batch = 4\nnetwork = { outpts = 1 }", "a.toml line 18: `network`: unknown field `outpts`"),
        ("batch = 4", "batch = 4\nmeasure = \"cross_entropy\"", "a.toml line 18: `measure`: the answers of this task"),
        ("learning_rate = 0.01", "learning_rate = -1", "a.toml line 16: `optimizer`: "),
        ("source = \"Nobody 2000, §1\"", "source = \"\"", "a.toml line 2: `source` is empty"),
    ] {
        assert!(GOOD.contains(good), "{good}");
        let stop = opened(&GOOD.replace(good, bad)).expect_err(bad);
        let line = stop.to_string();
        assert!(stop.code() == 2 && line.starts_with(why) && !line.contains('\n'), "{bad}: {line}");
    }
}

#[test]
fn the_file_that_the_how_to_shows_can_be_run() {
    let page = include_str!("../../../docs/how_to_paper.md");
    let file = page.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("```")).expect("a file").0;
    assert_eq!(opened(file).expect("good").len(), 2);
}

#[test]
fn a_row_changes_what_it_names_and_quick_goes_before_it() {
    let rows = opened(GOOD).expect("good");
    assert_eq!((rows[0].set.cap, rows[1].set.cap, rows[1].set.hidden), (Some(3), Some(3), Some(3)));
    assert_eq!(rows[1].set.test_task.as_deref(), Some("adding:length=9"));
    assert!(rows[0].set.optimizer != rows[1].set.optimizer && rows[0].set.test_task.is_none());
    let quick = Paper::parse(Path::new("a.toml"), GOOD).expect("good").rows(Scale::Quick).expect("no map");
    assert_eq!(quick[1].set.cap, Some(1));
}

#[test]
fn a_map_has_a_row_for_each_pair_of_values() {
    let map = "[map]\nlabel = \"error\"\nx = { of = \"task\", option = \"length\", values = [3, 4] }\n\
               y = { of = \"cell\", option = \"forget_bias\", values = [0, 1, 2] }\n";
    let (head, _) = GOOD.split_once("[[rows]]").expect("rows");
    let text = head.replace("adding:length=5", "adding").replace("\"gru\"", "\"lstm\"") + map;
    let rows = opened(&text).expect("good");
    let specs: Vec<_> = rows.iter().map(|row| (row.set.cell.as_deref(), row.set.task.as_deref())).collect();
    assert_eq!(specs.len(), 6);
    assert_eq!(specs[1], (Some("lstm:forget_bias=0"), Some("adding:length=4")));
    assert_eq!(specs[4], (Some("lstm:forget_bias=2"), Some("adding:length=3")));
}

#[test]
fn prose_and_published_numbers_decide_nothing_and_the_protocol_all() {
    let decides = |text: &str, scale| Paper::decides(text.as_bytes(), scale);
    let at = |scale| decides(GOOD, scale);
    for prose in
        [("Nobody", "Somebody"), ("0.1\n", "0.2\n"), ("time is", "life is"), ("0.05", "0.5"), ("Is it so", "Was it so")]
    {
        assert_eq!(decides(&GOOD.replace(prose.0, prose.1), Scale::Usual), at(Scale::Usual), "{prose:?}");
    }
    for (from, to) in
        [("cap = 3", "cap = 4"), ("seeds = 2", "seeds = 3"), ("\"gru\"", "\"rnn\""), ("length=9", "length=8")]
    {
        assert_ne!(decides(&GOOD.replace(from, to), Scale::Usual), at(Scale::Usual), "{from}");
    }
    let quicker = GOOD.replace("cap = 1", "cap = 2");
    assert_eq!(decides(&quicker, Scale::Usual), at(Scale::Usual));
    assert_ne!(decides(&quicker, Scale::Quick), at(Scale::Quick));
}

/// What `reproduce` does with the file, and these flags.
fn obey(dir: &TempDir, file: &Path, flags: &[&str]) -> Result<(), Stop> {
    let words = [
        "reproduce".into(),
        file.into(),
        "--threads".into(),
        "1".into(),
        "--out".into(),
        dir.path().join("runs").into(),
    ];
    let words = words.into_iter().chain(flags.iter().map(Into::into));
    Reproduce::new(Registry::builtin(), Tasks::builtin()).obey(words.collect())
}

#[test]
fn a_result_is_kept_when_it_is_asked_for_and_is_then_not_run_again() {
    let dir = TempDir::new().expect("a folder");
    let file = dir.path().join("mine.toml");
    fs::write(&file, GOOD).expect("written");
    let kept = || Kept::read(&file).expect("readable");
    let runs = || fs::remove_dir_all(dir.path().join("runs")).expect("it ran");
    obey(&dir, &file, &[]).expect("runs");
    obey(&dir, &file, &["--quick", "--keep", "--force"]).expect("runs");
    assert_eq!(kept(), None, "nobody asked for it at this scale");
    obey(&dir, &file, &["--keep", "--force"]).expect("runs");
    let first = kept().expect("kept");
    assert!(
        first.rows.len() == 2 && first.rows.iter().all(|row| row.values.iter().flatten().count() == 2),
        "{first:?}"
    );
    runs();
    obey(&dir, &file, &[]).expect("known");
    assert!(!dir.path().join("runs").exists(), "it was known");
    fs::write(&file, GOOD.replace("cap = 3", "cap = 4")).expect("written");
    obey(&dir, &file, &[]).expect("runs");
    runs();
}

#[test]
fn an_easy_criterion_is_met_and_a_hard_one_is_a_failure() {
    let dir = TempDir::new().expect("a folder");
    for (end, met) in [
        ("window = 5\nwithin = 9.0", Some(5.0)),
        ("window = 5\nwithin = 1e-9", None),
        ("every = 4\nsolved = 9.0\ntest = 5", Some(4.0)),
    ] {
        let text = GOOD
            .replace("\"error\"", "\"criterion\"")
            .replace("cap = 3", "cap = 9")
            .replace("batch = 4\ntest = 10", &format!("batch = 1\n{end}"));
        let file = dir.path().join("mine.toml");
        fs::write(&file, text).expect("written");
        obey(&dir, &file, &["--keep", "--force"]).expect("runs");
        let kept = Kept::read(&file).expect("readable").expect("kept");
        assert_eq!(kept.rows[0].values, [met, met], "{end}");
    }
}

#[test]
fn weights_that_are_guessed_solve_what_anything_solves() {
    let dir = TempDir::new().expect("a folder");
    let file = dir.path().join("mine.toml");
    let (head, rows) = GOOD.split_once("optimizer").expect("there");
    let text = format!(
        "{}weights = 2.0\ntest = 6\nwithin = 99.0\n\n[[rows]]\nname = \"any\"\n",
        head.replace("\"error\"", "\"guessing\"")
    );
    assert!(rows.contains("batch"));
    fs::write(&file, text).expect("written");
    obey(&dir, &file, &["--keep"]).expect("runs");
    assert_eq!(Kept::read(&file).expect("readable").expect("kept").rows[0].values, [Some(1.0); 2]);
}
