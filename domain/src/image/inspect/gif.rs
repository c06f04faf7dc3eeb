//! GIF87a and GIF89a: the signature, then the size of the logical screen, which is what a viewer lays out.

use super::head::{Halt, Head, Step};
use crate::image::ImageFormat;

pub(super) fn header(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    head.magic(b"GIF8")?;
    if !matches!(head.array()?, [b'7' | b'9']) {
        return Err(Halt::NotAnImage);
    }
    head.magic(b"a")?;
    let width = head.le16()?;
    let height = head.le16()?;
    Step::found(ImageFormat::Gif, width.into(), height.into())
}
