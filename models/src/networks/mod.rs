//! One network for most studies, from one configuration: what a step reads → a recurrent stack, or none → what is read of its
//! outputs → an affine layer or an MLP → a loss.
//! ```text
//! x_t = [E_1 w_t; …; numbers_t; cnn(frame_t)],   h_1 … h_T = stack(x_1 … x_T),   z = W_y read(h) + b_y   or   mlp(read(h)),   or σ of it
//! L = mean of −ln softmax(z)_class,   or   mean of (z − y)²
//! ```
//! x_t (D × B), h_t (H × B); z (outputs × B) for a read-out of the last step or of the mean, z_t (outputs × B) for one of every
//! step.

mod batch;
mod config;
mod network;
mod on_batch;
#[cfg(test)]
mod tests;

pub use crate::stacks::Read;
pub use batch::{Batch, Targets};
pub use config::{Answer, Input, NetworkConfig};
pub use network::Network;
pub use on_batch::OnBatch;
