//! Images: their names, their formats, and what is refused before anything is decoded.

mod file_name;
mod format;
mod inspect;

pub use file_name::{ImageName, InvalidName};
pub use format::{ImageFormat, ImageInfo};
pub use inspect::{Inspector, Refusal};

use std::time::Duration;

/// How long whoever has fetched an image may show it without asking again: a day. The bytes under a name never change
/// here, but an operator may take an image away, or an original service may still write beside this one.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The most pixels that an image may claim to have: 50 megapixels, 200 MB once somebody decodes it to RGBA.
pub const MAX_PIXELS: u64 = 50_000_000;

/// The most bytes that an image may have: 20 MiB.
pub const MAX_BYTES: u64 = 20 * 1024 * 1024;
