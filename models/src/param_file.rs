//! Parameters as a safetensors file: names as in [`Params`], rows after rows, f32 or f64.

use std::io::{self, Write};

use autograd::{Scalar, Shape};
use nalgebra::DMatrix;
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};

use crate::Params;

/// Why a parameter file was refused: one line, whatever the names in the file hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParamFileError {
    /// The file is not a safetensors file, or a damaged one.
    #[error("not a readable safetensors file: {}", .0.to_string().escape_debug())]
    Format(#[from] safetensors::SafeTensorError),
    /// A parameter is not in the file.
    #[error("no tensor `{}`; was the file written by another model?", .0.escape_debug())]
    Missing(String),
    /// A tensor belongs to no parameter.
    #[error("tensor `{}` belongs to no parameter of this model", .0.escape_debug())]
    Extra(String),
    /// A tensor has another shape or number type than its parameter.
    #[error("tensor `{}` is {found}, not {wanted}", .name.escape_debug())]
    Mismatch {
        /// The tensor's name.
        name: String,
        /// Its type and shape.
        found: String,
        /// The parameter's.
        wanted: String,
    },
    /// A tensor has a NaN or an infinity.
    #[error("tensor `{}` has {value} at {at:?}; save the network as it was before its training diverged", .name.escape_debug())]
    NonFinite {
        /// The tensor's name.
        name: String,
        /// The row and the column of the first such entry.
        at: [usize; 2],
        /// Its value.
        value: f64,
    },
}

/// A number that has a safetensors type.
pub trait FileScalar: Scalar {
    /// Its type in files.
    const DTYPE: Dtype;

    /// Appends its little-endian bytes.
    fn put(self, bytes: &mut Vec<u8>);

    /// Reads little-endian bytes, as many as the type has.
    fn get(bytes: &[u8]) -> Self;
}

macro_rules! file_scalar {
    ($T:ty, $dtype:expr) => {
        impl FileScalar for $T {
            const DTYPE: Dtype = $dtype;

            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }

            fn get(bytes: &[u8]) -> Self {
                <$T>::from_le_bytes(bytes.try_into().expect("a whole number"))
            }
        }
    };
}
file_scalar!(f32, Dtype::F32);
file_scalar!(f64, Dtype::F64);

