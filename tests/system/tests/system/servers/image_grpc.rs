//! Images by gRPC, in a bucket.

use super::Servers;
use futures_util::{StreamExt, TryStreamExt, stream};
use hexad_grpc::proto::ListImagesRequest;
use hexad_stage::{Mode, Proxy};
use hexad_system_tests::{Delivery, PATIENCE, code_of, eventually, messages, picture};
use std::time::{Duration, Instant};
use tokio::{sync::mpsc, time::timeout};
use tonic::Code;

/// The contract's time for an answer that a store is away.
const IN_TIME: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_knows_the_digests_and_a_store_that_is_away_is_told_of() {
    let servers = Servers::new().await;
    let proxy = Proxy::start(servers.s3.endpoint.strip_prefix("http://").unwrap()).await;
    let suite = servers.suite_with(&[("AWS_ENDPOINT_URL", &format!("http://{}", proxy.address()))]).await;
    let delivery = Delivery::of(&suite.image);
    let mut stored = Vec::new();
    for number in 0..40 {
        let name = format!("{number:02}.png");
        stored.push(delivery.upload(&name, &picture(&name)).await.unwrap().image.unwrap());
    }
    assert_eq!(delivery.list().await.unwrap(), stored);

    proxy.set(Mode::Refuse);
    for refusal in [delivery.upload("a.png", &picture("")).await.err(), delivery.list().await.err()] {
        let refusal = refusal.unwrap();
        assert_eq!((refusal.code(), code_of(&refusal)), (Code::Unavailable, "unavailable"));
    }
    proxy.set(Mode::Blackhole);
    let begun = Instant::now();
    // One that is there already: whatever becomes of it, the list stays as it is.
    let again = picture("00.png");
    let (upload, list) = tokio::join!(delivery.upload("00.png", &again), delivery.list());
    for refusal in [upload.err(), list.err()] {
        let refusal = refusal.unwrap();
        assert_eq!((refusal.code(), code_of(&refusal)), (Code::Unavailable, "unavailable"));
    }
    assert!(begun.elapsed() < IN_TIME, "it took {:?}", begun.elapsed());
    proxy.set(Mode::Pass);
    eventually("the list", async || (delivery.list().await.ok()? == stored).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_given_up_is_no_object() {
    let servers = Servers::new().await;
    let suite = servers.suite().await;
    let delivery = Delivery::of(&suite.image);
    let (sender, mut receiver) = mpsc::channel(1);
    let mut client = delivery.client.clone();
    let slow = stream::poll_fn(move |cx| receiver.poll_recv(cx));
    let running = tokio::spawn(async move { client.upload_image(slow).await });
    // Larger than any part of a multipart upload, if there were one.
    for message in messages("a.png", &[picture(""), vec![7; 15_000_000]].concat()) {
        timeout(PATIENCE, sender.send(message)).await.unwrap().unwrap();
    }
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    drop(sender);
    // What follows on the service finds nothing of it.
    for _ in 0..20 {
        assert_eq!(delivery.list().await.unwrap(), []);
        assert_eq!(suite.image.get("/images/a.png").send().await.status, 404);
    }
    let stored = delivery.upload("a.png", &picture("")).await.unwrap();
    assert_eq!((stored.created, stored.image.unwrap().name.as_str()), (true, "a.png"));
}

/// Of a bucket whose names come in two pages, the first of which a proxy that waits before each piece lets through in
/// less time than a client waits, and not both.
const MANY: usize = 2_000;
const SLOW: Mode = Mode::Delay(Duration::from_millis(150));

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_slow_and_then_silent_for_a_while_is_listed_to_its_end() {
    let servers = Servers::new().await;
    let proxy = Proxy::start(servers.s3.endpoint.strip_prefix("http://").unwrap()).await;
    let suite = servers.suite_with(&[("AWS_ENDPOINT_URL", &format!("http://{}", proxy.address()))]).await;
    let delivery = Delivery::of(&suite.image);
    let names: Vec<_> = (0..MANY).map(|number| format!("{number:04}.png")).collect();
    let upload = async |name: &String| delivery.upload(name, &picture(name)).await.map(drop);
    stream::iter(&names).map(upload).buffer_unordered(32).try_collect::<()>().await.unwrap();

    proxy.set(SLOW);
    let mut client = delivery.client.clone();
    let listed = timeout(PATIENCE, client.list_images(ListImagesRequest::default())).await.unwrap();
    let mut listed = listed.unwrap().into_inner();
    let mut received = vec![timeout(PATIENCE, listed.message()).await.unwrap().unwrap().unwrap().name];
    proxy.set(Mode::Blackhole);
    // What is on its way comes, and then nothing for longer than anybody waits to hear that a store is away.
    while let Ok(image) = timeout(IN_TIME, listed.message()).await {
        received.push(image.unwrap().unwrap().name);
    }
    assert!(received.len() < MANY, "nothing is left to wait for");
    proxy.set(Mode::Pass);
    while let Some(image) = timeout(PATIENCE, listed.message()).await.unwrap().unwrap() {
        received.push(image.name);
    }
    assert!(received == names, "all of them, each once");
}
