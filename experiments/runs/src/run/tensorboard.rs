//! TensorBoard's event files: scalars by step. One is derived from the record of a training: it is no part of a checkpoint, and is
//! made anew from the rows so far whenever it is asked for.
//!
//! A file is a sequence of records: length (u64), masked CRC-32C of the length, bytes, masked CRC-32C of the bytes, all
//! little-endian (TensorFlow's `record_writer.cc`). The bytes of a record are an `Event` in protobuf's encoding
//! (`event.proto`, `summary.proto`): wall time (1, double), step (2, varint), and either the file version (3) or a summary
//! (5) of values (1), each a tag (1) and a simple value (2, float).

use std::time::SystemTime;

use super::RunDir;
use super::log_file::LogFile;
use super::unit::{UNIT_MANIFEST, metrics};
use crate::Stop;
use crate::train::Metric;

/// The name TensorBoard looks for.
pub(super) const FILE: &str = "events.out.tfevents.0.unroll";

/// The event file of the training in `dir`, made anew from its `rows` so far.
///
/// # Errors
/// Failed, with the path and the system's reason.
pub(super) fn begin(dir: &RunDir, rows: &[Metric]) -> Result<LogFile, Stop> {
    let mut file = LogFile::begin(dir, FILE)?;
    let rows = rows.iter().flat_map(row);
    file.add(dir, &first(now()).into_iter().chain(rows).collect::<Vec<_>>())?;
    Ok(file)
}

/// Makes the event file of every training of the finished run in `dir`.
///
/// # Errors
/// Failed, if a record cannot be read, or an event file not be written.
pub(crate) fn of_finished(dir: &RunDir) -> Result<(), Stop> {
    let listed = dir.listed().all();
    for unit in listed.keys().filter_map(|name| name.strip_suffix(UNIT_MANIFEST)) {
        let dir = if unit.is_empty() { dir.clone() } else { dir.within(unit.trim_end_matches('/'))? };
        begin(&dir, &metrics(&dir)?)?;
    }
    Ok(())
}

/// The record of a row.
pub(super) fn row(metric: &Metric) -> Vec<u8> {
    let mut values =
        vec![("loss", metric.loss), ("gradient_norm", metric.gradient_norm), ("learning_rate", metric.learning_rate)];
    values.extend(metric.validation.map(|loss| ("validation", loss)));
    scalars(now(), metric.update, &values)
}

fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The first record of a file.
fn first(wall_time: f64) -> Vec<u8> {
    record(&[double(1, wall_time), bytes(3, b"brain.Event:2")].concat())
}

/// A record of scalars at a step, written at a time in seconds since 1970.
fn scalars(wall_time: f64, step: u64, values: &[(&str, f64)]) -> Vec<u8> {
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

/// The update and the scalars of each row of an event file, which begins with its version and whose checksums are right.
#[cfg(test)]
#[track_caller]
pub(super) fn rows(mut file: &[u8]) -> Vec<(u64, Vec<(String, f32)>)> {
    let mut events = Vec::new();
    while !file.is_empty() {
        let (len, rest) = file.split_at(8);
        let (check, rest) = rest.split_at(4);
        assert_eq!(check, masked(len), "the length of record {}", events.len());
        let (event, rest) = rest.split_at(u64::from_le_bytes(len.try_into().expect("8 bytes")) as usize);
        let (check, rest) = rest.split_at(4);
        assert_eq!(check, masked(event), "record {}", events.len());
        events.push(event);
        file = rest;
    }
    // A wall time stands before each of them.
    let (version, rows) = events.split_first().expect("a version");
    assert_eq!(version[9..], bytes(3, b"brain.Event:2"));
    rows.iter().map(|event| row_of(&event[9..])).collect()
}

#[cfg(test)]
fn row_of(event: &[u8]) -> (u64, Vec<(String, f32)>) {
    fn number(bytes: &mut &[u8]) -> u64 {
        let mut n = 0;
        for shift in (0..).step_by(7) {
            let (byte, rest) = bytes.split_first().expect("a number");
            (n, *bytes) = (n | u64::from(byte & 0x7f) << shift, rest);
            if *byte < 0x80 {
                break;
            }
        }
        n
    }
    fn part<'a>(bytes: &mut &'a [u8], key: u64) -> &'a [u8] {
        assert_eq!(number(bytes), key << 3 | 2);
        let len = number(bytes) as usize;
        let (part, rest) = bytes.split_at(len);
        *bytes = rest;
        part
    }
    let mut rest = event;
    assert_eq!(number(&mut rest), 2 << 3);
    let (update, mut summary) = (number(&mut rest), part(&mut rest, 5));
    let mut values = Vec::new();
    while !summary.is_empty() {
        let mut value = part(&mut summary, 1);
        let tag = String::from_utf8(part(&mut value, 1).to_vec()).expect("UTF-8");
        assert_eq!(number(&mut value), 2 << 3 | 5);
        values.push((tag, f32::from_le_bytes(value.try_into().expect("4 bytes"))));
    }
    (update, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let values = [("loss", 0.25), ("validation", -3.0)];
        let file = [first(1.5), scalars(2.5, 300, &values), scalars(2.5, 1, &[])].concat();
        let named = values.map(|(tag, value)| (tag.to_owned(), value as f32)).to_vec();
        assert_eq!(rows(&file), [(300, named), (1, Vec::new())]);
    }

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
