//! Parts of an image.

use std::ops::Range;

/// Those of the bytes that there are.
pub(crate) fn cut(range: &Range<u64>, size: u64) -> Range<u64> {
    let start = range.start.min(size);
    start..range.end.clamp(start, size)
}
