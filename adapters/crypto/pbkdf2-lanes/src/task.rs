//! A derivation that is yet to be made, in a form that any kernel can go on with.

use crate::{
    Invalid,
    keyed::{DIGEST_BYTES, Keyed},
    stack,
    stream::Stream,
};
use std::fmt;
use zeroize::Zeroizing;

/// What was derived. Wiped when dropped.
pub type Derived = Zeroizing<Vec<u8>>;

/// In boxes, so that what moves is a pointer and leaves no copy behind.
#[allow(clippy::vec_box)]
pub(crate) type Streams = Vec<Box<Stream>>;

/// A derivation, from its first iteration to its last: a lane's work for each block of output.
///
/// It holds neither the password nor the salt: both go into the first iteration, which [`Task::new`] makes at once (some
/// microseconds, and more for long ones). What it does hold is wiped when it is dropped.
///
/// ```
/// use pbkdf2_lanes::{Kernel, Task};
///
/// let mut tasks = [Task::new(b"passwd", b"salt", 1, 64)?, Task::new(b"Password", b"NaCl", 80_000, 64)?];
/// for kernel in Kernel::available() {
///     kernel.finish(&mut tasks);
/// }
/// // RFC 7914, section 11.
/// assert_eq!(tasks[0].derived().unwrap()[..4], [0x55, 0xac, 0x04, 0x6e]);
/// assert_eq!(tasks[1].derived().unwrap()[..4], [0x4d, 0xdc, 0xd8, 0xf6]);
/// # Ok::<(), pbkdf2_lanes::Invalid>(())
/// ```
pub struct Task {
    streams: Streams,
    bytes: usize,
}

impl Task {
    /// The most blocks of 32 bytes that one task derives. For more there is [`derive`](fn@crate::derive).
    pub const MAX_BLOCKS: usize = 32;

    /// The most bytes that one task derives.
    pub const MAX_BYTES: usize = Self::MAX_BLOCKS * DIGEST_BYTES;

    /// So many bytes from the password, by PBKDF2-HMAC-SHA256.
    ///
    /// # Errors
    /// Where there are no iterations, no bytes, or more than [`Task::MAX_BYTES`].
    pub fn new(password: &[u8], salt: &[u8], iterations: u32, bytes: usize) -> Result<Self, Invalid> {
        if bytes > Self::MAX_BYTES {
            return Err(Invalid::TooLong);
        }
        let blocks = u32::try_from(bytes.div_ceil(DIGEST_BYTES)).map_err(|_| Invalid::TooLong)?;
        if blocks == 0 {
            return Err(Invalid::NoOutput);
        }
        if iterations == 0 {
            return Err(Invalid::NoIterations);
        }
        let streams = stack::wiped(|| {
            let key = Keyed::new(password);
            let stream = |block| Box::new(Stream::begin(&key, salt, block, iterations));
            (1..=blocks).map(stream).collect()
        });
        Ok(Task { streams, bytes })
    }

    /// How much is left to do, in iterations of one lane.
    #[must_use]
    pub fn work(&self) -> u64 {
        self.streams.iter().map(|stream| u64::from(stream.left)).sum()
    }

    /// What was derived, when nothing is left to do.
    #[must_use]
    pub fn derived(&self) -> Option<Derived> {
        let is_done = self.streams.iter().all(|stream| stream.is_done());
        is_done.then(|| assemble(&self.streams, self.bytes))
    }

    pub(crate) fn streams_mut(&mut self) -> impl Iterator<Item = &mut Stream> {
        self.streams.iter_mut().map(Box::as_mut)
    }

    pub(crate) fn into_parts(self) -> (Streams, usize) {
        (self.streams, self.bytes)
    }
}

/// The bytes of streams that are done.
pub(crate) fn assemble<'a>(streams: impl IntoIterator<Item = &'a Box<Stream>>, bytes: usize) -> Derived {
    // With room for all at once: a vector that grows would leave copies behind.
    let mut derived = Zeroizing::new(Vec::with_capacity(bytes));
    for word in streams.into_iter().flat_map(|stream| stream.sum.iter()) {
        let missing = bytes - derived.len();
        derived.extend(word.to_be_bytes().into_iter().take(missing));
    }
    derived
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("work", &self.work()).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
