//! Telling an image and its size from its first bytes, as they arrive.
//!
//! Ours rather than the `imagesize` crate: that one seeks over the whole file, and takes for an image what merely
//! begins like one; an upload is a stream that nobody wants to hold.

use thiserror::Error;

use super::{ImageFormat, ImageInfo, MAX_PIXELS};
use head::{Halt, Plain, Read, Step};

mod avif;
mod bmp;
mod gif;
mod head;
mod jpeg;
mod png;
mod webp;

/// Why bytes are not taken as an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Not in one of the formats of [`super::ImageFormat`], cut short before its size, or without pixels.
    #[error("not an image of a known format with a readable size")]
    NotAnImage,
    /// More pixels than [`MAX_PIXELS`].
    #[error("an image of {width} by {height} pixels is too large")]
    TooManyPixels {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
}

/// Reads an image that arrives in pieces of any size until its format and size are known, or it is known to be none.
///
/// The bytes alone decide; a name or a declared type does not count. How the bytes are split never changes the answer.
/// No more is held than a header (for AVIF: than its metadata, at most 256 KiB); the rest is skipped as it passes.
/// Checksums are not verified, as only what shows the image can tell what it forgives.
///
/// ```
/// use hexad_domain::image::{ImageFormat, ImageInfo, Inspector, Refusal};
///
/// let mut inspector = Inspector::new();
/// assert_eq!(inspector.push(b"GIF8"), Ok(None));
/// let info = ImageInfo { format: ImageFormat::Gif, width: 3, height: 2 };
/// assert_eq!(inspector.push(b"9a\x03\x00\x02\x00\x00\x00\x00"), Ok(None));
/// assert_eq!(inspector.push(b",\x00\x00\x00\x00\x03\x00\x02\x00 and so on"), Ok(Some(info)));
/// assert_eq!(inspector.finish(), Ok(info));
///
/// assert_eq!(Inspector::new().push(b"<svg xmlns="), Err(Refusal::NotAnImage));
/// ```
#[derive(Debug)]
pub struct Inspector {
    state: State,
}

#[derive(Debug)]
enum State {
    Reading(Reading),
    Decided(Result<ImageInfo, Refusal>),
}

/// Skip `skip` bytes, gather until `need` are held, and let `read` say what comes next: since it sees the same bytes
/// however they were split, its answer is the same.
#[derive(Debug)]
struct Reading {
    skip: u64,
    need: usize,
    held: Vec<u8>,
    read: Read,
}

impl Default for Inspector {
    fn default() -> Self {
        Self::new()
    }
}

impl Inspector {
    /// One that has seen nothing.
    pub const fn new() -> Self {
        Self {
            state: State::Reading(Reading {
                skip: 0,
                need: 1,
                held: Vec::new(),
                read: Read::Plain(signature),
            }),
        }
    }

    /// Takes the next bytes. `None` means that more are needed; once something else was answered it stays the answer.
    ///
    /// # Errors
    /// A [`Refusal`], as early as the bytes tell.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Option<ImageInfo>, Refusal> {
        if let State::Reading(reading) = &mut self.state
            && let Some(decision) = reading.push(chunk)
        {
            self.state = State::Decided(decision);
        }
        match self.state {
            State::Reading(_) => Ok(None),
            State::Decided(decision) => decision.map(Some),
        }
    }

    /// Says that there are no more bytes.
    ///
    /// # Errors
    /// What [`push`](Self::push) has answered, or [`Refusal::NotAnImage`] where the size has not come.
    pub fn finish(self) -> Result<ImageInfo, Refusal> {
        match self.state {
            State::Reading(_) => Err(Refusal::NotAnImage),
            State::Decided(decision) => decision,
        }
    }
}

impl Reading {
    fn push(&mut self, mut chunk: &[u8]) -> Option<Result<ImageInfo, Refusal>> {
        loop {
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
            self.skip -= skipped as u64;
            chunk = chunk.get(skipped..)?;

            let missing = self.need.saturating_sub(self.held.len());
            let (gathered, rest) = chunk.split_at_checked(missing).unwrap_or((chunk, &[]));
            self.held.extend_from_slice(gathered);
            chunk = rest;
            if self.skip > 0 || self.held.len() < self.need {
                return None;
            }

            match self.read.ask(&self.held) {
                Ok(Step::Found(info)) => return Some(checked(info)),
                Ok(Step::Skip { bytes, then }) => {
                    if let Read::Knowing(so_far, _) = then
                        && let Err(refusal) = checked(so_far)
                    {
                        return Some(Err(refusal));
                    }
                    let held = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.held.len());
                    self.held.drain(..held);
                    self.skip = bytes - held as u64;
                    self.need = if self.skip > 0 { 0 } else { self.held.len() };
                    self.read = then;
                }
                Err(Halt::Short { need }) => self.need = need.max(self.held.len() + 1),
                Err(Halt::NotAnImage) => return Some(Err(Refusal::NotAnImage)),
            }
        }
    }
}

