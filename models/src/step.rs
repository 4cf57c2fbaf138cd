//! `Step`: one time step, as a cell sees it.

use std::ops::Index;

use autograd::{Scalar, Var};

use crate::gates::Gates;
use crate::{About, AnyCell, Cell, CellScalar, Handle, Part, Weights};

/// One time step of a cell: what it reads, and where its new states go. `s[self.w_h]` is a weight, `s[self.h]` the state
/// before the step.
#[derive(Debug)]
pub struct Step<'s, 't, T: Scalar> {
    /// The share of the input, as [`Cell::project`] gave it: · × B.
    pub x: Var<'t, T>,
    /// The number of the step within the whole sequence, from 0 in the order of the input; also in reverse and where the
    /// sequence is run in pieces.
    pub t: usize,
    about: &'s About,
    p: Weights<'s, 't, T>,
    /// Those that the step reads.
    states: &'s mut [Var<'t, T>],
    /// Those after it.
    next: &'s mut [Var<'t, T>],
    gates: &'s mut Gates<'t, T>,
    /// One bit for each part that was given.
    given: u64,
}

impl<'s, 't, T: Scalar> Step<'s, 't, T> {
    /// Takes a step of `cell`: from the states `read` to the states `next`. Here alone is asked whether the cell may do it
    /// as one op.
    ///
    /// # Panics
    /// If the cell does not give every state part once, in its width.
    #[track_caller]
    #[inline]
    pub(crate) fn take(
        cell: &dyn Cell<T>,
        p: Weights<'s, 't, T>,
        (x, t): (Var<'t, T>, usize),
        read: &'s mut [Var<'t, T>],
        next: &'s mut [Var<'t, T>],
        gates: &'s mut Gates<'t, T>,
    ) where
        't: 's,
    {
        let about = cell.about();
        let states = next.len();
        gates.t = t;
        let mut step = Step { x, t, about, p, states: read, next, gates, given: 0 };
        if step.gates.visible {
            cell.step(&mut step);
        } else {
            cell.fused(&mut step);
        }
        let given = step.given.trailing_ones() as usize;
        if given < states {
            panic!("{}: a step gave no state `{}`", about.name, about.states[given].name);
        }
    }

    /// Names a gate: whoever records sees it, and whoever [holds](crate::Unroll::hold) it puts a number in its place. So the
    /// cell goes on with what it is given back.
    ///
    /// # Panics
    /// If somebody looks and the cell names it twice in a step or in other sizes than before; and if somebody records, also
    /// where it is not named in every step.
    #[track_caller]
    #[must_use = "a gate that is held or recorded is another value: go on with this one"]
    pub fn gate(&mut self, name: &'static str, value: Var<'t, T>) -> Var<'t, T> {
        self.gates.see(self.about.name, name, value)
    }

    /// Gives the new state `part`, and returns it to go on with.
    ///
    /// # Panics
    /// If it was given in this step already, has other rows than the cell declared, or is not a column for each example.
    #[track_caller]
    pub fn give(&mut self, part: Part, value: Var<'t, T>) -> Var<'t, T> {
        let (state, (rows, columns), batch) = (&self.about.states[part.0], value.shape(), self.x.shape().1);
        let (cell, name, width, bit) = (self.about.name, state.name, state.width, 1 << part.0);
        assert!(rows == width, "{cell}: a step gave the state `{name}` with {rows} rows, but it has {width}");
        assert!(columns == batch, "{cell}: a step gave the state `{name}` with {columns} columns for {batch} examples");
        assert!(self.given & bit == 0, "{cell}: a step gave the state `{name}` twice");
        self.given |= bit;
        self.next[part.0] = value;
        value
    }

    /// For a wrapper: takes the step of the cell within, whose states and parameters stand first among its own. That gives
    /// all states of the cell within but `part`, which comes back for the wrapper to give. The cell within reads `instead`,
    /// if there is one, in the place of `part`.
    ///
    /// # Panics
    /// If the cell within does not give every state part once, in its width, or `instead` has another width.
    #[track_caller]
    pub fn inner(&mut self, cell: &dyn AnyCell, part: Part, instead: Option<Var<'t, T>>) -> Var<'t, T>
    where
        T: CellScalar,
    {
        let (about, before) = (cell.about(), self.states[part.0]);
        let (states, within) = (about.states.len(), &about.states[part.0]);
        let (read, name, width) = (instead.unwrap_or(before), within.name, within.width);
        let (outer, inner, rows) = (self.about.name, about.name, read.shape().0);
        assert!(rows == width, "{outer}: lets {inner} read the state `{name}` with {rows} rows, but it has {width}");
        self.states[part.0] = read;
        let (read, next) = (&mut self.states[..states], &mut self.next[..states]);
        Step::take(T::cell(cell), self.p.of(cell), (self.x, self.t), read, next, self.gates);
        self.states[part.0] = before;
        self.given |= (u64::MAX >> (64 - states)) & !(1 << part.0);
        self.next[part.0]
    }
}

impl<'t, T: Scalar> Index<Handle> for Step<'_, 't, T> {
    type Output = Var<'t, T>;

    fn index(&self, handle: Handle) -> &Var<'t, T> {
        &self.p[handle]
    }
}

