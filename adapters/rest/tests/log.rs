//! What the log says of an image that breaks off.
//!
//! A program of its own, with one subscriber from its start to its end, as a service has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use axum::{body::Body, extract::Request};
use hexad::{
    Images,
    domain::{Timestamp, image::ImageName},
};
use hexad_http::{Health, Origins, RequestIds};
use hexad_memory::{Fault, Faults, Faulty, ManualClock, MemoryImages};
use hexad_rest::image::{PublicUrl, app};
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
async fn an_image_that_breaks_off_leaves_its_cause_with_the_id_of_the_request() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).init();
    let images = Arc::new(MemoryImages::new(Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH))));
    images.adopt(ImageName::from_stored("a.png".into()), "bytes".into());
    let faults = Faults::default();
    let images = Arc::new(Images { store: Arc::new(Faulty::new(images, &faults)) });
    let health = Health::new(hexad::Health::default());
    let app = app(images, PublicUrl::default(), &health, RequestIds::new(1), Origins::Closed).build();

    let request = Request::get("/images/a.png").header("x-request-id", "the-id").body(Body::empty()).unwrap();
    let response = app.handle(request).await;
    assert_eq!(response.status(), 200);
    faults.every("bytes", Fault::BeforeEffect);
    assert!(response.into_body().collect().await.is_err());

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line = log.lines().find(|line| line.contains("an answer broke off")).expect("a line");
    assert!(line.contains("WARN") && line.contains("id=the-id"), "{line}");
    assert!(line.contains("cannot be reached: "), "the cause too: {line}");
}
