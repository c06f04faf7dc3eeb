//! What the log says of calls that fail.
//!
//! A program of its own, with one subscriber from its start to its end, as a service has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use axum::{Router, body::Body, extract::Request};
use hexad::{
    Images,
    domain::{Timestamp, image::ImageName},
};
use hexad_grpc::image::beside;
use hexad_http::{App, Health, RequestIds, image::PublicUrl};
use hexad_memory::{Fault, Faults, Faulty, ManualClock, MemoryImages};
use http::Version;
use http_body_util::BodyExt;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_call_that_fails_leaves_its_cause_with_the_id_of_the_request() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).init();
    let images = Arc::new(MemoryImages::new(Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH))));
    images.adopt(ImageName::from_stored("a.png".into()), "bytes".into());
    let faults = Faults::default();
    let images = Arc::new(Images { store: Arc::new(Faulty::new(images, &faults)) });
    let health = Health::new(hexad::Health::default());
    let app = App::builder("image", Router::new(), RequestIds::new(1));
    let app = beside(app, images, PublicUrl::default(), &health).build();
    let call = |method: &str, id: &str, messages: &'static [u8]| {
        let request = Request::post(format!("http://x/hexad.image.v1.ImageDelivery/{method}"));
        let request = request.version(Version::HTTP_2).header("content-type", "application/grpc");
        request.header("x-request-id", id).body(Body::from(messages)).unwrap()
    };

    // One fails while its answer is on its way, the other before it.
    let response = app.handle(call("listImages", "the-list", b"\0\0\0\0\0")).await;
    faults.every("head", Fault::BeforeEffect);
    response.into_body().collect().await.unwrap();
    faults.every("stage", Fault::BeforeEffect);
    app.handle(call("uploadImage", "the-upload", b"\0\0\0\0\x09\x0a\x07\x0a\x05a.png")).await;

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for id in ["the-list", "the-upload"] {
        let mut told = log.lines().filter(|line| line.contains("WARN") && line.contains(&format!("id={id}")));
        let line = told.next().expect("a line");
        assert!(line.contains("this failure was asked for"), "with the cause: {line}");
        assert_eq!(told.next(), None, "and once");
    }
    let answered = log.lines().find(|line| line.contains("answered") && line.contains("the-upload")).unwrap();
    assert!(answered.contains("/hexad.image.v1.ImageDelivery/uploadImage"), "{answered}");
    assert!(answered.contains("status=200 grpc=\"14\""), "{answered}");
}
