//! The formats that are images here, and what is known of an image without decoding it.

/// A format that every browser shows and that carries no script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    /// ISO/IEC 10918-1, progressive and arithmetic coding included.
    Jpeg,
    /// W3C PNG, animated ones included.
    Png,
    /// GIF87a and GIF89a.
    Gif,
    /// RFC 9649: lossy, lossless and extended.
    WebP,
    /// AV1 Image File Format, animated ones included where they have a still image too.
    Avif,
    /// Windows and OS/2 bitmaps.
    Bmp,
}

impl ImageFormat {
    /// The media type that IANA has registered for it.
    ///
    /// ```
    /// assert_eq!(hexad_domain::image::ImageFormat::Avif.media_type(), "image/avif");
    /// ```
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
            Self::Bmp => "image/bmp",
        }
    }
}

/// What an image says of itself in its first bytes. Neither side is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageInfo {
    /// The format, by its bytes.
    pub format: ImageFormat,
    /// Pixels from left to right, as stored (a rotation in the metadata is not applied).
    pub width: u32,
    /// Pixels from top to bottom, as stored.
    pub height: u32,
}

impl ImageInfo {
    /// Width times height.
    ///
    /// ```
    /// use hexad_domain::image::{ImageFormat, ImageInfo};
    ///
    /// let image = ImageInfo { format: ImageFormat::Png, width: 60_000, height: 60_000 };
    /// assert_eq!(image.pixels(), 3_600_000_000);
    /// ```
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }
}
