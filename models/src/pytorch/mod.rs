//! State dicts of `torch.nn.RNN`, `LSTM` and `GRU`, as safetensors files, in and out of a [`Recurrent`] stack.
//!
//! | PyTorch | shape | here | shape |
//! |---|---|---|---|
//! | `weight_ih_l{l}` | G·H × D | `layers.{l}.fwd.w_x` | the same |
//! | `weight_hh_l{l}` | G·H × H | `layers.{l}.fwd.w_h` | the same |
//! | `bias_ih_l{l}` + `bias_hh_l{l}` | G·H each | `layers.{l}.fwd.b` | G·H × 1 |
//! | the n part of a GRU's `bias_hh_l{l}` | H | `layers.{l}.fwd.b_hn` | H × 1 |
//! | the suffix `_reverse` | | `rev` for `fwd` | |
//!
//! G is 1 for `rnn` and `rnn_relu`; 4 for the LSTMs, in the order i, f, g, o; 3 for `gru`, in the order r, z, n: both sides
//! agree. PyTorch has two biases where the equation needs one. Loading adds them, saving writes zeros for the second; but
//! a GRU's b_hn is multiplied by r, so it stays apart. A file without biases (`bias=False`) loads as zeros.
//!
//! Source: the documentation of `torch.nn.RNN`, `LSTM` and `GRU`, section "Variables"; `models/tests/pytorch.rs` holds values
//! and gradients against PyTorch's.

mod error;

#[cfg(test)]
mod tests;

use nalgebra::DMatrix;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

pub use error::PyTorchError;

use crate::cells::{Gru, Lstm, Rnn};
use crate::stacks::{Recurrent, RecurrentConfig};
use crate::{About, AnyCell, Dims, FileScalar, Layer as _, Params, Placed, Spec};

/// Takes the parameters of `stack` from the file of a state dict.
///
/// `theirs` is the prefix of the names in the file, such as `encoder.`, and often empty. Tensors of other prefixes are left
/// alone.
///
/// ```no_run
/// # use models::{Params, Registry, pytorch, stacks::RecurrentConfig};
/// let config = RecurrentConfig { layers: 2, bidirectional: true, ..RecurrentConfig::new("lstm", 64) };
/// let mut params = Params::<f32>::new();
/// let stack = params.place("", config.build(&Registry::builtin(), 10, 100)?, 1);
/// pytorch::load(&stack, &mut params, &std::fs::read("lstm.safetensors")?, "")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If PyTorch has no such layer, the file is damaged, its tensors are not exactly this layer's, in the type `T`, or one
/// has a NaN or an infinity, or two biases add up to one. Nothing is changed then.
///
/// Whether PyTorch has the layer is told by the name in the cell's [`About`] and by its parameters' names and
/// shapes, whatever it is called in the registry. A cell of your own that has all of these, but another equation, is not
/// told apart: give it a name of its own.
///
/// # Panics
/// If the stack is placed in another model.
#[track_caller]
pub fn load<T: FileScalar>(
    stack: &Placed<Recurrent>,
    params: &mut Params<T>,
    file: &[u8],
    theirs: &str,
) -> Result<(), PyTorchError> {
    let gru = check_stack(stack)? == Kind::Gru;
    let params = params.of_mut(stack);
    let file = File { tensors: SafeTensors::deserialize(file)?, prefix: theirs };
    file.expect_no_projection()?;
    let mut known = Vec::new();
    let mut values = Vec::new();
    let biased = file.has("bias_ih_l0") || file.has("bias_hh_l0");
    for (lane, suffix) in lanes(stack) {
        let at = |name| at(stack, &lane, name);
        let mut tensor = |name: &str, shape: &[usize]| {
            let name = format!("{name}_{suffix}");
            let entries = file.entries::<T>(&name, shape);
            known.push(name);
            entries
        };
        let ((rows, input), hidden) = (params[at("w_x")].value.shape(), params[at("w_h")].value.ncols());
        let w_x = DMatrix::from_row_slice(rows, input, &tensor("weight_ih", &[rows, input])?);
        let w_h = DMatrix::from_row_slice(rows, hidden, &tensor("weight_hh", &[rows, hidden])?);
        let (mut b, mut b_hn) = (DMatrix::zeros(rows, 1), DMatrix::zeros(hidden, 1));
        if biased {
            b.copy_from_slice(&tensor("bias_ih", &[rows])?);
            let second = tensor("bias_hh", &[rows])?;
            let added = if gru { rows - hidden } else { rows };
            b.iter_mut().zip(&second[..added]).for_each(|(b, &second)| *b += second);
            if let Some(at) = b.iter().position(|b| !b.is_finite()) {
                let names = ["bias_ih", "bias_hh"].map(|name| format!("{theirs}{name}_{suffix}"));
                return Err(PyTorchError::Sum { names, at, value: b[at].re() });
            }
            if gru {
                b_hn.copy_from_slice(&second[added..]);
            }
        }
        values.extend([(at("w_x"), w_x), (at("w_h"), w_h), (at("b"), b)]);
        if gru {
            values.push((at("b_hn"), b_hn));
        }
    }
    file.expect_no_other(&known)?;
    for (at, value) in values {
        params[at].value = value;
    }
    Ok(())
}

