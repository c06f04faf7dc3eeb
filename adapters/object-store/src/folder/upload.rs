//! An image on its way in.

use super::{Folder, Place, blocking, staging, staging::StagedFile, sync_directory, unavailable};
use async_trait::async_trait;
use hexad_ports::{
    Bytes, Sealed, StagedImage, Stored, Unavailable,
    domain::image::{ImageFormat, ImageName},
};
use object_store::{CopyMode, CopyOptions, Error, ObjectStore, path::Path as Location};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    path::Path,
    sync::Arc,
};

/// What is gathered before a thread is asked to write it, so that a trickle of bytes costs no hop for each.
const BUFFER: usize = 64 * 1024;

/// How often publishing begins again because the image that stood in the way was gone on a closer look.
const ATTEMPTS: usize = 8;

pub(super) struct Upload {
    folder: Arc<Folder>,
    /// Empty while a thread has it, and so after a write that failed or was given up halfway.
    received: Option<Received>,
    buffer: Vec<u8>,
}

struct Received {
    staged: StagedFile,
    hasher: Sha256,
    size: u64,
    sealed: bool,
}

impl Upload {
    pub(super) async fn begin(folder: Arc<Folder>) -> Result<Self, Unavailable> {
        let area = Arc::clone(&folder);
        let staged = blocking(move || area.staging.create()).await?;
        let received = Received { staged, hasher: Sha256::new(), size: 0, sealed: false };
        Ok(Upload { folder, received: Some(received), buffer: Vec::new() })
    }

    /// Lends the file to a thread that may wait for the disk.
    async fn with_file<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Received) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let mut received = self.received.take().ok_or_else(|| unavailable("the upload has failed before"))?;
        let (received, done) = blocking(move || {
            let done = work(&mut received)?;
            Ok((received, done))
        })
        .await?;
        self.received = Some(received);
        Ok(done)
    }

    async fn flush(&mut self) -> Result<(), Unavailable> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let append = move |received: &mut Received| {
            received.append(&buffer)?;
            buffer.clear();
            Ok(buffer)
        };
        self.buffer = self.with_file(append).await?;
        Ok(())
    }

    /// Where it is staged, as `object_store` names it.
    fn location(&self) -> Result<Location, Unavailable> {
        let sealed = self.received.as_ref().filter(|received| received.sealed);
        let name = sealed.and_then(|received| received.staged.name());
        let name = name.ok_or_else(|| unavailable("only what is sealed can be published"))?;
        Ok(Location::from_iter([staging::FOLDER, name]))
    }
}

#[async_trait]
impl StagedImage for Upload {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Unavailable> {
        if self.received.as_ref().is_none_or(|received| received.sealed) {
            return Err(unavailable("the upload is sealed, or has failed before"));
        }
        // What is large enough by itself is not gathered.
        if self.buffer.is_empty() && chunk.len() >= BUFFER {
            return self.with_file(move |received| received.append(&chunk)).await;
        }
        self.buffer.extend_from_slice(&chunk);
        if self.buffer.len() >= BUFFER { self.flush().await } else { Ok(()) }
    }

    async fn seal(&mut self) -> Result<Sealed, Unavailable> {
        self.flush().await?;
        self.buffer = Vec::new();
        self.with_file(Received::seal).await
    }

    async fn publish(&mut self, name: &ImageName, _: ImageFormat) -> Result<Stored, Unavailable> {
        let name = ImageName::parse(name.as_str()).map_err(unavailable)?;
        let place = self.folder.place(&name).ok_or_else(|| unavailable("no image can have that name"))?;
        let (from, Place { location: to, path }) = (self.location()?, place);
        for _ in 0..ATTEMPTS {
            let options = CopyOptions::new().with_mode(CopyMode::Create);
            match self.folder.objects.copy_opts(&from, &to, options).await {
                Ok(()) => return Ok(Stored::Created),
                Err(Error::AlreadyExists { .. }) => {}
                Err(error) => return Err(unavailable(error)),
            }
            let (path, root) = (path.clone(), self.folder.root.clone());
            if let Some(found) = self.with_file(move |received| received.compare(&path, &root)).await? {
                return Ok(found);
            }
        }
        Err(unavailable("the name is taken and free by turns"))
    }
}

/// Removing a file may wait for the disk, which the thread that drops may not.
impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(received) = self.received.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn_blocking(move || drop(received));
        }
    }
}

impl Received {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.staged.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    fn seal(&mut self) -> io::Result<Sealed> {
        self.staged.file.sync_all()?;
        self.sealed = true;
        let digest = std::mem::take(&mut self.hasher).finalize();
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Sealed { size: self.size, sha256 })
    }

    /// Whether what stands under the name is the same; `None` where nothing stands there any more.
    fn compare(&mut self, path: &Path, root: &Path) -> io::Result<Option<Stored>> {
        let metadata = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        if !metadata.is_file() || metadata.len() != self.size {
            return Ok(Some(Stored::Taken));
        }
        let standing = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        self.staged.file.rewind()?;
        if !same(&self.staged.file, &standing)? {
            return Ok(Some(Stored::Taken));
        }
        // Whoever put it there may not have come to this yet, and may never.
        standing.sync_all()?;
        sync_directory(root)?;
        Ok(Some(Stored::Same))
    }
}

/// Whether both go on with the same bytes to the end.
fn same(one: &File, other: &File) -> io::Result<bool> {
    let (mut left, mut right) = (Vec::with_capacity(BUFFER), Vec::with_capacity(BUFFER));
    loop {
        left.clear();
        right.clear();
        let read = one.take(BUFFER as u64).read_to_end(&mut left)?;
        other.take(BUFFER as u64).read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if read == 0 {
            return Ok(true);
        }
    }
}
