//! Images on their way out.

use super::{Folder, Place, blocking, timestamp, unavailable};
use crate::range;
use futures_util::stream;
use hexad_ports::{ByteStream, Bytes, ImageContent, ImageMeta, Unavailable, domain::image::ImageName};
use object_store::{Error as StoreError, GetOptions, GetResult, GetResultPayload, ObjectMeta, ObjectStore};
use std::{
    error::Error,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    sync::Arc,
};

type StreamError = Box<dyn Error + Send + Sync>;

/// An open image, and which of its bytes are still to be read.
type Reading = (File, Range<u64>);

/// What is read at once. Each piece costs a hop to a thread that may wait for the disk, and `object_store` itself
/// would read 8 KiB for each.
const PIECE: u64 = 128 * 1024;

pub(super) async fn head(folder: &Arc<Folder>, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable> {
    Ok(open(folder, name).await?.map(|opened| meta(name, &opened.meta)))
}

pub(super) async fn read(
    folder: &Arc<Folder>,
    name: &ImageName,
    range: Option<Range<u64>>,
) -> Result<Option<ImageContent>, Unavailable> {
    let Some(opened) = open(folder, name).await? else { return Ok(None) };
    let meta = meta(name, &opened.meta);
    // Not asked of the store, as it takes a range behind the end for an error.
    let range = range.map_or(0..meta.size, |range| range::cut(&range, meta.size));
    Ok(Some(ImageContent { meta, range: range.clone(), bytes: bytes(opened, range) }))
}

async fn open(folder: &Arc<Folder>, name: &ImageName) -> Result<Option<GetResult>, Unavailable> {
    let Some(Place { location, path }) = folder.place(name) else { return Ok(None) };
    let shared = Arc::clone(folder);
    // Looked at first, since `object_store` follows symbolic links, and waits for a writer of a pipe.
    let there = blocking(move || match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => shared.check_present().map(|()| false),
        Err(error) => Err(error),
    });
    if !there.await? {
        return Ok(None);
    }
    match folder.objects.get_opts(&location, GetOptions::default()).await {
        Ok(opened) => Ok(Some(opened)),
        // Removed between the look and the opening.
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(unavailable(error)),
    }
}

fn meta(name: &ImageName, object: &ObjectMeta) -> ImageMeta {
    ImageMeta {
        name: name.clone(),
        size: object.size,
        modified: timestamp(object.last_modified.into()),
        format: None,
        // Made of inode, time of change and size: other bytes under the name are another file.
        tag: object.e_tag.as_deref().unwrap_or_default().trim_matches('"').to_owned(),
        // A file has no place for it.
        sha256: None,
    }
}

fn bytes(opened: GetResult, range: Range<u64>) -> ByteStream {
    match opened.payload {
        GetResultPayload::File(file, _) => Box::pin(stream::try_unfold((file, range), next_piece)),
        // `object_store` gives this for what is not on the local disk.
        GetResultPayload::Stream(_) => Box::pin(stream::iter([Err("the image is no file".into())])),
    }
}

/// Reads on, and leaves what is still to be read; `None` where that is nothing.
async fn next_piece((mut file, left): Reading) -> Result<Option<(Bytes, Reading)>, StreamError> {
    if left.is_empty() {
        return Ok(None);
    }
    let read = tokio::task::spawn_blocking(move || {
        let wanted = PIECE.min(left.end - left.start);
        let mut piece = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
        file.seek(SeekFrom::Start(left.start))?;
        (&file).take(wanted).read_to_end(&mut piece)?;
        // Somebody shortened the file by hand: a silent end would pass for the whole image.
        if piece.len() as u64 != wanted {
            let cut = "the image has become shorter while it was read";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, cut));
        }
        Ok((Bytes::from(piece), (file, left.start.saturating_add(wanted)..left.end)))
    });
    Ok(Some(read.await??))
}
