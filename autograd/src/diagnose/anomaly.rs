//! `Anomaly`: the first value or gradient that is not finite, and where it came from.

use std::fmt;

use super::digits;
use crate::{Origin, Range, Scalar, Shape};

/// What is not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// A value: what an op gave for finite inputs, or what was put on the tape.
    Value,
    /// The gradient of this input once the op had added to it, though what came in was finite.
    Gradient {
        /// Which input.
        input: usize,
    },
    /// The sum of finite contributions to a value's gradient.
    Sum,
    /// The seed of a sweep.
    Seed,
}

/// A matrix in a few words.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Brief {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Rows and columns.
    pub shape: Shape,
    /// Its numbers (the real parts of duals); none of a value that the tape has dropped.
    pub range: Range,
    /// The tangents, if these are duals of which any has one.
    pub tangents: Option<Range>,
}

/// The first number on a tape or in a sweep that is not finite. Its `Display` is one sentence.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Anomaly {
    /// What is not finite.
    pub found: Found,
    /// The op; `leaf`, `constant`, `columns` or `stack` for what no op computed.
    pub op: &'static str,
    /// Where it was recorded, if the tape is traced.
    pub origin: Option<Origin>,
    /// The first named value of the same layer and time step that depends on it: a gate, a state part.
    pub toward: Option<String>,
    /// Row and column of the first bad entry.
    pub entry: (usize, usize),
    /// That entry: NaN or infinite.
    pub number: f64,
    /// Whether it is the entry's tangent, and its real part is finite.
    pub in_tangent: bool,
    /// The op's output.
    pub output: Brief,
    /// The op's inputs.
    pub inputs: Vec<Brief>,
    /// The gradient that came in, the seed or the sum; nothing for a value.
    pub gradient: Option<Brief>,
}

impl std::error::Error for Anomaly {}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { op, number, entry: (row, column), .. } = self;
        let name = self.output.name.as_deref().map_or(String::new(), |name| format!(" `{name}`"));
        match self.found {
            Found::Value if self.inputs.is_empty() => write!(f, "{op}{name} holds ")?,
            Found::Value => write!(f, "{op} gave{} ", if name.is_empty() { name } else { format!("{name} =") })?,
            Found::Gradient { input } => {
                let which = if self.inputs.len() > 1 { format!(" {input}") } else { String::new() };
                write!(f, "backward of {op}{name} gave its input{which} the gradient ")?;
            }
            Found::Sum => write!(f, "finite contributions to the gradient of {op}{name} add up to ")?,
            Found::Seed => write!(f, "the seed of {op}{name} holds ")?,
        }
        let part = if self.in_tangent { " in the tangent" } else { "" };
        write!(f, "{}{part} at row {row}, column {column}", digits(*number))?;
        if let Some(origin) = &self.origin {
            write!(f, " ({origin}")?;
            if let Some(toward) = &self.toward {
                write!(f, ", on the way to `{toward}`")?;
            }
            write!(f, ")")?;
        }
        let mut lead = ": ";
        if let Some(gradient) = &self.gradient {
            let what = if self.found == Found::Seed { "seed" } else { "gradient" };
            write!(f, "{lead}{what} {gradient}")?;
            lead = "; ";
        }
        let what = if self.inputs.is_empty() { "value" } else { "output" };
        write!(f, "{lead}{what} {}", self.output)?;
        for (k, input) in self.inputs.iter().enumerate() {
            let which = if self.inputs.len() > 1 { format!(" {k}") } else { String::new() };
            let name = input.name.as_deref().map_or(String::new(), |name| format!(" `{name}`"));
            write!(f, "; input{which}{name} {input}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, columns) = self.shape;
        if rows * columns > 0 && self.range == Range::default() {
            return write!(f, "{rows} × {columns}, dropped");
        }
        write!(f, "{rows} × {columns} in {}", self.range)?;
        self.tangents.map_or(Ok(()), |tangents| write!(f, " (tangents {tangents})"))
    }
}

impl Brief {
    pub(crate) fn of<T: Scalar>(name: Option<String>, shape: Shape, entries: &[T]) -> Self {
        let tangents = entries.iter().map(|x| x.tangent());
        let any = tangents.clone().any(|x| x != 0.0);
        let range = Range::of(entries.iter().map(|x| x.re()));
        Self { name, shape, range, tangents: any.then(|| Range::of(tangents)) }
    }
}
