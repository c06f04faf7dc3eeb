//! `uploadImage`: what it takes, and what it refuses.

use crate::world::{World, chunk, info, list, messages, png, refused, upload, writing};
use futures_util::stream;
use hexad_grpc::proto::{Image, UploadImageRequest};
use hexad_memory::Fault;
use sha2::{Digest, Sha256};
use tonic::Code;

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn an_image_is_stored_and_told_of() {
    let world = World::new();
    let bytes = png(2, 3, &[7; 200_000]);
    let answer = world.client().upload_image(stream::iter(messages("my cat.png", &bytes))).await.unwrap();
    assert!(answer.metadata().contains_key("x-request-id"));
    let answer = answer.into_inner();
    assert_eq!(answer.message, "Image uploaded successfully");
    assert!(answer.created);
    let image = Image {
        name: "my_cat.png".to_owned(),
        url: "http://images.test/images/my_cat.png".to_owned(),
        content_type: "image/png".to_owned(),
        size: bytes.len() as u64,
        sha256: hex(&bytes),
    };
    assert_eq!(answer.image, Some(image.clone()));
    assert_eq!(list(&mut world.client(), 0, "").await.unwrap(), [image]);
}

#[tokio::test]
async fn the_same_bytes_again_are_not_new_and_other_bytes_get_another_name() {
    let world = World::new();
    let (first, other) = (png(2, 3, b"first"), png(2, 3, b"other"));
    let mut client = world.client();
    let created = upload(&mut client, "a.png", &first).await.unwrap();
    let again = upload(&mut client, "a.png", &first).await.unwrap();
    assert_eq!((created.created, again.created), (true, false));
    assert_eq!(again.image, created.image);
    let named = upload(&mut client, "a.png", &other).await.unwrap().image.unwrap().name;
    assert_eq!(named, format!("a-{}.png", &hex(&other)[..8]));
    assert_eq!(world.stored().await, [named, "a.png".to_owned()]);
}

#[tokio::test]
async fn chunks_may_have_any_size_and_messages_may_have_nothing() {
    let world = World::new();
    let bytes = png(2, 3, &[7; 2_000_000]);
    let nothing = UploadImageRequest { part: None };
    for (name, size) in [("one.png", 10_000), ("two.png", 1_999_999), ("three.png", 3_000_000)] {
        let mut sent = vec![info(name), chunk("")];
        for bytes in bytes.chunks(size) {
            sent.extend([chunk(bytes.to_vec()), nothing.clone(), chunk("")]);
        }
        let answer = world.client().upload_image(stream::iter(sent)).await.unwrap().into_inner();
        assert_eq!(answer.image.unwrap().sha256, hex(&bytes), "{name}");
    }
}

#[tokio::test]
async fn the_first_bytes_say_what_an_image_is() {
    let world = World::new();
    let polyglot = png(2, 3, b"<script>alert(1)</script>");
    let answer = upload(&mut world.client(), "page.html", &polyglot).await.unwrap();
    let image = answer.image.unwrap();
    assert_eq!((image.name.as_str(), image.content_type.as_str()), ("page.html", "image/png"));
}

