//! Losses: how far a prediction is from its target.

mod huber;
mod mean_absolute_error;
mod mean_squared_error;
mod paired;
mod sigmoid_cross_entropy;
mod softmax_cross_entropy;

pub use self::{
    huber::Huber, mean_absolute_error::MeanAbsoluteError, mean_squared_error::MeanSquaredError, paired::Paired,
    paired::PairedLoss, sigmoid_cross_entropy::SigmoidCrossEntropy, softmax_cross_entropy::SoftmaxCrossEntropy,
};

#[cfg(test)]
super::table::rows_of! { huber mean_absolute_error mean_squared_error sigmoid_cross_entropy softmax_cross_entropy }
