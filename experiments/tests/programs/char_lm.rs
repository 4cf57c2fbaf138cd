//! The program `char_lm`, as a user starts it.

use std::fs;

use super::program::{Program, folder, results};

const CHAR_LM: Program = Program { path: env!("CARGO_BIN_EXE_char_lm"), name: "char_lm" };
/// A text of a few hundred characters, and a network that reads it in a moment.
const TEXT: &str = "The cat sat on the mat. The dog sat on the log. 고양이가 방석에 앉았다. ";
const SMALL: &str = "--quick --hidden 6 --embedding 4 --batch 2 --steps 8 --updates 6 --validate-every 3 --length 20";

/// A folder with a text in it, and the flags of a small run on it.
fn small(more: &[&str]) -> (tempfile::TempDir, Vec<String>) {
    let place = folder();
    let path = place.path().join("cat.txt");
    fs::write(&path, TEXT.repeat(8)).expect("written");
    let mut flags: Vec<String> = SMALL.split(' ').map(String::from).collect();
    flags.extend(["--text".into(), path.to_string_lossy().into_owned()]);
    flags.extend(more.iter().map(|flag| (*flag).to_owned()));
    (place, flags)
}

fn words(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).collect()
}

#[test]
fn a_run_reports_bits_beside_the_n_gram_and_writes_on_from_a_prompt() {
    let (place, flags) = small(&["--temperature", "0.3"]);
    let said = CHAR_LM.run(place.path(), &words(&flags)).succeeded();
    for part in [
        "bits per character",
        "-gram: after the ",
        "lstm network",
        "at temperature 0.3 ---\nThe ",
        "at temperature 0 ---",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let files = results(&CHAR_LM.run_dir(place.path()));
    for name in ["model.safetensors", "metrics.jsonl", "result.json", "figures/char_lm.png", "figures/n_grams.csv"] {
        assert!(files.contains_key(name), "{name}");
    }
    let answer = CHAR_LM.answers(place.path(), &words(&flags), "고양이Ž ");
    assert!(answer.starts_with("--- at temperature 0.3 ---\n고양이Ž "), "{answer}");
    assert!(answer.contains("at temperature 1 ---") && answer.ends_with("read as <unk>: Ž)\n"), "{answer}");
}

#[test]
fn a_text_without_the_letters_of_our_prompt_is_gone_on_with_from_its_own_beginning() {
    let (place, mut flags) = small(&[]);
    let path = place.path().join("korean.txt");
    fs::write(&path, "고양이가 방석에 앉았다. ".repeat(40)).expect("written");
    flags = without(&flags, "--text");
    flags.extend(["--text".into(), path.to_string_lossy().into_owned()]);
    let said = CHAR_LM.run(place.path(), &words(&flags)).succeeded();
    assert!(said.contains("at temperature 0.7 ---\n고양이가"), "{said}");
}

#[test]
fn threads_and_a_second_run_change_no_byte() {
    let (place, flags) = small(&["--threads", "1"]);
    let (other, others) = small(&["--threads", "2"]);
    CHAR_LM.run(place.path(), &words(&flags)).succeeded();
    CHAR_LM.run(other.path(), &words(&others)).succeeded();
    // The configuration names the text by its path, whose contents are the same; the manifest has the configuration's hash.
    let of = |place: &tempfile::TempDir| {
        let mut files = results(&CHAR_LM.run_dir(place.path()));
        files.retain(|name, _| !["config.toml", "manifest.json"].contains(&name.as_str()));
        files
    };
    let first = of(&place);
    assert!(first == of(&other), "other threads, other bytes");
    CHAR_LM.run(place.path(), &words(&[flags, vec!["--force".into()]].concat())).succeeded();
    assert!(first == of(&place), "run again, other bytes");
}

#[test]
fn an_update_may_be_a_window_that_looks_back() {
    let (place, flags) = small(&[]);
    let weights = |more: &[&str]| {
        let out = place.path().join(more.join(" "));
        CHAR_LM.run(&out, &[&words(&flags), more].concat()).succeeded();
        results(&CHAR_LM.run_dir(&out))["model.safetensors"].clone()
    };
    assert!(weights(&[]) == weights(&["--bptt", "8,8"]), "the windows that --steps 8 makes");
    assert!(weights(&[]) != weights(&["--bptt", "8,20"]), "it looks back");
}

#[test]
fn what_was_learnt_writes_the_same_without_training() {
    let (place, flags) = small(&["--temperature", "0.5"]);
    let said = CHAR_LM.run(place.path(), &words(&flags)).succeeded();
    let model = CHAR_LM.run_dir(place.path()).join("model.safetensors");
    let mut flags = without(&flags, "--updates");
    flags.extend(["--model".into(), model.to_string_lossy().into_owned(), "--updates".into(), "0".into()]);
    let again = folder();
    let written = CHAR_LM.run(again.path(), &words(&flags)).succeeded();
    let sample = |said: &str| {
        let (_, sample) = said.split_once("at temperature 0.5 ---").expect("a sample");
        sample.split_once("---").expect("and another").0.to_owned()
    };
    assert_eq!(sample(&said), sample(&written));
}

#[test]
fn what_cannot_be_learnt_is_refused_in_one_line() {
    for (more, why) in [
        (&["--cell", "lstn"][..], "--cell: "),
        (&["--batch", "4000"], "are needed"),
        (&["--temperature", "-1"], "out of range"),
        (&["--omega", "0.1"], "--omega 0.1: it is defined for one recurrent cell by itself, and this network has more"),
        (&["--text", "no such file"], "cannot read no such file"),
        (&["--model", "Cargo.toml"], "--model: Cargo.toml: not a readable safetensors file"),
    ] {
        let (place, flags) = small(&[]);
        let all = [without(&flags, more[0]), more.iter().map(|m| (*m).to_owned()).collect()].concat();
        let line = CHAR_LM.run(place.path(), &words(&all)).refused();
        assert!(line.contains(why), "{line}");
        assert!(!place.path().join("char_lm").exists(), "nothing was begun");
    }
}

/// The flags without this one and its value: a flag given twice is refused.
fn without(flags: &[String], name: &str) -> Vec<String> {
    match flags.iter().position(|flag| flag == name) {
        Some(at) => [&flags[..at], &flags[at + 2..]].concat(),
        None => flags.to_vec(),
    }
}
