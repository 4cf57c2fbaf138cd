//! After warm-up, the heap allocations of a training step do not grow with the number of time steps.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use benches::{Sizes, TrainingStep};

thread_local! {
    /// Allocations of this thread, so that tests side by side do not count each other's.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting.
struct Counting;

// SAFETY: every call is passed on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most of five training steps after ten.
fn allocations(cell: &str, steps: usize) -> usize {
    let mut step = TrainingStep::<f32>::new(cell, Sizes { batch: 4, steps, hidden: 8, input: 3 });
    (0..10).for_each(|_| {
        step.run();
    });
    let count = |_| {
        let before = COUNT.get();
        step.run();
        COUNT.get() - before
    };
    (0..5).map(count).max().expect("five steps")
}

#[test]
fn the_allocations_of_a_training_step_do_not_grow_with_its_length() {
    for cell in ["lstm", "gru", "rnn"] {
        let [short, long] = [50, 400].map(|steps| allocations(cell, steps));
        println!("{cell}: {short} allocations a step");
        assert!(short == long, "{cell}: {short} allocations for 50 time steps, {long} for 400");
        assert!(short <= 16, "{cell}: {short} allocations");
    }
}
