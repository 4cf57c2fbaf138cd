//! Every op has a certificate: a file under `src/ops` whose op is not certified fails here.

use std::path::Path;

/// The structs of `source` that are ops: those for which `Op` or `Elementwise` is implemented.
fn ops(source: &str) -> Vec<&str> {
    let after = |line: &'static str| {
        source
            .lines()
            .filter(move |l| l.starts_with("impl"))
            .filter_map(move |l| l.split_once(line))
            .map(|(_, name)| name)
    };
    after("Op<T> for ").chain(after("Elementwise for ")).map(|name| name.trim_end_matches([' ', '{'])).collect()
}

/// Whether a test of `source` certifies `op`: a call of `certify…` in a test names it, or a value bound to it.
fn certified(source: &str, op: &str) -> bool {
    let Some((_, tests)) = source.split_once("#[cfg(test)]") else { return false };
    tests.contains("testing::certify") && tests.contains(op)
}

#[test]
fn every_op_file_is_listed_and_every_op_is_certified() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let listing = std::fs::read_to_string(folder.join("mod.rs")).expect("mod.rs");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("the ops folder") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().and_then(|s| s.to_str()).expect("a name").to_owned();
        if stem == "mod" {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("an op file");
        assert!(listing.contains(&format!("mod {stem};")), "{stem}.rs is not listed in ops/mod.rs");
        let ops = ops(&source);
        assert!(!ops.is_empty(), "{stem}.rs defines no op");
        for op in ops {
            assert!(certified(&source, op), "{stem}.rs: `{op}` has no certificate; see CONTRIBUTING.md, \"Add an op\"");
            seen += 1;
        }
    }
    assert!(seen >= 16, "only {seen} ops found: has the folder moved?");
}

#[test]
fn an_op_without_a_certificate_is_noticed() {
    let op = "impl<T: Scalar> Op<T> for Cube {\n}\n";
    assert_eq!(ops(op), ["Cube"]);
    assert!(!certified(op, "Cube"));
    assert!(!certified(&format!("{op}#[cfg(test)] mod tests {{ fn t() {{ Cube; }} }}"), "Cube"));
    assert!(certified(&format!("{op}#[cfg(test)] mod tests {{ fn t() {{ testing::certify(&Cube, x) }} }}"), "Cube"));
}
