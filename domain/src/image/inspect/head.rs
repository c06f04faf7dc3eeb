//! What the readers of all formats are written with.

use crate::image::{ImageFormat, ImageInfo};

/// Says what comes next by the bytes at one place alone.
pub(super) type Plain = fn(&[u8]) -> Result<Step, Halt>;

/// Says it knowing what an earlier place has told.
pub(super) type Knowing = fn(ImageInfo, &[u8]) -> Result<Step, Halt>;

/// Reads the bytes at one place of a file. It is asked again with more of them, from the same place, when they are
/// too few.
#[derive(Debug, Clone, Copy)]
pub(super) enum Read {
    Plain(Plain),
    Knowing(ImageInfo, Knowing),
}

impl Read {
    pub(super) fn ask(self, held: &[u8]) -> Result<Step, Halt> {
        match self {
            Read::Plain(read) => read(held),
            Read::Knowing(so_far, read) => read(so_far, held),
        }
    }
}

/// What a reader has found out.
#[derive(Debug)]
pub(super) enum Step {
    /// The size stood here.
    Found(ImageInfo),
    /// It stands further on, or more of it: so many bytes from here (more than none), for that reader. What that one
    /// knows is refused at once where it has no pixels or too many.
    Skip { bytes: u64, then: Read },
}

impl Step {
    pub(super) fn found(format: ImageFormat, width: u32, height: u32) -> Result<Self, Halt> {
        Ok(Self::Found(ImageInfo { format, width, height }))
    }

    pub(super) fn skip(bytes: u64, then: Plain) -> Result<Self, Halt> {
        Ok(Self::Skip { bytes, then: Read::Plain(then) })
    }
}

/// What counts where a file states two sizes, as either may be what is decoded.
pub(super) fn larger(one: ImageInfo, other: ImageInfo) -> ImageInfo {
    ImageInfo { width: one.width.max(other.width), height: one.height.max(other.height), ..one }
}

/// Why a reader has found out nothing.
#[derive(Debug)]
pub(super) enum Halt {
    /// It takes `need` bytes in all to go on.
    Short { need: usize },
    /// No image looks like this.
    NotAnImage,
}

/// The bytes at one place, read from front to back.
pub(super) struct Head<'a> {
    rest: &'a [u8],
    read: usize,
}

impl<'a> Head<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, read: 0 }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Halt> {
        let need = self.read.saturating_add(count);
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Halt::Short { need })?;
        self.rest = rest;
        self.read = need;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Halt> {
        self.take(N)?.try_into().map_err(|_| Halt::NotAnImage)
    }

    /// These bytes and no others; tells with the first that differs.
    pub(super) fn magic(&mut self, expected: &[u8]) -> Result<(), Halt> {
        for byte in expected {
            if self.array()? != [*byte] {
                return Err(Halt::NotAnImage);
            }
        }
        Ok(())
    }

    pub(super) fn be16(&mut self) -> Result<u16, Halt> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn be32(&mut self) -> Result<u32, Halt> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn le16(&mut self) -> Result<u16, Halt> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn le24(&mut self) -> Result<u32, Halt> {
        self.array().map(|[low, middle, high]| u32::from_le_bytes([low, middle, high, 0]))
    }

    pub(super) fn le32(&mut self) -> Result<u32, Halt> {
        self.array().map(u32::from_le_bytes)
    }
}
