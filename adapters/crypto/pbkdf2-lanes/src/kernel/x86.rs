//! Which of the kernels for x86 this processor can run, and the way into them.

use super::{avx2, avx512, avx512_half, sha_ni};
use crate::stream::Stream;

/// A kernel whose instructions this processor was seen to have: [`Found::all`] alone makes values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Found(Family);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Family {
    ShaNi,
    ShaNiPair,
    Avx2,
    Avx512Half,
    Avx512,
}

impl Found {
    /// Looks at the processor. Those with fewer lanes come first.
    pub(super) fn all() -> Vec<Self> {
        [
            (Family::ShaNi, sha_ni::is_available()),
            (Family::ShaNiPair, sha_ni::is_available()),
            (Family::Avx2, avx2::is_available()),
            (Family::Avx512Half, avx512_half::is_available()),
            (Family::Avx512, avx512::is_available()),
        ]
        .into_iter()
        .filter_map(|(family, is_available)| is_available.then_some(Found(family)))
        .collect()
    }

    pub(super) const fn name(self) -> &'static str {
        match self.0 {
            Family::ShaNi => "sha-ni",
            Family::ShaNiPair => "sha-ni x2",
            Family::Avx2 => "avx2 x8",
            Family::Avx512Half => "avx512 x8",
            Family::Avx512 => "avx512 x16",
        }
    }

    pub(super) const fn lanes(self) -> usize {
        match self.0 {
            Family::ShaNi => 1,
            Family::ShaNiPair => 2,
            Family::Avx2 => avx2::LANES,
            Family::Avx512Half => avx512_half::LANES,
            Family::Avx512 => avx512::LANES,
        }
    }

    /// So many iterations of each stream, of which there are at most as many as there are lanes.
    pub(super) fn advance(self, streams: &mut [&mut Stream], iterations: u32) {
        match (self.0, streams) {
            (Family::ShaNiPair, [one, two]) => {
                // SAFETY: the family is found only where `is_available` says yes.
                unsafe { sha_ni::advance_two(one, two, iterations) }
            }
            (Family::ShaNi | Family::ShaNiPair, streams) => {
                for stream in streams {
                    // SAFETY: the family is found only where `is_available` says yes.
                    unsafe { sha_ni::advance_one(stream, iterations) }
                }
            }
            (Family::Avx2, streams) => {
                // SAFETY: the family is found only where `is_available` says yes.
                unsafe { avx2::advance(streams, iterations) }
            }
            (Family::Avx512Half, streams) => {
                // SAFETY: the family is found only where `is_available` says yes.
                unsafe { avx512_half::advance(streams, iterations) }
            }
            (Family::Avx512, streams) => {
                // SAFETY: the family is found only where `is_available` says yes.
                unsafe { avx512::advance(streams, iterations) }
            }
        }
    }
}