#[tokio::test]
async fn what_is_no_upload_is_refused_and_leaves_nothing() {
    let world = World::new();
    let image = png(2, 3, b"");
    let nothing = UploadImageRequest { part: None };
    let cases: Vec<(&str, Vec<UploadImageRequest>, Code, &str)> = vec![
        ("an empty stream", vec![], Code::InvalidArgument, "missing_field"),
        ("bytes without info", vec![chunk(image.clone())], Code::InvalidArgument, "missing_field"),
        (
            "bytes before info",
            vec![chunk(image.clone()), info("a.png")],
            Code::InvalidArgument,
            "missing_field",
        ),
        ("nothing before info", vec![nothing.clone(), info("a.png")], Code::InvalidArgument, "missing_field"),
        (
            "two infos",
            vec![info("a.png"), info("b.png"), chunk(image.clone())],
            Code::InvalidArgument,
            "repeated",
        ),
        (
            "info after the bytes",
            vec![info("a.png"), chunk(image.clone()), info("a.png")],
            Code::InvalidArgument,
            "repeated",
        ),
        ("no name", vec![info(""), chunk(image.clone())], Code::InvalidArgument, "invalid_name"),
        (
            "a name of nothing",
            vec![info("../..//.."), chunk(image.clone())],
            Code::InvalidArgument,
            "invalid_name",
        ),
        (
            "a name outside of ASCII",
            vec![info("日本"), chunk(image.clone())],
            Code::InvalidArgument,
            "invalid_name",
        ),
        ("no bytes", vec![info("a.png")], Code::InvalidArgument, "not_an_image"),
        (
            "an image cut short",
            vec![info("a.png"), chunk(image[..20].to_vec())],
            Code::InvalidArgument,
            "not_an_image",
        ),
        ("text", vec![info("a.png"), chunk("no image at all")], Code::InvalidArgument, "not_an_image"),
        (
            "SVG",
            vec![info("a.svg"), chunk("<svg xmlns='http://www.w3.org/2000/svg'/>")],
            Code::InvalidArgument,
            "not_an_image",
        ),
        (
            "too many pixels",
            vec![info("a.png"), chunk(png(60_000, 60_000, b""))],
            Code::ResourceExhausted,
            "too_large",
        ),
        (
            "too many bytes",
            messages("a.png", &png(2, 3, &vec![7; 20 * 1024 * 1024])),
            Code::ResourceExhausted,
            "too_large",
        ),
        (
            "a message too large",
            vec![info("a.png"), chunk(png(2, 3, &vec![7; 4 * 1024 * 1024]))],
            Code::ResourceExhausted,
            "too_large",
        ),
    ];
    for (what, messages, code, name) in cases {
        let status = world.client().upload_image(stream::iter(messages)).await.expect_err(what);
        refused(&status, code, name);
        assert!(status.metadata().contains_key("x-request-id"), "{what}");
        world.keeps_nothing().await;
    }
    world.still_works().await;
}

#[tokio::test]
async fn an_image_of_just_the_largest_size_is_taken() {
    let world = World::new();
    let bytes = png(2, 3, &vec![7; 20 * 1024 * 1024 - 41]);
    assert_eq!(bytes.len(), 20 * 1024 * 1024);
    assert_eq!(
        upload(&mut world.client(), "a.png", &bytes).await.unwrap().image.unwrap().size,
        20 * 1024 * 1024
    );
}

#[tokio::test]
async fn an_upload_that_only_seems_to_move_is_ended() {
    let world = World::new();
    let endless =
        stream::iter([info("a.png"), chunk(png(2, 3, b""))].into_iter().chain(std::iter::repeat(chunk(""))));
    let status = world.client().upload_image(endless).await.unwrap_err();
    refused(&status, Code::InvalidArgument, "malformed");
    world.keeps_nothing().await;
}

/// The sender of a refused image hears of it at once, however much it has still to send.
#[tokio::test]
async fn a_refusal_does_not_wait_for_the_rest() {
    let world = World::new();
    let (sender, messages) = writing();
    let refusal = tokio::spawn(async move {
        let mut client = world.client();
        client.upload_image(messages).await.unwrap_err()
    });
    sender.send(info("a.png")).await.unwrap();
    sender.send(chunk("no image at all")).await.unwrap();
    refused(&refusal.await.unwrap(), Code::InvalidArgument, "not_an_image");
}

#[tokio::test]
async fn of_too_many_uploads_at_once_those_over_the_bound_come_back_later() {
    let world = World::new();
    world.faults.hold("stage");
    let uploads: Vec<_> = (0..128)
        .map(|number| {
            let mut client = world.client();
            let name = format!("{number}.png");
            tokio::spawn(async move { upload(&mut client, &name, &png(2, 3, b"")).await })
        })
        .collect();
    world.faults.until_waiting(128).await;
    let status = upload(&mut world.client(), "a.png", &png(2, 3, b"")).await.unwrap_err();
    refused(&status, Code::Unavailable, "busy");
    world.faults.release();
    for upload in uploads {
        upload.await.unwrap().unwrap();
    }
    world.still_works().await;
}

#[tokio::test]
async fn a_store_that_is_away_is_told_with_when_to_come_back() {
    let world = World::new();
    for method in ["stage", "write", "seal", "publish"] {
        world.faults.next(method, 1, Fault::BeforeEffect);
        let status = upload(&mut world.client(), "a.png", &png(2, 3, b"")).await.unwrap_err();
        refused(&status, Code::Unavailable, "unavailable");
        assert!(!status.message().contains("asked for"), "the cause stays inside: {status:?}");
        world.keeps_nothing().await;
    }
    world.still_works().await;
}
