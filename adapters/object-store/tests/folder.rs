//! What the folder is on the disk: what counts as an image, what others may do to it, and what is left behind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test may fail")]

mod common;

use common::{put, staged_files, upload};
use futures_util::TryStreamExt;
use hexad_object_store::FolderImages;
use hexad_ports::{
    Bytes, ImageStore, Probe, Stored,
    domain::image::{ImageFormat, ImageName},
};
use proptest::prelude::*;
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    ops::Range,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
};
use tempfile::{TempDir, tempdir};

async fn fresh() -> (TempDir, FolderImages) {
    let place = tempdir().unwrap();
    let images = FolderImages::open(place.path()).await.unwrap();
    (place, images)
}

fn name(text: &str) -> ImageName {
    ImageName::parse(text).unwrap()
}

async fn content(images: &FolderImages, image: &str, range: Option<Range<u64>>) -> (Range<u64>, Vec<u8>) {
    let content = images.read(&name(image), range).await.unwrap().unwrap();
    let chunks: Vec<Bytes> = content.bytes.try_collect().await.unwrap();
    (content.range, chunks.concat())
}

#[tokio::test]
async fn only_the_service_can_read_what_it_makes() {
    let place = tempdir().unwrap();
    let root = place.path().join("new/images");
    let images = FolderImages::open(&root).await.unwrap();
    assert_eq!(put(&images, "cat.png", b"cat").await, Stored::Created);

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path().join("new")), 0o700);
    assert_eq!(mode(&root), 0o700);
    assert_eq!(mode(&root.join(".staging")), 0o700);
    assert_eq!(mode(&root.join("cat.png")), 0o600);
}

#[tokio::test]
async fn a_folder_that_is_there_keeps_its_mode_and_its_images() {
    let place = tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o750)).unwrap();
    fs::write(place.path().join("old.gif"), b"GIF89a").unwrap();

    let images = FolderImages::open(place.path()).await.unwrap();
    assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o750);
    assert_eq!(images.list(None, 10).await.unwrap(), [name("old.gif")]);
    assert_eq!(content(&images, "old.gif", None).await, (0..6, b"GIF89a".to_vec()));
    assert_eq!(put(&images, "old.gif", b"GIF89a").await, Stored::Same);
    assert_eq!(put(&images, "old.gif", b"GIF87a").await, Stored::Taken);
}

