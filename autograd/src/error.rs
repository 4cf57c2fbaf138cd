//! The wording of misuse: one sentence that names the op and all shapes, at the caller's line.

use crate::Shape;

/// Panics with `op: what; inputs are [(2, 3), (4, 5)]`.
#[track_caller]
pub(crate) fn misuse(op: &str, what: &str, inputs: &[Shape]) -> ! {
    panic!("{op}: {what}; inputs are {inputs:?}")
}

/// For [`Op::output_shape`](crate::Op::output_shape): `Ok` if both inputs have one shape, which it returns.
///
/// # Errors
/// If they differ.
pub fn same_shape(inputs: &[Shape]) -> Result<Shape, String> {
    if inputs.iter().all(|shape| *shape == inputs[0]) {
        Ok(inputs[0])
    } else {
        Err("the inputs must have one shape".into())
    }
}
