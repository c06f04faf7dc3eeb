//! Images: their names, their formats, and what is refused before anything is decoded.

mod file_name;
mod format;
mod inspect;

pub use file_name::{ImageName, InvalidName};
pub use format::{ImageFormat, ImageInfo};
pub use inspect::{Inspector, Refusal};

/// The most pixels that an image may claim to have: 50 megapixels, 200 MB once somebody decodes it to RGBA.
pub const MAX_PIXELS: u64 = 50_000_000;

/// The most bytes that an image may have: 20 MiB.
pub const MAX_BYTES: u64 = 20 * 1024 * 1024;
