//! Where settings come from, and what is refused with the place it came from.

use std::fs;

use super::support::{Ended, binary, end, files, folder};

/// The program with `file` as its configuration and `more` flags, in a folder of its own.
fn with(file: &str, more: &[&str]) -> (Ended, usize) {
    let here = folder();
    fs::write(here.path().join("c.toml"), file).expect("written");
    let mut command = binary();
    command.current_dir(here.path()).args(["--config", "c.toml"]).args(more);
    (end(command), files(here.path()).len())
}

#[track_caller]
fn assert_refused(file: &str, more: &[&str], words: &[&str]) {
    let (ended, left) = with(file, more);
    let line = ended.stopped(2);
    assert_eq!(ended.stderr, format!("{line}\n"), "one line");
    for word in words {
        assert!(line.contains(word), "`{word}` is not in: {line}");
    }
    assert_eq!(left, 1, "nothing was written: {line}");
}

#[test]
fn every_bad_configuration_is_refused_with_file_line_key_and_cure() {
    let cases: [(&str, &[&str]); 34] = [
        ("stepz = 3", &["c.toml line 1", "no key `stepz`", "did you mean `steps`?"]),
        ("\n\nhiden = 3", &["line 3", "did you mean `hidden`?"]),
        ("learningrate = 1", &["did you mean `learning_rate`?"]),
        ("nonsense_qqq = 1", &["no key `nonsense_qqq`"]),
        ("steps = 1", &["line 1", "`steps` = 1 is out of range", "from 2 to 100000"]),
        ("steps = 0", &["0 is out of range"]),
        ("steps = -5", &["-5 is out of range"]),
        ("steps = 2.0", &["`steps` = 2.0 is not a whole number"]),
        ("steps = \"many\"", &["is not a whole number"]),
        ("steps = [3]", &["is not a whole number"]),
        ("steps = true", &["true is not a whole number"]),
        ("steps = 99999999999999999999", &["c.toml line 1"]),
        ("hidden = 0", &["`hidden`", "from 1 to 4096"]),
        ("seeds = 0", &["`seeds`"]),
        ("batch = 0", &["`batch`"]),
        ("updates = 0", &["`updates`"]),
        ("learning_rate = 0", &["`learning_rate`", "out of range"]),
        ("learning_rate = -0.1", &["-0.1 is out of range"]),
        ("learning_rate = nan", &["nan is out of range"]),
        ("learning_rate = inf", &["inf is out of range"]),
        ("clip = 0.0", &["`clip`"]),
        ("mix = \"often\"", &["'often'", "uniform, log-uniform"]),
        ("mix = \"unifrom\"", &["did you mean `uniform`?"]),
        ("mix = 3", &["`mix` = 3 is not one of"]),
        ("cells = \"rnn\"", &["is not a list of cells"]),
        ("cells = [1]", &["1 is no cell; give a name"]),
        ("cells = []", &["names no cell"]),
        ("cells = [\"rnn\", \"rnn\"]", &["twice"]),
        ("cells = [\"gruu\"]", &["`gruu`"]),
        ("match_parameters = 1", &["is not true or false"]),
        ("[text]\nupdates = 0", &["line 2", "`text.updates` = 0"]),
        ("[text]\nupdate = 1", &["no key `text.update`", "did you mean `text.updates`?"]),
        ("text = 3", &["no key `text`"]),
        ("[texts]\nupdates = 3", &["no key `texts`", "did you mean"]),
    ];
    for (file, words) in cases {
        assert_refused(file, &[], words);
    }
}

#[test]
fn files_that_are_no_configuration_are_refused() {
    let cases: [(&str, &[&str]); 8] = [
        ("steps = ", &["c.toml line 1"]),
        ("steps = 3\nsteps = 4", &["c.toml line 2", "duplicate"]),
        ("a = 1\n[", &["line 2"]),
        ("study = \"hello\"", &["line 1", "not a configuration of vanishing_gradient"]),
        ("study = 3", &["not a configuration"]),
        ("scale = \"quik\"", &["`scale` is 'quik'", "usual, quick, paper"]),
        ("scale = 3", &["`scale`"]),
        ("[text]\nfile = \"no such file\"", &["c.toml line 2", "cannot read no such file"]),
    ];
    for (file, words) in cases {
        assert_refused(file, &[], words);
    }
    let here = folder();
    fs::write(here.path().join("latin1.toml"), b"# caf\xe9").expect("written");
    for (file, words) in
        [("none.toml", &["none.toml", "cannot read"][..]), (".", &["cannot read"]), ("latin1.toml", &["UTF-8"])]
    {
        let mut command = binary();
        command.current_dir(here.path()).args(["--config", file]);
        let ended = end(command);
        let line = ended.stopped(2);
        assert!(words.iter().all(|word| line.contains(word)) && line.contains("--config"), "{line}");
    }
}

#[test]
fn a_bad_set_is_refused_with_what_was_said() {
    let cases: [(&str, &[&str]); 8] = [
        ("steps", &["--set steps: give KEY=VALUE"]),
        ("=3", &["no key ``"]),
        ("steps=", &["--set steps=", "'' is not a whole number"]),
        ("steps=1", &["--set steps=1: `steps` = 1 is out of range"]),
        ("stesp=9", &["did you mean `steps`?"]),
        ("text.seeds=0", &["`text.seeds` = 0"]),
        ("mix=a=b", &["'a=b'"]),
        ("scale=large", &["`scale` is 'large'"]),
    ];
    for (set, words) in cases {
        assert_refused("", &["--set", set], words);
    }
}

#[test]
fn flags_go_before_sets_before_the_file_before_the_defaults() {
    let value = |file: &str, more: &[&str], key: &str| {
        let (ended, _) = with(file, &[more, &["--print-config"]].concat());
        let table: toml::Table = ended.succeeded().stdout.parse().expect("TOML");
        table[key].to_string()
    };
    assert_eq!(value("", &[], "hidden"), "32");
    assert_eq!(value("hidden = 5", &[], "hidden"), "5");
    assert_eq!(value("hidden = 5", &["--set", "hidden=6"], "hidden"), "6");
    assert_eq!(value("hidden = 5", &["--set", "hidden=6", "--set", "hidden = 7"], "hidden"), "7");
    assert_eq!(value("hidden = 5", &["--set", "hidden=6", "--hidden", "8"], "hidden"), "8");
    // A scale is the ground that all else stands on, wherever it was said.
    assert_eq!(value("scale = \"quick\"", &[], "steps"), "64");
    assert_eq!(value("steps = 9\nscale = \"quick\"", &[], "steps"), "9");
    assert_eq!(value("scale = \"quick\"", &["--paper"], "updates"), "6000");
    assert_eq!(value("scale = \"paper\"", &["--set", "scale=quick"], "scale"), "\"quick\"");
    // An integer is a number, and a switch is switched off as well.
    assert_eq!(value("learning_rate = 1", &[], "learning_rate"), "1.0");
    assert_eq!(value("match_parameters = true", &["--match-parameters=false"], "match_parameters"), "false");
}