/// The parameters of `stack` as the file of a state dict, for `load_state_dict`; the prefix is that of [`load`].
///
/// # Errors
/// If PyTorch has no such layer.
///
/// # Panics
/// As [`load`].
#[track_caller]
pub fn save<T: FileScalar>(
    stack: &Placed<Recurrent>,
    params: &Params<T>,
    theirs: &str,
) -> Result<Vec<u8>, PyTorchError> {
    let gru = check_stack(stack)? == Kind::Gru;
    let params = params.of(stack);
    let mut tensors = Vec::new();
    for (lane, suffix) in lanes(stack) {
        let value = |name| &params[at(stack, &lane, name)].value;
        let mut second = DMatrix::zeros(value("b").nrows(), 1);
        if gru {
            let b_hn = value("b_hn");
            second.rows_mut(second.nrows() - b_hn.nrows(), b_hn.nrows()).copy_from(b_hn);
        }
        let of = |name: &str, value: &DMatrix<T>, shape: Vec<usize>| {
            let mut bytes = Vec::with_capacity(value.len() * size_of::<T>());
            value.transpose().iter().for_each(|x| x.put(&mut bytes));
            (format!("{theirs}{name}_{suffix}"), shape, bytes)
        };
        for (name, value) in [("weight_ih", value("w_x")), ("weight_hh", value("w_h"))] {
            tensors.push(of(name, value, vec![value.nrows(), value.ncols()]));
        }
        for (name, value) in [("bias_ih", value("b")), ("bias_hh", &second)] {
            tensors.push(of(name, value, vec![value.nrows()]));
        }
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(T::DTYPE, shape.clone(), bytes).expect("as many bytes as the shape has"))
    });
    Ok(safetensors::serialize(views, None).expect("views of valid tensors"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    RnnOrLstm,
    Gru,
}

/// Which kind of PyTorch's layers computes what `stack` does.
fn check_stack(stack: &Recurrent) -> Result<Kind, PyTorchError> {
    let (config, plain) = (stack.config(), RecurrentConfig::new("", 1));
    let extras = [
        ("residual", config.residual),
        ("layer_norm", config.layer_norm),
        ("projection", config.projection.is_some()),
        ("learned_initial", config.learned_initial),
        ("zoneout", config.zoneout != plain.zoneout),
        ("leaky", config.leaky != plain.leaky),
    ];
    if let Some((key, _)) = extras.into_iter().find(|(_, there)| *there) {
        return Err(PyTorchError::Option(key));
    }
    let mut kind = Kind::RnnOrLstm;
    for about in stack.cells() {
        let dims = Dims { input: about.input, hidden: config.hidden, horizon: 1 };
        let builtin: Box<dyn AnyCell> = match about.name {
            "rnn" => Box::new(Rnn::new(dims)),
            "rnn_relu" => Box::new(Rnn::relu(dims)),
            "lstm" => Box::new(Lstm::new(dims)),
            "gru" => Box::new(Gru::new(dims)),
            other => return Err(PyTorchError::Cell(other.into())),
        };
        let (found, wanted) = (parameters(about), parameters(builtin.about()));
        if found != wanted {
            return Err(PyTorchError::Parameters { name: about.name, found, wanted });
        }
        if about.name == "gru" {
            kind = Kind::Gru;
        }
    }
    Ok(kind)
}

/// Names and shapes, such as `w_x [4, 3], b [4, 1]`.
fn parameters(about: &About) -> String {
    let shown = about.specs.iter().map(|spec| format!("{} [{}, {}]", spec.name, spec.shape.0, spec.shape.1));
    shown.collect::<Vec<_>>().join(", ")
}

/// Of every layer and direction, what its parameters' names begin with here and end with there.
fn lanes(stack: &Recurrent) -> Vec<(String, String)> {
    let config = stack.config();
    let directions: &[_] = if config.bidirectional { &[("fwd", ""), ("rev", "_reverse")] } else { &[("fwd", "")] };
    let lane = |l: usize| directions.iter().map(move |(here, there)| (l, here, there));
    let names = (0..config.layers).flat_map(lane);
    names.map(|(l, here, there)| (format!("layers.{l}.{here}"), format!("l{l}{there}"))).collect()
}

/// Which of the stack's parameters it is.
fn at(stack: &Recurrent, lane: &str, name: &str) -> usize {
    let named = |spec: &Spec| spec.name.strip_prefix(lane).and_then(|rest| rest.strip_prefix('.')) == Some(name);
    stack.specs().iter().position(named).expect("a cell that was checked")
}

/// A state dict's file, of which the tensors of one prefix count.
struct File<'a> {
    tensors: SafeTensors<'a>,
    prefix: &'a str,
}

