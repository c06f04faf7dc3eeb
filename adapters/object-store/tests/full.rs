//! A disk that takes no more: here the limit on the size of a file, which the shell sets for a process.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail")]

mod common;

use common::{put, staged_files};
use hexad_object_store::FolderImages;
use hexad_ports::{Bytes, ImageStore, Probe, Stored, domain::image::ImageName};
use std::{env, path::Path, process::Command};
use tempfile::tempdir;

/// Names the folder to the process whose files are limited.
const FOLDER: &str = "HEXAD_TEST_LIMITED_FOLDER";

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_finds_no_room_is_unavailable_and_leaves_nothing() {
    if let Some(folder) = env::var_os(FOLDER) {
        return upload_without_room(Path::new(&folder)).await;
    }
    let place = tempdir().unwrap();
    // The signal ignored, a write over the limit fails as one on a full disk does.
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "an_upload_that_finds_no_room_is_unavailable_and_leaves_nothing"])
        .env(FOLDER, place.path())
        .output()
        .unwrap();
    assert!(limited.status.success(), "{}", String::from_utf8_lossy(&limited.stdout));
    let small = place.path().join("small.png");
    assert!(small.exists(), "the other process did not run");
}

async fn upload_without_room(root: &Path) {
    let images = FolderImages::open(root).await.unwrap();
    assert_eq!(put(&images, "small.png", b"small").await, Stored::Created);

    let mut staged = images.stage().await.unwrap();
    let mut refused = None;
    for _ in 0..100 {
        refused = staged.write(Bytes::from(vec![1; 10_000])).await.err();
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.to_string(), "the image folder cannot be reached");
    assert_eq!(staged_files(root), [""; 0]);
    assert!(staged.seal().await.is_err());

    images.check().await.unwrap();
    assert_eq!(images.list(None, 10).await.unwrap(), [ImageName::parse("small.png").unwrap()]);
    assert_eq!(put(&images, "next.png", b"next").await, Stored::Created);
}
