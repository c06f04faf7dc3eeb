//! `PUT /images/{name}`.

use crate::{
    image::{png, upload},
    world::{Answer, Ask, World, get},
};
use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hexad_memory::Fault;
use serde_json::json;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

async fn put(world: &World, name: &str, bytes: impl Into<Body>) -> Answer {
    put_with(world, name, &[], bytes).await
}

async fn put_with(world: &World, name: &str, fields: &[(&str, &str)], bytes: impl Into<Body>) -> Answer {
    let ask = Ask::new(&world.image, "PUT", &format!("/images/{name}"));
    fields.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).body(bytes).await
}

/// A body of which nothing may be read.
fn untouched() -> (Body, Arc<AtomicBool>) {
    let touched = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&touched);
    let body = Body::from_stream(stream::once(async move {
        mark.store(true, SeqCst);
        Ok::<_, Infallible>(Bytes::from(png(2, 3, b"")))
    }));
    (body, touched)
}

async fn names(world: &World) -> Vec<String> {
    let urls = get(&world.image, "/list_images").await.json()["urls"].clone();
    let name = |url: &serde_json::Value| url.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    urls.as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn an_image_is_put_under_its_own_name() {
    let world = World::new().await;
    let bytes = png(2, 3, &[7; 200_000]);
    let created = put(&world, "cat.png", bytes.clone()).await;
    let url = "http://localhost:5000/images/cat.png";
    let document = json!({"message": "Image uploaded successfully", "url": url});
    assert_eq!(
        (created.status.as_u16(), created.json(), created.header("location")),
        (201, document.clone(), url)
    );
    assert_eq!(get(&world.image, "/images/cat.png").await.body, bytes);

    let same = put(&world, "cat.png", bytes.clone()).await;
    assert_eq!((same.status.as_u16(), same.json(), same.header("location")), (200, document, ""));
    let other = put(&world, "cat.png", png(2, 3, b"other")).await;
    other.refused(409, "name_taken", "error", "Other bytes have this name already.");
    assert_eq!(get(&world.image, "/images/cat.png").await.body, bytes);
    assert_eq!((names(&world).await, world.images.staged()), (vec!["cat.png".to_owned()], 0));

    // It is the same store as that of the other routes.
    assert_eq!(upload(&world.image, "/images", "cat.png", &bytes).await.json()["url"], url);
    upload(&world.image, "/images", "dog.png", &bytes).await;
    assert_eq!(put(&world, "dog.png", bytes).await.status, 200);
}

#[tokio::test]
async fn a_name_that_would_not_stay_is_refused_unread() {
    let world = World::new().await;
    let long = "n".repeat(201);
    for name in [
        "a%20b.png",
        "%C3%A9.png",
        "..%2Fa.png",
        "..",
        ".a.png",
        "a.png_",
        "a%2Fb.png",
        "a%00.png",
        "~a.png",
        &long,
    ] {
        let (body, touched) = untouched();
        // Who waits to be asked for the body is not asked.
        let waits = [("expect", "100-continue")];
        put_with(&world, name, &waits, body).await.refused_as(400, "invalid_name");
        assert!(!touched.load(SeqCst), "{name}");
    }
    let (body, touched) = untouched();
    put_with(&world, "a.png", &[("expect", "100-continue")], body).await;
    assert!(touched.load(SeqCst), "a body that is wanted is read");
    put(&world, "%ff", png(2, 3, b"")).await.refused_as(400, "malformed");
    for name in ["b.png", "A-b_c.tar.gz", "CON.jpg", "no-extension", &"n".repeat(200)] {
        assert_eq!(put(&world, name, png(2, 3, name.as_bytes())).await.status, 201, "{name}");
    }
}

#[tokio::test]
async fn the_bytes_decide_and_not_the_content_type() {
    let world = World::new().await;
    for (number, content_type) in
        ["text/html", "image/svg+xml", "application/json", "multipart/form-data; boundary=b"]
            .iter()
            .enumerate()
    {
        let name = format!("{number}.txt");
        let fields = [("content-type", *content_type)];
        assert_eq!(put_with(&world, &name, &fields, png(2, 3, b"")).await.status, 201);
        assert_eq!(get(&world.image, &format!("/images/{name}")).await.header("content-type"), "image/png");
    }
    let multipart =
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n".to_vec();
    let multipart = [multipart, png(2, 3, b""), b"\r\n--b--\r\n".to_vec()].concat();
    let form = [("content-type", "multipart/form-data; boundary=b")];
    put_with(&world, "a.png", &form, multipart).await.refused_as(415, "not_an_image");
    for bytes in [b"".to_vec(), b"<svg/>".to_vec(), png(2, 3, b"")[..20].to_vec(), png(0, 3, b"")] {
        let image = [("content-type", "image/png")];
        put_with(&world, "a.png", &image, bytes).await.refused_as(415, "not_an_image");
    }
    put(&world, "a.png", png(60_000, 60_000, b"")).await.refused_as(413, "too_large");
    assert_eq!((names(&world).await.len(), world.images.staged()), (4, 0));
}

#[tokio::test]
async fn only_a_whole_image_as_it_is_can_be_put() {
    let world = World::new().await;
    let part = [("content-range", "bytes 0-9/100")];
    put_with(&world, "a.png", &part, png(2, 3, b"")).await.refused_as(400, "malformed");
    for coding in ["gzip", "identity, gzip", "br"] {
        let coded = [("content-encoding", coding)];
        put_with(&world, "a.png", &coded, png(2, 3, b"")).await.refused_as(415, "unsupported_media_type");
    }
    assert_eq!(names(&world).await.len(), 0);
    let plain = [("content-encoding", "Identity")];
    assert_eq!(put_with(&world, "a.png", &plain, png(2, 3, b"")).await.status, 201);
}

#[tokio::test]
async fn an_image_has_at_most_20_mib() {
    let world = World::new().await;
    let most = 20 * 1024 * 1024;
    let head = png(2, 3, b"").len();
    let over = put(&world, "a.png", png(2, 3, &vec![0; most - head + 1])).await;
    over.refused(413, "too_large", "error", "The image is larger than 20 MiB.");
    // Without a length that is announced, and without an end.
    let endless = stream::iter([png(2, 3, b"")]).chain(stream::repeat_with(|| vec![0; 65_536]));
    let endless = Body::from_stream(endless.map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk))));
    put(&world, "a.png", endless).await.refused_as(413, "too_large");
    assert_eq!((names(&world).await.len(), world.images.staged()), (0, 0));
    assert_eq!(put(&world, "a.png", png(2, 3, &vec![0; most - head])).await.status, 201);
}

