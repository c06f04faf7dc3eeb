//! The hidden folder of what is being received, shared by every process that uses the images.
//!
//! Each file there is locked (`flock`) by the process that writes it for as long as it does, and the lock goes with
//! the process, however that ends. So a file that can be locked is nobody's any more.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tempfile::TempPath;

/// Starts with a dot, as no image name does.
pub(super) const FOLDER: &str = ".staging";

/// How often a process that receives images looks for what other processes, now dead, left behind.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// How often a name is tried. One is lost only where a sweep comes between its making and its locking.
const ATTEMPTS: usize = 16;

pub(super) struct StagingArea {
    path: PathBuf,
    swept: Mutex<Instant>,
}

/// A file that is being received. Dropping it removes it.
pub(super) struct StagedFile {
    /// Locked.
    pub(super) file: File,
    /// Removes the name when it is dropped.
    pub(super) path: TempPath,
}

impl StagedFile {
    /// What it is called inside the staging folder.
    pub(super) fn name(&self) -> Option<&str> {
        self.path.file_name().and_then(OsStr::to_str)
    }
}

impl StagingArea {
    /// The staging folder inside `root`, made where it is missing.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let path = root.join(FOLDER);
        super::make_durable(&path)?;
        Ok(StagingArea { path, swept: Mutex::new(Instant::now()) })
    }

    /// Whether it is still there.
    pub(super) fn check_present(&self) -> io::Result<()> {
        if fs::symlink_metadata(&self.path)?.is_dir() {
            Ok(())
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// A new file, and now and then a sweep.
    pub(super) fn create(&self) -> io::Result<StagedFile> {
        if self.sweep_is_due()
            && let Err(error) = self.sweep()
        {
            tracing::warn!(%error, "what interrupted uploads left behind could not be cleared");
        }
        for _ in 0..ATTEMPTS {
            let made = tempfile::Builder::new()
                .prefix("upload-")
                // Never the same twice: a sweep may still be about to remove an earlier file of that name.
                .rand_bytes(20)
                .permissions(Permissions::from_mode(0o600))
                .tempfile_in(&self.path)?;
            if lock(made.as_file())? && made.as_file().metadata()?.nlink() > 0 {
                let (file, path) = made.into_parts();
                return Ok(StagedFile { file, path });
            }
        }
        Err(io::Error::other("every new file was swept away at once"))
    }

    /// Removes what dead processes left behind. Files of living ones stay.
    pub(super) fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            match remove_if_abandoned(&path) {
                Ok(true) => {
                    tracing::info!(file = %path.display(), "removed what an interrupted upload left behind")
                }
                Ok(false) => {}
                // Its owner, or another sweep, was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => tracing::warn!(file = %path.display(), %error, "cannot be cleared away"),
            }
        }
        Ok(())
    }

    fn sweep_is_due(&self) -> bool {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let due = swept.elapsed() >= SWEEP_EVERY;
        if due {
            *swept = Instant::now();
        }
        due
    }
}

fn remove_if_abandoned(path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(false);
    }
    // For writing, since a lock on a network file system asks for it.
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if !lock(&file)? {
        return Ok(false);
    }
    fs::remove_file(path)?;
    Ok(true)
}

/// Takes the lock; `false` where another has it.
fn lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn area() -> (tempfile::TempDir, StagingArea) {
        let root = tempfile::tempdir().unwrap();
        let area = StagingArea::open(root.path()).unwrap();
        (root, area)
    }

    #[test]
    fn a_process_that_receives_for_long_clears_away_what_others_leave() {
        let (_root, area) = area();
        let abandoned = area.path.join("upload-abandoned");
        fs::write(&abandoned, b"half").unwrap();

        area.create().unwrap();
        assert!(abandoned.exists(), "just opened, it has no reason to look yet");

        let long_ago = Instant::now().checked_sub(SWEEP_EVERY).unwrap();
        *area.swept.lock().unwrap() = long_ago;
        let ours = area.create().unwrap();
        assert!(!abandoned.exists());
        assert!(ours.path.exists());
    }

    #[test]
    fn what_is_no_file_is_not_touched() {
        let (_root, area) = area();
        let folder = area.path.join("lost+found");
        fs::create_dir(&folder).unwrap();
        area.sweep().unwrap();
        assert!(folder.exists());
    }

    #[test]
    fn a_sweep_never_takes_a_file_that_was_just_made() {
        let (_root, area) = area();
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| (0..500).for_each(|_| area.sweep().unwrap()));
                threads.spawn(|| {
                    for _ in 0..500 {
                        let made = area.create().unwrap();
                        assert_eq!(made.file.metadata().unwrap().nlink(), 1);
                        assert!(made.path.exists());
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(&area.path).unwrap().count(), 0);
    }
}
