//! Images on their way out.

use super::{Folder, blocking, location, timestamp, unavailable};
use futures_util::StreamExt;
use hexad_ports::{ByteStream, ImageContent, ImageMeta, Unavailable, domain::image::ImageName};
use object_store::{Error, GetOptions, GetResult, ObjectMeta, ObjectStore};
use std::{fs, io, ops::Range, sync::Arc};

pub(super) async fn head(folder: &Arc<Folder>, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable> {
    Ok(open(folder, name).await?.map(|opened| meta(name, &opened.meta)))
}

pub(super) async fn read(
    folder: &Arc<Folder>,
    name: &ImageName,
    range: Option<Range<u64>>,
) -> Result<Option<ImageContent>, Unavailable> {
    let Some(mut opened) = open(folder, name).await? else { return Ok(None) };
    let meta = meta(name, &opened.meta);
    // Not asked of the store, as it takes a range behind the end for an error.
    let range = range.map_or(0..meta.size, |range| cut(&range, meta.size));
    opened.range = range.clone();
    Ok(Some(ImageContent { meta, range, bytes: bytes(opened) }))
}

async fn open(folder: &Arc<Folder>, name: &ImageName) -> Result<Option<GetResult>, Unavailable> {
    let Ok(path) = folder.path(name) else { return Ok(None) };
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
    match folder.objects.get_opts(&location(name), GetOptions::default()).await {
        Ok(opened) => Ok(Some(opened)),
        // Removed between the look and the opening.
        Err(Error::NotFound { .. }) => Ok(None),
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
    }
}

fn bytes(opened: GetResult) -> ByteStream {
    let whole = opened.into_stream().map(|chunk| match chunk {
        // Without end, where somebody shortened the file by hand.
        Ok(chunk) if chunk.is_empty() => Err("the image has become shorter while it was read".into()),
        Ok(chunk) => Ok(chunk),
        Err(error) => Err(error.into()),
    });
    Box::pin(whole)
}

/// Those of the bytes that there are.
fn cut(range: &Range<u64>, size: u64) -> Range<u64> {
    let start = range.start.min(size);
    start..range.end.clamp(start, size)
}
