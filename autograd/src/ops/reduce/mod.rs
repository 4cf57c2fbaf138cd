//! Fewer numbers: sums, means, maxima, norms, of everything or along one axis.

mod inner_product;
mod log_sum_exp;
mod log_sum_exp_rows;
mod max;
mod max_columns;
mod max_rows;
mod mean;
mod mean_columns;
mod mean_rows;
mod norm;
mod sum;
mod sum_columns;
mod sum_rows;
mod trace;

pub use inner_product::Dot;
pub use log_sum_exp::LogSumExp;
pub(super) use log_sum_exp::softmax_into;
pub use log_sum_exp_rows::LogSumExpRows;
pub use max::Max;
pub(super) use max::first_largest;
pub use max_columns::MaxColumns;
pub use max_rows::MaxRows;
pub use mean::Mean;
pub use mean_columns::MeanColumns;
pub use mean_rows::MeanRows;
pub use norm::Norm;
pub use sum::Sum;
pub use sum_columns::SumColumns;
pub use sum_rows::SumRows;
pub use trace::Trace;

#[cfg(test)]
super::table::rows_of! { inner_product log_sum_exp log_sum_exp_rows max max_columns max_rows mean mean_columns mean_rows norm sum sum_columns sum_rows trace }