impl<'t, T: Scalar> Index<Part> for Step<'_, 't, T> {
    type Output = Var<'t, T>;

    fn index(&self, part: Part) -> &Var<'t, T> {
        &self.states[part.0]
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use autograd::Tape;

    use super::*;
    use crate::{Describe, Params, Unroll, init};

    /// h_t = h_{t−1} + t w, and c_t = c_{t−1}; or what `wrong` does instead.
    #[derive(Debug)]
    struct Counting {
        about: About,
        h: Part,
        c: Part,
        w: Handle,
        wrong: &'static str,
    }

    impl Counting {
        fn new(wrong: &'static str) -> Self {
            let mut about = About::new("counting", 1);
            let (h, c) = (about.state("h", 2), about.state("c", 1));
            let w = about.param("w", (2, 1), init::constant(1.0));
            Self { about, h, c, w, wrong }
        }

        fn run(&self, through: impl for<'a, 't> Fn(Unroll<'a, 't, f64>) -> Unroll<'a, 't, f64>) -> Vec<f64> {
            let (tape, mut params) = (Tape::new(), Params::<f64>::new());
            params.place("cell", self.about.specs.clone(), 1);
            let bound = params.bind(&tape);
            let unroll = through(Unroll::new(self, bound.all()));
            unroll.run(tape.zeros(1, 4), 1).outputs.value().row(0).iter().copied().collect()
        }

        fn refusal(wrong: &'static str) -> String {
            let caught = catch_unwind(AssertUnwindSafe(|| Self::new(wrong).run(|unroll| unroll)));
            *caught.expect_err("refused").downcast::<String>().expect("a sentence")
        }
    }

    impl Describe for Counting {
        fn about(&self) -> &About {
            &self.about
        }
    }

    impl<T: Scalar> Cell<T> for Counting {
        fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
            let h = s[self.h].add_bias(s[self.w].scale(s.t as f64));
            match self.wrong {
                "width" => s.give(self.h, h.slice_rows(0..1)),
                "twice" => {
                    s.give(self.h, h);
                    s.give(self.h, h)
                }
                _ => s.give(self.h, h),
            };
            if self.wrong != "missing" {
                s.give(self.c, s[self.c]);
            }
        }
    }

    #[test]
    fn a_step_knows_its_number_in_the_whole_sequence() {
        let cell = Counting::new("");
        assert_eq!(cell.run(|unroll| unroll), [0.0, 1.0, 3.0, 6.0]);
        assert_eq!(cell.run(|unroll| unroll.segment(10)), [10.0, 21.0, 33.0, 46.0]);
        assert_eq!(cell.run(|unroll| unroll.reverse()), [6.0, 6.0, 5.0, 3.0]);
    }

    #[test]
    fn a_state_that_is_not_given_once_in_its_width_is_named_with_its_cell() {
        assert_eq!(Counting::refusal("missing"), "counting: a step gave no state `c`");
        assert_eq!(Counting::refusal("twice"), "counting: a step gave the state `h` twice");
        assert_eq!(Counting::refusal("width"), "counting: a step gave the state `h` with 1 rows, but it has 2");
    }

    /// As the cell within, but h is doubled on the way in and halved on the way out; or what `wrong` does instead.
    #[derive(Debug)]
    struct Doubled {
        about: About,
        cell: Counting,
        wrong: &'static str,
    }

    impl Describe for Doubled {
        fn about(&self) -> &About {
            &self.about
        }
    }

    impl<T: CellScalar> Cell<T> for Doubled {
        fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
            let h = self.cell.h;
            let twice = s[h].scale(2.0);
            let read = if self.wrong == "width" { twice.slice_rows(0..1) } else { twice };
            let inner = s.inner(&self.cell, h, Some(read));
            s.give(h, inner.scale(0.5));
            if self.wrong == "twice" {
                s.give(self.cell.c, s[self.cell.c]);
            }
        }
    }

    fn doubled(within: &'static str, wrong: &'static str) -> Vec<f64> {
        let cell = Counting::new(within);
        let cell = Doubled { about: About { name: "doubled", ..cell.about.clone() }, cell, wrong };
        let tape = Tape::<f64>::new();
        let p = cell.about.specs.bind(vec![tape.zeros(2, 1).shift(1.0)]);
        let run = Unroll::new(&cell, p.all()).run(tape.zeros(1, 4), 1);
        run.outputs.value().row(0).iter().copied().collect()
    }

    #[test]
    fn a_wrapper_gives_one_part_and_the_cell_within_the_others() {
        assert_eq!(doubled("", ""), [0.0, 0.5, 1.5, 3.0]);
    }

    #[test]
    #[should_panic(expected = "doubled: a step gave the state `c` twice")]
    fn a_part_that_the_cell_within_has_given_is_not_given_again() {
        doubled("", "twice");
    }

    #[test]
    #[should_panic(expected = "doubled: lets counting read the state `h` with 1 rows, but it has 2")]
    fn what_the_cell_within_reads_has_its_width() {
        doubled("", "width");
    }

    #[test]
    #[should_panic(expected = "counting: a step gave no state `c`")]
    fn a_state_that_the_cell_within_does_not_give_is_missed_there() {
        doubled("missing", "");
    }
}
