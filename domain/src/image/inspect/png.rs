//! PNG (W3C, third edition, sections 5.2 and 11.2.1): the signature, then always the IHDR chunk, of 13 bytes.

use super::head::{Halt, Head, Step};
use crate::image::ImageFormat;

pub(super) fn header(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    head.magic(b"\x89PNG\r\n\x1a\n")?;
    head.magic(&13_u32.to_be_bytes())?;
    head.magic(b"IHDR")?;
    let width = head.be32()?;
    let height = head.be32()?;
    Step::found(ImageFormat::Png, width, height)
}
