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
        // BITMAPINFOHEADER and its successors up to V5, where a height below zero means that the top row comes first;
        // and OS/2 2.x, short and long, which knows no such height, but is read as if it did
        16 | 40 | 52 | 56 | 64 | 108 | 124 => {
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
