//! A page of names in order, out of a folder that has none.

use super::Folder;
use hexad_ports::domain::image::ImageName;
use std::{
    collections::BTreeSet,
    fs::{self, DirEntry},
    io,
};

/// The first `limit` names of images after `after`, in one pass that keeps no more than those.
///
/// A name that is there all the time is met in every pass (POSIX, `readdir`), so it is on the page where it belongs,
/// whatever comes and goes meanwhile.
pub(super) fn page(folder: &Folder, after: Option<&ImageName>, limit: usize) -> io::Result<Vec<ImageName>> {
    // A set, as some file systems show a name twice while others come and go.
    let mut page = BTreeSet::new();
    if limit == 0 {
        return Ok(Vec::new());
    }
    for entry in fs::read_dir(&folder.root)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = ImageName::from_stored(name);
        let full = page.len() >= limit;
        if after.is_some_and(|after| name <= *after) || full && page.last().is_some_and(|last| name >= *last)
        {
            continue;
        }
        // The dearer questions last: few names of a large folder come this far.
        if folder.place(&name).is_none() || !is_file(&entry)? {
            continue;
        }
        page.insert(name);
        if page.len() > limit {
            page.pop_last();
        }
    }
    Ok(page.into_iter().collect())
}

fn is_file(entry: &DirEntry) -> io::Result<bool> {
    match entry.file_type() {
        Ok(kind) => Ok(kind.is_file()),
        // Removed since the folder was read, on a file system that has to be asked for the type.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
