//! Other places for the same numbers: parts, joins, and sequences in time.

mod concat;
mod delay;
mod gather_columns;
mod reshape;
mod reverse_time;
mod slice_rows;
mod stack;

pub use concat::Concat;
pub use delay::Delay;
pub use gather_columns::GatherColumns;
pub use reshape::Reshape;
pub use reverse_time::ReverseTime;
pub use slice_rows::SliceRows;
pub use stack::Stack;

#[cfg(test)]
super::table::rows_of! { concat delay gather_columns reshape reverse_time slice_rows }
