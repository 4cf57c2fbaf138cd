//! docs/conformance.md: the table of cells and checks that readers see.

use std::path::Path;

use super::super::checks;
use crate::Registry;
use crate::testing::certified;

const BLESS: &str = "UNROLL_BLESS=1 cargo test -p models --lib conformance_page";

/// The page, with the worst error of each check on each cell.
fn page() -> String {
    let registry = Registry::builtin();
    let mut page = String::from(
        "# What every cell passes\n\n\
         Every cell of the registry, by itself, without its author's doing, passes the checks of \
         `models::testing::conform`;\na cell of yours does too, with one line in its test:\n\n\
         ```rust,ignore\nmodels::testing::conform(|dims| Box::new(MyCell::new(dims)));\n```\n\n\
         | check | what holds |\n|---|---|\n",
    );
    for check in checks() {
        page += &format!("| {} | {} |\n", check.name, check.promise);
    }
    page +=
        "\nThe worst relative error that each saw; 0 is exact. The certificate's is that of its dot test.\n\n| cell |";
    checks().iter().for_each(|check| page += &format!(" {} |", check.name));
    page += &format!("\n|---|{}\n", "---:|".repeat(checks().len()));
    for spec in registry.names().map(certified) {
        page += &format!("| `{spec}` |");
        for check in checks() {
            let error = check.run(|dims| registry.build(spec, dims).expect("a built-in name"));
            page += &if error > 0.0 { format!(" {error:.0e} |") } else { " 0 |".into() };
        }
        page += "\n";
    }
    page + &format!(
        "\nThe digits are of one machine; others may differ in the last. A test compares the cells and checks listed here \
         with the\ncode, and the digits with the limits. Each check also has a cell that breaks its promise, and must be \
         caught:\n`models/src/testing/conform/tests/faulty.rs`. To write the page anew:\n\n```sh\n{BLESS}\n```\n"
    )
}

/// The page without its digits.
fn skeleton(page: &str) -> String {
    let digits =
        |cell: &str| cell.trim().parse::<f64>().map_or(cell.to_owned(), |error| format!(" ≤ {} ", error <= 1e-12));
    page.lines().map(|line| line.split('|').map(digits).collect::<Vec<_>>().join("|") + "\n").collect()
}

#[test]
fn conformance_page() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    let measured = page();
    if std::env::var_os("UNROLL_BLESS").is_some() {
        std::fs::write(&path, &measured).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    expect_current(&written, &measured);
}

fn expect_current(written: &str, measured: &str) {
    let current = skeleton(written) == skeleton(measured);
    assert!(current, "docs/conformance.md is out of date, run `{BLESS}`");
}

#[test]
#[should_panic(
    expected = "docs/conformance.md is out of date, run `UNROLL_BLESS=1 cargo test -p models --lib conformance_page`"
)]
fn a_stale_page_is_answered_with_what_to_run() {
    expect_current("| `rnn` | 0 |\n", "| `rnn` | 0 |\n| `mgu` | 0 |\n");
}

#[test]
fn a_digit_beyond_the_limit_and_a_missing_cell_are_seen() {
    let row = "| `rnn` | 0 | 2e-15 |\n";
    assert_eq!(skeleton(row), skeleton("| `rnn` | 3e-16 | 1e-13 |\n"));
    for other in ["| `rnn` | 0 | 2e-11 |\n", "| `rnn` | 0 |\n", "| `gru` | 0 | 2e-15 |\n"] {
        assert_ne!(skeleton(row), skeleton(other));
    }
}
