//! The tracks of a sequence (ISO/IEC 14496-12, 8.3.2).

use super::{boxes, child, full};

/// Durations and times of creation, in one of two lengths, and then the number of the track.
const BEFORE: [usize; 2] = [20, 32];

/// Layer, group, volume, reserved bytes and the matrix.
const BETWEEN: usize = 52;

/// The largest width and height of all tracks: which one is played is up to the viewer. `None` where no track has
/// any pixels.
pub(super) fn largest(movie: &[u8]) -> Option<(u32, u32)> {
    boxes(movie)
        .filter(|(kind, _)| kind == b"trak")
        .filter_map(|(_, track)| size(child(track, b"tkhd")?))
        .filter(|(width, height)| *width > 0 && *height > 0)
        .reduce(|one, other| (one.0.max(other.0), one.1.max(other.1)))
}

/// In pixels: they are written as fixed-point numbers with 16 bits of fraction.
fn size(track_header: &[u8]) -> Option<(u32, u32)> {
    let (version, _, mut head) = full(track_header)?;
    let before = BEFORE.get(usize::from(version.min(1))).copied()?;
    head.take(before + BETWEEN).ok()?;
    let (width, height) = (head.be32().ok()?, head.be32().ok()?);
    Some((width >> 16, height >> 16))
}
