//! Files that no loader may take, and what each says of them.

use std::path::Path;

use autograd::testing::{check, proptest};
use proptest::prelude::*;

use super::*;

type Loader = fn(&[u8]) -> Result<usize, LoadError>;

const NAME: &str = "my\nfile";

const TSV: Loader = |bytes| tsv::parse(NAME, bytes).map(|examples| examples.len());
const PAIRS: Loader = |bytes| pairs::parse(NAME, bytes, pairs::Columns::TRANSLATION).map(|pairs| pairs.len());
const CONLL: Loader = |bytes| conll::parse(NAME, bytes).map(|sentences| sentences.len());
const TABLE: Loader = |bytes| table::parse(NAME, bytes, "").map(|table| table.rows.len());
const TEXT: Loader = |bytes| text::parse(NAME, bytes.to_vec()).map(|text| text.len());

const COLUMNS: &str = "; write `label TAB text` on every line, without a TAB in the text";
const SAME_COLUMNS: &str = "; write the same columns on every line";

#[test]
fn a_bad_file_is_refused_with_its_line_and_the_cure() {
    let long = |byte: &str, times| [b"a\tb\n", byte.repeat(times).as_bytes()].concat();
    let (ascii, wide) = (long("x", 1_000_001), long("가", 400_000));
    let columns = |n: &str| format!(", line 2: the line has {n}{COLUMNS}");
    let rows: Vec<(Loader, &[u8], String)> = vec![
        (TSV, b"", format!(": the file is empty{COLUMNS}")),
        (TSV, b"\xef\xbb\xbf", format!(": the file is empty{COLUMNS}")),
        (TSV, b"\r\n\r\n  \n\t\t\n", format!(": the file is empty{COLUMNS}")),
        (TSV, b"a\tb\nno tab", columns("1 column")),
        (TSV, b"a\tb\nc\td\te\n", columns("3 columns")),
        (TSV, b"a\tb\nc\td\t\n", columns("3 columns")),
        (TSV, b"a\tb\rc\td\re\tf", "the line has 4 columns".into()),
        (TSV, b"a\tb\n\tc\n", format!(", line 2: the label is empty{COLUMNS}")),
        (TSV, b"a\tb\r\n\r\n  \tc\r\n", format!(", line 3: the label is empty{COLUMNS}")),
        (TSV, b"a\tb\nc\t\n", format!(", line 2: the text is empty{COLUMNS}")),
        (TSV, "a\tb\nc\t\u{a0}\n".as_bytes(), ", line 2: the text is empty".into()),
        (TSV, b"a\tb\na\tc", ": every label is `a`; give examples of two classes or more".into()),
        (TSV, b"a\x1b[2J\tb", ": every label is `a\\u001b[2J`; give".into()),
        (TSV, b"a\tb\nb\tcaf\xe9\n", ", line 2: byte 6 of the line is not UTF-8; convert the file to UTF-8".into()),
        (TSV, b"\xff\xfea\0\t\0", ", line 1: byte 1 of the line is not UTF-8".into()),
        (TSV, b"a\tb\nb\t\xea\xb0", ", line 2: byte 3 of the line is not UTF-8".into()),
        (TSV, b"a\0\t\0b\0\n\0", ", line 1: byte 2 of the line is NUL; give a text file in UTF-8".into()),
        (TSV, &ascii, ", line 2: the line is longer than 1000000 bytes; write one example a line".into()),
        (TSV, &wide, ", line 2: the line is longer than 1000000 bytes".into()),
        (PAIRS, b"", ": the file is empty; write `source TAB target` on every line, without a TAB in either".into()),
        (PAIRS, b"a\tb\nc", ", line 2: the line has 1 column; write `source TAB target`".into()),
        (PAIRS, b"a\tb\tc", ", line 1: the line has 3 columns".into()),
        (PAIRS, b" \tb", ", line 1: the source is empty".into()),
        (PAIRS, b"b\t ", ", line 1: the target is empty".into()),
        (PAIRS, b"b\t\x80", ", line 1: byte 3 of the line is not UTF-8".into()),
        (CONLL, b"", ": the file is empty; write `token … tag` on every line and a blank line after each".into()),
        (CONLL, b"-DOCSTART- -X- O O\n\n", ": the file is empty; write ".into()),
        (CONLL, b"a B-PER\nb\n", ", line 2: the line has 1 column; write ".into()),
        (CONLL, b"a B-PER\nb NN O", format!(", line 2: the line has 3 columns, but line 1 has 2{SAME_COLUMNS}")),
        (CONLL, b"\na NN O\n\nb O", format!(", line 4: the line has 2 columns, but line 2 has 3{SAME_COLUMNS}")),
        (CONLL, b"a PER", ", line 1: the tag `PER` is not O, B-type or I-type; write tags in the IOB2 scheme".into()),
        (CONLL, b"a B-PER\nb E-PER", ", line 2: the tag `E-PER` is not".into()),
        (CONLL, b"a B-", ", line 1: the tag `B-` is not".into()),
        (CONLL, b"a b-PER", ", line 1: the tag `b-PER` is not".into()),
        (CONLL, b"a 0", ", line 1: the tag `0` is not".into()),
        (CONLL, b"a X\x07", ", line 1: the tag `X\\u0007` is not".into()),
        (CONLL, b"a O\nb O\n\nc O", ": every tag is O; tag entities with B-type and I-type".into()),
        (CONLL, b"a B-PER\nb\xc3 O", ", line 2: byte 2 of the line is not UTF-8".into()),
        (TABLE, b"", ": the file is empty; write a header, then numbers and a class on every line, sep".into()),
        (TABLE, b"\n \n", ": the file is empty; write a header".into()),
        (TABLE, b"a,b\n", ", line 1: the header has no rows below it; write a header, then numbers".into()),
        (TABLE, b"a;b\n1;x\n", ", line 1: the line has 1 column; write a header, then numbers and a class".into()),
        (TABLE, b"1,2\n3,4\n", ", line 1: the line has numbers only; write the names of the columns first".into()),
        (TABLE, b"a,a,b\n", ", line 1: two columns are called `a`; give each a name of its own".into()),
        (TABLE, b"a,b\n1,x\n\n2,y,z\n", format!(", line 4: the line has 3 columns, but line 1 has 2{SAME_COLUMNS}")),
        (TABLE, b"a,b\n1,x\n,y\n", ", line 3: column `a` is empty; fill it in or leave the line out".into()),
        (TABLE, b"a,b\n1,x\n2,\n", ", line 3: column `b` is empty".into()),
        (TABLE, b"a,b\n1,x\ntwo,y\n", ", line 3: column `a` has `two`, which is no number; write a category as".into()),
        (TABLE, b"a,b\nnan,x\n", ", line 2: column `a` has `nan`, which is no number".into()),
        (TABLE, b"a,b\n-inf,x\n", ", line 2: column `a` has `-inf`, which is no number".into()),
        (
            TABLE,
            b"a,b\n1e999,x\n",
            ", line 2: column `a` has `1e999`, which is beyond ±3.4028235e38, the largest".into(),
        ),
        (
            TABLE,
            b"a,b\n-1e300,x\n",
            ", line 2: column `a` has `-1e300`, which is beyond ±3.4028235e38, the largest".into(),
        ),
        (TABLE, b"a,b\n1,x\n2,x\n", ": every label is `x`; give examples of two classes or more".into()),
        (TABLE, b"a,b\n1,x\n2,\xff\n", ", line 3: byte 3 of the line is not UTF-8; convert the file to UTF-8".into()),
        (TEXT, b"", ": the file is empty; write a text".into()),
        (TEXT, b"\xef\xbb\xbf", ": the file is empty; write a text".into()),
        (TEXT, b"ab\ncd\xff", ", line 2: byte 3 of the line is not UTF-8".into()),
        (PAIRS, b"PK\x03\x04\t14\n\x14\0", ", line 2: byte 2 of the line is NUL".into()),
    ];
    for (i, (load, bytes, message)) in rows.iter().enumerate() {
        let error = load(bytes).expect_err(&format!("row {i} is refused")).to_string();
        assert!(error.starts_with("my\\nfile") && error.contains(message), "row {i}:\n{error}\n{message}");
        assert!(!error.contains(char::is_control) && error.len() < 250, "row {i}: {error}");
    }
}