/// Writes a safetensors file of these matrices, which have names of their own. No more than a row is held besides them.
///
/// # Errors
/// Those of `out`.
pub fn write_safetensors<T: FileScalar>(matrices: &[(String, &DMatrix<T>)], out: &mut dyn Write) -> io::Result<()> {
    // As the library orders numbers of one type.
    let mut matrices: Vec<_> = matrices.iter().collect();
    matrices.sort_by_key(|(name, _)| name);
    let mut end = 0;
    let info = |(name, matrix): &&(String, &DMatrix<T>)| {
        let start = end;
        end += matrix.len() * size_of::<T>();
        let shape = vec![matrix.nrows(), matrix.ncols()];
        (name.clone(), TensorInfo { dtype: T::DTYPE, shape, data_offsets: (start, end) })
    };
    let metadata = Metadata::new(None, matrices.iter().map(info).collect()).map_err(io::Error::other)?;
    let mut header = serde_json::to_vec(&metadata)?;
    header.resize(header.len().next_multiple_of(size_of::<u64>()), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    let mut bytes = Vec::new();
    for (_, matrix) in matrices {
        for row in matrix.row_iter() {
            bytes.clear();
            row.iter().for_each(|x| x.put(&mut bytes));
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// The matrices of these names and shapes, in this order, out of the contents of a safetensors file; they may hold NaN.
///
/// # Errors
/// If the file is damaged, or its tensors are not exactly these.
pub fn read_safetensors<T: FileScalar>(
    file: &[u8],
    wanted: &[(String, Shape)],
) -> Result<Vec<DMatrix<T>>, ParamFileError> {
    let tensors = SafeTensors::deserialize(file)?;
    let mut values = Vec::new();
    for (name, (m, n)) in wanted {
        let tensor = tensors.tensor(name).map_err(|_| ParamFileError::Missing(name.clone()))?;
        if tensor.dtype() != T::DTYPE || tensor.shape() != [*m, *n] {
            return Err(ParamFileError::Mismatch {
                name: name.clone(),
                found: format!("{:?} {:?}", tensor.dtype(), tensor.shape()),
                wanted: format!("{:?} {:?}", T::DTYPE, [m, n]),
            });
        }
        values.push(DMatrix::from_row_iterator(*m, *n, tensor.data().chunks_exact(size_of::<T>()).map(T::get)));
    }
    // Of several the first by name, for the file lists them in no order.
    let is_wanted = |name: &&str| wanted.iter().any(|(wanted, _)| wanted == name);
    match tensors.names().into_iter().filter(|name| !is_wanted(name)).min() {
        Some(extra) => Err(ParamFileError::Extra(extra.to_owned())),
        None => Ok(values),
    }
}

impl<T: FileScalar> Params<T> {
    /// The contents of a safetensors file.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let matrices: Vec<_> = self.iter().map(|param| (param.name.clone(), &param.value)).collect();
        let mut bytes = Vec::new();
        write_safetensors(&matrices, &mut bytes).expect("matrices with names of their own, to memory");
        bytes
    }

    /// Takes every value from the contents of a safetensors file.
    ///
    /// # Errors
    /// If the file is damaged, its tensors are not exactly these parameters, or one has a NaN or an infinity. Nothing is changed
    /// then.
    pub fn load_safetensors(&mut self, file: &[u8]) -> Result<(), ParamFileError> {
        let wanted: Vec<_> = self.iter().map(|param| (param.name.clone(), param.value.shape())).collect();
        let values = read_safetensors::<T>(file, &wanted)?;
        for ((name, (m, n)), value) in wanted.into_iter().zip(&values) {
            let at = (0..m).flat_map(|i| (0..n).map(move |j| [i, j])).find(|[i, j]| !value[(*i, *j)].is_finite());
            if let Some(at) = at {
                return Err(ParamFileError::NonFinite { name, at, value: value[(at[0], at[1])].re() });
            }
        }
        for (param, value) in self.iter_mut().zip(values) {
            param.value = value;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Param, Specs, init};
    use safetensors::tensor::TensorView;

    fn params(seed: u64, rows: usize, last: &'static str) -> Params<f32> {
        let mut specs = Specs::default();
        specs.add("w", (rows, 3), init::uniform(1.0));
        specs.add(last, (2, 1), init::uniform(1.0));
        let mut params = Params::new();
        params.place("net", specs, seed);
        params
    }

    fn refusal(file: &[u8]) -> String {
        let mut params = params(1, 2, "b");
        let before = params.clone();
        let error = params.load_safetensors(file).expect_err("refused");
        assert_eq!(params, before, "changed by a refused file");
        error.to_string()
    }

    #[test]
    fn what_is_saved_is_loaded_bit_by_bit() {
        let (saved, mut loaded) = (params(1, 2, "b"), params(2, 2, "b"));
        assert_ne!(saved, loaded);
        loaded.load_safetensors(&saved.to_safetensors()).expect("our own file");
        assert_eq!(saved, loaded);
    }

    #[test]
    fn a_file_has_the_bytes_that_the_library_writes() {
        let mut params = params(1, 2, "b");
        let mut empty = Specs::default();
        empty.add("\"odd\" é", (0, 4), init::zeros());
        params.place("a", empty, 1);
        let bytes =
            |param: &Param<f32>| param.value.transpose().iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        let bytes: Vec<_> = params.iter().map(bytes).collect();
        let views = params.iter().zip(&bytes).map(|(param, bytes)| {
            let shape = vec![param.value.nrows(), param.value.ncols()];
            (&param.name, TensorView::new(Dtype::F32, shape, bytes).expect("as many bytes as the shape has"))
        });
        assert_eq!(params.to_safetensors(), safetensors::serialize(views, None).expect("valid tensors"));
    }

    #[test]
    fn a_network_that_diverged_is_refused_with_the_entry() {
        for spoilt in [f32::NAN, f32::INFINITY] {
            let mut diverged = params(1, 2, "b");
            diverged.get_mut("net.w").expect("there").value[(1, 0)] = spoilt;
            diverged.get_mut("net.w").expect("there").value[(0, 2)] = spoilt;
            let why = format!(
                "tensor `net.w` has {spoilt} at [0, 2]; save the network as it was before its training diverged"
            );
            assert_eq!(refusal(&diverged.to_safetensors()), why);
        }
    }

    #[test]
    fn files_of_other_models_are_refused_by_name() {
        assert_eq!(refusal(&params(1, 4, "b").to_safetensors()), "tensor `net.w` is F32 [4, 3], not F32 [2, 3]");
        assert_eq!(
            refusal(&params(1, 2, "c").to_safetensors()),
            "no tensor `net.b`; was the file written by another model?"
        );
        assert_eq!(
            refusal(&params(1, 2, "b").cast::<f64>().to_safetensors()),
            "tensor `net.w` is F64 [2, 3], not F32 [2, 3]"
        );
        let mut specs = Specs::default();
        specs.add("more", (1, 1), init::zeros());
        let mut larger = params(1, 2, "b");
        larger.place("net", specs, 1);
        assert_eq!(refusal(&larger.to_safetensors()), "tensor `net.more` belongs to no parameter of this model");
    }

    #[test]
    fn a_message_is_one_line_whatever_the_name_holds() {
        let odd = "b\n\r\u{2028}";
        let mut other = params(1, 2, odd);
        let refused = other.load_safetensors(&params(1, 2, "b").to_safetensors()).expect_err("refused").to_string();
        assert_eq!(refused, r"no tensor `net.b\n\r\u{2028}`; was the file written by another model?");
        let mut tall = Specs::default();
        tall.add("w", (2, 3), init::zeros());
        tall.add(odd, (3, 1), init::zeros());
        let mut file = Params::<f32>::new();
        file.place("net", tall, 1);
        let refused = other.load_safetensors(&file.to_safetensors()).expect_err("refused").to_string();
        assert_eq!(refused, r"tensor `net.b\n\r\u{2028}` is F32 [3, 1], not F32 [2, 1]");

        let mut more = Specs::default();
        more.add("z", (1, 1), init::zeros());
        more.add(odd, (1, 1), init::zeros());
        let mut larger = params(1, 2, "b");
        larger.place("net", more, 1);
        assert_eq!(
            refusal(&larger.to_safetensors()),
            r"tensor `net.b\n\r\u{2028}` belongs to no parameter of this model"
        );
        let overlapping = r#"{"a\nb":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"c":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
        let mut file = (overlapping.len() as u64).to_le_bytes().to_vec();
        file.extend(overlapping.as_bytes());
        file.extend([0; 12]);
        let refused = refusal(&file);
        assert!(refused.starts_with("not a readable safetensors file") && !refused.contains('\n'), "{refused}");
    }

    #[test]
    fn damaged_files_are_refused_at_every_length() {
        let file = params(1, 2, "b").to_safetensors();
        for len in 0..file.len() {
            assert!(refusal(&file[..len]).starts_with("not a readable safetensors file"), "{len} bytes");
        }
    }
}
