//! A traced tape knows the caller's line of every method that records.

use std::path::Path;
use std::sync::Arc;

use autograd::ops::{Conv1d, Exp, Window};
use autograd::{Map, Tape, Var};
use nalgebra::{DMatrix, dmatrix};

/// Checks that `v` was recorded at `line` of this file, and so was all of a method that records twice.
fn at(v: Var<'_, f64>, line: u32) {
    let place = v.origin().expect("traced").place;
    assert_eq!((place.file(), place.line()), (file!(), line));
}

#[test]
#[rustfmt::skip] // a call and its `line!()` share a line
fn every_method_that_records_is_placed_at_its_caller() {
    let tape = Tape::<f64>::traced();
    let x = tape.leaf(&DMatrix::from_fn(4, 4, |i, j| 1.0 + (i + 2 * j) as f64));
    let (column, row) = (tape.zeros(4, 1), tape.zeros(1, 4));
    let window = Window { image: (2, 2), kernel: (1, 1), stride: (1, 1), padding: (0, 0) };
    let signal = Conv1d { length: 4, kernel: 1, stride: 1, padding: 0 };
    let (labels, weights, mask) = ([0, 1, 2, 3], [1.0; 4], Arc::new(DMatrix::from_element(4, 4, true)));
    // the tape's own
    at(tape.leaf(&dmatrix![1.0]), line!());
    at(tape.constant(&dmatrix![1.0]), line!());
    at(tape.zeros(1, 1), line!());
    at(tape.record(Map(Exp), &[x]), line!());
    at(tape.concat_rows(&[x, x]), line!());
    at(tape.concat_columns(&[x, x]), line!());
    at(tape.one_hot(4, &labels), line!());
    at(x.detach(), line!());
    at(x.columns(0, 1), line!());
    let mut stack = tape.stack(4, 4, 1);
    at(stack.put(0, x), line!()); // copied, for it is a leaf
    at(stack.finish(), line!());
    // operators
    at(x + x, line!());
    at(x - x, line!());
    at(x * x, line!());
    at(x / x, line!());
    at(-x, line!());
    // entry by entry
    at(x.abs(), line!());
    at(x.clamp(0.0, 1.0), line!());
    at(x.copied(), line!());
    at(x.cos(), line!());
    at(x.elu(1.0), line!());
    at(x.exp(), line!());
    at(x.gelu(), line!());
    at(x.leaky_relu(0.1), line!());
    at(x.ln(), line!());
    at(x.maximum(x), line!());
    at(x.minimum(x), line!());
    at(x.one_minus(), line!());
    at(x.pow(2.0), line!());
    at(x.relu(), line!());
    at(x.scale(2.0), line!());
    at(x.select(mask, x), line!());
    at(x.shift(1.0), line!());
    at(x.sigmoid(), line!());
    at(x.silu(), line!());
    at(x.sin(), line!());
    at(x.softplus(), line!());
    at(x.sqrt(), line!());
    at(x.square(), line!());
    at(x.tanh(), line!());
    // rows, columns, linear algebra
    at(x.add_bias(column), line!());
    at(x.add_row(row), line!());
    at(x.scale_columns(row), line!());
    at(x.scale_rows(column), line!());
    at(x.matmul(x), line!());
    at(x.affine(x, column), line!());
    at(x.matmul_nt(x), line!());
    at(x.matmul_tn(x), line!());
    at(column.outer(column), line!());
    at(tape.constant(&DMatrix::identity(4, 4)).solve(x), line!());
    at(x.transpose(), line!());
    // shape and time
    at(x.gather_columns(&labels), line!());
    at(x.reshape(2, 8), line!());
    at(x.slice_rows(0..2), line!());
    at(x.delay(1, 1), line!());
    at(x.reverse_time(1), line!());
    // the gradient that passes
    at(x.hook(|_| ()), line!());
    at(x.scale_grad(0.5), line!());
    // reductions
    at(column.dot(column), line!());
    at(x.log_softmax(), line!());
    at(x.log_sum_exp(), line!());
    at(x.log_sum_exp_rows(), line!());
    at(x.max(), line!());
    at(x.max_columns(), line!());
    at(x.max_rows(), line!());
    at(x.mean(), line!());
    at(x.mean_columns(), line!());
    at(x.mean_rows(), line!());
    at(x.norm(), line!());
    at(x.softmax(), line!());
    at(x.sum(), line!());
    at(x.sum_columns(), line!());
    at(x.sum_rows(), line!());
    at(x.trace(), line!());
    // layers, images, signals
    at(x.dropout(vec![true; 16].into(), 0.5), line!());
    at(x.layer_norm(column, column, 1e-5), line!());
    at(x.average_pool2d(window), line!());
    at(x.max_pool2d(window), line!());
    at(x.conv1d(tape.zeros(1, 1), None, signal), line!());
    at(x.conv2d(tape.zeros(1, 1), None, window), line!());
    // losses
    at(x.huber(x, 1.0), line!());
    at(x.huber_weighted(x, 1.0, &weights), line!());
    at(x.mean_absolute_error(x), line!());
    at(x.mean_absolute_error_weighted(x, &weights), line!());
    at(x.mean_squared_error(x), line!());
    at(x.mean_squared_error_weighted(x, &weights), line!());
    at(x.sigmoid_cross_entropy(x), line!());
    at(x.sigmoid_cross_entropy_weighted(x, &weights), line!());
    at(x.softmax_cross_entropy(&labels), line!());
    at(x.softmax_cross_entropy_weighted(&labels, &weights), line!());
}

#[test]
fn the_list_above_is_complete() {
    let list = include_str!("places.rs");
    let mut methods = 0;
    let entries = |path: &Path| std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
    let ops = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let families = entries(&ops).filter(|path| path.is_dir() && !path.ends_with("table"));
    for path in families.flat_map(|family| entries(&family).collect::<Vec<_>>()) {
        let source = std::fs::read_to_string(path).expect("its text");
        let (code, _) = source.split_once("#[cfg(test)]").unwrap_or((&source, ""));
        for signature in code.split("pub fn ").skip(1).filter_map(|rest| rest.split_once(" {")).map(|(s, _)| s) {
            if signature.ends_with("-> Self")
                || signature.ends_with("-> Var<'t, T>")
                || signature.ends_with("-> Var<'_, T>")
            {
                let name = signature.split(['(', '<']).next().unwrap_or_default();
                assert!(list.contains(&format!(".{name}(")), "`{name}` is not in the list");
                methods += 1;
            }
        }
    }
    assert!(methods > 60, "{methods}");
}
