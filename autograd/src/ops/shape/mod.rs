//! Other places for the same numbers: parts, joins, and sequences in time.

mod concat_columns;
mod concat_rows;
mod delay;
mod gather_columns;
mod reshape;
mod reverse_time;
mod slice_rows;

pub use concat_columns::ConcatColumns;
pub use concat_rows::ConcatRows;
pub use delay::Delay;
pub use gather_columns::GatherColumns;
pub use reshape::Reshape;
pub use reverse_time::ReverseTime;
pub use slice_rows::SliceRows;

#[cfg(test)]
super::table::rows_of! { concat_columns concat_rows delay gather_columns reshape reverse_time slice_rows }
