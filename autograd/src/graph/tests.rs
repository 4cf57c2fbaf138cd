//! Graphs are whole, whatever is on the tape and whatever it is called.

use super::*;
use nalgebra::dmatrix;
use std::collections::BTreeSet;

/// `dot` with every string and label emptied, which must end.
fn bare(dot: &str) -> String {
    let (mut bare, mut chars) = (String::new(), dot.chars());
    while let Some(c) = chars.next() {
        bare.push(c);
        if c == '"' {
            loop {
                match chars.next().expect("the string ends") {
                    '\\' => drop(chars.next()),
                    '"' => break,
                    _ => {}
                }
            }
        } else if c == '<' {
            let mut depth = 1;
            while depth > 0 {
                match chars.next().expect("the label ends") {
                    '<' => depth += 1,
                    '>' => depth -= 1,
                    _ => {}
                }
            }
        }
    }
    bare
}

/// Checks that a graph is whole, and counts its boxes and arrows. Where Graphviz is there, it must agree.
fn check(dot: &str) -> (usize, usize) {
    let (mut boxes, mut arrows, mut open) = (BTreeSet::new(), Vec::new(), Vec::<String>::new());
    let mut clusters = BTreeSet::new();
    for line in bare(dot).lines().map(str::trim) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["digraph" | "subgraph", name, ..] => {
                assert!(clusters.insert(name.to_owned()), "two of {name}");
                let within = open.last().map_or("", String::as_str);
                assert!(open.len() < 2 || name.starts_with(&format!("{within}_")), "{name} in {within}");
                open.push(name.to_owned());
            }
            ["}"] => drop(open.pop().expect("something open")),
            [from, "->", to, ..] => {
                arrows.push((from.trim_end_matches(';').to_owned(), to.trim_end_matches(';').to_owned()))
            }
            [id, ..] if id.starts_with('n') && id[1..].parse::<u32>().is_ok() => {
                assert!(boxes.insert(id.to_owned()), "two of {id}");
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} do not end");
    for (from, to) in &arrows {
        assert!(boxes.contains(from) && boxes.contains(to), "{from} -> {to} of {boxes:?}");
    }
    graphviz(dot);
    (boxes.len(), arrows.len())
}

/// Lets `dot` read the graph, if there is one.
fn graphviz(dot: &str) {
    use std::process::{Command, Stdio};
    let mut command = Command::new("dot");
    command.arg("-Tcanon").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else { return };
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), dot.as_bytes()).expect("dot reads");
    let output = child.wait_with_output().expect("dot ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_empty_tape_is_a_graph() {
    for tape in [Tape::<f64>::new(), Tape::traced()] {
        assert_eq!(check(&tape.to_dot(&Gradients::new())), (0, 0));
    }
}

#[test]
fn a_plain_tape_is_drawn_without_scopes() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(&dmatrix![3.0, 4.0]);
    let loss = (x * x).sum();
    let dot = tape.to_dot(&tape.backward(loss));
    assert_eq!(check(&dot), (3, 3));
    assert!(!dot.contains("subgraph"), "{dot}");
    assert!(dot.contains("‖v‖ 5.00  ‖∂v‖ 10.0") && dot.contains("‖v‖ 25.0</font>"), "{dot}");
    tape.watch_all();
    assert!(tape.to_dot(&tape.backward(loss)).contains("‖v‖ 25.0  ‖∂v‖ 1.00"));
}

#[test]
fn steps_stand_in_their_layers() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&dmatrix![1.0, 2.0]);
    for (layer, t) in [(None, 0), (Some("a"), 0), (Some("b"), 0), (Some("a"), 1), (None, 1)] {
        let _layer = layer.map(|layer| tape.in_layer(layer));
        x.cos();
        let _step = tape.in_step(t);
        x.sin();
    }
    let dot = tape.to_dot(&Gradients::new());
    assert_eq!(check(&dot), (11, 10));
    assert_eq!(dot.matches("subgraph").count(), 2 + 5);
}

#[test]
fn no_name_breaks_the_graph() {
    let tape = Tape::<f64>::traced();
    let _layer = tape.in_layer(r#"a "layer" \ {<b>}; n7 -> n8"#);
    let x = tape.leaf(&dmatrix![1.0]).named(r#"<i>"x" & \"#);
    x.tanh().named("}");
    let dot = tape.to_dot(&Gradients::new());
    assert_eq!(check(&dot), (2, 1));
    assert!(dot.contains("<b>&lt;i&gt;&quot;x&quot; &amp; \\</b>"), "{dot}");
}

#[test]
fn parts_are_words_at_an_arrow_and_unread_ones_nothing() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0]);
    x.columns(1, 2).slice_rows(0..1).tanh();
    x.columns(0, 3).exp(); // all of it
    x.columns(0, 1).slice_rows(0..1);
    let mut stack = tape.stack(2, 3, 1);
    stack.put(0, x.sin());
    stack.finish();
    let dot = tape.to_dot(&Gradients::new());
    assert_eq!(check(&dot), (4, 3), "{dot}");
    assert!(dot.contains("[label=\"columns 1..3, rows 0..1\"]") && dot.matches("columns").count() == 1, "{dot}");
    x.columns(0, 1).named("first");
    assert!(!tape.to_dot(&Gradients::new()).contains("first"), "named, but nobody reads it");
}

#[test]
fn a_stack_that_is_read_gathers_its_steps() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&dmatrix![1.0]);
    let mut stack = tape.stack(1, 1, 2);
    for t in 0..2 {
        stack.put(t, x.sin());
    }
    stack.finish().columns(1, 1).sum();
    assert_eq!(check(&tape.to_dot(&Gradients::new())), (5, 5));
}

#[test]
fn what_is_not_finite_has_a_red_frame() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(&dmatrix![0.0]);
    let loss = x.sqrt().sum();
    assert_eq!(tape.to_dot(&tape.backward(loss)).matches(BAD).count(), 1, "the gradient of x");
    x.ln();
    assert_eq!(tape.to_dot(&Gradients::new()).matches(BAD).count(), 1, "the value of ln");
}
