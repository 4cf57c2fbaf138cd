//! The bytes of a checkpoint: a magic line, the SHA-256 of the rest, a JSON part, and matrices as safetensors.

use models::{FileScalar, ParamFileError, Params};
use sha2::{Digest, Sha256};

/// The first line of a checkpoint; its number is the format's.
const MAGIC: &[u8] = b"unroll checkpoint 1\n";
const HASH: usize = 32;

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckpointError {
    /// It is no checkpoint, or one of another format.
    #[error("it is not a checkpoint of this format")]
    Foreign,
    /// Its bytes are not those that were written.
    #[error("it is damaged: its checksum is another")]
    Damaged,
    /// Its checksum is right, and yet it cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// The checkpoint that holds `json` and `matrices`.
pub(super) fn write<T: FileScalar>(json: &str, matrices: &Params<T>) -> Vec<u8> {
    let mut rest = (json.len() as u64).to_le_bytes().to_vec();
    rest.extend(json.as_bytes());
    rest.extend(matrices.to_safetensors());
    [MAGIC, &Sha256::digest(&rest), &rest].concat()
}

/// What is in a checkpoint; the matrices are those of `template`, given the JSON part.
///
/// # Errors
/// If a single bit is not what was written, or it does not fit.
pub(super) fn read<T: FileScalar, J: serde::de::DeserializeOwned>(
    bytes: &[u8],
    template: impl FnOnce(&J) -> Params<T>,
) -> Result<(J, Params<T>), CheckpointError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(CheckpointError::Foreign)?;
    let (hash, rest) = rest.split_at_checked(HASH).ok_or(CheckpointError::Damaged)?;
    if hash != Sha256::digest(rest).as_slice() {
        return Err(CheckpointError::Damaged);
    }
    let unreadable = |why: &dyn std::fmt::Display| CheckpointError::Unreadable(why.to_string());
    let (len, rest) = rest.split_first_chunk::<8>().ok_or(CheckpointError::Damaged)?;
    let len = usize::try_from(u64::from_le_bytes(*len)).map_err(|e| unreadable(&e))?;
    let (json, file) = rest.split_at_checked(len).ok_or(CheckpointError::Damaged)?;
    let json: J = serde_json::from_slice(json).map_err(|e| unreadable(&e))?;
    let mut matrices = template(&json);
    matrices.load_safetensors(file).map_err(|e: ParamFileError| unreadable(&e))?;
    Ok((json, matrices))
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::{Draws, Param};
    use nalgebra::DMatrix;

    fn matrices(value: f32) -> Params<f32> {
        Params::from(vec![Param::new("a.b", DMatrix::from_element(2, 3, value))])
    }

    fn read_back(bytes: &[u8]) -> Result<(u64, Params<f32>), CheckpointError> {
        read(bytes, |_: &u64| matrices(0.0))
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read_back(&write("17", &matrices(0.1))).expect("whole"), (17, matrices(0.1)));
    }

    #[test]
    fn no_shorter_file_and_no_flipped_bit_is_taken() {
        let whole = write("17", &matrices(0.1));
        for len in 0..whole.len() {
            assert!(read_back(&whole[..len]).is_err(), "{len} bytes");
        }
        let mut draws = Draws::at(1, "bit flips", &[]);
        for _ in 0..1000 {
            let mut flipped = whole.clone();
            let bit = draws.below(8 * whole.len());
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read_back(&flipped).is_err(), "bit {bit}");
        }
        assert!(read_back(&[whole.as_slice(), b"\0"].concat()).is_err(), "a longer one");
    }

    #[test]
    fn one_that_does_not_fit_is_refused_by_name() {
        let other = |name: &str| {
            let value = DMatrix::zeros(1, 1);
            write("17", &Params::<f32>::from(vec![Param::new(name, value)]))
        };
        assert!(read_back(&other("c")).expect_err("another").to_string().contains("`a.b`"));
        assert!(read_back(&write("\"x\"", &matrices(0.0))).is_err());
    }
}
