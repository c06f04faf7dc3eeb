//! GIF87a and GIF89a: the signature and the size of the logical screen, then, behind a table of colours and any number
//! of extensions, the first picture. Where that reaches beyond the screen, viewers make room for it (Pillow and
//! browsers do), so both together are the size; later pictures are cut.

use super::head::{Halt, Head, Knowing, Read, Step};
use crate::image::{ImageFormat, ImageInfo, MAX_PIXELS};

pub(super) fn header(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    head.magic(b"GIF8")?;
    if !matches!(head.array()?, [b'7' | b'9']) {
        return Err(Halt::NotAnImage);
    }
    head.magic(b"a")?;
    let (width, height) = (head.le16()?.into(), head.le16()?.into());
    let screen = ImageInfo { format: ImageFormat::Gif, width, height };
    // It can only become larger.
    if screen.pixels() > MAX_PIXELS {
        return Ok(Step::Found(screen));
    }
    let [flags, _background, _aspect] = head.array()?;
    let colours = if flags & 0x80 == 0 { 0 } else { 3 * (2 << (flags & 7)) };
    on(13 + colours, screen, block)
}

/// A picture, an extension, the end, or what is none of them, which is passed over (GIF87a, appendix D; so do viewers).
fn block(screen: ImageInfo, held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    match head.array()? {
        [b','] => {
            let (left, top) = (head.le16()?, head.le16()?);
            let right = u32::from(left) + u32::from(head.le16()?);
            let bottom = u32::from(top) + u32::from(head.le16()?);
            Step::found(ImageFormat::Gif, screen.width.max(right), screen.height.max(bottom))
        }
        [b'!'] => {
            let [_label] = head.array()?;
            on(2, screen, extension)
        }
        [b';'] => Err(Halt::NotAnImage),
        _ => on(1, screen, block),
    }
}

/// Pieces, each with its length before it, the last with none.
fn extension(screen: ImageInfo, held: &[u8]) -> Result<Step, Halt> {
    match Head::new(held).array()? {
        [0] => on(1, screen, block),
        [length] => on(1 + u64::from(length), screen, extension),
    }
}

fn on(bytes: u64, screen: ImageInfo, then: Knowing) -> Result<Step, Halt> {
    Ok(Step::Skip { bytes, then: Read::Knowing(screen, then) })
}
