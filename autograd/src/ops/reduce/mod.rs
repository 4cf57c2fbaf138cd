//! Fewer numbers: sums, means, maxima, norms, of everything or along one axis.

mod inner_product;
mod log_sum_exp;
mod max;
mod mean;
mod norm;
mod over;
mod sum;
mod trace;

pub use inner_product::Dot;
pub use log_sum_exp::LogSumExp;
pub(super) use log_sum_exp::softmax_into;
pub use max::Max;
pub(super) use max::first_largest;
pub use mean::Mean;
pub use norm::Norm;
pub use over::Over;
pub use sum::Sum;
pub use trace::Trace;

#[cfg(test)]
super::table::rows_of! { inner_product log_sum_exp max mean norm sum trace }
