//! Other places for the same numbers: parts, joins, and sequences in time.

mod concat;
mod delay;
mod gather_columns;
mod reshape;
mod reverse_time;
mod slice_rows;
mod stack;

pub use self::{
    concat::Concat, delay::Delay, gather_columns::GatherColumns, reshape::Reshape, reverse_time::ReverseTime,
    slice_rows::SliceRows, stack::Stack,
};

#[cfg(test)]
super::table::rows_of! { concat delay gather_columns reshape reverse_time slice_rows }
