//! `PyTorchError`: why a state dict was refused, or a stack is none of PyTorch's.

use safetensors::Dtype;

/// See the module documentation.
#[derive(Debug, thiserror::Error)]
pub enum PyTorchError {
    /// The file is not a safetensors file, or a damaged one.
    #[error("not a readable safetensors file: {0}; write it with safetensors.torch.save_file")]
    Format(#[from] safetensors::SafeTensorError),
    /// PyTorch has no such cell.
    #[error("PyTorch has no layer of the cell `{0}`; it has those of rnn, rnn_relu, lstm and gru")]
    Cell(String),
    /// PyTorch has no such option.
    #[error("PyTorch's layers have no `{0}`; take it out of the stack's configuration")]
    Option(&'static str),
    /// A tensor is not in the file.
    #[error("no tensor `{0}`; mind the prefix of the names, and the layers and directions of the stack")]
    Missing(String),
    /// A tensor belongs to no parameter of the stack.
    #[error("tensor `{}` belongs to no layer or direction of this stack", .0.escape_debug())]
    Extra(String),
    /// A layer with `proj_size`.
    #[error("tensor `{}` is a projection (proj_size), which cannot be loaded", .0.escape_debug())]
    Projected(String),
    /// A tensor of another number type.
    #[error("tensor `{name}` is {found:?}, not {wanted:?}; convert it with .to(), or load it into the other type")]
    Type {
        /// The tensor's name.
        name: String,
        /// Its type.
        found: Dtype,
        /// The parameters' type.
        wanted: Dtype,
    },
    /// A tensor of another shape.
    #[error("tensor `{name}` is {found:?}, not {wanted:?}; an LSTM's has 4H rows, a GRU's 3H, an RNN's H")]
    Shape {
        /// The tensor's name.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The parameter's.
        wanted: Vec<usize>,
    },
}
