//! One operation, one file: equation and shapes → forward → backward → the method of `Var` → test.
//!
//! To add one, copy the nearest file, change its lines, and name it in the `mod.rs` of its family: as a module, as a type
//! that users see, and in the table, which drives every generic check. An op without a row there fails the tests.

mod axis;
mod image;
mod linear;
mod loss;
mod pointwise;
mod reduce;
mod shape;
#[cfg(test)]
mod table;

pub use axis::*;
pub use image::*;
pub use linear::*;
pub use loss::*;
pub use pointwise::*;
pub use reduce::*;
pub use shape::*;
