//! TensorBoard's event files: scalars by step.
//!
//! A file is a sequence of records: length (u64), masked CRC-32C of the length, bytes, masked CRC-32C of the bytes, all
//! little-endian (TensorFlow's `record_writer.cc`). The bytes of a record are an `Event` in protobuf's encoding
//! (`event.proto`, `summary.proto`): wall time (1, double), step (2, varint), and either the file version (3) or a summary
//! (5) of values (1), each a tag (1) and a simple value (2, float).

/// The name TensorBoard looks for.
pub(super) const FILE: &str = "events.out.tfevents.0.unroll";

/// The first record of a file.
pub(super) fn first(wall_time: f64) -> Vec<u8> {
    record(&[double(1, wall_time), bytes(3, b"brain.Event:2")].concat())
}

/// A record of scalars at a step, written at a time in seconds since 1970.
pub(super) fn scalars(wall_time: f64, step: u64, values: &[(&str, f64)]) -> Vec<u8> {
    let value = |(tag, value): &(&str, f64)| {
        let simple = [&key(2, 5)[..], &(*value as f32).to_le_bytes()].concat();
        bytes(1, &[bytes(1, tag.as_bytes()), simple].concat())
    };
    let summary: Vec<u8> = values.iter().flat_map(value).collect();
    let step = [key(2, 0), varint(step)].concat();
    record(&[double(1, wall_time), step, bytes(5, &summary)].concat())
}

fn record(event: &[u8]) -> Vec<u8> {
    let len = (event.len() as u64).to_le_bytes();
    [&len[..], &masked(&len), event, &masked(event)].concat()
}

/// A checksum that stays one when checksums are themselves checked.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

fn key(field: u64, kind: u64) -> Vec<u8> {
    varint(field << 3 | kind)
}

fn double(field: u64, x: f64) -> Vec<u8> {
    [&key(field, 1)[..], &x.to_le_bytes()].concat()
}

fn bytes(field: u64, bytes: &[u8]) -> Vec<u8> {
    [&key(field, 2)[..], &varint(bytes.len() as u64), bytes].concat()
}

fn varint(mut n: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the package `tensorboard`, its `RecordWriter` given the same `Event`s.
    #[test]
    fn records_have_the_bytes_of_the_real_writer() {
        assert_eq!(varint(300), [0xac, 0x02]);
        let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(hex(first(1.5)), GOLDEN_FIRST);
        assert_eq!(hex(scalars(2.5, 300, &[("loss", 0.25), ("gradient_norm", f64::NAN)])), GOLDEN_SCALARS);
    }

    const GOLDEN_FIRST: &str = "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c";
    const GOLDEN_SCALARS: &str = "31000000000000009d8383e909000000000000044010ac022a230a0b0a046c6f7373150000803e0a14\
                                  0a0d6772616469656e745f6e6f726d150000c07fc6c2f229";
}
