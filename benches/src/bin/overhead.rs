//! What the tape costs for each node, and prints it as lines of JSON.
//!
//! A chain of nodes, forward and backward, against the same arithmetic in bare loops: y ← f(x) into a buffer of its own for
//! every node, then each input's gradient. What is left is what the tape does besides: to look after nodes and buffers.

use std::hint::black_box;
use std::time::Instant;

use autograd::kernels::Operand;
use autograd::{Gradients, Scalar, Tape, Var};
use benches::normal;
use clap::Parser;
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};
use serde::Serialize;

/// Times a chain of equal nodes on the tape and as bare loops, in turn.
#[derive(Debug, Parser)]
struct Args {
    /// Nodes of a chain.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    nodes: u32,
    /// Rows and columns of every matrix.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    size: u32,
    /// Repetitions of each chain, tape and bare in turn; medians are reported.
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
}

/// One line of the output: nanoseconds a node, forward and backward.
#[derive(Debug, Serialize)]
struct Measurement {
    chain: &'static str,
    nodes: usize,
    size: usize,
    dtype: &'static str,
    /// The medians, and the difference.
    tape_ns: f64,
    bare_ns: f64,
    overhead_ns: f64,
    /// The difference of the fastest repetitions.
    min_overhead_ns: f64,
}

/// The numbers of a chain without a tape: every value, the gradient on its way, and the gradient of the leaf.
struct Bare {
    nodes: usize,
    size: usize,
    leaf: DMatrix<f32>,
    values: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
    dleaf: Vec<f32>,
}

impl Bare {
    fn new(nodes: usize, leaf: &DMatrix<f32>, start: &DMatrix<f32>) -> Self {
        let len = leaf.len();
        let mut values = vec![0.0; (nodes + 1) * len];
        values[..len].copy_from_slice(start.as_slice());
        let zeros = || vec![0.0; len];
        Self { nodes, size: leaf.nrows(), leaf: leaf.clone(), values, dy: zeros(), dx: zeros(), dleaf: zeros() }
    }

    /// `forward(leaf, x, y)` from the first node to the last, then `backward(self, k)` from the last to the first, which
    /// reads `dy` and leaves the next one in `dx`.
    fn run(&mut self, forward: impl Fn(&[f32], &[f32], &mut [f32]), backward: impl Fn(&mut Self, usize)) {
        let len = self.leaf.len();
        for k in 0..self.nodes {
            let (x, y) = self.values[k * len..].split_at_mut(len);
            forward(self.leaf.as_slice(), x, &mut y[..len]);
        }
        self.dy.fill(1.0);
        self.dleaf.fill(0.0);
        for k in (0..self.nodes).rev() {
            backward(self, k);
            std::mem::swap(&mut self.dx, &mut self.dy);
        }
        black_box((&self.dy, &self.dleaf));
    }

    /// Value k; the first is the start of the chain.
    fn value(&self, k: usize) -> &[f32] {
        let len = self.leaf.len();
        &self.values[k * len..(k + 1) * len]
    }

    /// y = x + a,  dx = dy,  da += dy.
    fn add(&mut self) {
        let forward = |a: &[f32], x: &[f32], y: &mut [f32]| {
            for ((y, &x), &a) in y.iter_mut().zip(x).zip(a) {
                *y = x + a;
            }
        };
        self.run(forward, |bare, _| {
            bare.dx.copy_from_slice(&bare.dy);
            for (da, &dy) in bare.dleaf.iter_mut().zip(&bare.dy) {
                *da += dy;
            }
        });
    }

    /// y = x ∘ a,  dx = dy ∘ a,  da += dy ∘ x.
    fn mul(&mut self) {
        let forward = |a: &[f32], x: &[f32], y: &mut [f32]| {
            for ((y, &x), &a) in y.iter_mut().zip(x).zip(a) {
                *y = x * a;
            }
        };
        self.run(forward, |bare, k| {
            for ((dx, &dy), &a) in bare.dx.iter_mut().zip(&bare.dy).zip(bare.leaf.as_slice()) {
                *dx = dy * a;
            }
            let len = bare.leaf.len();
            for ((da, &dy), &x) in bare.dleaf.iter_mut().zip(&bare.dy).zip(&bare.values[k * len..]) {
                *da += dy * x;
            }
        });
    }

    /// y = tanh x,  dx = dy ∘ (1 − y²).
    fn tanh(&mut self) {
        self.run(
            |_, x, y| f32::tanh_into(x, y),
            |bare, k| {
                let y = &bare.values[(k + 1) * bare.leaf.len()..];
                for ((dx, &dy), &y) in bare.dx.iter_mut().zip(&bare.dy).zip(y) {
                    *dx = dy * (1.0 - y * y);
                }
            },
        );
    }

