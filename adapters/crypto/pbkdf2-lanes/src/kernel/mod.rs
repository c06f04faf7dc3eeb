//! Ways to advance streams: what the processor offers, each with so many lanes.

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx2;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx512;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx512_half;
#[cfg(target_arch = "x86_64")]
mod constants;
#[cfg(target_arch = "x86_64")]
#[macro_use]
mod lanes;
mod portable;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod sha_ni;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86;

use crate::{Task, stack, stream::Stream};
use std::fmt;

/// A way to advance derivations, so many at a time.
///
/// There is a value for what this processor can do, and for nothing else: [`Kernel::available`] looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kernel(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    X86(x86::Found),
}

impl Kernel {
    /// The one that every machine has: safe code over the `sha2` crate's block function, one lane.
    pub const PORTABLE: Self = Kernel(Kind::Portable);

    /// All that this processor can run, those with fewer lanes first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let found = x86::Found::all().into_iter().map(|found| Kernel(Kind::X86(found)));
        #[cfg(not(target_arch = "x86_64"))]
        let found: [Self; 0] = [];
        [Self::PORTABLE].into_iter().chain(found).collect()
    }

    /// A short name, such as `sha-ni x2`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::X86(found) => found.name(),
        }
    }

    /// How many derivations advance at a time.
    #[must_use]
    pub const fn lanes(self) -> usize {
        match self.0 {
            Kind::Portable => 1,
            #[cfg(target_arch = "x86_64")]
            Kind::X86(found) => found.lanes(),
        }
    }

    /// Brings every task to its end, on this thread, with as many lanes as there are. A task that has fewer iterations
    /// than others leaves its lane to the next.
    pub fn finish(self, tasks: &mut [Task]) {
        let mut streams: Vec<&mut Stream> = tasks.iter_mut().flat_map(Task::streams_mut).collect();
        streams.retain(|stream| !stream.is_done());
        while !streams.is_empty() {
            let lanes = self.lanes().min(streams.len());
            let (now, _) = streams.split_at_mut(lanes);
            let iterations = now.iter().map(|stream| stream.left).min().unwrap_or_default();
            self.advance(now, iterations);
            streams.retain(|stream| !stream.is_done());
        }
    }

    /// So many iterations of each stream, or as many as it has left.
    pub(crate) fn advance(self, streams: &mut [&mut Stream], iterations: u32) {
        let most = streams.iter().map(|stream| stream.left).min().unwrap_or_default();
        let iterations = iterations.min(most);
        if iterations == 0 {
            return;
        }
        for together in streams.chunks_mut(self.lanes()) {
            stack::wiped(|| match self.0 {
                Kind::Portable => {
                    together.iter_mut().for_each(|stream| portable::advance(stream, iterations));
                }
                #[cfg(target_arch = "x86_64")]
                Kind::X86(found) => found.advance(together, iterations),
            });
            together.iter_mut().for_each(|stream| stream.left -= iterations);
        }
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kernel({})", self.name())
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests;
