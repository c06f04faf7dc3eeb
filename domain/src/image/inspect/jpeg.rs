//! JPEG (ITU-T T.81, annex B): the size stands in the frame header, behind any number of segments of metadata.

use super::head::{Halt, Head, Step};
use crate::image::ImageFormat;

const MARKER_LENGTH: u64 = 2;

pub(super) fn signature(held: &[u8]) -> Result<Step, Halt> {
    // The marker after SOI begins with FF too; no other format begins so.
    Head::new(held).magic(b"\xff\xd8\xff")?;
    Step::skip(MARKER_LENGTH, marker)
}

/// What stands between two segments and is no marker is passed over, as the decoder that nearly all programs have
/// (libjpeg, `next_marker`) does: some cameras get the length of their own segment wrong.
fn marker(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    if head.array()? != [0xff] {
        return Step::skip(1, marker);
    }
    let [code] = head.array()?;
    match code {
        // Any number of FF may fill the room before a marker.
        0xff => Step::skip(1, marker),
        // Not a marker. TEM and the restarts stand alone.
        0x00 | 0x01 | 0xd0..=0xd7 => Step::skip(MARKER_LENGTH, marker),
        // SOF of every kind: baseline, progressive, lossless, arithmetic, hierarchical.
        0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => frame_header(head),
        // Reserved, an image in an image, or its end or its scan before its size.
        0x02..=0xbf | 0xc8 | 0xd8..=0xda => Err(Halt::NotAnImage),
        // Tables, application data such as EXIF and ICC profiles, comments.
        _ => match head.be16()? {
            0..2 => Err(Halt::NotAnImage),
            length => Step::skip(MARKER_LENGTH + u64::from(length), marker),
        },
    }
}

fn frame_header(mut head: Head<'_>) -> Result<Step, Halt> {
    // The length with one component, which is the least.
    if head.be16()? < 11 {
        return Err(Halt::NotAnImage);
    }
    let [_precision] = head.array()?;
    let height = head.be16()?;
    let width = head.be16()?;
    Step::found(ImageFormat::Jpeg, width.into(), height.into())
}
