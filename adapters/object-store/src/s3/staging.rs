//! An image that is being received: a file without a name.
//!
//! The file is unlinked as soon as it is made, so that whatever ends the process leaves nothing behind; the store
//! sees nothing of the image before it is published.

use futures_util::stream::{self, Stream};
use hexad_ports::{Bytes, Sealed, Unavailable};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};
use tokio::sync::Notify;

/// What is gathered before a thread is asked to write it, so that a trickle of bytes costs no hop for each.
const BUFFER: usize = 64 * 1024;

/// What is read at once on the way to the store.
const PIECE: u64 = 128 * 1024;

/// What was received so far.
pub(super) struct Staged {
    /// Empty while a thread has it, and so after a write that failed or was given up halfway.
    received: Option<Received>,
    buffer: Vec<u8>,
}

struct Received {
    file: File,
    hasher: Sha256,
    size: u64,
}

/// A whole image that waits for its name.
#[derive(Clone)]
pub(super) struct Whole {
    file: Arc<File>,
    pub(super) size: u64,
    pub(super) digest: [u8; 32],
}

impl Staged {
    /// In that folder, or in the system's for temporary files.
    pub(super) async fn begin(folder: Option<&Path>) -> Result<Self, Unavailable> {
        let folder = folder.map(Path::to_owned);
        let file = blocking(move || match folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        });
        let received = Received { file: file.await?, hasher: Sha256::new(), size: 0 };
        Ok(Staged { received: Some(received), buffer: Vec::new() })
    }

    pub(super) async fn write(&mut self, chunk: Bytes) -> Result<(), Unavailable> {
        self.buffer.extend_from_slice(&chunk);
        if self.buffer.len() >= BUFFER { self.flush().await } else { Ok(()) }
    }

    pub(super) async fn seal(mut self) -> Result<Whole, Unavailable> {
        self.flush().await?;
        let Received { file, hasher, size } = self.received.take().ok_or_else(failed_before)?;
        Ok(Whole { file: Arc::new(file), size, digest: hasher.finalize().into() })
    }

    async fn flush(&mut self) -> Result<(), Unavailable> {
        let mut received = self.received.take().ok_or_else(failed_before)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        let (received, buffer) = blocking(move || {
            received.file.write_all(&buffer)?;
            received.hasher.update(&buffer);
            received.size += buffer.len() as u64;
            buffer.clear();
            Ok((received, buffer))
        })
        .await?;
        (self.received, self.buffer) = (Some(received), buffer);
        Ok(())
    }
}

impl Whole {
    pub(super) fn sealed(&self) -> Sealed {
        Sealed { size: self.size, sha256: self.sha256() }
    }

    /// In lower-case hex digits.
    pub(super) fn sha256(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The bytes from the beginning, and a notice each time that more of them are asked for.
    pub(super) fn bytes(&self, moved: Arc<Notify>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let (file, size) = (Arc::clone(&self.file), self.size);
        stream::try_unfold(0, move |at: u64| {
            let (file, moved) = (Arc::clone(&file), Arc::clone(&moved));
            async move {
                moved.notify_one();
                let length = size.saturating_sub(at).min(PIECE);
                if length == 0 {
                    return Ok(None);
                }
                let read = tokio::task::spawn_blocking(move || {
                    let mut piece = vec![0; usize::try_from(length).unwrap_or_default()];
                    file.read_exact_at(&mut piece, at).map(|()| Bytes::from(piece))
                });
                Ok(Some((read.await.map_err(io::Error::other)??, at.saturating_add(length))))
            }
        })
    }
}

fn failed_before() -> Unavailable {
    unavailable("the upload has failed before")
}

fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Unavailable {
    Unavailable::new("the folder of images that are being received", source)
}

/// Runs what waits for a disk on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Unavailable> {
    tokio::task::spawn_blocking(work).await.map_err(unavailable)?.map_err(unavailable)
}
