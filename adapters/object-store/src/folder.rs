//! Images as the files of one folder.
//!
//! What `object_store` does here: it opens images and reads them, tells what is known of them, and publishes them
//! (a hard link that fails where the name is taken, then an `fsync` of the folder). What it does not do, and the
//! modules beside this one do: its uploads become visible by a rename that overwrites, and are flushed only then,
//! so [`staging`] keeps files of its own; it cannot say whether a name holds the same bytes, so [`upload`] compares;
//! it lists in no order, descends into every folder and looks at each file, so [`listing`] does it in one pass.

mod listing;
mod reading;
mod staging;
mod upload;

use async_trait::async_trait;
use hexad_ports::{
    ImageContent, ImageMeta, ImageStore, Probe, StagedImage, Unavailable,
    domain::{Timestamp, image::ImageName},
};
use object_store::{local::LocalFileSystem, path::Path as Location};
use staging::StagingArea;
use std::{
    error::Error,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use upload::Upload;

/// How long a probe waits for the file system: one on a network can hang for minutes.
const PROBE_PATIENCE: Duration = Duration::from_secs(3);

/// What file systems take for the name of a file, in bytes.
const LONGEST_NAME: usize = 255;

/// Why a folder cannot be used for images. For the operator who named it.
#[derive(Debug, thiserror::Error)]
#[error("the image folder {} cannot be used", path.display())]
pub struct OpenError {
    path: PathBuf,
    source: Box<dyn Error + Send + Sync>,
}

/// Images in a folder, which any number of processes may share.
///
/// The images are the regular files of the folder, put there by this store or by hand, but for those whose names begin
/// with a dot, are no UTF-8, have control characters or end in `#` and digits; everything else in it, folders
/// included, is left alone and never served. The hidden folder `.staging` inside holds what is being received. It also marks the folder as the one that was opened: where it is gone (a volume is not mounted),
/// the store is [`Unavailable`], and does not begin anew in an empty place.
///
/// Files are made with mode 0600 and folders with 0700. The file system needs hard links and `flock`.
///
/// A page of the listing costs a pass over all names, and memory for the page alone. Clones share one store.
#[derive(Clone)]
pub struct FolderImages {
    folder: Arc<Folder>,
}

impl FolderImages {
    /// Opens the folder, makes it where it is missing, and clears away what dead processes left half received.
    ///
    /// # Errors
    /// [`OpenError`] where it is no folder, cannot be made or written to, or has a path that is not UTF-8.
    pub async fn open(root: impl Into<PathBuf>) -> Result<Self, OpenError> {
        let root = root.into();
        let path = root.clone();
        let folder = tokio::task::spawn_blocking(move || Folder::open(&root));
        match folder.await.map_err(Into::into).flatten() {
            Ok(folder) => Ok(FolderImages { folder: Arc::new(folder) }),
            Err(source) => Err(OpenError { path, source }),
        }
    }
}

/// What every image of the store shares.
struct Folder {
    root: PathBuf,
    staging: StagingArea,
    /// Flushes what it publishes, and the folder with it.
    objects: LocalFileSystem,
}

impl Folder {
    fn open(root: &Path) -> Result<Self, Box<dyn Error + Send + Sync>> {
        // `LocalFileSystem` panics where it has to name a path that is not UTF-8.
        if root.to_str().is_none() {
            return Err("its path is not UTF-8".into());
        }
        make_durable(root)?;
        let objects = LocalFileSystem::new_with_prefix(root)?.with_fsync(true);
        let root = fs::canonicalize(root)?;
        let staging = StagingArea::open(&root)?;
        staging.sweep()?;
        // Two services on one new folder: the other may have made it, and not have come to this yet.
        sync_directory(root.parent().unwrap_or(&root))?;
        sync_directory(&root)?;
        Ok(Folder { root, staging, objects })
    }

    /// Whether the folder is still the one that was opened.
    fn check_present(&self) -> io::Result<()> {
        self.staging.check_present()
    }

    /// Where the image is; whether it is there is another question. `None` where no image can have that name: it could
    /// lead out of the folder, or into the staging area.
    fn place(&self, name: &ImageName) -> Option<Place> {
        let text = name.as_str();
        if !name.is_addressable() || text.len() > LONGEST_NAME || text.starts_with('.') || text.contains('/')
        {
            return None;
        }
        // What `object_store` would have to write otherwise than it is, or takes for its own, it cannot find again.
        let location = Location::parse(text).ok().filter(|location| location.as_ref() == text)?;
        let path = self.objects.path_to_filesystem(&location).ok()?;
        Some(Place { location, path })
    }
}

/// Where an image is.
struct Place {
    /// Inside the folder, as `object_store` names it.
    location: Location,
    path: PathBuf,
}

#[async_trait]
impl ImageStore for FolderImages {
    async fn stage(&self) -> Result<Box<dyn StagedImage>, Unavailable> {
        Ok(Box::new(Upload::begin(Arc::clone(&self.folder)).await?))
    }

    async fn head(&self, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable> {
        reading::head(&self.folder, name).await
    }

    async fn read(
        &self,
        name: &ImageName,
        range: Option<Range<u64>>,
    ) -> Result<Option<ImageContent>, Unavailable> {
        reading::read(&self.folder, name, range).await
    }

    async fn list(&self, after: Option<&ImageName>, limit: usize) -> Result<Vec<ImageName>, Unavailable> {
        let (folder, after) = (Arc::clone(&self.folder), after.cloned());
        blocking(move || {
            folder.check_present()?;
            listing::page(&folder, after.as_ref(), limit)
        })
        .await
    }
}

/// Makes a file and takes it away again: that the folder can be listed says nothing of a disk that was remounted
/// read-only. The answer is the clock of the file system.
#[async_trait]
impl Probe for FolderImages {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        let folder = Arc::clone(&self.folder);
        let made = blocking(move || folder.staging.create()?.file.metadata()?.modified());
        match tokio::time::timeout(PROBE_PATIENCE, made).await {
            Ok(modified) => Ok(timestamp(modified?)),
            Err(elapsed) => Err(unavailable(elapsed)),
        }
    }
}

/// Runs what waits for a disk on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Unavailable> {
    tokio::task::spawn_blocking(work).await.map_err(unavailable)?.map_err(unavailable)
}

fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Unavailable {
    Unavailable::new("the image folder", source)
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::UNIX_EPOCH.saturating_add(since_epoch)
}

/// Makes the folder and those above it that are missing, so that they survive a loss of power.
fn make_durable(folder: &Path) -> io::Result<()> {
    use fs::DirBuilder;
    use std::os::unix::fs::DirBuilderExt;

    let make = || DirBuilder::new().mode(0o700).create(folder);
    let made = make().or_else(|error| match error.kind() {
        // Once more, and no oftener: a deleted working folder, and /proc, say that a folder is missing that is there.
        io::ErrorKind::NotFound if above(folder) != folder => {
            make_durable(above(folder)).and_then(|()| make())
        }
        _ => Err(error),
    });
    match made {
        Ok(()) => sync_directory(above(folder)),
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// The folder that holds this one. Above a relative path of one part is where the program was started.
fn above(folder: &Path) -> &Path {
    match folder.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => folder,
    }
}

/// Makes the names in a folder as durable as the files.
fn sync_directory(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}
