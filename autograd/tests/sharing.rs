//! What shares memory differentiates like copies of it: views, stacks, wide and gathered products, several roots.

use autograd::{Gradients, Tape};
use nalgebra::{DMatrix, dmatrix};

/// A number for each place of a matrix, none like its neighbours.
fn filled(rows: usize, columns: usize, seed: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| ((7 * i + 13 * j + 5 * seed) as f64).sin())
}

/// `x` as it is, or in pieces of at most 50 columns, which are never multiplied at once.
fn pieces(x: &DMatrix<f64>, narrow: bool) -> Vec<DMatrix<f64>> {
    let most = if narrow { 50 } else { x.ncols() };
    (0..x.ncols()).step_by(most).map(|at| x.columns(at, most.min(x.ncols() - at)).into_owned()).collect()
}

#[test]
fn wide_and_gathered_products_add_up_to_one_gradient() {
    // 512 columns and more are multiplied at once, fewer are gathered: before, between and after wide ones.
    for widths in [&[600][..], &[3, 512, 2], &[512, 511, 700, 1], &[4; 40], &[600, 2, 2, 600]] {
        let w = filled(3, 3, 1);
        // One leaf for all uses, or a leaf for each piece of each, whose gradients are then added up.
        let gradient = |apart: bool| {
            let tape = Tape::new();
            let (mut leaves, mut sum) = (vec![tape.leaf(&w)], tape.zeros(1, 1));
            for (k, &width) in widths.iter().enumerate() {
                for x in pieces(&filled(3, width, k), apart) {
                    let weight = if apart { tape.leaf(&w) } else { leaves[0] };
                    leaves.extend(apart.then_some(weight));
                    sum = sum + weight.matmul(weight.matmul(tape.constant(&x)).tanh()).tanh().sum();
                }
            }
            let gradients = tape.backward(sum);
            leaves.iter().fold(&w * 0.0, |sum, &leaf| sum + gradients.of(leaf))
        };
        let (together, apart) = (gradient(false), gradient(true));
        assert!((&together - &apart).amax() < 1e-12 * (1.0 + apart.amax()), "{widths:?}: {together}{apart}");
    }
}

#[test]
fn a_computed_weight_has_all_its_products_before_its_own_step() {
    // W = tanh V and a view of it are used with few columns, with many, and entry by entry.
    let v = filled(2, 4, 3);
    let gradient = |apart: bool| {
        let tape = Tape::new();
        let leaf = tape.leaf(&v);
        let shared = leaf.tanh();
        let mut sum = shared.sum();
        for (k, width) in [2, 3, 513, 1, 2].into_iter().enumerate() {
            for x in pieces(&filled(4, width, k), apart) {
                let w = if apart { leaf.tanh() } else { shared };
                let x = tape.constant(&x);
                sum = sum + w.matmul(x).tanh().sum() + w.columns(1, 2).matmul(x.slice_rows(0..2)).tanh().sum();
            }
        }
        tape.backward(sum).of(leaf).clone_owned()
    };
    let (together, apart) = (gradient(false), gradient(true));
    assert!((&together - &apart).amax() < 1e-12 * (1.0 + apart.amax()), "{together}{apart}");
}

#[test]
fn products_with_a_weight_and_with_its_first_columns_are_gathered_apart() {
    // Both begin at one place of one buffer, but have not one shape.
    let tape = Tape::<f64>::new();
    let w = tape.leaf(&filled(2, 3, 1));
    let (x, z) = (filled(3, 2, 2), filled(1, 2, 3));
    let sum = w.matmul(tape.constant(&x)).sum() + w.columns(0, 1).matmul(tape.constant(&z)).sum();
    let gradients = tape.backward(sum);
    let ones = DMatrix::from_element(2, 2, 1.0);
    let mut expected = &ones * x.transpose();
    expected.column_mut(0).gemm(1.0, &ones, &z.transpose(), 1.0);
    assert!((gradients.of(w) - expected).amax() < 1e-14);
}

#[test]
fn roots_that_share_memory_are_each_seeded_once() {
    // A step, the stack, and a view of both, twice; all of them read one buffer.
    let tape = Tape::<f64>::new();
    let x = tape.leaf(&dmatrix![3.0]);
    let mut stack = tape.stack(1, 1, 2);
    let first = stack.put(0, x.scale(2.0));
    stack.put(1, first.scale(10.0));
    let all = stack.finish();
    let mut gradients = Gradients::new();
    let (one, both) = (dmatrix![1.0], dmatrix![1.0, 1.0]);
    tape.vjp(&[(first, &one)], &mut gradients);
    assert_eq!(gradients.of(x), dmatrix![2.0]);
    tape.vjp(&[(all.columns(1, 1), &one), (first, &one), (all, &both), (all.columns(1, 1), &one)], &mut gradients);
    assert_eq!(gradients.of(x), dmatrix![2.0 * (2.0 + 30.0)]);
    tape.vjp(&[], &mut gradients);
    assert_eq!(gradients.of(x), dmatrix![0.0]);
}

#[test]
fn empty_matrices_differentiate() {
    for (rows, columns) in [(0, 3), (3, 0), (0, 0)] {
        let tape = Tape::<f64>::new();
        let (w, x) = (tape.leaf(&DMatrix::zeros(rows, rows)), tape.leaf(&DMatrix::zeros(rows, columns)));
        let mut stack = tape.stack(rows, columns, 3);
        let mut h = x;
        for step in 0..3 {
            h = stack.put(step, w.matmul(h).tanh());
        }
        let all = stack.finish().watch();
        let loss = (all.columns(0, columns) * h).sum() + w.matmul(all).sum();
        let gradients = tape.backward(loss);
        assert_eq!(gradients.of(all).shape(), (rows, 3 * columns));
        assert_eq!(gradients.of(w), DMatrix::zeros(rows, rows));
        assert_eq!(tape.stack(rows, columns, 0).finish().watch().shape(), (rows, 0));
        assert_eq!(tape.backward(loss).of(x), DMatrix::zeros(rows, columns));
    }
}

#[test]
fn a_product_over_nothing_has_gradient_zero() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf(&DMatrix::zeros(2, 0)), tape.leaf(&DMatrix::zeros(0, 600)));
    let y = a.matmul(b);
    assert_eq!(y.value(), DMatrix::zeros(2, 600));
    let gradients = tape.backward(y.sum());
    assert_eq!((gradients.of(a).shape(), gradients.of(b).shape()), ((2, 0), (0, 600)));
}

#[test]
fn a_watched_constant_and_a_watched_view_answer() {
    let tape = Tape::<f64>::new();
    let x = tape.constant(&dmatrix![1.0, 2.0, 3.0]).watch();
    let view = x.columns(1, 2).watch();
    let cut = view.detach().watch();
    let gradients = tape.backward((view * cut).sum() + x.sum());
    assert_eq!(gradients.of(x), dmatrix![1.0, 3.0, 4.0]);
    assert_eq!(gradients.of(view), dmatrix![3.0, 4.0]);
    assert_eq!(gradients.of(cut), dmatrix![2.0, 3.0]);
}
