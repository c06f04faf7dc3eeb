//! Bitmaps of Windows and OS/2: the file header, then one of several headers, told apart by their lengths.

use super::head::{Halt, Head, Step};
use crate::image::ImageFormat;

pub(super) fn header(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    head.magic(b"BM")?;
    let _size_reserved_offset = head.take(12)?;
    let (width, height) = match head.le32()? {
        // BITMAPCOREHEADER
        12 => (head.le16()?.into(), head.le16()?.into()),
        // OS/2 2.x, short and long
        16 | 64 => (head.le32()?, head.le32()?),
        // BITMAPINFOHEADER and its successors up to V5: a height below zero means that the top row comes first
        40 | 52 | 56 | 108 | 124 => {
            let width = head.le32()?;
            let height = head.le32()?;
            if width.cast_signed() < 0 {
                return Err(Halt::NotAnImage);
            }
            (width, height.cast_signed().unsigned_abs())
        }
        _ => return Err(Halt::NotAnImage),
    };
    Step::found(ImageFormat::Bmp, width, height)
}
