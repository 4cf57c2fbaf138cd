//! No op, no name and no method without a row: what the op files say, against the table.

use std::path::Path;

use super::row::names;
use super::{Row, rows};

/// (stem, code before the tests, tests) of each op file.
fn files() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let entries = std::fs::read_dir(&folder).expect("the ops folder").map(|entry| entry.expect("an entry").path());
    let files = entries.filter(|path| path.is_file() && !path.ends_with("mod.rs"));
    let read = |path: &Path| {
        let source = std::fs::read_to_string(path).expect("an op file");
        let (code, tests) = source.split_once("#[cfg(test)]").unwrap_or((&source, ""));
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        (stem.to_owned(), code.to_owned(), tests.to_owned())
    };
    files.map(|path| read(&path)).collect()
}

/// The types of `code` that are ops: those for which `Op` or `Elementwise` is implemented.
fn ops(code: &str) -> Vec<&str> {
    let implementations =
        code.lines().filter(|line| line.starts_with("impl")).filter_map(|line| line.split_once(" for "));
    let ops = implementations.filter(|(of, _)| of.contains("Op<") || of.contains("Elementwise"));
    ops.map(|(_, name)| first_word(name)).collect()
}

/// What the ops of `code` call themselves.
fn op_names(code: &str) -> Vec<&str> {
    let constants =
        code.split("const NAME: &'static str = ").skip(1).map(|rest| rest.split(';').next().unwrap_or(rest));
    let functions = code.split("fn name(&self)").skip(1).map(|rest| rest.split("\n    }").next().unwrap_or(rest));
    constants.chain(functions).flat_map(|body| body.split('"').skip(1).step_by(2)).collect()
}

/// The public functions of `code` that take a value or a tape and give a value.
fn methods(code: &str) -> Vec<&str> {
    let heads = code.split("    pub fn ").skip(1).map(|rest| rest.split(" {").next().unwrap_or(rest));
    let methods = heads.filter(|head| head.contains("(self") || head.contains("(&'t self"));
    methods.map(first_word).collect()
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// Whether a row's op is the type `name` of the file `stem`, alone or inside `Map`.
fn is_of(row: &Row, stem: &str, name: &str) -> bool {
    let path = format!("::ops::{stem}::{name}");
    row.op.split_once(&path).is_some_and(|(_, rest)| first_word(rest).is_empty())
}

#[test]
fn every_op_every_name_and_every_method_has_a_row() {
    let (rows, files) = (rows(), files());
    let listing = include_str!("../mod.rs");
    assert!(files.len() >= 60, "only {} op files found: has the folder moved?", files.len());
    for (stem, code, tests) in &files {
        let help = format!("{stem}.rs: see CONTRIBUTING.md, \"Add an op\"");
        assert!(listing.contains(&format!("pub mod {stem};")), "{help}: not listed in ops/mod.rs");
        assert!(!ops(code).is_empty(), "{help}: no op");
        for op in ops(code) {
            let found = rows.iter().any(|row| is_of(row, stem, op));
            assert!(
                found,
                "{help}: `{op}` has no row: give it one in `tests::rows` and list {stem} in ops/table/mod.rs"
            );
        }
        for name in op_names(code) {
            assert!(names(&rows).contains(name), "{help}: no row is called {name}");
        }
        let (_, table) = tests.split_once("fn rows()").unwrap_or_default();
        let table = table.split("\n    }").next().unwrap_or_default();
        for method in methods(code) {
            assert!(table.contains(&format!(".{method}(")), "{help}: no row calls `{method}`");
        }
        assert!(tests.contains("fn certificate()"), "{help}: no test is called `certificate`");
        let refusals = rows.iter().filter(|row| row.place.file().ends_with(&format!("ops/{stem}.rs")));
        let refusals =
            refusals.map(|row| row.refusals.len() + usize::from(row.refuses_nothing.is_some())).sum::<usize>();
        let panics = code.contains("    /// # Panics") || code.contains("Err(") || code.contains("same_shape");
        assert!(!panics || refusals > 0, "{help}: it can panic, but no row has a call that it refuses");
    }
    let of_files = |row: &Row| files.iter().any(|(stem, code, _)| ops(code).iter().any(|op| is_of(row, stem, op)));
    assert!(rows.iter().all(of_files), "a row of no op file");
}

#[test]
fn the_sources_are_read_right() {
    let code = "impl<T: Scalar> Op<T> for Cube<T> {\n    fn name(&self) -> &'static str {\n        match self {\n   \
                         A => \"cube\",\n            B => \"third\",\n        }\n    }\n}\nimpl Elementwise for Two {\n    \
                const NAME: &'static str = \"two\";\n}\nimpl fmt::Debug for Three {\n    pub fn four(&self) -> T {\n    \
                pub fn five(self, a: f64) -> Self {\n";
    assert_eq!(
        (ops(code), op_names(code), methods(code)),
        (vec!["Cube", "Two"], vec!["two", "cube", "third"], vec!["five"])
    );
    let row = &super::super::tanh::tests::rows()[0];
    assert!(is_of(row, "tanh", "Tanh") && !is_of(row, "tanh", "Tan") && !is_of(row, "sigmoid", "Tanh"), "{}", row.op);
}
