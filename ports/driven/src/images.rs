//! The store of images.

use crate::{Bytes, Unavailable};
use async_trait::async_trait;
use futures_core::Stream;
use hexad_domain::{
    Timestamp,
    image::{ImageFormat, ImageName},
};
use std::{error::Error, ops::Range, pin::Pin};

/// Bytes on their way in or out. An error ends the stream.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, Box<dyn Error + Send + Sync>>> + Send>>;

/// What a staged image has turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// How many bytes were written.
    pub size: u64,
    /// Their SHA-256 (FIPS 180-4), in 64 lower-case hex digits.
    pub sha256: String,
}

/// What became of publishing under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is there now, durably.
    Created,
    /// The same bytes are there already.
    Same,
    /// Other bytes are there already. They stay.
    Taken,
}

/// What is known of an image without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageMeta {
    /// Its name.
    pub name: ImageName,
    /// How many bytes it has.
    pub size: u64,
    /// When it was stored.
    pub modified: Timestamp,
    /// Its format, where the store kept it; else its first bytes tell.
    pub format: Option<ImageFormat>,
    /// Identifies these very bytes under this name. Visible ASCII without quotes.
    pub tag: String,
    /// The SHA-256 of its bytes in 64 lower-case hex digits, where the store kept it.
    pub sha256: Option<String>,
}

/// An image on its way out.
pub struct ImageContent {
    /// What is known of it.
    pub meta: ImageMeta,
    /// Which bytes follow.
    pub range: Range<u64>,
    /// The bytes.
    pub bytes: ByteStream,
}

/// An image that is being received. It is no part of what the store lists or serves. Dropping it forgets it.
#[async_trait]
pub trait StagedImage: Send {
    /// Adds bytes to the end.
    async fn write(&mut self, chunk: Bytes) -> Result<(), Unavailable>;

    /// Ends the writing. Called once, before [`publish`](Self::publish).
    async fn seal(&mut self) -> Result<Sealed, Unavailable>;

    /// Puts the image under that name unless there is one already, in one step: whoever reads the name sees all of
    /// it or nothing, other bytes are never overwritten, even by two at once, and what is answered with `Created`
    /// survives a crash. MAY be called again with another name after `Taken`.
    async fn publish(&mut self, name: &ImageName, format: ImageFormat) -> Result<Stored, Unavailable>;
}

/// Keeps images.
///
/// An adapter MUST stage in constant memory, and MUST clear away what an interrupted upload left behind.
///
/// What others put where the images are is an image too, whatever its name, as long as a URL can lead there
/// ([`ImageName::is_addressable`]) and the adapter can tell it from what is its own. Nobody has checked the names that are
/// asked for: those that the adapter could not hold are not there, and no outage.
#[async_trait]
pub trait ImageStore: Send + Sync {
    /// Begins to receive an image.
    async fn stage(&self) -> Result<Box<dyn StagedImage>, Unavailable>;

    /// What is known of the image.
    async fn head(&self, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable>;

    /// The image, or those of its bytes that are in `range` (cut to its size). What is told of it MUST be told of
    /// the image that the bytes are from.
    async fn read(
        &self,
        name: &ImageName,
        range: Option<Range<u64>>,
    ) -> Result<Option<ImageContent>, Unavailable>;

    /// Up to `limit` names in byte order, those after `after`, whatever that is. An image that was there before the
    /// first page and is there after the last MUST be on exactly one page, whatever else comes and goes meanwhile.
    /// Whatever is listed MUST be found by [`head`](Self::head) and [`read`](Self::read) as long as it is there, and
    /// nothing else.
    async fn list(&self, after: Option<&ImageName>, limit: usize) -> Result<Vec<ImageName>, Unavailable>;
}