#[tokio::test]
async fn conditions_are_kept() {
    let world = World::new().await;
    let (one, other) = (png(2, 3, b"one"), png(2, 3, b"other"));
    let refused = async |fields: &[(&str, &str)], bytes: &[u8]| {
        put_with(&world, "a.png", fields, bytes.to_vec()).await.refused_as(412, "precondition_failed");
    };
    // Only where there is one, and there is none.
    refused(&[("if-match", "*")], &one).await;
    refused(&[("if-match", "\"x\"")], &one).await;
    assert_eq!(names(&world).await.len(), 0);
    // Only where there is none.
    assert_eq!(put_with(&world, "a.png", &[("if-none-match", "*")], one.clone()).await.status, 201);
    refused(&[("if-none-match", "*")], &one).await;
    refused(&[("if-none-match", "*")], &other).await;

    let tag = get(&world.image, "/images/a.png").await.header("etag").to_owned();
    refused(&[("if-none-match", &tag)], &one).await;
    refused(&[("if-match", "\"x\"")], &one).await;
    refused(&[("if-unmodified-since", "Sun, 22 Nov 2026 18:56:52 GMT")], &one).await;
    // Where they hold it is as without them: nothing is overwritten.
    for holds in [("if-match", tag.as_str()), ("if-match", "*"), ("if-none-match", "\"x\"")] {
        assert_eq!(put_with(&world, "a.png", &[holds], one.clone()).await.status, 200, "{holds:?}");
        put_with(&world, "a.png", &[holds], other.clone()).await.refused_as(409, "name_taken");
    }
    assert_eq!(get(&world.image, "/images/a.png").await.body, one);
}

#[tokio::test]
async fn of_two_at_once_one_has_the_name() {
    for condition in [None, Some(("if-none-match", "*"))] {
        for (same, status) in [(false, [201, 409]), (true, [200, 201])] {
            let world = World::new().await;
            let fields: Vec<_> = condition.into_iter().collect();
            let (one, other) = (png(2, 3, b"one"), png(2, 3, if same { b"one" } else { b"two" }));
            // Both have come in whole before either is stored.
            world.faults.hold("publish");
            let release = async {
                world.faults.until_waiting(2).await;
                world.faults.release();
            };
            let (first, second, ()) = tokio::join!(
                put_with(&world, "a.png", &fields, one.clone()),
                put_with(&world, "a.png", &fields, other.clone()),
                release,
            );
            let mut answers = [first.status.as_u16(), second.status.as_u16()];
            let winner = if answers[0] == 201 { &one } else { &other };
            assert_eq!(&get(&world.image, "/images/a.png").await.body, winner);
            answers.sort_unstable();
            // Who wanted to be the only one is told that another was.
            assert_eq!(answers, if condition.is_some() { [201, 412] } else { status });
            assert_eq!(world.images.staged(), 0);
        }
    }
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing() {
    let world = World::new().await;
    let broken: [Result<Bytes, std::io::Error>; 2] =
        [Ok(png(2, 3, b"begun").into()), Err(std::io::ErrorKind::ConnectionReset.into())];
    put(&world, "a.png", Body::from_stream(stream::iter(broken))).await.refused_as(400, "malformed");
    for step in ["stage", "write", "seal", "publish"] {
        world.faults.next(step, 1, Fault::BeforeEffect);
        put(&world, "a.png", png(2, 3, b"")).await.refused_as(503, "unavailable");
    }
    world.faults.next("head", 1, Fault::BeforeEffect);
    let condition = [("if-none-match", "*")];
    put_with(&world, "a.png", &condition, png(2, 3, b"")).await.refused_as(503, "unavailable");
    assert_eq!((names(&world).await.len(), world.images.staged()), (0, 0));
}
