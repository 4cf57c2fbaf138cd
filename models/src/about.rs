//! `About`: what is known of a cell without a scalar type.

use std::borrow::Cow;
use std::fmt;

use autograd::Shape;

use crate::{Handle, Init, Map, Specs};

/// Which state part of a cell; [`About::state`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part(pub(crate) usize);

/// One named part of a cell's state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatePart {
    /// Its letter in the equations, such as `h` or `c`.
    pub name: &'static str,
    /// Its rows.
    pub width: usize,
}

/// The paper that a cell's equations are from. It is shown as `Hochreiter & Schmidhuber 1997`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Who wrote it.
    pub authors: &'static str,
    /// When.
    pub year: u16,
    /// Where it stands, to the section or equation: `Neural Computation 9(8)`, `arXiv:1504.00941, §3`.
    pub place: &'static str,
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.authors, self.year)
    }
}

/// What is known of a cell without a scalar type.
///
/// ```
/// use models::{About, init};
///
/// let mut about = About::new("mgu", 3).labelled("MGU").from_paper("Zhou et al.", 2016, "arXiv:1603.09420");
/// let h = about.state("h", 8); // read as `s[h]`, given by `s.give(h, …)`
/// let w = about.param("w", (8, 3), init::by_width(8)); // read as `s[w]`
/// assert_eq!(about.paper.expect("given").to_string(), "Zhou et al. 2016");
/// # let _ = (h, w);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct About {
    /// Its name in messages.
    pub name: &'static str,
    /// What figures and tables call it, such as `LSTM, forget bias 1`; its name if nothing else was said.
    pub label: Cow<'static, str>,
    /// The paper its equations are from.
    pub paper: Option<Paper>,
    /// D, the rows of its input.
    pub input: usize,
    /// Its state parts, in the order of their declaration.
    pub states: Vec<StatePart>,
    /// Which part is the output.
    pub output: usize,
    /// Its parameters.
    pub specs: Specs,
}

impl About {
    /// A cell with no state and no parameters yet. The first state part is the output unless `output` is changed.
    pub fn new(name: &'static str, input: usize) -> Self {
        Self { name, label: name.into(), paper: None, input, states: Vec::new(), output: 0, specs: Specs::default() }
    }

    /// With another name in figures and tables.
    #[must_use]
    pub fn labelled(self, label: impl Into<Cow<'static, str>>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// With the paper that its equations are from; see [`Paper`].
    #[must_use]
    pub fn from_paper(self, authors: &'static str, year: u16, place: &'static str) -> Self {
        Self { paper: Some(Paper { authors, year, place }), ..self }
    }

    /// Declares a state part of `width` rows.
    ///
    /// # Panics
    /// If the name is taken, or there are 64 already.
    #[track_caller]
    pub fn state(&mut self, name: &'static str, width: usize) -> Part {
        assert!(self.states.len() < 64, "{}: `{name}` is one state part too many; a cell has at most 64", self.name);
        assert!(self.part(name).is_none(), "{}: two state parts called `{name}`", self.name);
        self.states.push(StatePart { name, width });
        Part(self.states.len() - 1)
    }

    /// Declares a parameter.
    ///
    /// # Panics
    /// If the name is taken.
    #[track_caller]
    pub fn param(&mut self, name: &'static str, shape: Shape, init: Init) -> Handle {
        self.specs.add(name, shape, init)
    }

    /// Declares a parameter that the cell sees through `map`: drawn, trained and kept in files is a free matrix of this
    /// shape, `s[handle]` is the map's value of it.
    ///
    /// # Panics
    /// If the name is taken, or the map takes no matrix of this shape.
    #[track_caller]
    pub fn mapped(&mut self, name: &'static str, shape: Shape, init: Init, map: Map) -> Handle {
        self.specs.add_mapped(name, shape, init, map)
    }

    /// The output part.
    ///
    /// # Panics
    /// If `output` is beyond the last part.
    #[track_caller]
    pub fn output(&self) -> Part {
        let (name, output, count) = (self.name, self.output, self.states.len());
        assert!(output < count, "{name}: `output` is {output}, but there are {count} state parts, counted from 0");
        Part(output)
    }

    /// The place of the state part called `name`.
    pub fn part(&self, name: &str) -> Option<usize> {
        self.states.iter().position(|part| part.name == name)
    }

    /// The rows of the output.
    ///
    /// # Panics
    /// If `output` is beyond the last part.
    #[track_caller]
    pub fn output_width(&self) -> usize {
        self.states[self.output().0].width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_said_of_a_cell_is_its_name_and_no_paper() {
        let about = About::new("mine", 1);
        assert_eq!((&*about.label, about.paper), ("mine", None));
    }

    #[test]
    #[should_panic(expected = "many: `h64` is one state part too many; a cell has at most 64")]
    fn a_cell_has_at_most_64_state_parts() {
        let mut about = About::new("many", 1);
        for k in 0..65 {
            about.state(format!("h{k}").leak(), 1);
        }
    }

    #[test]
    #[should_panic(expected = "one: two state parts called `h`")]
    fn every_state_part_has_a_name_of_its_own() {
        let mut about = About::new("one", 1);
        about.state("h", 1);
        about.state("h", 2);
    }

    #[test]
    #[should_panic(expected = "one: `output` is 1, but there are 1 state parts, counted from 0")]
    fn an_output_beyond_the_last_part_is_refused() {
        let mut about = About::new("one", 1);
        about.state("h", 1);
        about.output = 1;
        about.output_width();
    }
}
