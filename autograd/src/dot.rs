//! A tape as a graph in the DOT language, for Graphviz to draw.
//!
//! A box is a value, an arrow leads from an input to what was made of it. On a [traced](Tape::traced) tape the boxes
//! stand in their layer and, within it, in their time step.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::kernels::as_slice;
use crate::node::{Kind, Node};
use crate::range::{digits, norm};
use crate::tape::Inner;
use crate::{Gradients, NodeId, Scalar, Tape};

/// What stands before the boxes.
const HEAD: &str = r##"digraph tape {
  rankdir=TB; ranksep=0.35; nodesep=0.3; fontname="Helvetica"; fontsize=12; fontcolor="#555555";
  node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="#777777", fontname="Helvetica", fontsize=12,
        height=0.3, margin="0.12,0.06"];
  edge [color="#777777", arrowsize=0.6, fontname="Helvetica", fontsize=9, fontcolor="#555555"];
"##;

/// Fill and edge of a box.
const LEAF: (&str, &str) = ("#dbe9f6", "#777777");
const CONSTANT: (&str, &str) = ("#eeeeee", "#777777");
const COMPUTED: (&str, &str) = ("#ffffff", "#777777");
const NAMED: (&str, &str) = ("#fdf1cf", "#777777");
const BAD: &str = "#c62828";

impl<T: Scalar> Tape<T> {
    /// Asks sweeps to keep the gradient of every value computed so far, so that [`to_dot`](Tape::to_dot) can show it.
    pub fn watch_all(&self) {
        for node in &mut self.inner.borrow_mut().nodes {
            node.watched |= !matches!(node.kind, Kind::Constant);
        }
    }

    /// What is recorded, in the DOT language: op, name, shape, ‖value‖ and, where `gradients` kept it, ‖gradient‖ of
    /// every value; a red frame where one of them is not finite.
    ///
    /// Parts are no boxes: `columns` and `slice_rows` without a name are words at an arrow. A part or stack that
    /// nobody reads is left out. [`Gradients::new`] shows the values alone.
    ///
    /// ```
    /// let tape = autograd::Tape::<f64>::traced();
    /// let x = tape.leaf(&nalgebra::dmatrix![3.0, 4.0]).named("x");
    /// let loss = x.tanh().sum();
    /// tape.watch_all();
    /// let dot = tape.to_dot(&tape.backward(loss));
    /// assert!(dot.contains("<b>x</b>") && dot.contains("‖v‖ 5.00") && dot.contains("n1 -> n2"));
    /// // std::fs::write("tape.dot", dot), then: dot -Tsvg tape.dot > tape.svg
    /// ```
    pub fn to_dot(&self, gradients: &Gradients<T>) -> String {
        let inner = self.inner.borrow();
        let graph = Graph { inner: &inner, gradients, generation: self.generation() };
        graph.draw()
    }
}

struct Graph<'a, T: Scalar> {
    inner: &'a Inner<T>,
    gradients: &'a Gradients<T>,
    generation: u64,
}