    /// y = W x,  dx = Wᵀ dy,  dW += dy xᵀ.
    fn matmul(&mut self) {
        let n = self.size;
        fn view(entries: &[f32], n: usize) -> DMatrixView<'_, f32> {
            DMatrixView::from_slice(&entries[..n * n], n, n)
        }
        self.run(
            |w, x, y| {
                let mut y = DMatrixViewMut::from_slice(y, n, n);
                f32::gemm(1.0, Operand::plain(view(w, n)), Operand::plain(view(x, n)), 0.0, &mut y);
            },
            |bare, k| {
                let x = view(&bare.values[k * n * n..], n);
                let (w, dy) = (Operand::transposed(bare.leaf.as_view()), Operand::plain(view(&bare.dy, n)));
                f32::gemm(1.0, w, dy, 0.0, &mut DMatrixViewMut::from_slice(&mut bare.dx, n, n));
                f32::gemm(1.0, dy, Operand::transposed(x), 1.0, &mut DMatrixViewMut::from_slice(&mut bare.dleaf, n, n));
            },
        );
    }
}

/// One kind of chain: its node on a tape, of the leaf and the value so far, and the same without.
struct Chain {
    name: &'static str,
    leaf: DMatrix<f32>,
    node: for<'t> fn(Var<'t, f32>, Var<'t, f32>) -> Var<'t, f32>,
    bare: fn(&mut Bare),
}

fn measure(chain: &Chain, args: &Args) -> Measurement {
    let (nodes, size) = (args.nodes as usize, args.size as usize);
    let start = normal::<f32>(size, size);
    let seed = DMatrix::from_element(size, size, 1.0);
    let (mut tape, mut gradients) = (Tape::new(), Gradients::new());
    let mut bare = Bare::new(nodes, &chain.leaf, &start);
    let mut times = [Vec::new(), Vec::new()];
    for rep in 0..args.reps + 2 {
        let begin = Instant::now();
        let (leaf, first) = (tape.leaf(&chain.leaf), tape.leaf(&start));
        let last = (0..nodes).fold(first, |x, _| (chain.node)(leaf, x));
        tape.vjp(&[(last, &seed)], &mut gradients);
        let on_tape = begin.elapsed();

        let begin = Instant::now();
        (chain.bare)(&mut bare);
        let without = begin.elapsed();

        if rep == 0 {
            let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-3 * b.abs().max(1e-3));
            let last = last.value();
            assert!(same(last.as_slice(), bare.value(nodes)), "{}: two values", chain.name);
            assert!(same(gradients.of(first).clone_owned().as_slice(), &bare.dy), "{}: two gradients", chain.name);
        }
        if rep > 1 {
            times[0].push(on_tape.as_secs_f64() * 1e9 / nodes as f64);
            times[1].push(without.as_secs_f64() * 1e9 / nodes as f64);
        }
        tape.reset();
    }
    times.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
    let [tape_ns, bare_ns] = [0, 1].map(|k| (times[k][(times[k].len() - 1) / 2] + times[k][times[k].len() / 2]) / 2.0);
    Measurement {
        chain: chain.name,
        nodes,
        size,
        dtype: f32::NAME,
        tape_ns,
        bare_ns,
        overhead_ns: tape_ns - bare_ns,
        min_overhead_ns: times[0][0] - times[1][0],
    }
}

fn main() {
    let args = Args::parse();
    let n = args.size as usize;
    // Values and gradients neither vanish nor overflow along a chain: ± 1, and a rotation of the coordinates.
    let signs = DMatrix::from_fn(n, n, |i, j| if (i + j) % 2 == 0 { 1.0 } else { -1.0 });
    let rotation = DMatrix::from_fn(n, n, |i, j| f32::from(u8::from(i == (j + 1) % n)));
    let chains = [
        Chain { name: "add", leaf: normal(n, n), node: |a, x| x + a, bare: Bare::add },
        Chain { name: "mul", leaf: signs, node: |a, x| x * a, bare: Bare::mul },
        Chain { name: "tanh", leaf: normal(n, n), node: |_, x| x.tanh(), bare: Bare::tanh },
        Chain { name: "matmul", leaf: rotation, node: |w, x| w.matmul(x), bare: Bare::matmul },
    ];
    for chain in &chains {
        println!("{}", serde_json::to_string(&measure(chain, &args)).expect("numbers and names"));
    }
}