#[test]
fn a_line_of_the_longest_length_is_fine() {
    for end in ["", "\n", "\r\n"] {
        let file = format!("a\t{}{end}", "x".repeat(LONGEST_LINE - 2));
        assert_eq!(PAIRS(file.as_bytes()).expect("fine"), 1);
    }
}

#[test]
fn a_long_tag_is_not_shown_whole() {
    let error = CONLL(format!("a {}", "가".repeat(1000)).as_bytes()).expect_err("no tag").to_string();
    assert!(error.contains(&format!("`{}…`", "가".repeat(40))), "{error}");
}

#[test]
fn a_file_that_is_not_there_and_a_directory_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none.tsv");
    let refusals = |path: &Path| {
        [
            tsv::read(path).map(|_| ()),
            pairs::read(path, pairs::Columns::TALK).map(|_| ()),
            conll::read(path).map(|_| ()),
            table::read(path, "").map(|_| ()),
            text::read(path).map(|_| ()),
        ]
        .map(|result| result.expect_err("refused").to_string())
    };
    for error in refusals(&missing) {
        assert_eq!(error, format!("{}: there is no such file; check the name", missing.display()));
    }
    for error in refusals(folder.path()) {
        assert_eq!(error, format!("{}: this is a directory; name a file in it", folder.path().display()));
    }
    let fine = folder.path().join("fine");
    std::fs::write(&fine, "a\tB-b\nc\tO\n").expect("written");
    assert_eq!(tsv::read(&fine).expect("fine").len(), 2);
    assert_eq!(pairs::read(&fine, pairs::Columns::TALK).expect("fine").len(), 2);
    assert_eq!(conll::read(&fine).expect("fine").len(), 1);
    assert_eq!(text::read(&fine).expect("fine").len(), 10);
}

#[test]
fn no_bytes_make_a_loader_panic_or_write_two_lines() {
    let pieces = proptest::sample::select(vec![
        &b"\t"[..],
        b"\n",
        b"\r\n",
        b" ",
        b"O",
        b"B-PER",
        b"I-",
        b",",
        b"\"",
        b"a,b\n",
        b"1",
        b"-DOCSTART-",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\0",
        b"\x1b",
    ]);
    let piece = prop_oneof![pieces.prop_map(<[u8]>::to_vec), proptest::collection::vec(any::<u8>(), 0..4)];
    check(proptest::collection::vec(piece, 0..30), |pieces| {
        for load in [TSV, PAIRS, CONLL, TABLE, TEXT] {
            if let Err(error) = load(&pieces.concat()) {
                prop_assert!(!error.to_string().contains(char::is_control), "{error}");
            }
        }
        Ok(())
    });
}
