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
    after("Op<T> for ").chain(after("Elementwise for ")).map(|name| words(name).next().unwrap_or_default()).collect()
}

/// Whether a test of `source` certifies `op`: the first argument of a `testing::certify…(` names the op, or a variable
/// that the same test binds (`let`, `for`) to a value which does.
fn certified(source: &str, op: &str) -> bool {
    let code: Vec<_> = source.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code)).collect();
    let code = code.join("\n");
    let Some((_, tests)) = code.split_once("#[cfg(test)]") else { return false };
    tests.split("#[test]").skip(1).any(|test| {
        let mut names = vec![op];
        for (pattern, value) in bindings(test) {
            if words(value).any(|word| names.contains(&word)) {
                names.extend(words(pattern));
            }
        }
        let calls = test.split("testing::certify").skip(1).filter_map(|call| call.split_once('('));
        calls.map(|(_, arguments)| first(arguments)).any(|op| words(op).any(|word| names.contains(&word)))
    })
}

/// (pattern, value) of every `let pattern = value;` and `for pattern in value {`, in order.
fn bindings(test: &str) -> impl Iterator<Item = (&str, &str)> {
    test.char_indices().filter_map(|(at, _)| {
        let rest = &test[at..];
        let (start, middle, end) = if rest.starts_with("let ") { ("let ", " = ", ';') } else { ("for ", " in ", '{') };
        let (pattern, rest) = rest.strip_prefix(start)?.split_once(middle)?;
        Some((pattern, rest.split_once(end)?.0))
    })
}

/// The names and numbers in `code`.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The first of some `arguments`: up to a comma or the closing parenthesis.
fn first(arguments: &str) -> &str {
    let mut depth = 0;
    let end = arguments.find(|c| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        depth < 0 || (depth == 0 && c == ',')
    });
    &arguments[..end.unwrap_or(arguments.len())]
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
    assert_eq!(ops("impl<T: Scalar> Op<T> for Cube<T> {\n}\n"), ["Cube"]);
    let certified = |tests: &str| certified(&format!("{op}#[cfg(test)] mod tests {{ {tests} }}"), "Cube");
    assert!(!certified(""));
    for none in [
        "Cube;",
        // of another op, beside a use of this one
        "testing::certify(&Square, x); tape.record(Cube, &[x]);",
        "let x = Cube; testing::certify(&Square, x);",
        "testing::certify(&CubeRoot, x);",
        "testing::certify(&Square, x); // and Cube",
        // in a function that is no test, or bound in another one
        "} fn helper() { testing::certify(&Square, x); let op = Cube;",
        "let op = Cube; } #[test] fn other() { testing::certify(&op, x);",
        "testing::certify(&[f(Square), g(h)].pop(), Cube);",
    ] {
        assert!(!certified(&format!("#[test] fn test() {{ {none} }}")), "{none}");
    }
    assert!(!certified("fn helper() { testing::certify(&Cube, x) }"), "not a test");
    for some in [
        "testing::certify(&Cube, x)",
        "testing::certify_unary(&Map(Cube { factor: f(1, 2) }), -2.0..2.0)",
        "let op = Cube; testing::certify(&op, x);",
        "let (a, b) = (Cube, 3);\n for op in [a] {\n testing::certify_binary(&op, x); }",
    ] {
        assert!(certified(&format!("#[test] fn test() {{ {some} }}")), "{some}");
    }
}
