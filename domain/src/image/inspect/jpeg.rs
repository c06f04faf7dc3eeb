//! JPEG (ITU-T T.81, annex B): the size stands in the frame header, between any number of segments of metadata and
//! tables before the first scan. A second frame header has no place there, but for the header of a hierarchical image,
//! which says how large all its frames become: programs take the first, the last or neither, and the larger counts.

use super::head::{Halt, Head, Read, Step, larger};
use crate::image::{ImageFormat, ImageInfo};

const MARKER_LENGTH: u64 = 2;

pub(super) fn signature(held: &[u8]) -> Result<Step, Halt> {
    // The marker after SOI begins with FF too; no other format begins so.
    Head::new(held).magic(b"\xff\xd8\xff")?;
    Step::skip(MARKER_LENGTH, before_size)
}

fn before_size(held: &[u8]) -> Result<Step, Halt> {
    marker(held, None)
}

fn after_size(so_far: ImageInfo, held: &[u8]) -> Result<Step, Halt> {
    marker(held, Some(so_far))
}

/// What stands between two segments and is no marker is passed over, as the decoder that nearly all programs have
/// (libjpeg, `next_marker`) does: some cameras get the length of their own segment wrong.
fn marker(held: &[u8], so_far: Option<ImageInfo>) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    if head.array()? != [0xff] {
        return on(1, so_far);
    }
    let [code] = head.array()?;
    match code {
        // Any number of FF may fill the room before a marker.
        0xff => on(1, so_far),
        // Not a marker. TEM and the restarts stand alone.
        0x00 | 0x01 | 0xd0..=0xd7 => on(MARKER_LENGTH, so_far),
        // SOF of every kind: baseline, progressive, lossless, arithmetic, hierarchical. DHP is written like them.
        0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xde => frame_header(head, so_far),
        // The first scan: no more is said of the size.
        0xda => so_far.map(Step::Found).ok_or(Halt::NotAnImage),
        // Reserved, an image in an image, or its end before its scan.
        0x02..=0xbf | 0xc8 | 0xd8 | 0xd9 => Err(Halt::NotAnImage),
        // Tables, application data such as EXIF and ICC profiles, comments.
        _ => match head.be16()? {
            0..2 => Err(Halt::NotAnImage),
            length => on(MARKER_LENGTH + u64::from(length), so_far),
        },
    }
}

fn frame_header(mut head: Head<'_>, so_far: Option<ImageInfo>) -> Result<Step, Halt> {
    let length = head.be16()?;
    // The length with one component, which is the least.
    if length < 11 {
        return Err(Halt::NotAnImage);
    }
    let [_precision] = head.array()?;
    let height = head.be16()?;
    let width = head.be16()?;
    let stated = ImageInfo { format: ImageFormat::Jpeg, width: width.into(), height: height.into() };
    on(MARKER_LENGTH + u64::from(length), Some(so_far.map_or(stated, |before| larger(before, stated))))
}

fn on(bytes: u64, so_far: Option<ImageInfo>) -> Result<Step, Halt> {
    let then = so_far.map_or(Read::Plain(before_size), |so_far| Read::Knowing(so_far, after_size));
    Ok(Step::Skip { bytes, then })
}
