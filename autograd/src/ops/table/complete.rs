//! No op, no name and no method without a row: what the op files say, against the table.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Row, rows};

/// Files of no op: what several ops of a family share, and the stack, which is not recorded as one.
const SHARED: [&str; 5] =
    ["axis/broadcast.rs", "image/window.rs", "loss/paired.rs", "reduce/over.rs", "shape/stack.rs"];

/// How many files there are at least.
const FILES: usize = 55;

struct File {
    family: String,
    stem: String,
    /// Before the tests.
    code: String,
    tests: String,
}

fn files() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let entries = |path: &Path| std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
    let families = entries(&folder).filter(|path| path.is_dir() && !path.ends_with("table"));
    let files = families.flat_map(|family| entries(&family).collect::<Vec<_>>());
    let files = files.filter(|path| !path.ends_with("mod.rs") && !SHARED.iter().any(|shared| path.ends_with(shared)));
    let read = |path: PathBuf| {
        let source = std::fs::read_to_string(&path).expect("an op file");
        let (code, tests) = source.split_once("#[cfg(test)]").unwrap_or((&source, ""));
        let name = |part: Option<&OsStr>| part.and_then(OsStr::to_str).expect("a name").to_owned();
        let family = name(path.parent().and_then(Path::file_name));
        File { family, stem: name(path.file_stem()), code: code.to_owned(), tests: tests.to_owned() }
    };
    files.map(read).collect()
}

/// The types of `code` that are ops: those for which `Op`, `Elementwise` or `PairedLoss` is implemented.
fn ops(code: &str) -> Vec<&str> {
    let implementations =
        code.lines().filter(|line| line.starts_with("impl")).filter_map(|line| line.split_once(" for "));
    let ops =
        implementations.filter(|(of, _)| ["Op<", "Elementwise", "PairedLoss"].iter().any(|name| of.contains(name)));
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

/// Whether a row's op is the type `name` of a file of ops, alone or inside `Map` or `Paired`.
fn is_of(row: &Row, family: &str, stem: &str, name: &str) -> bool {
    let path = format!("::ops::{family}::{stem}::{name}");
    row.op.split_once(&path).is_some_and(|(_, rest)| first_word(rest).is_empty())
}

#[test]
fn every_op_every_name_and_every_method_has_a_row() {
    let (rows, files) = (rows(), files());
    assert!(files.len() >= FILES, "only {} op files found: has a folder moved?", files.len());
    for File { family, stem, code, tests } in &files {
        let help = format!("{family}/{stem}.rs: see CONTRIBUTING.md, \"Add an op\"");
        assert!(!ops(code).is_empty(), "{help}: no op");
        for op in ops(code) {
            let found = rows.iter().any(|row| is_of(row, family, stem, op));
            assert!(
                found,
                "{help}: `{op}` has no row: give it one in `tests::rows` and list {stem} in ops/{family}/mod.rs"
            );
        }
        let panics = ["    /// # Panics", "Err(", "same_shape", "&[self, "].iter().any(|sign| code.contains(sign));
        for name in op_names(code) {
            let rows: Vec<_> = rows.iter().filter(|row| row.name == name).collect();
            assert!(!rows.is_empty(), "{help}: no row is called {name}");
            let refuses = rows.iter().any(|row| !row.refusals.is_empty() || row.refuses_nothing.is_some());
            assert!(!panics || refuses, "{help}: it can panic, but no row of {name} has a call that it refuses");
        }
        let (_, table) = tests.split_once("fn rows()").unwrap_or_default();
        let table = table.split("\n    }").next().unwrap_or_default();
        for method in methods(code) {
            let called = table.split(&format!(".{method}")).skip(1).any(|rest| rest.starts_with(['(', ':']));
            assert!(called, "{help}: no row calls `{method}`");
        }
        assert!(tests.contains("fn certificate()"), "{help}: no test is called `certificate`");
    }
    let of_file = |row: &Row, file: &File| ops(&file.code).iter().any(|op| is_of(row, &file.family, &file.stem, op));
    assert!(rows.iter().all(|row| files.iter().any(|file| of_file(row, file))), "a row of no op file");
}

#[test]
fn the_table_of_var_names_every_method() {
    let var = include_str!("../../tape/var.rs");
    let files = files();
    for method in files.iter().flat_map(|file| methods(&file.code)).chain(methods(var)) {
        let named = ["Self", "Tape"].iter().any(|of| var.contains(&format!("[`{method}`]({of}::{method})")));
        assert!(named, "`{method}` is missing in the table of `Var`, tape/var.rs");
    }
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
    let row = rows().into_iter().find(|row| row.name == "tanh").expect("the row of tanh");
    let is = |stem, name| is_of(&row, "pointwise", stem, name);
    assert!(is("tanh", "Tanh") && !is("tanh", "Tan") && !is("sigmoid", "Tanh"), "{}", row.op);
}
