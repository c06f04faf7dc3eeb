//! PNG (W3C, third edition, sections 5.2, 5.3 and 11.2.1): the signature, then always the IHDR chunk, of 13 bytes, and
//! any number of others before the pixels (IDAT). A second IHDR among them makes it none: libpng takes it for an error,
//! and other programs for the size.

use super::head::{Halt, Head, Read, Step};
use crate::image::{ImageFormat, ImageInfo};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

const HEADER_LENGTH: u32 = 13;

/// Length, name and checksum.
const AROUND_CHUNK: u64 = 12;

const LONGEST_CHUNK: u32 = (1 << 31) - 1;

pub(super) fn header(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    head.magic(SIGNATURE)?;
    head.magic(&HEADER_LENGTH.to_be_bytes())?;
    head.magic(b"IHDR")?;
    let width = head.be32()?;
    let height = head.be32()?;
    let info = ImageInfo { format: ImageFormat::Png, width, height };
    let bytes = SIGNATURE.len() as u64 + AROUND_CHUNK + u64::from(HEADER_LENGTH);
    Ok(Step::Skip { bytes, then: Read::Knowing(info, chunk) })
}

fn chunk(info: ImageInfo, held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    let length = head.be32()?;
    let kind: [u8; 4] = head.array()?;
    match &kind {
        b"IDAT" => Ok(Step::Found(info)),
        b"IHDR" | b"IEND" => Err(Halt::NotAnImage),
        _ if length > LONGEST_CHUNK || !kind.iter().all(u8::is_ascii_alphabetic) => Err(Halt::NotAnImage),
        _ => Ok(Step::Skip { bytes: AROUND_CHUNK + u64::from(length), then: Read::Knowing(info, chunk) }),
    }
}
