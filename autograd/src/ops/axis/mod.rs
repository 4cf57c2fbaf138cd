//! Each column or row by itself: a column on every column, a softmax of each example.

mod add_broadcast;
mod broadcast;
mod layer_norm;
mod log_softmax;
mod scale_broadcast;
mod softmax;

pub use self::{
    add_broadcast::AddBroadcast, broadcast::Broadcast, layer_norm::LayerNorm, log_softmax::LogSoftmax,
    scale_broadcast::ScaleBroadcast, softmax::Softmax,
};

#[cfg(test)]
super::table::rows_of! { add_broadcast layer_norm log_softmax scale_broadcast softmax }
