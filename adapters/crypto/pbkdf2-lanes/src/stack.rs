//! What a computation leaves on the stack: words for which there was no register, and copies of what was moved.

/// More than the frames of any kernel take, and nothing beside the time of the shortest slice.
const BYTES: usize = 8 * 1_024;

/// Computes something, and overwrites the stack that this took.
pub(crate) fn wiped<T>(compute: impl FnOnce() -> T) -> T {
    let result = further_down(compute);
    zeroize::zeroize_stack::<BYTES>();
    result
}

/// In a frame of its own, under that of the caller.
#[inline(never)]
fn further_down<T>(compute: impl FnOnce() -> T) -> T {
    compute()
}
