//! Reading what may have no end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a file, or of what is read like one.
///
/// # Errors
/// If it cannot be read, or has more than `most` MiB; what the caller says then begins with its path.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    // What is known to be too large is not read.
    let is_large = file.metadata().is_ok_and(|known| known.is_file() && known.len() > most << 20);
    if is_large || file.take((most << 20) + 1).read_to_end(&mut bytes)? as u64 > most << 20 {
        return Err(io::Error::other(format!("it has more than {most} MiB; give a smaller one")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_than_allowed_is_refused_before_it_fills_the_memory() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        for (bytes, fits) in [(0, true), (1 << 20, true), ((1 << 20) + 1, false)] {
            file.as_file().set_len(bytes).expect("sparse");
            let read = read(file.path(), 1).map(|read| read.len() as u64).map_err(|why| why.to_string());
            let why = || "it has more than 1 MiB; give a smaller one".to_owned();
            assert_eq!(read, if fits { Ok(bytes) } else { Err(why()) });
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_has_no_end_is_refused() {
        let why = read(Path::new("/dev/zero"), 1).expect_err("refused");
        assert_eq!(why.to_string(), "it has more than 1 MiB; give a smaller one");
    }
}
