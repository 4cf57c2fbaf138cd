//! Parameters as a safetensors file: names as in [`Params`], rows after rows, f32 or f64.

use autograd::Scalar;
use nalgebra::DMatrix;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::{Param, Params};

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

impl<T: FileScalar> Params<T> {
    /// The contents of a safetensors file.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let bytes = |param: &Param<T>| {
            let mut bytes = Vec::with_capacity(param.value.len() * size_of::<T>());
            param.value.transpose().iter().for_each(|x| x.put(&mut bytes));
            bytes
        };
        let bytes: Vec<_> = self.iter().map(bytes).collect();
        let views = self.iter().zip(&bytes).map(|(param, bytes)| {
            let shape = vec![param.value.nrows(), param.value.ncols()];
            (&param.name, TensorView::new(T::DTYPE, shape, bytes).expect("as many bytes as the shape has"))
        });
        safetensors::serialize(views, None).expect("views of valid tensors")
    }

    /// Takes every value from the contents of a safetensors file.
    ///
    /// # Errors
    /// If the file is damaged, or its tensors are not exactly these parameters. Nothing is changed then.
    pub fn load_safetensors(&mut self, file: &[u8]) -> Result<(), ParamFileError> {
        let tensors = SafeTensors::deserialize(file)?;
        let mut values = Vec::new();
        for param in self.iter() {
            let tensor = tensors.tensor(&param.name).map_err(|_| ParamFileError::Missing(param.name.clone()))?;
            let (m, n) = param.value.shape();
            if tensor.dtype() != T::DTYPE || tensor.shape() != [m, n] {
                return Err(ParamFileError::Mismatch {
                    name: param.name.clone(),
                    found: format!("{:?} {:?}", tensor.dtype(), tensor.shape()),
                    wanted: format!("{:?} {:?}", T::DTYPE, [m, n]),
                });
            }
            values.push(DMatrix::from_row_iterator(m, n, tensor.data().chunks_exact(size_of::<T>()).map(T::get)));
        }
        // Of several the first by name, for the file lists them in no order.
        if let Some(extra) = tensors.names().into_iter().filter(|name| self.get(name).is_none()).min() {
            return Err(ParamFileError::Extra(extra.to_owned()));
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
    use crate::{Specs, init};

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
