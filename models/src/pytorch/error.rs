use safetensors::Dtype;

/// Why a state dict was refused, or a stack is none of PyTorch's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PyTorchError {
    /// The file is not a safetensors file, or a damaged one.
    #[error("not a readable safetensors file: {}; write it with safetensors.torch.save_file", .0.to_string().escape_debug())]
    Format(#[from] safetensors::SafeTensorError),
    /// PyTorch has no such cell.
    #[error("PyTorch has no layer of the cell `{}`; it has those of rnn, rnn_relu, lstm and gru", .0.escape_debug())]
    Cell(String),
    /// A cell that calls itself as a built-in one does, with other parameters.
    #[error("the cell `{name}` has the parameters {found}, not the built-in one's {wanted}; PyTorch has no such layer")]
    Parameters {
        /// The cell's name.
        name: &'static str,
        /// The names and shapes of its parameters.
        found: String,
        /// Those of the built-in cell.
        wanted: String,
    },
    /// PyTorch has no such option.
    #[error("PyTorch's layers have no `{0}`; take it out of the stack's configuration")]
    Option(&'static str),
    /// A tensor is not in the file.
    #[error("no tensor `{}`; mind the prefix of the names, and the layers and directions of the stack", .0.escape_debug())]
    Missing(String),
    /// A tensor belongs to no parameter of the stack.
    #[error("tensor `{}` belongs to no layer or direction of this stack", .0.escape_debug())]
    Extra(String),
    /// A layer with `proj_size`.
    #[error("tensor `{}` is a projection (proj_size), which cannot be loaded", .0.escape_debug())]
    Projected(String),
    /// A tensor of another number type.
    #[error("tensor `{}` is {found:?}, not {wanted:?}; {}", .name.escape_debug(), cure(*found, *wanted))]
    Type {
        /// The tensor's name.
        name: String,
        /// Its type.
        found: Dtype,
        /// The parameters' type.
        wanted: Dtype,
    },
    /// A tensor of another shape.
    #[error("tensor `{}` is {found:?}, not {wanted:?}; an LSTM's has 4H rows, a GRU's 3H, an RNN's H", .name.escape_debug())]
    Shape {
        /// The tensor's name.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The parameter's.
        wanted: Vec<usize>,
    },
    /// A tensor with a NaN or an infinity.
    #[error("tensor `{}` has {value} at {at:?}; save the network as it was before its training diverged", .name.escape_debug())]
    NonFinite {
        /// The tensor's name.
        name: String,
        /// The index of the first such entry.
        at: Vec<usize>,
        /// Its value.
        value: f64,
    },
    /// Two biases that are finite, and whose sum is not.
    #[error(
        "tensors `{}` and `{}` add up to {value} at [{at}]; save the network as it was before its training diverged",
        .names[0].escape_debug(),
        .names[1].escape_debug()
    )]
    Sum {
        /// The tensors' names.
        names: [String; 2],
        /// The index of the first such entry.
        at: usize,
        /// The sum.
        value: f64,
    },
}

/// What makes a tensor of the type `found` one of the type `wanted`.
fn cure(found: Dtype, wanted: Dtype) -> String {
    let convert = if wanted == Dtype::F32 { ".float()" } else { ".double()" };
    let convert = format!("convert the network with {convert} before saving");
    match found {
        Dtype::F32 => format!("{convert}, or load it into Params::<f32>"),
        Dtype::F64 => format!("{convert}, or load it into Params::<f64>"),
        _ => convert,
    }
}
