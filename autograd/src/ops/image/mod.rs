//! Images and signals, one a column.

mod average_pool2d;
mod conv1d;
mod conv2d;
mod max_pool2d;
mod window;

pub use self::{average_pool2d::AveragePool2d, conv1d::Conv1d, conv2d::Conv2d, max_pool2d::MaxPool2d, window::Window};

#[cfg(test)]
super::table::rows_of! { average_pool2d conv1d conv2d max_pool2d }
