//! A random program of views and stacks has the gradients of the same program made of copies.

use autograd::testing::check;
use autograd::{Gradients, Tape, Var};
use nalgebra::DMatrix;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// Every value has this many rows.
const ROWS: usize = 3;

/// A value and, for each of its columns, where its gradient is: a column of an owner. An owner is no view or stack.
#[derive(Clone)]
struct Value<'t> {
    var: Var<'t, f64>,
    columns: Vec<(usize, usize)>,
}

/// A program under construction, of views and stacks or of copies.
struct Build<'t> {
    tape: &'t Tape<f64>,
    copies: bool,
    values: Vec<Value<'t>>,
    owners: Vec<Var<'t, f64>>,
    /// Whether each `put` moved its value (and made no copy): the views tell, the copies do likewise.
    moved: Vec<bool>,
    puts: usize,
}

fn filled(rows: usize, columns: usize, seed: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| 0.8 * ((7 * i + 13 * j + 5 * seed + 1) as f64).sin())
}

/// S with X S = columns `from ..` of X at columns `to ..` of the product.
fn selection((rows, from): (usize, usize), (columns, to): (usize, usize), count: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| f64::from(u8::from((0..count).any(|k| i == from + k && j == to + k))))
}

impl<'t> Build<'t> {
    fn pick(&self, number: u8) -> Value<'t> {
        // Late values are likelier, so that programs are deep.
        let n = self.values.len();
        self.values[n - 1 - ((usize::from(number).pow(2) * n) >> 16)].clone()
    }

    fn own(&mut self, var: Var<'t, f64>) -> Value<'t> {
        self.owners.push(var);
        let owner = self.owners.len() - 1;
        Value { var, columns: (0..var.shape().1).map(|j| (owner, j)).collect() }
    }

    fn push(&mut self, var: Var<'t, f64>) {
        let value = self.own(var);
        self.values.push(value);
    }

    fn columns(&self, of: &Value<'t>, start: usize, count: usize) -> Value<'t> {
        let var = if self.copies {
            let s = selection((of.columns.len(), start), (count, 0), count);
            of.var.matmul(self.tape.constant(&s))
        } else {
            of.var.columns(start, count)
        };
        Value { var, columns: of.columns[start..start + count].to_vec() }
    }

    /// A stack of `steps` values like `like`, filled from the front or from the back, perhaps never finished.
    fn stack(&mut self, like: &Value<'t>, steps: usize, [from, order, kind]: [u8; 3]) {
        let batch = like.columns.len();
        let mut stack = self.tape.stack(ROWS, batch, steps);
        let mut handles = vec![like.clone(); steps];
        let mut before = like.clone();
        for k in 0..steps {
            let step = if order % 2 == 0 { k } else { steps - 1 - k };
            let candidate = self.pick(from.wrapping_mul(k as u8 + 1));
            let fits = candidate.columns.len() == batch && (usize::from(kind) >> k) % 2 == 0;
            let value = if fits { candidate } else { self.own(before.var.tanh()) };
            before = if self.copies {
                self.puts += 1;
                if self.moved[self.puts - 1] { value } else { self.own(value.var.copied()) }
            } else {
                let var = stack.put(step, value.var);
                self.moved.push(var.id() == value.var.id());
                if var.id() == value.var.id() { value } else { self.own(var) }
            };
            self.values.push(before.clone());
            handles[step] = before.clone();
        }
        if order % 5 == 0 {
            return;
        }
        let var = if self.copies {
            let width = steps * batch;
            let place = |t: usize| self.tape.constant(&selection((batch, 0), (width, t * batch), batch));
            let zeros = self.tape.zeros(ROWS, width);
            handles.iter().enumerate().fold(zeros, |sum, (t, handle)| sum + handle.var.matmul(place(t)))
        } else {
            stack.finish()
        };
        self.values.push(Value { var, columns: handles.into_iter().flat_map(|handle| handle.columns).collect() });
    }

    fn step(&mut self, [kind, a, b, c, d]: [u8; 5]) {
        let (x, y) = (self.pick(a), self.pick(b));
        let (width, same) = (x.columns.len(), x.columns.len() == y.columns.len());
        match kind % 10 {
            0 => self.push(x.var.tanh()),
            1 if same => self.push((x.var + y.var).scale(0.5)),
            2 if same => self.push(x.var * y.var),
            // A product with any value as the weight, a view or a stack too.
            3 | 4 if width <= ROWS => self.push(x.var.matmul(y.var.slice_rows(0..width)).tanh()),
            5 | 6 => {
                let start = usize::from(c) % (width + 1);
                let count = usize::from(d) % (width - start + 1);
                let view = self.columns(&x, if c < 128 { 0 } else { start }, count);
                self.values.push(view);
            }
            7 | 8 => self.stack(&x, 1 + usize::from(c) % 3, [b, c, d]),
            9 if a < 64 => self.push(x.var.detach()),
            _ => {}
        }
    }

    fn new(tape: &'t Tape<f64>, program: &[[u8; 5]], moved: Option<Vec<bool>>) -> Self {
        let (copies, moved) = (moved.is_some(), moved.unwrap_or_default());
        let mut build = Self { tape, copies, values: Vec::new(), owners: Vec::new(), moved, puts: 0 };
        for (k, width) in [ROWS, 2, 4].into_iter().enumerate() {
            build.push(tape.leaf(&filled(ROWS, width, k)));
        }
        for &step in program {
            // Not too wide, or a stack of stacks would grow without bound.
            if build.values.last().is_none_or(|value| value.columns.len() < 40) || step[0] % 10 < 7 {
                build.step(step);
            }
        }
        build
    }

    /// Σ ⟨seed, root⟩ for roots that `numbers` name, and the seeds.
    fn roots(&self, numbers: &[u8]) -> Vec<(Var<'t, f64>, DMatrix<f64>)> {
        let root = |(k, &number): (usize, &u8)| {
            let value = self.pick(number);
            (value.var, filled(ROWS, value.columns.len(), k))
        };
        numbers.iter().enumerate().map(root).collect()
    }

    fn sum(&self, roots: &[(Var<'t, f64>, DMatrix<f64>)]) -> Var<'t, f64> {
        let zero = self.tape.zeros(1, 1);
        roots.iter().fold(zero, |sum, (root, seed)| sum + (*root * self.tape.constant(seed)).sum())
    }
}

fn vjp<'t>(roots: &[(Var<'t, f64>, DMatrix<f64>)], gradients: &mut Gradients<f64>) {
    let pairs: Vec<_> = roots.iter().map(|(root, seed)| (*root, seed)).collect();
    roots[0].0.tape().vjp(&pairs, gradients);
}

/// Compares the sweeps over `program` as views and as copies: all from `roots`, and only some asked for, as the bits of
/// `asked` say, for what is asked decides which buffers a sweep may give away.
fn compare(program: &[[u8; 5]], roots: &[u8], asked: u64, gradients: &mut Gradients<f64>) -> TestCaseResult {
    let (one, two) = (Tape::new(), Tape::new());
    let views = Build::new(&one, program, None);
    let copies = Build::new(&two, program, Some(views.moved.clone()));
    for (a, b) in views.values.iter().zip(&copies.values) {
        prop_assert!((a.var.value() - b.var.value()).amax() < 1e-12);
    }
    for &owner in &copies.owners {
        owner.watch();
    }
    let mut expected = Gradients::new();
    vjp(&copies.roots(roots), &mut expected);
    let agree = |value: &Value<'_>, found: &Gradients<f64>, how: &str| {
        let found = found.of(value.var);
        for (j, &(owner, column)) in value.columns.iter().enumerate() {
            let expected = expected.of(copies.owners[owner]);
            let (found, expected) = (found.column(j), expected.column(column));
            let near = (found - expected).amax() <= 1e-12 * (1.0 + expected.amax());
            prop_assert!(near, "{how}, {:?}, column {j}: {found}{expected}", value.var);
        }
        Ok(())
    };
    let some = |turn: u32| {
        let asked = move |k: usize| (asked.rotate_left(turn) >> (k % 64)) & 3 == 0;
        views.values.iter().enumerate().filter(move |(k, _)| asked(*k)).map(|(_, value)| value)
    };
    let roots = views.roots(roots);

    let wanted: Vec<_> = some(0).collect();
    let twice: Vec<_> = wanted.iter().rev().chain(&wanted).map(|value| value.var).collect();
    one.backward_wrt(views.sum(&roots), &twice, gradients);
    wanted.into_iter().try_for_each(|value| agree(value, gradients, "wanted"))?;

    let watched: Vec<_> = some(20).collect();
    for value in &watched {
        value.var.watch();
    }
    vjp(&roots, gradients);
    let leaves = &views.values[..3];
    watched.into_iter().chain(leaves).try_for_each(|value| agree(value, gradients, "watched"))
}

#[test]
fn views_and_stacks_have_the_gradients_of_copies() {
    use prop::collection::vec;
    let program = (vec(any::<[u8; 5]>(), 1..40), vec(any::<u8>(), 1..4), any::<u64>());
    check(vec(program, 16), |programs| {
        // One for several programs, so that what a sweep leaves behind meets another one.
        let mut gradients = Gradients::new();
        programs.iter().try_for_each(|(program, roots, asked)| compare(program, roots, *asked, &mut gradients))
    });
}
