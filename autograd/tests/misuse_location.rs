//! Misuse panics at the caller's line. Alone in its process, for it looks at panics through the global hook.

use std::sync::{Arc, Mutex};

use autograd::Tape;

/// Where `misuse` panics, as (file, line).
fn location(misuse: impl FnOnce() + std::panic::UnwindSafe) -> (String, u32) {
    let place = Arc::new(Mutex::new(None));
    let seen = place.clone();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        *seen.lock().expect("the hook") = info.location().map(|l| (l.file().to_owned(), l.line()));
    }));
    let result = std::panic::catch_unwind(misuse);
    std::panic::set_hook(hook);
    assert!(result.is_err(), "no panic");
    place.lock().expect("the hook").clone().expect("a location")
}

#[test]
#[rustfmt::skip] // a call and its `line!()` share a line
fn misuse_panics_at_the_callers_line() {
    let tape = || Tape::<f64>::new();
    let here = file!();
    assert_eq!(location(|| { let t = tape(); let _ = t.zeros(2, 3) + t.zeros(3, 2); }), (here.into(), line!()));
    assert_eq!(location(|| { let t = tape(); t.zeros(2, 3).matmul(t.zeros(2, 2)); }), (here.into(), line!()));
    assert_eq!(location(|| { let t = tape(); t.zeros(2, 3).slice_rows(1..4); }), (here.into(), line!()));
    assert_eq!(location(|| { let t = tape(); t.zeros(2, 3).columns(2, 2); }), (here.into(), line!()));
    assert_eq!(location(|| { let t = tape(); t.zeros(2, 3).item(); }), (here.into(), line!()));
    assert_eq!(location(|| { let t = tape(); t.backward(t.zeros(2, 3)); }), (here.into(), line!()));
    assert_eq!(location(|| { let t = tape(); t.stack(2, 2, 1).put(1, t.zeros(2, 2)); }), (here.into(), line!()));
}
