//! Fewer numbers: sums, means, maxima, norms, of everything or along one axis.

mod inner_product;
mod log_sum_exp;
mod max;
mod mean;
mod norm;
mod over;
mod sum;
mod trace;

pub use self::{
    inner_product::Dot, log_sum_exp::LogSumExp, max::Max, mean::Mean, norm::Norm, over::Over, sum::Sum, trace::Trace,
};
pub(super) use log_sum_exp::{below, softmax_into};
pub(super) use max::first_largest;

#[cfg(test)]
super::table::rows_of! { inner_product log_sum_exp max mean norm sum trace }
