//! AVIF (AV1 Image File Format 1.1, on HEIF, ISO/IEC 23008-12): boxes in boxes. The `ftyp` box comes first and says
//! what the file is; the `meta` box, anywhere after it, holds the primary item's size as a property (`ispe`). Where it
//! says that the file is a sequence, viewers play its tracks, whose sizes stand in the `moov` box: then the larger of
//! both counts, since either may be what is decoded. So it does where the item's configuration (`av1C`) has a size too.
//! The coded picture itself, and the tiles of a grid, are not looked at.

mod sequence_header;
mod tracks;

use super::head::{Halt, Head, Read, Step, larger};
use crate::image::{ImageFormat, ImageInfo};

/// Over two hundred brands; files have about six.
const MAX_BRANDS: u32 = 1024;

/// Metadata is held whole, as its boxes refer to each other. Real files have under 1 KiB, grids of tiles some more, and
/// sequences a few bytes for each picture.
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
    if !is_avif(&major) && !compatible.chunks_exact(4).any(is_avif) {
        return Err(Halt::NotAnImage);
    }
    Step::skip(size.into(), if &major == b"avis" { of_sequence } else { of_still })
}

/// A box of the file.
enum Outer<'a> {
    Meta { body: &'a [u8], size: u64 },
    Movie { body: &'a [u8], size: u64 },
    Other { size: u64 },
}

impl<'a> Outer<'a> {
    fn read(held: &'a [u8], movie_too: bool) -> Result<Self, Halt> {
        let mut head = Head::new(held);
        let header = BoxHeader::read(&mut head)?;
        // A box of no size goes on to the end of the file, so nothing follows it, and nobody knows how large it is.
        let size = header.size.ok_or(Halt::NotAnImage)?;
        let is_movie = movie_too && &header.kind == b"moov";
        if &header.kind != b"meta" && !is_movie {
            return Ok(Outer::Other { size });
        }
        if size > MAX_META {
            return Err(Halt::NotAnImage);
        }
        let body = head.take(header.body_length(size)?)?;
        Ok(if is_movie { Outer::Movie { body, size } } else { Outer::Meta { body, size } })
    }
}

fn of_still(held: &[u8]) -> Result<Step, Halt> {
    match Outer::read(held, false)? {
        Outer::Meta { body, .. } => Ok(Step::Found(primary(body)?)),
        Outer::Movie { size, .. } | Outer::Other { size } => Step::skip(size, of_still),
    }
}

fn of_sequence(held: &[u8]) -> Result<Step, Halt> {
    match Outer::read(held, true)? {
        Outer::Meta { body, size } => {
            Ok(Step::Skip { bytes: size, then: Read::Knowing(primary(body)?, then_tracks) })
        }
        Outer::Movie { body, size } => {
            Ok(Step::Skip { bytes: size, then: Read::Knowing(tracks(body)?, then_still) })
        }
        Outer::Other { size } => Step::skip(size, of_sequence),
    }
}

fn then_tracks(still: ImageInfo, held: &[u8]) -> Result<Step, Halt> {
    match Outer::read(held, true)? {
        Outer::Movie { body, .. } => Ok(Step::Found(larger(still, tracks(body)?))),
        Outer::Meta { size, .. } | Outer::Other { size } => {
            Ok(Step::Skip { bytes: size, then: Read::Knowing(still, then_tracks) })
        }
    }
}

fn then_still(played: ImageInfo, held: &[u8]) -> Result<Step, Halt> {
    match Outer::read(held, true)? {
        Outer::Meta { body, .. } => Ok(Step::Found(larger(played, primary(body)?))),
        Outer::Movie { size, .. } | Outer::Other { size } => {
            Ok(Step::Skip { bytes: size, then: Read::Knowing(played, then_still) })
        }
    }
}

fn primary(meta: &[u8]) -> Result<ImageInfo, Halt> {
    let (width, height) = primary_size(meta).ok_or(Halt::NotAnImage)?;
    Ok(ImageInfo { format: ImageFormat::Avif, width, height })
}

fn tracks(movie: &[u8]) -> Result<ImageInfo, Halt> {
    let (width, height) = tracks::largest(movie).ok_or(Halt::NotAnImage)?;
    Ok(ImageInfo { format: ImageFormat::Avif, width, height })
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

/// Width and height of the item that `pitm` names, by the `ispe` and the `av1C` among the properties that `ipma` gives
/// to it. Each step goes over the metadata once: it is hostile, and 256 KiB of it could name the same things again and
/// again.
fn primary_size(meta: &[u8]) -> Option<(u32, u32)> {
    let children = meta.get(4..)?;
    let primary = primary_item(child(children, b"pitm")?)?;
    let item_properties = child(children, b"iprp")?;
    let named = boxes(item_properties)
        .filter(|(kind, _)| kind == b"ipma")
        .find_map(|(_, associations)| properties_of(primary, associations))?;
    let properties = child(item_properties, b"ipco")?;
    let property = |wanted: &[u8; 4]| {
        boxes(properties)
            .zip(1..=u16::MAX)
            .filter(|((kind, _), _)| kind == wanted)
            .find_map(|((_, property), index)| named.contain(index).then_some(property))
    };
    let (_, _, mut head) = full(property(b"ispe")?)?;
    let (width, height) = (head.be32().ok()?, head.be32().ok()?);
    let coded = property(b"av1C").and_then(sequence_header::largest_frame);
    Some(coded.map_or((width, height), |coded| (width.max(coded.0), height.max(coded.1))))
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
