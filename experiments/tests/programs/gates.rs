//! The program `gates`, as a user starts it.

use super::program::{Program, folder, results};

const GATES: Program = Program { path: env!("CARGO_BIN_EXE_gates"), name: "gates" };

/// Flags of a run that takes a second.
const SMALL: [&str; 13] = [
    "--quick",
    "--hidden",
    "5",
    "--longest",
    "8",
    "--shown",
    "6",
    "--updates",
    "20",
    "--test-examples",
    "9",
    "--examples",
    "2",
];

#[test]
fn a_run_leaves_its_figures_and_the_shares_of_the_memory_are_what_they_are_called() {
    let out = folder();
    let said = GATES.run(out.path(), &SMALL).succeeded();
    assert!(said.contains("| lstm ") && said.contains("| lstm_chrono ") && said.contains("f = 0"), "{said}");
    let files = results(&GATES.run_dir(out.path()));
    for figure in ["gates_lstm", "gates_lstm_chrono", "roles_lstm", "held", "memory"] {
        assert!(files.contains_key(&format!("figures/{figure}.png")), "{figure}");
    }
    // hand, what, unit, step → value, of the first cell.
    let rows = String::from_utf8(files["figures/gates.csv"].clone()).expect("UTF-8");
    let value = |hand: &str, what: &str, unit: usize, step: usize| -> f64 {
        let (begin, place) = (format!("lstm,1,{hand},{what},"), format!(",{unit},{step},"));
        let of = |row: &&str| row.starts_with(&begin) && row[begin.len() - 1..].starts_with(&place);
        let row = rows.lines().find(of).unwrap_or_else(|| panic!("{begin} {place}"));
        row.rsplit(',').next().and_then(|value| value.parse().ok()).expect("a number")
    };
    for unit in 0..5 {
        for step in 0..7 {
            let share = value("no_memory", "i", unit, step) * value("no_memory", "g", unit, step);
            assert!((value("no_memory", "c", unit, step) - share).abs() < 1e-15, "{unit} {step}");
        }
        for step in 1..7 {
            let share = value("no_input", "f", unit, step) * value("no_input", "c", unit, step - 1);
            assert!((value("no_input", "c", unit, step) - share).abs() < 1e-15, "{unit} {step}");
        }
        let (c, free) = (value("no_input", "c", unit, 0), value("free", "c", unit, 0));
        assert!((c - free).abs() < 1e-15, "the country itself is read as ever");
    }
}

#[test]
fn threads_and_a_second_run_change_no_byte() {
    GATES.same_whatever_the_threads(&SMALL);
}

#[test]
fn the_smallest_run_works() {
    let out = folder();
    let smallest = ["--quick", "--hidden", "1", "--longest", "1", "--shown", "1", "--updates", "1", "--examples", "1"];
    GATES.run(out.path(), &smallest).succeeded();
}

#[test]
fn what_has_no_such_gates_is_refused_in_one_line() {
    let out = folder();
    for (flags, why) in [
        (["--cells", "gru"], "`gru` has no `i`"),
        (["--cells", "lstm,lstmm"], "`lstmm`"),
        (["--cells", "lstm,lstm"], "`lstm` is named twice"),
        (["--longest", "0"], "--longest 0"),
    ] {
        let line = GATES.run(out.path(), &flags).refused();
        assert!(line.contains(why), "{line}");
    }
    assert!(!out.path().join("gates").exists(), "nothing was begun");
}