impl<T: Scalar> Graph<'_, T> {
    fn draw(&self) -> String {
        let shown: Vec<bool> = self.shown();
        let mut boxes = BTreeMap::<(Option<u32>, Option<usize>), String>::new();
        let mut arrows = String::new();
        for id in (0..self.inner.nodes.len() as u32).filter(|&id| shown[id as usize]) {
            let scope = self.inner.trace.as_ref().map(|trace| trace.at(id));
            let key = scope.map_or((None, None), |note| (note.layer, note.step));
            self.write_box(boxes.entry(key).or_default(), id);
            for (input, words) in self.inputs(id) {
                self.write_arrow(&mut arrows, input, id, words);
            }
        }
        let mut out = HEAD.to_owned();
        let mut open = None;
        for ((layer, step), boxes) in &boxes {
            if open.is_some() && open != *layer {
                out += "  }\n";
            }
            if let (Some(layer), Some(trace)) = (*layer, &self.inner.trace)
                && open != Some(layer)
            {
                let label = quoted(trace.string(layer));
                let _ = writeln!(out, "  subgraph cluster_{layer} {{ label={label}; style=rounded; color=\"#bbbbbb\";");
            }
            open = *layer;
            match step {
                Some(step) => {
                    let layer = layer.map_or("none".into(), |layer| layer.to_string());
                    let _ = writeln!(
                        out,
                        "  subgraph cluster_{layer}_{step} {{ label=\"time step {step}\"; style=\"rounded,dashed\"; \
                         color=\"#bbbbbb\";\n{boxes}  }}"
                    );
                }
                None => out += boxes,
            }
        }
        if open.is_some() {
            out += "  }\n";
        }
        out + &arrows + "}\n"
    }

    /// Which nodes are boxes.
    fn shown(&self) -> Vec<bool> {
        let nodes = &self.inner.nodes;
        let mut read = vec![false; nodes.len()];
        let mut shown = vec![true; nodes.len()];
        for id in (0..nodes.len() as u32).rev() {
            let node = &nodes[id as usize];
            let passive = matches!(node.kind, Kind::View | Kind::Stack { .. });
            if passive && !read[id as usize] {
                shown[id as usize] = false;
                continue;
            }
            shown[id as usize] = self.part(id).is_none();
            node.inputs().iter().chain(self.members(node)).for_each(|&input| read[input as usize] = true);
        }
        shown
    }

    fn members(&self, node: &Node<T>) -> &[u32] {
        match node.kind {
            Kind::Stack { members: (start, end) } => &self.inner.members[start as usize..end as usize],
            _ => &[],
        }
    }

    /// The words for node `id` if it is drawn as an arrow.
    fn part(&self, id: u32) -> Option<String> {
        let node = &self.inner.nodes[id as usize];
        if self.inner.trace.as_ref().is_some_and(|trace| trace.name(id).is_some()) {
            return None;
        }
        match &node.kind {
            Kind::View => {
                let whole = &self.inner.nodes[node.inputs[0] as usize].slot;
                let (rows, columns) = node.slot.shape;
                let start = (node.slot.offset - whole.offset) / rows.max(1);
                let all = columns == whole.shape.1;
                Some(if all { String::new() } else { format!("columns {start}..{}", start + columns) })
            }
            Kind::Computed { op, .. } => op.part(),
            _ => None,
        }
    }

    /// The boxes from which arrows lead to node `id`, with the words at them.
    fn inputs(&self, id: u32) -> Vec<(u32, String)> {
        let node = &self.inner.nodes[id as usize];
        let through = |&input: &u32| {
            let (mut input, mut words) = (input, Vec::new());
            while let Some(part) = self.part(input) {
                words.extend(Some(part).filter(|part| !part.is_empty()));
                input = self.inner.nodes[input as usize].inputs[0];
            }
            words.reverse();
            (input, words.join(", "))
        };
        node.inputs().iter().chain(self.members(node)).map(through).collect()
    }

    fn write_box(&self, out: &mut String, id: u32) {
        let node = &self.inner.nodes[id as usize];
        let name = self.inner.trace.as_ref().and_then(|trace| trace.name(id));
        let value = norm(as_slice(&self.inner.view(id)));
        let gradient = self.gradients.get(NodeId { generation: self.generation, index: id });
        let gradient = gradient.map(|gradient| norm(as_slice(&gradient)));
        let (fill, edge) = match (&node.kind, name) {
            (Kind::Leaf, _) => LEAF,
            (Kind::Constant, _) => CONSTANT,
            (_, Some(_)) => NAMED,
            _ => COMPUTED,
        };
        let bad = !value.is_finite() || gradient.is_some_and(|norm| !norm.is_finite());
        let frame = if bad { format!("color=\"{BAD}\", penwidth=2") } else { format!("color=\"{edge}\"") };
        let title = match name {
            Some(name) => format!("<b>{}</b> = {}", escaped(name), node.op_name()),
            None => escaped(node.op_name()),
        };
        let (rows, columns) = node.slot.shape;
        let gradient = gradient.map_or(String::new(), |norm| format!("  ‖∂v‖ {}", digits(norm)));
        let place = self.inner.trace.as_ref().map(|trace| trace.at(id).place);
        let tooltip = place.map_or("recorded on a plain tape".into(), |at| format!("{}:{}", at.file(), at.line()));
        let _ = writeln!(
            out,
            "    n{id} [fillcolor=\"{fill}\", {frame}, tooltip={}, label=<{title}<br/><font point-size=\"9\" \
             color=\"#555555\">{rows} × {columns}  ‖v‖ {}{gradient}</font>>];",
            quoted(&tooltip),
            digits(value),
        );
    }

    fn write_arrow(&self, out: &mut String, from: u32, to: u32, words: String) {
        let label = if words.is_empty() { String::new() } else { format!(" [label={}]", quoted(&words)) };
        let _ = writeln!(out, "  n{from} -> n{to}{label};");
    }
}

/// A string of DOT.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " "))
}

/// Text within a label that is markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
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
}
