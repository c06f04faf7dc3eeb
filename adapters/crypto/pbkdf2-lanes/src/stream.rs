//! One block of output on its way: what a lane holds.

use crate::keyed::{Keyed, Words};
use zeroize::Zeroizing;

/// The chain of one output block (RFC 8018, section 5.2: `U` and the sum `T` of all so far), with the key that drives
/// it. In plain words, so that any kernel goes on where another left off.
pub(crate) struct Stream {
    pub(crate) key: Keyed,
    /// The last digest.
    pub(crate) last: Zeroizing<Words>,
    /// The exclusive or of all digests.
    pub(crate) sum: Zeroizing<Words>,
    /// How many iterations are left.
    pub(crate) left: u32,
}

impl Stream {
    /// The chain after its first iteration. `iterations` counts that one.
    pub(crate) fn begin(key: &Keyed, salt: &[u8], block: u32, iterations: u32) -> Self {
        let first = key.first(salt, block);
        Stream { key: key.clone(), last: first.clone(), sum: first, left: iterations.saturating_sub(1) }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.left == 0
    }
}
