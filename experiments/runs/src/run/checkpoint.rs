//! The bytes of a checkpoint: a magic line, a JSON part, matrices as safetensors, and the SHA-256 of the last two. It is written
//! as it is hashed, and nothing of it is held in memory.

use std::io::{self, Write};

use autograd::Shape;
use models::{FileScalar, ParamFileError, read_safetensors, write_safetensors};
use nalgebra::DMatrix;
use sha2::{Digest, Sha256};

/// The first line of a checkpoint; its number is the format's.
const MAGIC: &[u8] = b"unroll checkpoint 2\n";
const HASH: usize = 32;

/// Matrices that have names of their own.
type Named<T> = Vec<(String, DMatrix<T>)>;

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

/// Writes the checkpoint that holds `json` and `matrices`.
///
/// # Errors
/// Those of `out`.
pub(super) fn write<T: FileScalar>(
    json: &str,
    matrices: &[(String, &DMatrix<T>)],
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(MAGIC)?;
    let mut rest = Hashed { out, hash: Sha256::new() };
    rest.write_all(&(json.len() as u64).to_le_bytes())?;
    rest.write_all(json.as_bytes())?;
    write_safetensors(matrices, &mut rest)?;
    let Hashed { out, hash } = rest;
    out.write_all(&hash.finalize())
}

/// What is written, and the hash of it so far.
struct Hashed<'a> {
    out: &'a mut dyn Write,
    hash: Sha256,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What is in a checkpoint; the matrices are those of `shapes`, given the JSON part, with their names.
///
/// # Errors
/// If a single bit is not what was written, or it does not fit.
pub(super) fn read<T: FileScalar, J: serde::de::DeserializeOwned>(
    bytes: &[u8],
    shapes: impl FnOnce(&J) -> Vec<(String, Shape)>,
) -> Result<(J, Named<T>), CheckpointError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(CheckpointError::Foreign)?;
    let (rest, hash) = rest.split_last_chunk::<HASH>().ok_or(CheckpointError::Damaged)?;
    if hash != Sha256::digest(rest).as_slice() {
        return Err(CheckpointError::Damaged);
    }
    let unreadable = |why: &dyn std::fmt::Display| CheckpointError::Unreadable(why.to_string());
    let (len, rest) = rest.split_first_chunk::<8>().ok_or(CheckpointError::Damaged)?;
    let len = usize::try_from(u64::from_le_bytes(*len)).map_err(|e| unreadable(&e))?;
    let (json, file) = rest.split_at_checked(len).ok_or(CheckpointError::Damaged)?;
    let json: J = serde_json::from_slice(json).map_err(|e| unreadable(&e))?;
    let shapes = shapes(&json);
    let matrices = read_safetensors(file, &shapes).map_err(|e: ParamFileError| unreadable(&e))?;
    Ok((json, shapes.into_iter().map(|(name, _)| name).zip(matrices).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Draws;

    fn matrix(value: f32) -> DMatrix<f32> {
        DMatrix::from_element(2, 3, value)
    }

    fn written(json: &str, name: &str, matrix: &DMatrix<f32>) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(json, &[(name.into(), matrix)], &mut bytes).expect("to memory");
        bytes
    }

    fn read_back(bytes: &[u8]) -> Result<(u64, Named<f32>), CheckpointError> {
        read(bytes, |_: &u64| vec![("a.b".into(), (2, 3))])
    }

    #[test]
    fn what_is_written_is_read() {
        let found = read_back(&written("17", "a.b", &matrix(0.1))).expect("whole");
        assert_eq!(found, (17, vec![("a.b".into(), matrix(0.1))]));
        // What a training holds that goes on with what is no number.
        let (_, found) = read_back(&written("17", "a.b", &matrix(f32::NAN))).expect("whole");
        assert!(found[0].1.iter().all(|x| x.is_nan()));
    }

    #[test]
    fn no_shorter_file_and_no_flipped_bit_is_taken() {
        let whole = written("17", "a.b", &matrix(0.1));
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
        let other = written("17", "c", &DMatrix::zeros(1, 1));
        assert!(read_back(&other).expect_err("another").to_string().contains("`a.b`"));
        assert!(read_back(&written("\"x\"", "a.b", &matrix(0.0))).is_err());
        let first_format = [b"unroll checkpoint 1\n", &written("17", "a.b", &matrix(0.1))[MAGIC.len()..]].concat();
        assert_eq!(read_back(&first_format).expect_err("old").to_string(), "it is not a checkpoint of this format");
    }
}
