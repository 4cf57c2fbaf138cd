//! Each column or row by itself: a column on every column, a softmax of each example.

mod add_broadcast;
mod broadcast;
mod layer_norm;
mod log_softmax;
mod scale_broadcast;
mod softmax;

pub use add_broadcast::AddBroadcast;
pub use broadcast::Broadcast;
pub use layer_norm::LayerNorm;
pub use log_softmax::LogSoftmax;
pub use scale_broadcast::ScaleBroadcast;
pub use softmax::Softmax;

#[cfg(test)]
super::table::rows_of! { add_broadcast layer_norm log_softmax scale_broadcast softmax }
