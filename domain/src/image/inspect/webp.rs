//! WebP (RFC 9649, section 2): a RIFF file whose first chunk is the picture, lossy (`VP8 `) or lossless (`VP8L`), or
//! the header of an extended file (`VP8X`).

use super::head::{Halt, Head, Step};
use crate::image::ImageFormat;

pub(super) fn header(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    head.magic(b"RIFF")?;
    head.le32()?;
    head.magic(b"WEBPVP8")?;
    let [kind] = head.array()?;
    let (width, height) = match kind {
        b' ' => lossy(head)?,
        b'L' => lossless(head)?,
        b'X' => extended(head)?,
        _ => return Err(Halt::NotAnImage),
    };
    Step::found(ImageFormat::WebP, width, height)
}

/// RFC 6386, section 9.1: a key frame's start code and 14 bits for each side, under two bits of scaling.
fn lossy(mut head: Head<'_>) -> Result<(u32, u32), Halt> {
    head.le32()?;
    let [frame_tag, ..]: [u8; 3] = head.array()?;
    if frame_tag & 1 != 0 {
        return Err(Halt::NotAnImage);
    }
    head.magic(b"\x9d\x01\x2a")?;
    let width = head.le16()? & 0x3fff;
    let height = head.le16()? & 0x3fff;
    Ok((width.into(), height.into()))
}

/// RFC 9649, section 3.4: 14 bits for each side, less one.
fn lossless(mut head: Head<'_>) -> Result<(u32, u32), Halt> {
    head.le32()?;
    head.magic(b"\x2f")?;
    let bits = head.le32()?;
    let version = bits >> 29;
    if version != 0 {
        return Err(Halt::NotAnImage);
    }
    Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

/// RFC 9649, section 2.7: the canvas, 24 bits for each side, less one.
fn extended(mut head: Head<'_>) -> Result<(u32, u32), Halt> {
    let size = head.le32()?;
    if size < 10 {
        return Err(Halt::NotAnImage);
    }
    let _flags_and_reserved = head.le32()?;
    Ok((head.le24()? + 1, head.le24()? + 1))
}
