//! Misuse panics at the caller's line, with one sentence that starts with the op's name.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Once;

use super::row::{Refusal, names};
use super::{Row, rows};
use crate::Tape;

/// A panic: what it says, and where.
struct Panic {
    message: String,
    file: String,
    line: u32,
}

/// How `misuse` panics.
fn panic_of(misuse: impl FnOnce()) -> Option<Panic> {
    thread_local! {
        static LISTENS: Cell<bool> = const { Cell::new(false) };
        static SEEN: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
    }
    // One hook for all threads, installed once, that keeps to threads which listen: other tests panic as ever.
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if LISTENS.get() {
                SEEN.set(info.location().map(|at| (at.file().to_owned(), at.line())));
            } else {
                before(info);
            }
        }));
    });
    SEEN.set(None);
    LISTENS.set(true);
    let payload = catch_unwind(AssertUnwindSafe(misuse)).err();
    LISTENS.set(false);
    let (file, line) = SEEN.take()?;
    let message = match payload?.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().ok()?).to_owned(),
    };
    Some(Panic { message, file, line })
}

/// Requires that `misuse` panics in the lines from `place` on, with one sentence that starts with a name of the op's file.
fn at_callers_line(row: &Row, place: &Location<'_>, lines: u32, misuse: impl FnOnce()) -> String {
    let Some(Panic { message, file, line }) = panic_of(misuse) else { panic!("{place}: not refused") };
    let here = file == place.file() && (place.line()..place.line() + lines).contains(&line);
    assert!(here, "{place}: panics at {file}:{line}, not at the line of the call: {message}");
    let (name, sentence) = message.split_once(": ").unwrap_or_default();
    // Methods with a sentence of their own.
    let alias = [("matmul_nt", "outer"), ("slice_rows", "split_rows")].contains(&(row.name, name));
    assert!(name == row.name || alias, "{place}: does not start with `{}: `: {message}", row.name);
    assert!(!sentence.is_empty() && !message.contains('\n'), "{place}: not one sentence: {message}");
    message
}

/// Requires that the call of `refusal` is refused.
pub(super) fn refused(row: &Row, refusal: &Refusal) -> String {
    at_callers_line(row, refusal.place, 3, || {
        let tape = Tape::new();
        (refusal.call)(&tape);
    })
}

#[test]
fn every_wrong_call_panics_at_the_callers_line_with_the_name_of_the_op() {
    let rows = rows();
    let mut by_shape = Vec::new();
    for row in &rows {
        let messages: Vec<_> = row.refusals.iter().map(|refusal| refused(row, refusal)).collect();
        if messages.iter().any(|message| message.contains("; inputs are [(")) {
            by_shape.push(row);
        }
    }
    let several: Vec<_> = rows.iter().filter(|row| row.draw(1, 1, 1).len() > 1).collect();
    let missing: Vec<_> = names(several).difference(&names(by_shape)).copied().collect();
    assert!(missing.is_empty(), "of several inputs, but no row refuses shapes that do not fit: {missing:?}");
}

#[test]
fn a_value_of_another_tape_is_refused_by_every_op_in_every_place() {
    for row in rows() {
        let inputs = row.draw(2, 2, 2);
        for foreign in (0..inputs.len()).filter(|_| inputs.len() > 1) {
            let message = at_callers_line(&row, row.place, 12, || {
                let (tape, other) = (Tape::new(), Tape::new());
                let x = inputs.iter().enumerate().map(|(k, x)| if k == foreign { other.leaf(x) } else { tape.leaf(x) });
                (row.method)(&x.collect::<Vec<_>>());
            });
            assert!(message.contains("lives on another tape"), "{}: {message}", row.place);
        }
    }
}
