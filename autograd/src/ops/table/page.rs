//! docs/certified.md: the table that readers see, with the worst errors over all cases of all rows.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::rows;
use crate::testing::{self, Measurement};

/// The checks that the page shows, and its heads of their columns.
const COLUMNS: [(&str, &str); 4] = [
    ("dot test", "dot test ≤ 1e-12"),
    ("finite differences", "finite differences ≤ 1e-6"),
    ("f32 value", "`f32` value ≤ 2e-5"),
    ("f32 gradient", "`f32` gradient ≤ 2e-5"),
];

const BLESS: &str = "UNROLL_BLESS=1 cargo test -p autograd certified_page";

/// Cases of an op, and the worst relative error in each column.
#[derive(Default)]
struct Line {
    cases: usize,
    worst: [f64; 4],
}

fn lines() -> BTreeMap<&'static str, Line> {
    let lines = std::cell::RefCell::new(BTreeMap::<_, Line>::new());
    for row in rows() {
        testing::check((row.inputs(), any::<u64>()), |(inputs, seed)| {
            let measured = testing::measure(&*row.program, &inputs, seed);
            for of in &measured {
                prop_assert!(of.holds(), "{}: {}: {:e} > {:e}", row.name, of.check, of.relative(), of.limit);
            }
            let mut lines = lines.borrow_mut();
            let line = lines.entry(row.name).or_default();
            line.cases += 1;
            for ((check, _), worst) in COLUMNS.iter().zip(&mut line.worst) {
                let of = measured.iter().find(|of| of.check == *check).map_or(f64::NAN, Measurement::relative);
                *worst = if of <= *worst { *worst } else { of };
            }
            Ok(())
        });
    }
    lines.into_inner()
}

fn page(lines: &BTreeMap<&str, Line>) -> String {
    let heads = COLUMNS.map(|(_, head)| head).join(" | ");
    let mut page = format!(
        "# What is certified\n\n\
         Every op, with the worst relative errors seen in its cases: random shapes and values, the same each time. What a \
         check\nsays stands in [The gradient certificate](certificate.md), what its errors are relative to at \
         `autograd::testing::examine`.\nAll its checks hold for every op here, and besides:\n\n\
         - they hold on 1×1 matrices, on empty batches, and, where an op takes them, at every length from 1 to 67, beyond \
         the\n  widest vector;\n\
         - on an empty batch the value is empty or 0 and so are the gradients, or the call is refused: a mean, a loss, a \
         maximum;\n\
         - 2¹⁶ numbers cost no digits in `f32`: values and gradients agree with `f64` to 2e-6, but for the gradients of a \
         matrix\n  product's factors, which are products; an op of one number is at ±∞ what it comes to there;\n\
         - no gradient comes from an entry of 0, ±1e300, ±∞ or NaN where none arrives, and none passes a slope of 0, not even \
         ∞,\n  at every SIMD level; products of matrices are excepted;\n\
         - every SIMD level of the machine gives the same bits; the matrix product, which chooses its level itself, agrees \
         with\n  three plain loops in `f64` on any shape up to 70×70;\n\
         - the method of `Var` records this op; wrong shapes, and a value of another tape, panic at the line of the call with \
         one\n  sentence that names it.\n\n\
         | op | cases | {heads} |\n|---|{}\n",
        "---:|".repeat(1 + COLUMNS.len())
    );
    let shown = |error: f64| if error > 0.0 { format!("{error:.1e}") } else { "0".into() };
    for (name, Line { cases, worst }) in lines {
        page += &format!("| `{name}` | {cases} | {} |\n", worst.map(shown).join(" | "));
    }
    page + &format!(
        "\nThe digits are of one machine; others may differ in the last. A test compares the list of ops with the code, and \
         the digits\nwith the limits. To write the page anew:\n\n```sh\n{BLESS}\n```\n"
    )
}

/// The name and the errors of each op on a page.
fn read(page: &str) -> Vec<(&str, Vec<f64>)> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let errors = |cells: &str| cells.split('|').skip(1).filter_map(|cell| cell.trim().parse().ok()).collect();
    lines.map(|(name, cells)| (name, errors(cells))).collect()
}

#[test]
fn certified_page() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/certified.md");
    let lines = lines();
    if std::env::var_os("UNROLL_BLESS").is_some() {
        std::fs::write(&path, page(&lines)).expect("the page is written");
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    let found = read(&page);
    let names: Vec<_> = found.iter().map(|(name, _)| *name).collect();
    assert!(names.iter().eq(lines.keys()), "docs/certified.md lists {names:?}; write it anew: {BLESS}");
    for (name, errors) in found {
        let held =
            errors.len() == COLUMNS.len() && errors.iter().zip([1e-12, 1e-6, 2e-5, 2e-5]).all(|(e, limit)| *e <= limit);
        assert!(held, "docs/certified.md: {name}: {errors:?} beyond the limits; write it anew: {BLESS}");
    }
}
