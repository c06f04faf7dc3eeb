//! Images in memory.

use crate::{hex::hex, lock::lock};
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use hexad_domain::{
    Timestamp,
    image::{ImageFormat, ImageName},
};
use hexad_ports::{
    Clock, ImageContent, ImageMeta, ImageStore, Probe, Sealed, StagedImage, Stored, Unavailable,
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    error::Error,
    ops::{Bound, Range},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

/// How many bytes a read gives at a time.
const CHUNK: usize = 64 * 1024;

/// Images in memory. A clone is another handle on the same images.
#[derive(Clone)]
pub struct MemoryImages {
    shared: Arc<Shared>,
}

struct Shared {
    images: Mutex<BTreeMap<ImageName, Kept>>,
    staged: AtomicUsize,
    clock: Arc<dyn Clock>,
}

struct Kept {
    bytes: Bytes,
    sha256: String,
    format: Option<ImageFormat>,
    modified: Timestamp,
}

impl MemoryImages {
    /// An empty store. The clock says when an image was stored.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        MemoryImages {
            shared: Arc::new(Shared { images: Mutex::default(), staged: AtomicUsize::new(0), clock }),
        }
    }

    /// Puts an image there as another program left it: of a format that nobody noted. One of that name is replaced.
    pub fn adopt(&self, name: ImageName, bytes: Bytes) {
        let kept = Kept {
            sha256: hex(&Sha256::digest(&bytes)),
            bytes,
            format: None,
            modified: self.shared.clock.now(),
        };
        lock(&self.shared.images).insert(name, kept);
    }

    /// How many images are being received.
    pub fn staged(&self) -> usize {
        self.shared.staged.load(Ordering::SeqCst)
    }
}

impl Kept {
    fn meta(&self, name: &ImageName) -> ImageMeta {
        ImageMeta {
            name: name.clone(),
            size: self.bytes.len() as u64,
            modified: self.modified,
            format: self.format,
            tag: self.sha256.clone(),
            sha256: Some(self.sha256.clone()),
        }
    }
}

#[async_trait]
impl ImageStore for MemoryImages {
    async fn stage(&self) -> Result<Box<dyn StagedImage>, Unavailable> {
        self.shared.staged.fetch_add(1, Ordering::SeqCst);
        let stage = Stage { shared: Arc::clone(&self.shared), content: Writing::Open(Vec::new()) };
        Ok(Box::new(stage))
    }

    async fn head(&self, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable> {
        Ok(lock(&self.shared.images).get(name).map(|kept| kept.meta(name)))
    }

    async fn read(
        &self,
        name: &ImageName,
        range: Option<Range<u64>>,
    ) -> Result<Option<ImageContent>, Unavailable> {
        let images = lock(&self.shared.images);
        let Some(kept) = images.get(name) else { return Ok(None) };
        let size = kept.bytes.len();
        let within = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(size);
        let Range { start, end } = range.map_or(0..size, |range| within(range.start)..within(range.end));
        let bytes = kept.bytes.slice(start..end.max(start));
        let range = start as u64..end.max(start) as u64;
        Ok(Some(ImageContent { meta: kept.meta(name), range, bytes: Box::pin(Chunks(bytes)) }))
    }

    async fn list(&self, after: Option<&ImageName>, limit: usize) -> Result<Vec<ImageName>, Unavailable> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let images = lock(&self.shared.images);
        Ok(images
            .range::<ImageName, _>((from, Bound::Unbounded))
            .map(|(name, _)| name)
            .filter(|name| name.is_addressable())
            .take(limit)
            .cloned()
            .collect())
    }
}

#[async_trait]
impl Probe for MemoryImages {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        Ok(self.shared.clock.now())
    }
}

struct Stage {
    shared: Arc<Shared>,
    content: Writing,
}

enum Writing {
    Open(Vec<u8>),
    Sealed { bytes: Bytes, sha256: String },
}

#[async_trait]
impl StagedImage for Stage {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Unavailable> {
        match &mut self.content {
            Writing::Open(bytes) => {
                bytes.extend_from_slice(&chunk);
                Ok(())
            }
            Writing::Sealed { .. } => Err(Unavailable::new("the image store", "this image is sealed")),
        }
    }

    async fn seal(&mut self) -> Result<Sealed, Unavailable> {
        if let Writing::Open(bytes) = &mut self.content {
            let bytes = Bytes::from(std::mem::take(bytes));
            self.content = Writing::Sealed { sha256: hex(&Sha256::digest(&bytes)), bytes };
        }
        let (bytes, sha256) = self.sealed()?;
        Ok(Sealed { size: bytes.len() as u64, sha256 })
    }

    async fn publish(&mut self, name: &ImageName, format: ImageFormat) -> Result<Stored, Unavailable> {
        let (bytes, sha256) = self.sealed()?;
        let modified = self.shared.clock.now();
        let mut images = lock(&self.shared.images);
        match images.get(name) {
            Some(kept) if kept.bytes == bytes => Ok(Stored::Same),
            Some(_) => Ok(Stored::Taken),
            None => {
                images.insert(name.clone(), Kept { bytes, sha256, format: Some(format), modified });
                Ok(Stored::Created)
            }
        }
    }
}

impl Stage {
    fn sealed(&self) -> Result<(Bytes, String), Unavailable> {
        match &self.content {
            Writing::Sealed { bytes, sha256 } => Ok((bytes.clone(), sha256.clone())),
            Writing::Open(_) => Err(Unavailable::new("the image store", "this image is not sealed yet")),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shared.staged.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Bytes, so many at a time.
struct Chunks(Bytes);

impl Stream for Chunks {
    type Item = Result<Bytes, Box<dyn Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let length = self.0.len().min(CHUNK);
        Poll::Ready((length > 0).then(|| Ok(self.0.split_to(length))))
    }
}
