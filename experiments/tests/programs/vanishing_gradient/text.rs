//! Texts of the user's.

use std::fs;

use super::support::{folder, run, run_dir};

#[test]
fn a_korean_text_of_the_least_length_works() {
    let here = folder();
    // T + 2 = 14 characters, 12 of them different.
    let text = "나라의 말이 한국어로 말하다";
    assert_eq!(text.chars().count(), 14 + 1);
    let path = here.path().join("소설 하나.txt");
    fs::write(&path, text.chars().take(14).collect::<String>()).expect("written");
    let out = here.path().join("out");
    let ended = run(&out, &["--text", path.to_str().expect("UTF-8")]).succeeded();
    let dir = run_dir(&out);
    let config: toml::Table = fs::read_to_string(dir.join("config.toml")).expect("readable").parse().expect("TOML");
    assert_eq!(config["text"]["file"].as_str(), path.to_str());
    let summary = fs::read_to_string(dir.join("summary.json")).expect("readable");
    assert!(summary.contains("\"text\": \"소설 하나.txt\"") && summary.contains("\"characters\": 14"), "{summary}");
    let csv = fs::read_to_string(dir.join("figures/gradient_flow_text.csv")).expect("readable");
    assert!(csv.lines().any(|line| line.starts_with("lstm,trained,")), "{csv}");
    assert!(ended.stdout.contains("gradient_flow_text.png"));
}

#[test]
fn a_text_of_one_character_or_of_a_thousand_works() {
    let here = folder();
    let thousand: String = (0..1000).filter_map(|k| char::from_u32(0xAC00 + k)).collect();
    for (name, text) in [("one", "a".repeat(50)), ("thousand", thousand), ("lines", "\r\n\u{feff}\0\t👩‍👩‍👧".repeat(5))]
    {
        let path = here.path().join(name);
        fs::write(&path, text).expect("written");
        run(&here.path().join("out"), &["--text", path.to_str().expect("UTF-8"), "--cells", "rnn"]).succeeded();
    }
}
