//! A tape as a graph in the DOT language, for Graphviz to draw.
//!
//! A box is a value, an arrow leads from an input to what was made of it. On a [traced](Tape::traced) tape the boxes
//! stand in their layer and, within it, in their time step.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diagnose::{digits, norm};
use crate::kernels::as_slice;
use crate::tape::{Inner, Kind, Node};
use crate::{Gradients, NodeId, Scalar, Tape};

/// What stands before the boxes.
const HEAD: &str = r##"digraph tape {
  rankdir=TB; ranksep=0.35; nodesep=0.3; fontname="Helvetica,Arial,sans-serif"; fontsize=12; fontcolor="#555555";
  node [shape=box, style="rounded,filled", fontname="Helvetica,Arial,sans-serif", fontsize=12, height=0.3,
        margin="0.1,0.03"];
  edge [color="#777777", arrowsize=0.6, fontname="Helvetica,Arial,sans-serif", fontsize=9, fontcolor="#555555"];
"##;

// What fills a box, and the frame of what is not finite.
const LEAF: &str = "#dbe9f6";
const CONSTANT: &str = "#eeeeee";
const COMPUTED: &str = "#ffffff";
const NAMED: &str = "#fdf1cf";
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
        Graph { inner: &inner, gradients, generation: self.generation }.draw()
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
        let mut layers = BTreeMap::<Option<u32>, BTreeMap<Option<usize>, String>>::new();
        let mut arrows = String::new();
        for id in (0..self.inner.nodes.len() as u32).filter(|&id| shown[id as usize]) {
            let note = self.inner.trace.as_ref().map(|trace| trace.at(id));
            let (layer, step) = note.map_or((None, None), |note| (note.layer, note.step));
            self.write_box(layers.entry(layer).or_default().entry(step).or_default(), id);
            for (input, words) in self.inputs(id) {
                let label = if words.is_empty() { String::new() } else { format!(" [label={}]", quoted(&words)) };
                let _ = writeln!(arrows, "  n{input} -> n{id}{label};");
            }
        }
        let mut out = HEAD.to_owned();
        for (layer, steps) in layers {
            if let (Some(layer), Some(trace)) = (layer, &self.inner.trace) {
                let label = quoted(trace.string(layer));
                let _ = writeln!(out, "  subgraph cluster_{layer} {{ label={label}; style=rounded; color=\"#bbbbbb\";");
            }
            let name = layer.map_or("none".into(), |layer| layer.to_string());
            for (step, boxes) in steps {
                let Some(step) = step else {
                    out += &boxes;
                    continue;
                };
                let _ = writeln!(
                    out,
                    "  subgraph cluster_{name}_{step} {{ label=\"time step {step}\"; style=\"rounded,dashed\"; \
                     color=\"#bbbbbb\";\n{boxes}  }}"
                );
            }
            if layer.is_some() {
                out += "  }\n";
            }
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
        let value = if node.is_dropped() { None } else { Some(norm(as_slice(&self.inner.view(id)))) };
        let gradient = self.gradients.get(NodeId { generation: self.generation, index: id });
        let gradient = gradient.map(|gradient| norm(as_slice(&gradient)));
        let fill = match (&node.kind, name) {
            (Kind::Leaf, _) => LEAF,
            (Kind::Constant, _) => CONSTANT,
            (_, Some(_)) => NAMED,
            _ => COMPUTED,
        };
        let bad = [value, gradient].into_iter().flatten().any(|norm| !norm.is_finite());
        let frame = if bad { format!("color=\"{BAD}\", penwidth=2") } else { "color=\"#777777\"".into() };
        let note = self.inner.trace.as_ref().map(|trace| trace.at(id));
        let index = note.and_then(|note| note.step).map_or(String::new(), subscript);
        let title = match name {
            Some(name) => format!("<b>{}{index}</b> = {}", escaped(name), escaped(node.op_name())),
            None => escaped(node.op_name()),
        };
        let (rows, columns) = node.slot.shape;
        let gradient = gradient.map_or(String::new(), |norm| format!("  ‖∂v‖ {}", digits(norm)));
        let place = note.map(|note| note.place);
        let tooltip = place.map_or("recorded on a plain tape".into(), |at| format!("{}:{}", at.file(), at.line()));
        let _ = writeln!(
            out,
            "    n{id} [fillcolor=\"{fill}\", {frame}, tooltip={}, label=<<table border=\"0\" cellborder=\"0\" \
             cellspacing=\"2\" cellpadding=\"0\"><tr><td>{title}</td></tr><tr><td><font point-size=\"9\" \
             color=\"#555555\">{rows} × {columns}  ‖v‖ {}{gradient}</font></td></tr></table>>];",
            quoted(&tooltip),
            value.map_or("dropped".into(), digits),
        );
    }
}

/// 42 as ₄₂.
fn subscript(number: usize) -> String {
    let digit = |c: char| char::from_u32('₀' as u32 + c as u32 - '0' as u32).unwrap_or(c);
    number.to_string().chars().map(digit).collect()
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
mod tests;
