//! The program `when_to_use`, as a user starts it.

use std::path::Path;

use super::program::{Program, drawn, folder};

const WHEN_TO_USE: Program = Program { path: env!("CARGO_BIN_EXE_when_to_use"), name: "when_to_use" };

/// Flags of a run that takes a second.
const SMALL: [&str; 9] = ["--quick", "--updates", "3", "--train", "40", "--test", "20", "--parameters", "200"];

#[test]
fn a_run_leaves_its_figures_with_the_same_bytes_whatever_the_threads() {
    let (files, said) = WHEN_TO_USE.same_whatever_the_threads(&SMALL);
    for network in ["logistic regression", "MLP", "CNN", "RNN", "CNN-LSTM", "most frequent class"] {
        assert!(said.contains(&format!("| {network} ")), "{said}");
    }
    assert!(said.contains("table: the article says MLP, ") && said.contains("in another order"), "{said}");
    drawn(&files, &["accuracy", "examples"]);
}

/// `text` in a file of this folder.
fn file(folder: &Path, text: &[u8]) -> String {
    let path = folder.join("my.csv");
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn a_table_of_ones_own_is_learnt() {
    let (place, out) = (folder(), folder());
    let rows: String = (0..60).map(|k| format!("{},{},{}\n", k % 7, ["low", "high"][k / 30], k)).collect();
    let table = file(place.path(), format!("a,kind,b\n{rows}").as_bytes());
    let mut flags = vec!["--quick", "--updates", "60", "--problems", "table", "--shuffled=false"];
    flags.extend(["--table", &table, "--class", "kind"]);
    let said = WHEN_TO_USE.run(out.path(), &flags).succeeded();
    let row = said.lines().find(|line| line.starts_with("| MLP ")).expect("a row of the MLP");
    assert!(said.contains("| network             | my.csv") && !said.contains("in another order"), "{said}");
    let accuracy: f64 =
        row.split('|').nth(2).and_then(|cell| cell.split_whitespace().next()?.parse().ok()).expect("one");
    assert!(accuracy > 0.8, "{row}");
}

#[test]
fn what_is_no_table_is_refused_in_a_line_that_names_it() {
    let refused = |text: &[u8], why: &str| WHEN_TO_USE.refuses("--table", text, why);
    refused(b"", "mine.txt: the file is empty; write a header");
    refused(b"a,b\n1,x\n2,x\n", "every label is `x`; give examples of two classes or more");
    refused(b"a,b\n1,x\n\xff,y\n", "mine.txt, line 3: byte 1 of the line is not UTF-8");
    refused(b"a,b\n1,x\n2,y,z\n", "mine.txt, line 3: the line has 3 columns, but line 1 has 2");
    refused(b"a,b\n1,x\ntwo,y\n", "mine.txt, line 3: column `a` has `two`, which is no number");
    refused(b"a,b\n1,x\n1e300,y\n", "mine.txt, line 3: column `a` has `1e300`, which is beyond ±3.4028235e38");
    refused(b"a,b\n1,x\n2,y\n", "too few for training, validation and test; give more");
    let wide = vec!["1"; 1002].join(",");
    let header: Vec<String> = (0..1002).map(|k| format!("c{k}")).collect();
    refused(
        format!("{}\n{wide}\n{wide}2\n", header.join(",")).as_bytes(),
        "1001 columns are too many; give at most 1000",
    );
    let place = folder();
    let missing = place.path().join("none.csv");
    let said = WHEN_TO_USE.run(place.path(), &["--table", missing.to_str().expect("UTF-8")]).refused();
    assert!(said.contains("none.csv"), "{said}");
}

#[test]
fn settings_that_do_not_fit_are_refused_in_a_line() {
    let place = folder();
    let said = |flags: &[&str]| WHEN_TO_USE.run(place.path(), flags).refused();
    assert!(
        said(&["--problems", "table,images"]).contains("`images` is none of table, image, sequence, video, motion")
    );
    assert!(said(&["--class", "kind"]).contains("--table"));
    assert!(said(&["--cell", "lstmm"]).contains("lstmm"));
}
