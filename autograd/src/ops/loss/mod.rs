//! Losses: how far a prediction is from its target.

mod huber;
mod mean_absolute_error;
mod mean_squared_error;
mod sigmoid_cross_entropy;
mod softmax_cross_entropy;

pub use huber::Huber;
pub use mean_absolute_error::MeanAbsoluteError;
pub use mean_squared_error::MeanSquaredError;
pub use sigmoid_cross_entropy::SigmoidCrossEntropy;
pub use softmax_cross_entropy::SoftmaxCrossEntropy;

#[cfg(test)]
super::table::rows_of! { huber mean_absolute_error mean_squared_error sigmoid_cross_entropy softmax_cross_entropy }
