//! The program `caption`, as a user starts it.

use std::fs;
use std::path::Path;

use super::program::{Program, folder, results};

const CAPTION: Program = Program { path: env!("CARGO_BIN_EXE_caption"), name: "caption" };

/// Flags of a run that takes a second.
const SMALL: [&str; 9] = ["--quick", "--updates", "6", "--test", "5", "--hidden", "6", "--filters", "3,4"];

fn path(place: &Path) -> &str {
    place.to_str().expect("UTF-8")
}

#[test]
fn threads_and_a_second_run_change_no_byte() {
    let (one, two) = (folder(), folder());
    let with = |flags: &[&'static str]| [&SMALL[..], flags].concat();
    let said = CAPTION.run(one.path(), &with(&["--threads", "1"])).succeeded();
    assert!(said.contains("Never seen together in training: red ") && said.contains("without the picture"), "{said}");
    CAPTION.run(two.path(), &with(&["--threads", "2"])).succeeded();
    let first = results(&CAPTION.run_dir(one.path()));
    let names = ["figures/captions.png", "figures/captions.csv", "figures/scores.png", "pictures/captions.tsv"];
    for name in names.into_iter().chain(["pictures/new_pair-05.png", "model.safetensors", "result.json"]) {
        assert!(first.contains_key(name), "{name}");
    }
    assert!(first == results(&CAPTION.run_dir(two.path())), "other threads, other bytes");
    CAPTION.run(one.path(), &with(&["--threads", "1", "--force"])).succeeded();
    assert!(first == results(&CAPTION.run_dir(one.path())), "run again, other bytes");
}

/// The pictures that a run leaves are such a folder as it takes.
#[test]
fn pictures_of_ones_own_are_read_and_a_picture_is_described() {
    let place = folder();
    let drawn = ["--quick", "--updates", "6", "--test", "40", "--hidden", "6"];
    CAPTION.run(place.path(), &drawn).succeeded();
    let pictures = CAPTION.run_dir(place.path()).join("pictures");
    let out = folder();
    let own = ["--quick", "--updates", "6", "--images", path(&pictures)];
    let said = CAPTION.run(out.path(), &own).succeeded();
    assert!(said.contains("Captions of pictures") && said.contains("captions never seen in training"), "{said}");
    let picture = pictures.join("seen-01.png");
    for (asked, flags) in [(place.path(), &drawn[..]), (out.path(), &own[..])] {
        let answer = CAPTION.answers(asked, flags, path(&picture));
        assert!(answer.starts_with(&format!("{}: ", picture.display())), "{answer}");
        // After six updates nothing that is written is a caption.
        assert!(answer.contains("(held out: training had no picture with this caption)"), "{answer}");
        assert_eq!(answer.contains("(held out: training never had red "), flags == drawn, "{answer}");
    }
    let refused = |file: &Path, why: &str| {
        let (_, said) = CAPTION.run(out.path(), &[&own[..], &["--ask", path(file)]].concat()).with_code(2);
        assert!(said.contains("error: --ask: ") && said.contains(why), "{said}");
    };
    refused(&pictures.join("captions.tsv"), "this is not a PNG");
    refused(&out.path().join("none"), "there is no such file");
    #[cfg(unix)]
    refused(Path::new("/dev/zero"), "this is not a PNG");
    // Where the folder is does not count, what is in it does.
    let moved = place.path().join("pictures");
    fs::rename(&pictures, &moved).expect("moved");
    CAPTION.run(out.path(), &["--quick", "--updates", "6", "--images", path(&moved)]).succeeded();
    CAPTION.run_dir(out.path());
}

#[test]
fn what_cannot_be_is_refused_in_one_line() {
    let (out, place) = (folder(), folder());
    let own = |captions: &[u8]| {
        fs::write(place.path().join("captions.tsv"), captions).expect("written");
        CAPTION.run(out.path(), &["--quick", "--images", path(place.path())]).refused()
    };
    fs::write(place.path().join("1.png"), "no picture").expect("written");
    for (captions, why) in [
        (&b""[..], "captions.tsv: the file is empty"),
        (b"1.png\ta\n1.png", "captions.tsv, line 2: the line has 1 column"),
        (b"1.png\t\xff\n", "captions.tsv, line 1: byte 7 of the line is not UTF-8"),
        (b"2.png\ta\n", "captions.tsv, line 1: there is no picture `2.png`"),
        (b"1.png\ta\n", "1.png: this is not a PNG"),
    ] {
        let line = own(captions);
        assert!(line.contains("--images") && line.contains(why), "{line}");
    }
    let not_there = path(place.path()).to_owned() + "/none";
    let picture = place.path().join("1.png");
    for (flags, why) in [
        (["--images", &not_there], "cannot read"),
        (["--images", path(&picture)], "is a file; name the folder"),
        (["--filters", "4,4,4,4,4,4"], "can be halved 5 times; give fewer"),
        (["--cell", "lstmm"], "`lstmm`"),
        (["--unseen-pairs", "9"], "--unseen-pairs 9"),
    ] {
        let line = CAPTION.run(out.path(), &flags).refused();
        assert!(line.contains(why), "{line}");
    }
    assert!(!out.path().join("caption").exists(), "nothing was begun");
}
