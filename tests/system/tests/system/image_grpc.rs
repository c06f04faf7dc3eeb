//! Images by gRPC, on the port of the image service.

use futures_util::stream;
use hexad_system_tests::{
    Delivery, PATIENCE, Suite, code_of, eventually, messages, picture, start_all, upload,
};
use std::{net::TcpStream, path::Path};
use tokio::{sync::mpsc, time::timeout};
use tonic::Code;

#[tokio::test]
async fn both_faces_keep_the_same_images() {
    let suite = Suite::with(&[("PUBLIC_URL", "https://api.example")]).await;
    let delivery = Delivery::of(&suite.image);
    let (one, two) = (picture("1"), picture("2"));
    let by_grpc = delivery.upload("one.png", &one).await.unwrap().image.unwrap();
    assert_eq!(by_grpc.url, "https://api.example/images/one.png");
    assert_eq!(suite.image.get("/images/one.png").send().await.body, one);
    // The other face knows them by the same name.
    let same = upload(&suite.image, "/images", "one.png", &one).await.ok(201);
    assert_eq!(same["url"], by_grpc.url);
    upload(&suite.image, "/images", "two.png", &two).await.ok(201);
    assert!(!delivery.upload("two.png", &two).await.unwrap().created);
    let listed: Vec<_> = delivery.list().await.unwrap().into_iter().map(|image| image.url).collect();
    assert_eq!(suite.image.get("/images").send().await.ok(200)["urls"], serde_json::json!(listed));
}

#[tokio::test]
async fn what_is_refused_leaves_nothing() {
    let suite = Suite::start().await;
    let delivery = Delivery::of(&suite.image);
    let before = suite.footprint().await;
    let too_large = [picture(""), vec![0; 20 * 1024 * 1024]].concat();
    for (name, content, status, code) in [
        ("a.png", b"hello".to_vec(), Code::InvalidArgument, "not_an_image"),
        ("a.png", picture("")[..20].to_vec(), Code::InvalidArgument, "not_an_image"),
        ("..", picture(""), Code::InvalidArgument, "invalid_name"),
        ("a.png", too_large, Code::ResourceExhausted, "too_large"),
    ] {
        let refusal = delivery.upload(name, &content).await.unwrap_err();
        assert_eq!((refusal.code(), code_of(&refusal)), (status, code), "{name}");
    }
    eventually("nothing to be left", async || (suite.footprint().await == before).then_some(())).await;
}

/// Waits until an image is.
async fn being_received(data_dir: &Path) {
    let staging = data_dir.join("images/.staging");
    eventually("the image to be received", async || staging.read_dir().ok()?.next().map(drop)).await;
}

#[tokio::test]
async fn too_many_at_once_are_told_to_come_back() {
    let suite = Suite::with(&[("MAX_REQUESTS", "1")]).await;
    let delivery = Delivery::of(&suite.image);
    let (sender, mut receiver) = mpsc::channel(1);
    let slow = stream::poll_fn(move |cx| receiver.poll_recv(cx));
    let mut client = delivery.client.clone();
    let first = tokio::spawn(async move { client.upload_image(slow).await });
    let mut sent = messages("a.png", &picture("")).into_iter();
    sender.send(sent.next().unwrap()).await.unwrap();
    being_received(&suite.data_dir()).await;
    let refusal = delivery.list().await.unwrap_err();
    assert_eq!((refusal.code(), code_of(&refusal)), (Code::Unavailable, "busy"));
    sender.send(sent.next().unwrap()).await.unwrap();
    drop(sender);
    assert!(timeout(PATIENCE, first).await.unwrap().unwrap().is_ok());
    eventually("the place", async || delivery.list().await.ok()).await;
}

#[tokio::test]
async fn a_stop_finishes_the_upload_that_runs() {
    let mut programs = start_all(&[]);
    let image = programs.service("image").clone();
    let delivery = Delivery::of(&image);
    let (sender, mut receiver) = mpsc::channel(1);
    let mut client = delivery.client.clone();
    let slow = stream::poll_fn(move |cx| receiver.poll_recv(cx));
    let running = tokio::spawn(async move { client.upload_image(slow).await });
    let mut sent = messages("a.png", &picture("")).into_iter();
    sender.send(sent.next().unwrap()).await.unwrap();
    being_received(&programs.data_dir()).await;
    let program = programs.take("image");
    program.terminate();
    eventually("it no longer accepts", async || TcpStream::connect(image.address).is_err().then_some(()))
        .await;
    for message in sent {
        sender.send(message).await.unwrap();
    }
    drop(sender);
    let stored = timeout(PATIENCE, running).await.unwrap().unwrap().unwrap().into_inner();
    assert!(stored.created);
    let (status, _, log) = program.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(programs.data_dir().join("images/a.png").exists());
    programs.stop();
}
