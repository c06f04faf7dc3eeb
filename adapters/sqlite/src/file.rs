//! Whether the file that the connections have open is still the one that its name leads to.
//!
//! SQLite goes on with a file that was deleted or moved away under it, and what it then writes is lost to everybody
//! who opens the name.

use std::{io, os::unix::fs::MetadataExt, path::Path};

/// What tells one file from another of the same name: its device and its inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Of the file that the name leads to now.
    pub(crate) async fn of(path: &Path) -> io::Result<Self> {
        let found = tokio::fs::metadata(path).await?;
        Ok(Identity { device: found.dev(), inode: found.ino() })
    }

    /// # Errors
    /// Where the name leads to no file or to another.
    pub(crate) async fn confirm(self, path: &Path) -> io::Result<()> {
        match Identity::of(path).await? {
            same if same == self => Ok(()),
            _ => Err(io::Error::other(
                "the file was replaced by another: put it back, or start the program anew",
            )),
        }
    }
}