fn checked(info: ImageInfo) -> Result<ImageInfo, Refusal> {
    match info.pixels() {
        0 => Err(Refusal::NotAnImage),
        1..=MAX_PIXELS => Ok(info),
        _ => Err(Refusal::TooManyPixels { width: info.width, height: info.height }),
    }
}

/// Each format with what reads its first bytes.
const FORMATS: [(ImageFormat, Plain); 6] = [
    (ImageFormat::Jpeg, jpeg::signature),
    (ImageFormat::Png, png::header),
    (ImageFormat::Gif, gif::header),
    (ImageFormat::WebP, webp::header),
    (ImageFormat::Bmp, bmp::header),
    (ImageFormat::Avif, avif::brands),
];

impl ImageFormat {
    /// How many first bytes [`sniff`](Self::sniff) wants at the most.
    pub const SNIFFED: u64 = 4096;

    /// The format that the first bytes of something stored tell, whatever its size in pixels.
    ///
    /// ```
    /// use hexad_domain::image::ImageFormat;
    ///
    /// assert_eq!(ImageFormat::sniff(&[0xff, 0xd8, 0xff, 0xe0, 0, 16]), Some(ImageFormat::Jpeg));
    /// assert_eq!(ImageFormat::sniff(b"<svg"), None);
    /// ```
    pub fn sniff(head: &[u8]) -> Option<Self> {
        FORMATS.into_iter().find(|(_, read)| read(head).is_ok()).map(|(format, _)| format)
    }
}

/// The first bytes, as long as more than one format may begin so.
fn signature(held: &[u8]) -> Result<Step, Halt> {
    FORMATS
        .into_iter()
        .map(|(_, read)| read(held))
        .find(|answer| !matches!(answer, Err(Halt::NotAnImage)))
        .unwrap_or(Err(Halt::NotAnImage))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most bytes held while `head` and then `filling` again and again arrive, 1 MiB in all.
    fn most_held(head: &[u8], filling: &[u8]) -> usize {
        let mut inspector = Inspector::new();
        let chunk = filling.repeat(65_536 / filling.len());
        let mut most = 0;
        inspector.push(head).unwrap();
        for _ in 0..16 {
            assert_eq!(inspector.push(&chunk), Ok(None));
            let State::Reading(reading) = &inspector.state else { panic!("decided") };
            most = most.max(reading.held.capacity());
        }
        most
    }

    #[test]
    fn what_is_skipped_is_not_held() {
        let metadata = [&b"\xff\xe1\xff\xfe"[..], &[0; 65_532]].concat();
        assert!(most_held(b"\xff\xd8", &metadata) <= 64);
        assert!(most_held(b"\xff\xd8", b"\xff\xe1\x00\x02") <= 64);
        assert!(most_held(b"\xff\xd8", b"\xff") <= 64);
        assert!(most_held(b"\xff\xd8\xff\xe1\x00\x02", b"\x00") <= 64);
        let frame = b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00";
        assert!(most_held(frame, &metadata) <= 64);
        assert!(most_held(frame, b"\x00") <= 64);
        let header =
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00csum";
        assert!(most_held(header, b"\x00\x00\x00\x04tEXtwordcsum") <= 64);
        assert!(most_held(&[&header[..], b"\x7f\xff\xff\xffzTXt"].concat(), b"\x00") <= 64);
        let screen = b"GIF89a\x01\x00\x01\x00\xf7\x00\x00";
        assert!(most_held(screen, b"\x00") <= 64);
        assert!(most_held(&[&screen[..], &[0; 768], b"!\xfe"].concat(), &[0xff; 256]) <= 64);
        let brands = b"\x00\x00\x00\x10ftypavif\x00\x00\x00\x00";
        assert!(most_held(brands, b"\x00\x00\x00\x08free") <= 64);
        assert!(most_held(&[&brands[..], b"\x7f\x00\x00\x00mdat"].concat(), b"\x00") <= 64);
    }
}
