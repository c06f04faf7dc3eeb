//! AVIF (AV1 Image File Format 1.1, on HEIF, ISO/IEC 23008-12): boxes in boxes. The `ftyp` box comes first and says
//! what the file is; the `meta` box, anywhere after it, holds the primary item's size as a property (`ispe`).

use super::head::{Halt, Head, Step};
use crate::image::ImageFormat;

/// Over two hundred brands; files have about six.
const MAX_BRANDS: u32 = 1024;

/// Metadata is held whole, as its boxes refer to each other. Real files have under 1 KiB, grids of tiles some more.
const MAX_META: u64 = 256 * 1024;

pub(super) fn brands(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    // The size is under 64 KiB: this tells with the first byte that it is no such box.
    head.magic(&[0, 0])?;
    let size = u32::from(head.be16()?);
    head.magic(b"ftyp")?;
    if !(16..=MAX_BRANDS).contains(&size) {
        return Err(Halt::NotAnImage);
    }
    let major: [u8; 4] = head.array()?;
    let _minor_version = head.be32()?;
    let compatible = head.take(size as usize - 16)?;
    let is_avif = |brand: &[u8]| matches!(brand, b"avif" | b"avis");
    if is_avif(&major) || compatible.chunks_exact(4).any(is_avif) {
        Step::skip(size.into(), outer_box)
    } else {
        Err(Halt::NotAnImage)
    }
}

fn outer_box(held: &[u8]) -> Result<Step, Halt> {
    let mut head = Head::new(held);
    let header = BoxHeader::read(&mut head)?;
    // A box of no size goes on to the end of the file, so nothing follows it, and nobody knows how large it is.
    let size = header.size.ok_or(Halt::NotAnImage)?;
    if &header.kind != b"meta" {
        return Step::skip(size, outer_box);
    }
    if size > MAX_META {
        return Err(Halt::NotAnImage);
    }
    let body = head.take(header.body_length(size)?)?;
    let (width, height) = primary_size(body).ok_or(Halt::NotAnImage)?;
    Step::found(ImageFormat::Avif, width, height)
}

struct BoxHeader {
    kind: [u8; 4],
    /// Header included; `None` for a box that goes on to the end.
    size: Option<u64>,
    length: u64,
}

impl BoxHeader {
    fn read(head: &mut Head<'_>) -> Result<Self, Halt> {
        let short_size = head.be32()?;
        let kind = head.array()?;
        let (size, length) = match short_size {
            0 => (None, 8),
            1 => (Some(head.array().map(u64::from_be_bytes)?), 16),
            _ => (Some(short_size.into()), 8),
        };
        if size.is_some_and(|size| size < length) {
            return Err(Halt::NotAnImage);
        }
        Ok(Self { kind, size, length })
    }

    fn body_length(&self, size: u64) -> Result<usize, Halt> {
        usize::try_from(size - self.length).map_err(|_| Halt::NotAnImage)
    }
}

/// The boxes that follow each other in the body of another; ends at the first that is cut short.
fn boxes(body: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let mut head = Head::new(rest);
        let header = BoxHeader::read(&mut head).ok()?;
        let size = header.size.unwrap_or(rest.len() as u64);
        let inner = head.take(header.body_length(size).ok()?).ok()?;
        rest = rest.get(usize::try_from(size).ok()?..)?;
        Some((header.kind, inner))
    })
}

fn child<'a>(body: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(body).find(|(other, _)| other == kind).map(|(_, inner)| inner)
}

/// The version and flags that begin a "full" box, and what follows them.
fn full(body: &[u8]) -> Option<(u8, u8, Head<'_>)> {
    let mut head = Head::new(body);
    let [version, _, _, flags] = head.array().ok()?;
    Some((version, flags, head))
}

/// Width and height of the item that `pitm` names, by the `ispe` among the properties that `ipma` gives to it. Each
/// step goes over the metadata once: it is hostile, and 256 KiB of it could name the same things again and again.
fn primary_size(meta: &[u8]) -> Option<(u32, u32)> {
    let children = meta.get(4..)?;
    let primary = primary_item(child(children, b"pitm")?)?;
    let item_properties = child(children, b"iprp")?;
    let named = boxes(item_properties)
        .filter(|(kind, _)| kind == b"ipma")
        .find_map(|(_, associations)| properties_of(primary, associations))?;
    let (_, size) = boxes(child(item_properties, b"ipco")?)
        .zip(1..=u16::MAX)
        .filter(|((kind, _), _)| kind == b"ispe")
        .find_map(|(property, index)| named.contain(index).then_some(property))?;
    let (_, _, mut head) = full(size)?;
    Some((head.be32().ok()?, head.be32().ok()?))
}

fn primary_item(pitm: &[u8]) -> Option<u32> {
    let (version, _, mut head) = full(pitm)?;
    item_id(version, &mut head)
}

fn item_id(version: u8, head: &mut Head<'_>) -> Option<u32> {
    if version == 0 { head.be16().ok().map(u32::from) } else { head.be32().ok() }
}

fn properties_of(item: u32, ipma: &[u8]) -> Option<Indices<'_>> {
    let (version, flags, mut head) = full(ipma)?;
    let width = if flags & 1 == 1 { 2 } else { 1 };
    for _ in 0..head.be32().ok()? {
        let id = item_id(version, &mut head)?;
        let [count] = head.array().ok()?;
        let bytes = head.take(usize::from(count) * width).ok()?;
        if id == item {
            return Some(Indices { bytes, width });
        }
    }
    None
}

/// Places of properties in `ipco`, counted from one; the top bit of each says "essential".
struct Indices<'a> {
    bytes: &'a [u8],
    width: usize,
}

impl Indices<'_> {
    fn contain(&self, index: u16) -> bool {
        self.bytes.chunks_exact(self.width).any(|bytes| match *bytes {
            [narrow] => u16::from(narrow & 0x7f) == index,
            [high, low] => u16::from_be_bytes([high & 0x7f, low]) == index,
            _ => false,
        })
    }
}
