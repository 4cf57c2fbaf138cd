//! Hashes of what a run is made of.

use sha2::{Digest, Sha256};

/// The first twelve hexadecimal digits of the SHA-256 of `text`.
pub fn short_hash(text: &str) -> String {
    hex(&Sha256::digest(text)[..6])
}

/// All hexadecimal digits of the SHA-256 of `bytes`.
pub fn long_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_known_one() {
        assert_eq!(short_hash("abc"), "ba7816bf8f01");
        assert_eq!(long_hash(b"abc")[..12], short_hash("abc"));
    }
}