#[tokio::test]
async fn what_is_no_folder_is_refused() {
    let place = tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, b"").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = FolderImages::open(&path).await.err().unwrap();
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_image_is_neither_listed_nor_served_nor_replaced() {
    let (place, images) = fresh().await;
    let root = place.path();
    put(&images, "real.png", b"real").await;
    fs::create_dir(root.join("folder.png")).unwrap();
    fs::write(root.join(".hidden.png"), b"hidden").unwrap();
    fs::write(root.join("real.png#1"), b"no such name").unwrap();
    fs::write(root.join("tab\t.png"), b"no such name").unwrap();
    fs::write(root.join(OsStr::from_bytes(b"\xff.png")), b"no such name").unwrap();
    fs::create_dir(root.join("folder")).unwrap();
    fs::write(root.join("folder/inside.png"), b"another folder").unwrap();
    std::os::unix::fs::symlink(root.join("real.png"), root.join("link.png")).unwrap();
    std::os::unix::fs::symlink("/nowhere", root.join("dangling.png")).unwrap();
    let pipe = root.join("pipe.png");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());

    assert_eq!(images.list(None, 100).await.unwrap(), [name("real.png")]);
    for other in ["folder.png", "link.png", "dangling.png", "pipe.png"] {
        assert_eq!(images.head(&name(other)).await.unwrap(), None, "{other}");
        assert!(images.read(&name(other), None).await.unwrap().is_none(), "{other}");
        assert_eq!(put(&images, other, b"real").await, Stored::Taken, "{other}");
    }
    for other in [".hidden.png", "real.png#1", "tab\t.png", "folder/inside.png", &"n".repeat(256)] {
        let other = ImageName::from_stored(other.to_owned());
        assert_eq!(images.head(&other).await.unwrap(), None, "{other}");
        assert!(images.read(&other, None).await.unwrap().is_none(), "{other}");
    }
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let (place, _) = fresh().await;
    let root = place.path().join("images");
    let images = FolderImages::open(&root).await.unwrap();
    fs::write(place.path().join("secret.png"), b"secret").unwrap();
    let mut staged = upload(&images, b"bytes").await;
    let inside = staged_files(&root).pop().unwrap();
    for hostile in ["../secret.png", "/etc/passwd", "", ".", "..", ".staging", &format!(".staging/{inside}")]
    {
        let hostile = ImageName::from_stored(hostile.to_owned());
        assert_eq!(images.head(&hostile).await.unwrap(), None, "{hostile}");
        assert!(images.read(&hostile, None).await.unwrap().is_none(), "{hostile}");
        assert!(staged.publish(&hostile, ImageFormat::Png).await.is_err(), "{hostile}");
    }
    assert_eq!(staged.publish(&name("fine.png"), ImageFormat::Png).await.unwrap(), Stored::Created);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_unavailable_and_not_made_anew() {
    let place = tempdir().unwrap();
    let root = place.path().join("images");
    let images = FolderImages::open(&root).await.unwrap();
    put(&images, "cat.png", b"cat").await;
    let mut staged = upload(&images, b"dog").await;
    images.check().await.unwrap();

    let away = place.path().join("away");
    fs::rename(&root, &away).unwrap();
    for gone in ["missing", "an empty mount point"] {
        assert!(images.stage().await.is_err(), "{gone}");
        assert!(images.head(&name("cat.png")).await.is_err(), "{gone}");
        assert!(images.read(&name("cat.png"), None).await.is_err(), "{gone}");
        assert!(images.list(None, 10).await.is_err(), "{gone}");
        assert!(images.check().await.is_err(), "{gone}");
        assert!(staged.publish(&name("dog.png"), ImageFormat::Png).await.is_err(), "{gone}");
        if gone == "missing" {
            assert!(!root.exists());
            fs::create_dir(&root).unwrap();
        }
    }

    fs::remove_dir(&root).unwrap();
    fs::rename(&away, &root).unwrap();
    images.check().await.unwrap();
    assert_eq!(content(&images, "cat.png", None).await.1, b"cat");
    assert_eq!(staged.publish(&name("dog.png"), ImageFormat::Png).await.unwrap(), Stored::Created);
}

#[tokio::test]
async fn the_probe_tells_the_clock_of_the_file_system_and_leaves_nothing() {
    let (place, images) = fresh().await;
    let before =
        fs::File::create(place.path().join("before")).unwrap().metadata().unwrap().modified().unwrap();
    let told = images.check().await.unwrap().unix_micros();
    let before = before.duration_since(std::time::UNIX_EPOCH).unwrap().as_micros() as i64;
    assert!((before..before + 10_000_000).contains(&told), "{told} is not soon after {before}");
    assert_eq!(staged_files(place.path()), [""; 0]);
}

