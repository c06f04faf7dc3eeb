//! Several stores on one folder, in one process and in several; processes that are killed.
//!
//! A test that needs a process to kill starts itself anew, with the folder in its environment.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a test may fail"
)]

mod common;

use common::{put, staged_files, upload};
use futures_util::{TryStreamExt, future::join_all};
use hexad_object_store::FolderImages;
use hexad_ports::{
    Bytes, ImageStore, Stored,
    domain::image::{ImageFormat, ImageName},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::tempdir;

/// Names the folder to a process that a test has started.
const FOLDER: &str = "HEXAD_TEST_FOLDER";

/// What a process that uploads is started with besides.
const SEED: &str = "HEXAD_TEST_SEED";

/// A process that ends with the test, however the test ends.
struct Other(Child);

impl Drop for Other {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Other {
    fn kill(&mut self) {
        // Fails where it has ended already.
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }
}

/// The test of this name in a process of its own, with its output to read.
fn again(test: &str, folder: &Path, seed: u64) -> Other {
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    Other(child.unwrap())
}

/// Says something to the process that started this one, at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nsaid {line}").unwrap();
    out.flush().unwrap();
}

/// What a process says, line by line, until it ends.
fn said(other: &mut Other) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(other.0.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("said ").map(str::to_owned))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of an image that tell whether they are whole: their digest is in front.
fn whole_image(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let body: Vec<u8> = (0..size)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect();
    [digest(&body).into_bytes(), body].concat()
}

fn is_whole(image: &[u8]) -> bool {
    image.len() >= 64 && digest(&image[64..]).as_bytes() == &image[..64]
}

async fn content(images: &FolderImages, name: &ImageName) -> Vec<u8> {
    let content = images.read(name, None).await.unwrap().unwrap();
    let chunks: Vec<Bytes> = content.bytes.try_collect().await.unwrap();
    chunks.concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_stores_that_publish_one_name_exactly_one_creates_it() {
    let place = tempdir().unwrap();
    let stores =
        [FolderImages::open(place.path()).await.unwrap(), FolderImages::open(place.path()).await.unwrap()];
    for round in 0..20 {
        let name = ImageName::parse(&format!("{round}.png")).unwrap();
        let uploads = (0..16_usize).map(|i| {
            let (images, name) = (stores[i % 2].clone(), name.clone());
            // Four different images of one size, each four times.
            let bytes = whole_image(i as u64 / 4, 5000);
            tokio::spawn(async move {
                let mut staged = upload(&images, &bytes).await;
                (staged.publish(&name, ImageFormat::Png).await.unwrap(), bytes)
            })
        });
        let outcomes: Vec<_> = join_all(uploads).await.into_iter().map(Result::unwrap).collect();
        let there = content(&stores[0], &name).await;
        let created = outcomes.iter().filter(|(stored, _)| *stored == Stored::Created);
        assert_eq!(created.map(|(_, bytes)| bytes == &there).collect::<Vec<_>>(), [true]);
        for (stored, bytes) in &outcomes {
            assert_eq!(*stored == Stored::Taken, *bytes != there);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_living_process_receives_is_left_alone() {
    if let Some(folder) = env::var_os(FOLDER) {
        return receive_until_told(folder.into()).await;
    }
    let place = tempdir().unwrap();
    let ours = FolderImages::open(place.path()).await.unwrap();
    let mut staged = upload(&ours, b"ours").await;

    let mut other = again("what_a_living_process_receives_is_left_alone", place.path(), 0);
    let mut lines = said(&mut other);
    assert_eq!(lines.next().unwrap(), "receiving");
    assert_eq!(staged_files(place.path()).len(), 2);

    // A store that opens clears away what is nobody's: neither of these.
    FolderImages::open(place.path()).await.unwrap();
    assert_eq!(staged_files(place.path()).len(), 2);
    assert_eq!(
        staged.publish(&ImageName::parse("ours.png").unwrap(), ImageFormat::Png).await.unwrap(),
        Stored::Created
    );
    drop(staged);

    // Killed, its file is nobody's, and the next to open clears it away.
    other.kill();
    assert_eq!(lines.next(), None);
    FolderImages::open(place.path()).await.unwrap();
    assert_eq!(staged_files(place.path()), [""; 0]);
    assert_eq!(ours.list(None, 10).await.unwrap(), [ImageName::parse("ours.png").unwrap()]);
}

/// Holds an image half received until it is killed.
async fn receive_until_told(folder: PathBuf) {
    let images = FolderImages::open(folder).await.unwrap();
    let mut staged = images.stage().await.unwrap();
    staged.write(Bytes::from(vec![1; 200_000])).await.unwrap();
    say("receiving");
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_moment_leaves_whole_images_and_loses_none_that_it_answered() {
    if let Some(folder) = env::var_os(FOLDER) {
        return upload_until_killed(folder.into()).await;
    }
    let place = tempdir().unwrap();
    let mut answered: BTreeMap<String, String> = BTreeMap::new();
    for round in 0..25_u64 {
        let test = "a_process_killed_at_any_moment_leaves_whole_images_and_loses_none_that_it_answered";
        let mut other = again(test, place.path(), round);
        let mut lines = said(&mut other);
        // The other uploads of the process are somewhere between their first byte and their name by then.
        let mut heard: Vec<String> = lines.by_ref().take(1 + (round as usize * 7) % 23).collect();
        other.kill();
        heard.extend(lines);
        for line in heard {
            // A line that the kill has cut has no end.
            if let [name, digest, "."] = line.split(' ').collect::<Vec<_>>()[..] {
                answered.insert(name.to_owned(), digest.to_owned());
            }
        }

        let images = FolderImages::open(place.path()).await.unwrap();
        assert_eq!(staged_files(place.path()), [""; 0]);
        let listed = images.list(None, 100_000).await.unwrap();
        for name in &listed {
            let bytes = content(&images, name).await;
            assert!(is_whole(&bytes), "{name} is not whole");
            if let Some(expected) = answered.get(name.as_str()) {
                assert_eq!(digest(&bytes), *expected, "{name} is not what was answered");
            }
        }
        let listed: Vec<&str> = listed.iter().map(ImageName::as_str).collect();
        let lost: Vec<&String> = answered.keys().filter(|name| !listed.contains(&name.as_str())).collect();
        assert!(lost.is_empty(), "answered, and lost: {lost:?}");
    }
    assert!(answered.len() >= 25, "only {} were answered", answered.len());
}

/// Four uploads at a time, and a word about each that is stored.
async fn upload_until_killed(folder: PathBuf) {
    let seed: u64 = env::var(SEED).unwrap().parse().unwrap();
    let images = FolderImages::open(folder).await.unwrap();
    let workers = (0..4_u64).map(|worker| {
        let images = images.clone();
        tokio::spawn(async move {
            for count in 0.. {
                let unique = (seed << 40) | (worker << 32) | count;
                let bytes = whole_image(unique, 1 + (unique.wrapping_mul(7919) % 150_000) as usize);
                let name = format!("{unique}.png");
                assert_eq!(put(&images, &name, &bytes).await, Stored::Created);
                say(&format!("{name} {} .", digest(&bytes)));
            }
        })
    });
    join_all(workers).await;
}
