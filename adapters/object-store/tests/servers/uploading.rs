//! Uploads, and what may happen to them on the way.

use crate::{
    place::{Place, bytes, name, put, upload},
    proxy::{Mode, Proxy},
};
use futures_util::{TryStreamExt, future::join_all};
use hexad_object_store::S3Images;
use hexad_ports::{Bytes, ImageStore, Stored, domain::image::ImageFormat};
use std::{env, fs, process::Command};

const LARGE: usize = 20 * 1024 * 1024;

async fn content(images: &S3Images, text: &str) -> Option<Vec<u8>> {
    let content = images.read(&name(text), None).await.unwrap()?;
    let chunks: Vec<Bytes> = content.bytes.try_collect().await.unwrap();
    Some(chunks.concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_large_uploads_at_once_one_has_the_name() {
    let place = Place::new();
    place.prepared().await;
    // Large enough that the store says no before all has been sent, and hangs up.
    let uploads = (0..6).map(|seed| {
        let place = &place;
        async move {
            let images = place.images();
            hexad_ports::Prepare::prepare(&images).await.unwrap();
            let bytes = bytes(seed, 3_000_000);
            (upload(&images, &bytes).await, bytes)
        }
    });
    let ready = join_all(uploads).await;
    let publications = ready.into_iter().map(|(mut staged, bytes)| {
        tokio::spawn(async move {
            let first = staged.publish(&name("cat.png"), ImageFormat::Png).await.unwrap();
            // As the use case goes on with the next name.
            let own = format!("cat-{:x}.png", bytes[0]);
            let second = match first {
                Stored::Taken => Some(staged.publish(&name(&own), ImageFormat::Png).await.unwrap()),
                _ => None,
            };
            (first, second, own, bytes)
        })
    });
    let answers: Vec<_> = join_all(publications).await.into_iter().map(Result::unwrap).collect();
    let images = place.prepared().await;
    assert_eq!(answers.iter().filter(|(first, ..)| *first == Stored::Created).count(), 1);
    for (first, second, own, bytes) in &answers {
        let stands_under = if *first == Stored::Created { "cat.png" } else { own };
        assert!(matches!((first, second), (Stored::Created, None) | (Stored::Taken, Some(Stored::Created))));
        assert!(content(&images, stands_under).await.unwrap() == *bytes, "{stands_under} has other bytes");
    }
    assert_eq!(place.files_received(), 0);
}

#[tokio::test]
async fn what_is_changed_on_the_way_is_never_stored() {
    let place = Place::new();
    let proxy = Proxy::start(place.settings.endpoint.as_deref().unwrap()).await;
    let images = place.prepared_by(&proxy.url()).await;
    let bytes = bytes(1, 500_000);
    let mut staged = upload(&images, &bytes).await;
    proxy.set(Mode::Spoil(300_000));
    let refused = staged.publish(&name("cat.png"), ImageFormat::Png).await.unwrap_err();
    assert_eq!(refused.to_string(), "the image store cannot be reached");
    proxy.pass();
    assert_eq!(images.head(&name("cat.png")).await.unwrap(), None);
    assert_eq!(staged.publish(&name("cat.png"), ImageFormat::Png).await.unwrap(), Stored::Created);
    assert!(content(&images, "cat.png").await.unwrap() == bytes);
}

#[tokio::test]
async fn an_upload_that_is_cut_leaves_nothing_and_can_be_repeated() {
    let place = Place::new();
    let proxy = Proxy::start(place.settings.endpoint.as_deref().unwrap()).await;
    let images = place.prepared_by(&proxy.url()).await;
    let bytes = bytes(2, 2_000_000);
    let mut staged = upload(&images, &bytes).await;
    proxy.set(Mode::CutAfter(1_000_000));
    staged.publish(&name("cat.png"), ImageFormat::Png).await.unwrap_err();
    assert_eq!(images.head(&name("cat.png")).await.unwrap(), None);
    assert_eq!(place.unfinished_in_store().await, 0);

    proxy.pass();
    assert_eq!(staged.publish(&name("cat.png"), ImageFormat::Png).await.unwrap(), Stored::Created);
    drop(staged);
    assert!(content(&images, "cat.png").await.unwrap() == bytes);
}

#[tokio::test]
async fn an_upload_whose_answer_is_lost_is_found_by_the_next_try() {
    let place = Place::new();
    let proxy = Proxy::start(place.settings.endpoint.as_deref().unwrap()).await;
    let images = place.prepared_by(&proxy.url()).await;
    let bytes = bytes(3, 100_000);
    let mut staged = upload(&images, &bytes).await;
    // Upwards all goes through from now on, and no answer comes: nobody can know.
    proxy.set(Mode::LoseAnswer);
    staged.publish(&name("cat.png"), ImageFormat::Png).await.unwrap_err();
    proxy.pass();
    let again = staged.publish(&name("cat.png"), ImageFormat::Png).await.unwrap();
    assert!(matches!(again, Stored::Created | Stored::Same));
    assert!(content(&images, "cat.png").await.unwrap() == bytes);
    assert_eq!(put(&images, "cat.png", &bytes).await, Stored::Same);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_given_up_leaves_nothing() {
    let place = Place::new();
    let proxy = Proxy::start(place.settings.endpoint.as_deref().unwrap()).await;
    let images = place.prepared_by(&proxy.url()).await;
    let mut staged = upload(&images, &bytes(4, 15_000_000)).await;
    assert_eq!(place.files_received(), 1);
    proxy.set(Mode::Slow);
    let before = proxy.went_up();
    // As when the client that uploads hangs up: its future is dropped wherever it stands.
    let publication = tokio::spawn(async move { staged.publish(&name("cat.png"), ImageFormat::Png).await });
    while proxy.went_up() < before + 1_000_000 {
        tokio::task::yield_now().await;
    }
    publication.abort();
    assert!(publication.await.unwrap_err().is_cancelled());
    while place.files_received() > 0 {
        tokio::task::yield_now().await;
    }
    proxy.pass();
    assert_eq!(images.head(&name("cat.png")).await.unwrap(), None);
    assert_eq!(images.list(None, 10).await.unwrap(), []);
}

/// Tells a process that it is the one whose memory is measured.
const MEASURED: &str = "HEXAD_TEST_MEASURED";

#[tokio::test]
async fn large_uploads_take_constant_memory() {
    if env::var_os(MEASURED).is_some() {
        return measure().await;
    }
    let measured = Command::new(env::current_exe().unwrap())
        .args(["--exact", "uploading::large_uploads_take_constant_memory"])
        .env(MEASURED, "yes")
        .output()
        .unwrap();
    assert!(measured.status.success(), "{}", String::from_utf8_lossy(&measured.stdout));
    assert!(String::from_utf8_lossy(&measured.stdout).contains("1 passed"));
}

async fn measure() {
    let place = Place::new();
    let images = place.prepared().await;
    let chunk = bytes(1, 64 * 1024);
    // Connections, threads and buffers are there afterwards.
    put(&images, "small.png", &bytes(2, 300_000)).await;
    let before = memory("VmRSS:");
    for number in 0..3 {
        let name = name(&format!("{number}.png"));
        let mut staged = images.stage().await.unwrap();
        staged.write(Bytes::from(vec![number])).await.unwrap();
        for _ in 0..LARGE / chunk.len() {
            staged.write(chunk.clone()).await.unwrap();
        }
        assert_eq!(staged.seal().await.unwrap().size, LARGE as u64 + 1);
        assert_eq!(staged.publish(&name, ImageFormat::Png).await.unwrap(), Stored::Created);
        let read = images.read(&name, None).await.unwrap().unwrap();
        let length = read.bytes.try_fold(0, async |length, chunk| Ok(length + chunk.len())).await.unwrap();
        assert_eq!(length, LARGE + 1);
    }
    let peak = memory("VmHWM:");
    assert!(peak < before + 8 * 1024, "{} KiB more than before", peak - before);
}

/// This process's, in KiB.
fn memory(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