#[tokio::test]
async fn other_bytes_under_a_name_have_another_tag() {
    let (place, images) = fresh().await;
    put(&images, "cat.png", b"cat").await;
    let first = images.head(&name("cat.png")).await.unwrap().unwrap();
    assert!(first.tag.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'), "{}", first.tag);
    assert_eq!(images.head(&name("cat.png")).await.unwrap().unwrap(), first);

    // Both exist at the same time, so that the second cannot get the inode of the first.
    put(&images, "dog.png", b"dog").await;
    fs::rename(place.path().join("dog.png"), place.path().join("cat.png")).unwrap();
    let second = images.head(&name("cat.png")).await.unwrap().unwrap();
    assert_eq!(second.size, first.size);
    assert_ne!(second.tag, first.tag);
}

#[tokio::test]
async fn a_large_image_is_read_in_large_pieces() {
    let (_place, images) = fresh().await;
    let bytes: Vec<u8> = (0..1_000_003_u32).map(|i| (i % 251) as u8).collect();
    put(&images, "cat.png", &bytes).await;
    for range in [0..1_000_003, 0..0, 7..8, 131_071..131_073, 131_072..262_144, 500_000..1_000_003] {
        let content = images.read(&name("cat.png"), Some(range.clone())).await.unwrap().unwrap();
        let pieces: Vec<Bytes> = content.bytes.try_collect().await.unwrap();
        let (start, end) = (range.start as usize, range.end as usize);
        assert!(pieces.concat() == bytes[start..end], "{range:?}");
        assert!(pieces.iter().rev().skip(1).all(|piece| piece.len() >= 64 * 1024), "{range:?}");
        assert!(pieces.iter().all(|piece| (1..=256 * 1024).contains(&piece.len())), "{range:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_shortened_after_its_first_piece_ends_with_an_error() {
    let (place, images) = fresh().await;
    put(&images, "cat.png", &[7; 600_000]).await;
    let mut content = images.read(&name("cat.png"), None).await.unwrap().unwrap();
    let first = content.bytes.try_next().await.unwrap().unwrap();
    let left = first.len() as u64 + 10;
    fs::OpenOptions::new().write(true).open(place.path().join("cat.png")).unwrap().set_len(left).unwrap();
    assert!(content.bytes.try_next().await.is_err(), "an end would pass for the whole image");
}

#[tokio::test]
async fn a_file_that_is_shortened_while_it_is_read_ends_with_an_error() {
    let (place, images) = fresh().await;
    put(&images, "cat.png", &[7; 100_000]).await;
    let content = images.read(&name("cat.png"), None).await.unwrap().unwrap();
    fs::OpenOptions::new().write(true).open(place.path().join("cat.png")).unwrap().set_len(10).unwrap();
    let read: Result<Vec<Bytes>, _> = content.bytes.try_collect().await;
    assert!(read.is_err());
}

#[tokio::test]
async fn writing_and_publishing_know_their_order() {
    let (_place, images) = fresh().await;
    let mut staged = images.stage().await.unwrap();
    assert!(staged.publish(&name("early.png"), ImageFormat::Png).await.is_err());
    staged.write(Bytes::from_static(b"bytes")).await.unwrap();
    staged.seal().await.unwrap();
    staged.write(Bytes::from_static(b"late")).await.unwrap_err();
    assert_eq!(images.list(None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn trickled_and_large_chunks_are_the_same_bytes() {
    let (_place, images) = fresh().await;
    let bytes: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
    let mut staged = images.stage().await.unwrap();
    for chunk in bytes[..1000].chunks(1).chain(bytes[1000..].chunks(130_000)) {
        staged.write(Bytes::copy_from_slice(chunk)).await.unwrap();
    }
    let sealed = staged.seal().await.unwrap();
    assert_eq!(sealed.size, 300_000);
    // sha256sum of these bytes, as Python's hashlib gives it: sha256(bytes(i % 251 for i in range(300000)))
    assert_eq!(sealed.sha256, "3c65ea93424a9c362fec0e3a69ea36031e8a358441479dd665cc6110eabe7b08");
    staged.publish(&name("big.bmp"), ImageFormat::Bmp).await.unwrap();
    assert!(content(&images, "big.bmp", None).await.1 == bytes);
    assert!(content(&images, "big.bmp", Some(65_530..131_080)).await.1 == bytes[65_530..131_080]);
}

/// Names that images have, of few letters so that they share beginnings.
fn names() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[aB0][aB0._-]{0,4}[aB0]", 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_put_together_are_all_names_in_byte_order(names in names(), limit in 1_usize..12) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (place, images) = fresh().await;
            for name in &names {
                fs::write(place.path().join(name), name).unwrap();
            }
            let mut listed: Vec<ImageName> = Vec::new();
            loop {
                let page = images.list(listed.last(), limit).await.unwrap();
                assert!(page.len() <= limit);
                if page.is_empty() {
                    break;
                }
                listed.extend(page);
            }
            let expected: Vec<ImageName> = names.iter().map(|text| name(text)).collect();
            assert_eq!(listed, expected);
        });
    }

    #[test]
    fn any_range_gives_those_bytes_that_there_are(size in 0_usize..20_000, start in 0_u64..25_000, end: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (place, images) = fresh().await;
            let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            fs::write(place.path().join("image"), &bytes).unwrap();
            let expected: Vec<u8> =
                (0..).zip(&bytes).filter(|(at, _)| (start..end).contains(at)).map(|(_, byte)| *byte).collect();
            let (range, got) = content(&images, "image", Some(start..end)).await;
            assert_eq!(range.end - range.start, got.len() as u64);
            assert_eq!(got, expected);
        });
    }
}
