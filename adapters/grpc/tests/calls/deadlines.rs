//! Calls whose time is over, and uploads that stand still.

use crate::world::{MOMENT, World, call, chunk, ended, info, png, refused, writing};
use axum::body::Body;
use hexad_grpc::proto::ListImagesRequest;
use hexad_http::Limits;
use std::time::Duration;
use tonic::{Code, Request};

fn within<T>(time: Duration, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(time);
    request
}

#[tokio::test]
async fn an_upload_whose_time_is_over_leaves_nothing() {
    let world = World::new();
    for method in ["stage", "write", "seal", "publish"] {
        world.faults.hold(method);
        let messages = futures_util::stream::iter([info("a.png"), chunk(png(2, 3, b""))]);
        let status = world.client().upload_image(within(MOMENT, messages)).await.unwrap_err();
        refused(&status, Code::DeadlineExceeded, "request_timeout");
        world.faults.release();
        world.keeps_nothing().await;
    }
    world.still_works().await;
}

#[tokio::test]
async fn a_list_whose_time_is_over_says_so_and_asks_the_store_no_more() {
    let world = World::new();
    world.adopt("a.png", png(2, 3, b""));
    world.faults.hold("head");
    let request = within(MOMENT, ListImagesRequest::default());
    let mut listed = world.client().list_images(request).await.unwrap().into_inner();
    refused(&listed.message().await.unwrap_err(), Code::DeadlineExceeded, "request_timeout");
    assert_eq!(listed.message().await.unwrap(), None, "it is said once");
}

#[tokio::test]
async fn a_call_in_time_is_answered_as_without_a_time() {
    let world = World::new();
    let messages = futures_util::stream::iter([info("a.png"), chunk(png(2, 3, b""))]);
    assert!(world.client().upload_image(within(Duration::from_secs(20), messages)).await.is_ok());
    let request = within(Duration::from_secs(20), ListImagesRequest::default());
    let mut listed = world.client().list_images(request).await.unwrap().into_inner();
    assert_eq!(listed.message().await.unwrap().unwrap().name, "a.png");
    assert_eq!(listed.message().await.unwrap(), None);
}

#[tokio::test]
async fn a_time_that_is_none_is_refused() {
    let world = World::new();
    for bad in ["", "soon", "1", "-1S", "123456789S"] {
        let call = call(crate::world::LIST).header("grpc-timeout", bad).body(Body::empty()).unwrap();
        refused(&ended(&world.app, call).await, Code::InvalidArgument, "malformed");
    }
}

#[tokio::test]
async fn an_upload_that_stands_still_is_ended() {
    let world = World::within(Limits { body_idle: MOMENT, ..Limits::default() });
    let (sender, messages) = writing();
    sender.send(info("a.png")).await.unwrap();
    let status = world.client().upload_image(messages).await.unwrap_err();
    refused(&status, Code::DeadlineExceeded, "request_timeout");
    world.keeps_nothing().await;
}

/// As long as it moves an upload may take longer than any other body.
#[tokio::test(start_paused = true)]
async fn a_slow_upload_is_taken_while_it_moves() {
    let world = World::new();
    let (sender, messages) = writing();
    tokio::spawn(async move {
        sender.send(info("a.png")).await.unwrap();
        sender.send(chunk(png(2, 3, b""))).await.unwrap();
        for _ in 0..30 {
            tokio::time::sleep(Duration::from_secs(10)).await;
            sender.send(chunk("more")).await.unwrap();
        }
    });
    let answer = world.client().upload_image(messages).await.unwrap().into_inner();
    assert_eq!(answer.image.unwrap().size, 41 + 30 * 4);
}
