/// Asks for the cache lines of `x`, and does not wait for them: for a loop over what a forward pass left behind, which has
/// long gone from the nearest caches, called some thousand operations before the loop gets there. It changes no result.
#[inline(always)]
pub fn prefetch<T>(x: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..size_of_val(x)).step_by(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 machine has the instruction, which reads nothing that a program could see; the address is
        // within `x`.
        unsafe { _mm_prefetch(x.as_ptr().cast::<i8>().add(line), _MM_HINT_T0) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = x;
}
