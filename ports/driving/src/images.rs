//! Receiving and giving images.

mod beginning;
mod listing;

use crate::{Error, ImageBound};
use beginning::Beginning;
use hexad_domain::image::{ImageFormat, ImageInfo, ImageName, Inspector, MAX_BYTES, Refusal};
use hexad_ports::{
    ByteStream, Bytes, ImageContent, ImageMeta, ImageStore, Sealed, StagedImage, Stored, Unavailable,
};
pub use listing::Listing;
use std::{error::Error as StdError, future::poll_fn, iter, ops::Range, sync::Arc};

/// How many digits of its digest a name gets when the plain name is taken by other bytes; the last is the whole.
const DIGITS: [usize; 4] = [8, 16, 32, 64];

/// An image that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// The name it is served under.
    pub name: ImageName,
    /// What it is.
    pub info: ImageInfo,
    /// How many bytes it has.
    pub size: u64,
    /// Their SHA-256 in hex.
    pub sha256: String,
    /// Whether it is new; `false` where these bytes were there under this name.
    pub created: bool,
}

/// Receives, lists and gives images.
pub struct Images {
    /// The images.
    pub store: Arc<dyn ImageStore>,
}

/// What has come in, known to be an image, and has no name yet.
struct Received {
    staged: Box<dyn StagedImage>,
    info: ImageInfo,
    sealed: Sealed,
}

impl Images {
    /// Receives an image under the name that its sender gives it, made safe. It is looked at while it arrives, so
    /// that what is no image is refused early and never stored; other bytes are never overwritten.
    ///
    /// # Errors
    /// `InvalidName`, `NotAnImage`, `ImageTooLarge`, `Interrupted`, `Unavailable`; `NameTaken` where other bytes stand
    /// even under the whole digest of these, as nobody puts them there but on purpose.
    pub async fn upload(&self, name: &str, bytes: ByteStream) -> Result<Uploaded, Error> {
        let plain = ImageName::from_client(name)?;
        let mut received = self.receive(bytes).await?;
        let digest = |digits| plain.with_digest(&received.sealed.sha256, digits);
        let names: Vec<_> = iter::once(plain.clone()).chain(DIGITS.map(digest)).collect();
        for name in names {
            if let Some(uploaded) = received.publish(name).await? {
                return Ok(uploaded);
            }
        }
        Err(Error::NameTaken)
    }

    /// Receives an image under exactly this name, or not at all: otherwise as [`upload`](Self::upload).
    ///
    /// # Errors
    /// `InvalidName` where an upload would get another name, `NameTaken` for any other bytes, and as [`upload`](Self::upload).
    pub async fn put(&self, name: &str, bytes: ByteStream) -> Result<Uploaded, Error> {
        let name = ImageName::parse(name)?;
        let mut received = self.receive(bytes).await?;
        received.publish(name).await?.ok_or(Error::NameTaken)
    }

    async fn receive(&self, mut bytes: ByteStream) -> Result<Received, Error> {
        let mut staged = self.store.stage().await?;
        let mut inspector = Inspector::new();
        let mut size: u64 = 0;
        while let Some(chunk) = next(&mut bytes).await {
            let chunk = chunk.map_err(Error::Interrupted)?;
            size = size.saturating_add(chunk.len() as u64);
            if size > MAX_BYTES {
                return Err(Error::ImageTooLarge(ImageBound::Bytes));
            }
            inspector.push(&chunk).map_err(refused)?;
            staged.write(chunk).await?;
        }
        let info = inspector.finish().map_err(refused)?;
        let sealed = staged.seal().await?;
        Ok(Received { staged, info, sealed })
    }

    /// Up to `limit` names in order, those after `after`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list(&self, after: Option<&ImageName>, limit: usize) -> Result<Vec<ImageName>, Error> {
        Ok(self.store.list(after, limit).await?)
    }

    /// What is known of an image, its format included.
    ///
    /// # Errors
    /// `ImageNotFound`, `Unavailable`.
    pub async fn head(&self, name: &str) -> Result<ImageMeta, Error> {
        let name = stored(name)?;
        let meta = self.store.head(&name).await?.ok_or(Error::ImageNotFound)?;
        if meta.format.is_some() {
            return Ok(meta);
        }
        // Stored without a format: its first bytes tell. They may be those of one that came in its place since, and
        // what is told of it is told with them.
        let first =
            self.store.read(&name, Some(0..ImageFormat::SNIFFED)).await?.ok_or(Error::ImageNotFound)?;
        Ok(Beginning::of(first).await?.meta)
    }

    /// An image, its format included.
    ///
    /// # Errors
    /// `ImageNotFound`, `Unavailable`.
    pub async fn fetch(&self, name: &str) -> Result<ImageContent, Error> {
        let name = stored(name)?;
        let content = self.store.read(&name, None).await?.ok_or(Error::ImageNotFound)?;
        if content.meta.format.is_some() {
            return Ok(content);
        }
        Ok(Beginning::of(content).await?.whole())
    }

    /// Some bytes of the image that `known` tells of, or `None` where that image is no more: it was taken away, or
    /// others stand in its place.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn part(&self, known: &ImageMeta, range: Range<u64>) -> Result<Option<ImageContent>, Error> {
        let content = self.store.read(&known.name, Some(range)).await?;
        let same = content.filter(|content| content.meta.tag == known.tag);
        Ok(same.map(|content| ImageContent { meta: known.clone(), ..content }))
    }
}

impl Received {
    /// `None` where other bytes have the name.
    async fn publish(&mut self, name: ImageName) -> Result<Option<Uploaded>, Error> {
        let created = match self.staged.publish(&name, self.info.format).await? {
            Stored::Created => true,
            Stored::Same => false,
            Stored::Taken => return Ok(None),
        };
        let Sealed { size, sha256 } = self.sealed.clone();
        Ok(Some(Uploaded { name, info: self.info, size, sha256, created }))
    }
}

/// The name of something stored, whoever put it there.
fn stored(name: &str) -> Result<ImageName, Error> {
    let name = ImageName::from_stored(name.to_owned());
    if name.is_addressable() { Ok(name) } else { Err(Error::ImageNotFound) }
}

fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Unavailable {
    Unavailable::new("the image store", source)
}

async fn next(bytes: &mut ByteStream) -> Option<Result<Bytes, Box<dyn StdError + Send + Sync>>> {
    poll_fn(|context| bytes.as_mut().poll_next(context)).await
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::NotAnImage => Error::NotAnImage,
        Refusal::TooManyPixels { .. } => Error::ImageTooLarge(ImageBound::Pixels),
    }
}