impl File<'_> {
    fn has(&self, name: &str) -> bool {
        self.tensors.tensor(&format!("{}{name}", self.prefix)).is_ok()
    }

    fn entries<T: FileScalar>(&self, name: &str, shape: &[usize]) -> Result<Vec<T>, PyTorchError> {
        let name = format!("{}{name}", self.prefix);
        let Ok(tensor) = self.tensors.tensor(&name) else { return Err(PyTorchError::Missing(name)) };
        if tensor.dtype() != T::DTYPE {
            return Err(PyTorchError::Type { name, found: tensor.dtype(), wanted: T::DTYPE });
        }
        if tensor.shape() != shape {
            return Err(PyTorchError::Shape { name, found: tensor.shape().to_vec(), wanted: shape.to_vec() });
        }
        let entries: Vec<T> = tensor.data().chunks_exact(size_of::<T>()).map(T::get).collect();
        if let Some(k) = entries.iter().position(|x| !x.is_finite()) {
            // Row after row.
            let at = if let [_, columns] = *shape { vec![k / columns, k % columns] } else { vec![k] };
            return Err(PyTorchError::NonFinite { name, at, value: entries[k].re() });
        }
        Ok(entries)
    }

    /// A projection also narrows `weight_hh`, so it is looked for before shapes are.
    fn expect_no_projection(&self) -> Result<(), PyTorchError> {
        let projection = format!("{}weight_hr", self.prefix);
        match self.tensors.names().into_iter().filter(|name| name.starts_with(&projection)).min() {
            Some(name) => Err(PyTorchError::Projected(name.to_owned())),
            None => Ok(()),
        }
    }

    fn expect_no_other(&self, known: &[String]) -> Result<(), PyTorchError> {
        let names = self.tensors.names();
        let ours = names.iter().filter_map(|name| name.strip_prefix(self.prefix));
        match ours.filter(|name| !known.iter().any(|known| known == name)).min() {
            Some(name) => Err(PyTorchError::Extra(format!("{}{name}", self.prefix))),
            None => Ok(()),
        }
    }
}
