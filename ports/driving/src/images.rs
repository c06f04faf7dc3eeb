//! Receiving and giving images.

use crate::{Error, ImageBound};
use hexad_domain::image::{ImageFormat, ImageInfo, ImageName, Inspector, MAX_BYTES, Refusal};
use hexad_ports::{ByteStream, Bytes, ImageContent, ImageMeta, ImageStore, StagedImage, Stored};
use std::{future::poll_fn, ops::Range, sync::Arc};

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

impl Images {
    /// Receives an image under the name that its sender gives it, made safe. It is looked at while it arrives, so
    /// that what is no image is refused early and never stored; other bytes are never overwritten.
    ///
    /// # Errors
    /// `InvalidName`, `NotAnImage`, `ImageTooLarge`, `Interrupted`, `Unavailable`.
    pub async fn upload(&self, name: &str, mut bytes: ByteStream) -> Result<Uploaded, Error> {
        let name = ImageName::from_client(name)?;
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
        let (name, created) = publish(staged.as_mut(), name, info.format, &sealed.sha256).await?;
        Ok(Uploaded { name, info, size: sealed.size, sha256: sealed.sha256, created })
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
        let name = ImageName::parse(name).map_err(|_| Error::ImageNotFound)?;
        let meta = self.store.head(&name).await?.ok_or(Error::ImageNotFound)?;
        self.with_format(meta).await
    }

    /// An image, or some of its bytes.
    ///
    /// # Errors
    /// `ImageNotFound`, `Unavailable`.
    pub async fn fetch(&self, name: &str, range: Option<Range<u64>>) -> Result<ImageContent, Error> {
        let name = ImageName::parse(name).map_err(|_| Error::ImageNotFound)?;
        let content = self.store.read(&name, range).await?.ok_or(Error::ImageNotFound)?;
        let ImageContent { meta, range, bytes } = content;
        Ok(ImageContent { meta: self.with_format(meta).await?, range, bytes })
    }

    /// Finds the format of an image that was stored without it, by its first bytes.
    async fn with_format(&self, mut meta: ImageMeta) -> Result<ImageMeta, Error> {
        if meta.format.is_none() {
            let head = self.store.read(&meta.name, Some(0..ImageFormat::SNIFFED)).await?;
            meta.format = match head {
                Some(content) => format_of(content.bytes).await?,
                None => return Err(Error::ImageNotFound),
            };
        }
        Ok(meta)
    }
}

async fn publish(
    staged: &mut dyn StagedImage,
    plain: ImageName,
    format: ImageFormat,
    sha256: &str,
) -> Result<(ImageName, bool), Error> {
    let names = std::iter::once(plain.clone()).chain(DIGITS.map(|digits| plain.with_digest(sha256, digits)));
    for name in names {
        match staged.publish(&name, format).await? {
            Stored::Created => return Ok((name, true)),
            Stored::Same => return Ok((name, false)),
            Stored::Taken => {}
        }
    }
    // Somebody else's bytes stand under the whole digest of these: no name is left that would be true.
    Err(Error::Unavailable(hexad_ports::Unavailable::new(
        "the image store",
        "every name for these bytes is taken",
    )))
}

async fn format_of(mut bytes: ByteStream) -> Result<Option<ImageFormat>, Error> {
    let mut head = Vec::new();
    while let Some(chunk) = next(&mut bytes).await {
        let chunk = chunk.map_err(|source| hexad_ports::Unavailable::new("the image store", source))?;
        head.extend_from_slice(&chunk);
    }
    Ok(ImageFormat::sniff(&head))
}

async fn next(bytes: &mut ByteStream) -> Option<Result<Bytes, Box<dyn std::error::Error + Send + Sync>>> {
    poll_fn(|context| bytes.as_mut().poll_next(context)).await
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::NotAnImage => Error::NotAnImage,
        Refusal::TooManyPixels { .. } => Error::ImageTooLarge(ImageBound::Pixels),
    }
}
