//! What a thread advances in a slice.

use super::schedule::Number;
use crate::{Kernel, stream::Stream};

/// The most iterations of a slice: so few that who comes has a lane in a millisecond or two, and so many that what lies
/// between two slices costs nothing.
const SLICE: u32 = 4_096;

/// A stream of a job, lent to a thread.
pub(super) struct Lane {
    pub(super) number: Number,
    pub(super) place: usize,
    pub(super) stream: Box<Stream>,
}

/// Streams, and what is done with all of them.
pub(super) struct Batch {
    pub(super) kernel: Kernel,
    pub(super) iterations: u32,
    pub(super) lanes: Vec<Lane>,
}

impl Batch {
    /// A slice ends where the first of its streams does.
    pub(super) fn new(kernel: Kernel, lanes: Vec<Lane>) -> Option<Self> {
        let shortest = lanes.iter().map(|lane| lane.stream.left).min()?;
        Some(Batch { kernel, iterations: shortest.min(SLICE), lanes })
    }

    pub(super) fn advance(&mut self) {
        let mut streams: Vec<&mut Stream> = self.lanes.iter_mut().map(|lane| lane.stream.as_mut()).collect();
        self.kernel.advance(&mut streams, self.iterations);
    }
}
