//! The program `video`, as a user starts it.

use std::fs;
use std::path::Path;

use super::program::{Program, folder};

const VIDEO: Program = Program { path: env!("CARGO_BIN_EXE_video"), name: "video" };

const SMALL: [&str; 19] = [
    "--quick",
    "--updates",
    "4",
    "--scenes",
    "4",
    "--test-scenes",
    "2",
    "--side",
    "8",
    "--hidden",
    "4",
    "--filters",
    "2",
    "--frozen",
    "6",
    "--frozen-training",
    "2",
    "--export",
    "2",
];

#[test]
fn a_run_leaves_its_files_with_the_same_bytes_whatever_the_threads() {
    let (found, text) = VIDEO.same_whatever_the_threads(&SMALL);
    assert!(text.contains("CNN, mean frame") && text.contains("16 test clips"), "{text}");
    for name in ["video.png", "video.svg", "video.csv", "accuracy.csv", "clips.png", "watching.gif", "watching.csv"] {
        assert!(found.get(&format!("figures/{name}")).is_some_and(|bytes| !bytes.is_empty()), "{name}");
    }
    assert_eq!(found.keys().filter(|name| name.starts_with("clips/")).count(), 8 * 2 * 10);
}

/// What one frame or the mean frame tells is exactly nothing: one of eight right, whatever was learnt.
#[test]
fn a_network_that_sees_one_frame_is_exactly_at_chance() {
    let out = folder();
    VIDEO.run(out.path(), &SMALL).succeeded();
    let scores = fs::read_to_string(VIDEO.run_dir(out.path()).join("figures/accuracy.csv")).expect("scores");
    for network in ["cnn-last", "cnn-mean"] {
        let row = scores.lines().find(|line| line.starts_with(network)).expect("its row");
        assert!(row.contains(",2,16,0.125,"), "{row}");
    }
}

#[test]
fn clips_that_were_exported_are_read_as_ones_own_wherever_they_are() {
    let out = folder();
    let words = "--quick --updates 1 --scenes 2 --test-scenes 5 --side 8 --hidden 4 --filters 2 --frozen 1 --export 5";
    VIDEO.run(out.path(), &words.split(' ').collect::<Vec<_>>()).succeeded();
    let clips = VIDEO.run_dir(out.path()).join("clips");
    let elsewhere = out.path().join("elsewhere/clips");
    fs::create_dir_all(out.path().join("elsewhere")).expect("made");
    let small = |clips: &Path| {
        let place = folder();
        let clips = clips.to_str().expect("UTF-8").to_owned();
        let words = ["--quick", "--updates", "3", "--hidden", "4", "--frozen", "3", "--clips", &clips];
        let text = VIDEO.run(place.path(), &words).succeeded();
        (text, VIDEO.run_dir(place.path()).file_name().expect("a name").to_owned())
    };
    let (text, id) = small(&clips);
    assert!(text.contains("8 classes in 8 test clips of clips"), "{text}");
    fs::rename(&clips, &elsewhere).expect("moved");
    assert_eq!(small(&elsewhere).1, id, "the same clips elsewhere are the same run");
    fs::remove_file(elsewhere.join("slow, clockwise first/3/10.png")).expect("there");
    assert!(small(&elsewhere).1 != id, "a frame less is another run");
}

/// A PNG of `width` × 4 grey pixels.
fn png(width: usize) -> Vec<u8> {
    let raster = experiments::loaders::png::Raster { channels: 1, height: 4, width, values: vec![0.5; 4 * width] };
    raster.to_png()
}

fn write(root: &Path, file: &str, bytes: &[u8]) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().expect("below")).expect("made");
    fs::write(path, bytes).expect("written");
}

#[test]
fn what_are_no_clips_is_refused_in_a_line_with_the_file_and_the_cure() {
    let refused = |prepare: &dyn Fn(&Path), why: &[&str]| {
        let place = folder();
        let clips = place.path().join("mine");
        prepare(&clips);
        let out = place.path().join("out");
        let words = ["--quick", "--clips", clips.to_str().expect("UTF-8")];
        let said = VIDEO.run(&out, &words).refused();
        assert!(said.contains("--clips") && why.iter().all(|why| said.contains(why)), "{said}");
        assert!(!out.exists(), "{said}: it left something");
    };
    let two = |root: &Path| {
        for (class, clip) in [("a", 1), ("a", 2), ("b", 1), ("b", 2)] {
            write(root, &format!("{class}/{clip}/1.png"), &png(4));
        }
    };
    refused(&|_| {}, &["cannot read", "mine"]);
    refused(
        &|root| fs::create_dir(root).expect("made"),
        &["mine: the folder is empty; put PNGs at CLASS/CLIP/FRAME.png"],
    );
    refused(&|root| fs::write(root, "file").expect("written"), &["mine is a file; name the folder"]);
    refused(&|root| write(root, "a/1/1.png", &png(4)), &["every label is `a`; give examples of two classes or more"]);
    let empty_class = |root: &Path| {
        two(root);
        fs::create_dir(root.join("c")).expect("made");
    };
    refused(&empty_class, &["mine/c: the folder is empty; put PNGs"]);
    let with = |file: &'static str, bytes: Vec<u8>| {
        move |root: &Path| {
            two(root);
            write(root, file, &bytes);
        }
    };
    refused(
        &with("b/2/2.png", png(5)),
        &["mine/b/2/2.png: the image has 5 × 4 pixels", "mine/a/1/1.png has 4 × 4; make all"],
    );
    refused(&with("b/2/2.png", b"JFIF".to_vec()), &["mine/b/2/2.png: this is not a PNG; convert it"]);
    refused(
        &with("b/2/2.png", png(4)[..50].to_vec()),
        &["mine/b/2/2.png: the PNG is damaged or cut off", "write it again"],
    );
    refused(&with("b/2.png", png(4)), &["mine/b/2.png: this file is not where one is looked for; put PNGs"]);
    refused(&two, &["mine/a: 1 different examples are too few for training, validation and test; give more"]);
    let large = |root: &Path| {
        for class in ["a", "b"] {
            write(root, &format!("{class}/1/1.png"), &png(129));
        }
    };
    refused(&large, &["mine/a/1/1.png: the image has 129 × 4 pixels; make no side longer than 128"]);
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    let out = folder();
    assert!(VIDEO.run(out.path(), &["--half", "12"]).refused().contains("--half 12 is a multiple of 3"));
    assert!(VIDEO.run(out.path(), &["--channels", "rgb"]).refused().contains("--channels rgb needs --clips"));
    assert!(VIDEO.run(out.path(), &["--cell", "lstmm"]).refused().contains("no cell is called `lstmm`"));
}
