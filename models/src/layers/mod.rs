//! Layers without a state: one a file. Each is a [`Layer`](crate::Layer), and where [`Params::place`](crate::Params::place) has
//! placed it, it has a method `apply` for any number of columns, so a whole sequence is one call. An [`Mlp`] is several of them,
//! made at a [`Site`](crate::Site).
//!
//! Pools are ops ([`Var::max_pool2d`](autograd::Var::max_pool2d), `average_pool2d`); flattening is nothing at all, for a
//! column is flat: see [`Conv2d`].

mod activation;
mod attention;
mod conv2d;
mod embedding;
mod layer_norm;
mod linear;
mod mlp;

pub use activation::Activation;
pub use attention::{Attended, Attention};
pub use conv2d::Conv2d;
pub use embedding::Embedding;
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use mlp::{Mlp, MlpConfig};
