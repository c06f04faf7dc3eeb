//! `listImages`.

use crate::world::{Server, World, app, client, list, png, refused, soon, upload};
use async_trait::async_trait;
use bytes::Bytes;
use hexad::{
    domain::{
        Timestamp,
        image::{ImageFormat, ImageName},
    },
    ports::{ImageContent, ImageMeta, ImageStore, StagedImage, Unavailable},
};
use hexad_grpc::proto::{Image, ListImagesRequest, image_delivery_client::ImageDeliveryClient};
use hexad_http::{App, Health, Limits};
use hexad_memory::Fault;
use std::{
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tonic::{Code, Streaming};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

async fn names(world: &World, limit: u32, cursor: &str) -> Vec<String> {
    let listed = list(&mut world.client(), limit, cursor).await.unwrap();
    listed.into_iter().map(|image| image.name).collect()
}

#[tokio::test]
async fn images_come_in_the_order_of_their_names_after_the_cursor_up_to_the_limit() {
    let world = World::new();
    for name in ["c.png", "a.png", "B.png", "d.png"] {
        upload(&mut world.client(), name, &png(2, 3, name.as_bytes())).await.unwrap();
    }
    let cases: [(u32, &str, &[&str]); 8] = [
        (0, "", &["B.png", "a.png", "c.png", "d.png"]),
        (1, "", &["B.png"]),
        (2, "B.png", &["a.png", "c.png"]),
        (100, "a.png", &["c.png", "d.png"]),
        (u32::MAX, "b.png", &["c.png", "d.png"]),
        (0, "d.png", &[]),
        (3, "a name that nobody has", &["a.png", "c.png", "d.png"]),
        (0, "日本", &[]),
    ];
    for (limit, cursor, expected) in cases {
        let listed = names(&world, limit, cursor).await;
        let expected: Vec<_> = expected.iter().filter(|name| **name > cursor).collect();
        assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{limit} after {cursor:?}");
    }
}

#[tokio::test]
async fn a_cursor_that_is_no_name_is_refused() {
    let world = World::new();
    for bad in ["a\0b".to_owned(), "x".repeat(1025)] {
        let status = list(&mut world.client(), 0, &bad).await.unwrap_err();
        refused(&status, Code::InvalidArgument, "invalid_cursor");
    }
}

#[tokio::test]
async fn what_others_stored_is_told_of_by_its_bytes() {
    let world = World::new();
    world.adopt("cat", png(2, 3, b""));
    world.adopt("page.png", b"<html>".to_vec());
    let listed = list(&mut world.client(), 0, "").await.unwrap();
    let told: Vec<_> =
        listed.iter().map(|image| (image.name.as_str(), image.content_type.as_str(), image.size)).collect();
    assert_eq!(told, [("cat", "image/png", 41), ("page.png", "application/octet-stream", 6)]);
}

#[tokio::test]
async fn an_outage_on_the_way_is_no_end_of_the_list() {
    let world = World::new();
    for number in 0..100 {
        world.adopt(&format!("{number:03}.png"), png(2, 3, b""));
    }
    world.faults.next("list", 1, Fault::BeforeEffect);
    refused(&list(&mut world.client(), 0, "").await.unwrap_err(), Code::Unavailable, "unavailable");

    let mut listed = world.client().list_images(ListImagesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.message().await.unwrap().unwrap().name, "000.png");
    world.faults.every_call(Fault::BeforeEffect);
    let status = loop {
        match listed.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a part of the list passes for the whole"),
            Err(status) => break status,
        }
    };
    refused(&status, Code::Unavailable, "unavailable");
    world.faults.recover();
    assert_eq!(names(&world, 0, "").await.len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_told_of_in_time() {
    let world = World::new();
    world.adopt("a.png", png(2, 3, b""));
    for method in ["list", "head"] {
        world.faults.hold(method);
        let begun = tokio::time::Instant::now();
        let status = list(&mut world.client(), 0, "").await.unwrap_err();
        refused(&status, Code::Unavailable, "unavailable");
        assert!(begun.elapsed().as_secs() < 5);
        world.faults.release();
    }
}

/// A list that has begun: the client has its first image, and nothing was asked of the store for it since.
async fn begun(world: &World) -> Streaming<Image> {
    let request = ListImagesRequest::default();
    let mut listed = world.client().list_images(request).await.unwrap().into_inner();
    assert!(listed.message().await.unwrap().is_some());
    listed
}

#[tokio::test]
async fn a_list_that_has_begun_waits_for_a_store_that_falters() {
    let world = World::new();
    for number in 0..1_500 {
        world.adopt(&format!("{number:04}.png"), png(2, 3, b""));
    }
    for method in ["list", "head", "read"] {
        let mut listed = begun(&world).await;
        world.faults.next(method, 3, Fault::BeforeEffect);
        let mut count = 1;
        while let Some(image) = listed.message().await.unwrap() {
            assert_eq!(image.name, format!("{count:04}.png"));
            count += 1;
        }
        assert_eq!(count, 1_500, "{method}");
    }
}

/// A store of many images, of which each third goes away before it is looked at.
#[derive(Default)]
struct Many {
    looks: AtomicUsize,
    /// How many names were asked for, each time.
    pages: Mutex<Vec<usize>>,
    /// How long it takes for each thousand names, which is what S3 gives in one piece.
    pause: Duration,
}

/// So many that no page holds them all, and no window.
const MANY: usize = 25_000;

#[async_trait]
impl ImageStore for Many {
    async fn stage(&self) -> Result<Box<dyn StagedImage>, Unavailable> {
        Err(Unavailable::new("this store", "it takes nothing"))
    }

    async fn head(&self, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable> {
        self.looks.fetch_add(1, SeqCst);
        let number: usize = name.as_str().trim_end_matches(".png").parse().unwrap();
        Ok(is_there(number).then(|| ImageMeta {
            name: name.clone(),
            size: 1,
            modified: Timestamp::UNIX_EPOCH,
            format: Some(ImageFormat::Png),
            tag: "x".to_owned(),
            sha256: None,
        }))
    }

    async fn read(&self, _: &ImageName, _: Option<Range<u64>>) -> Result<Option<ImageContent>, Unavailable> {
        Ok(None)
    }

    async fn list(&self, after: Option<&ImageName>, limit: usize) -> Result<Vec<ImageName>, Unavailable> {
        self.pages.lock().unwrap().push(limit);
        for _ in 0..limit.div_ceil(1_000) {
            tokio::time::sleep(self.pause).await;
        }
        let names = (0..MANY).map(|number| ImageName::from_stored(format!("{number:08}.png")));
        Ok(names.filter(|name| after.is_none_or(|after| name > after)).take(limit).collect())
    }
}

fn is_there(number: usize) -> bool {
    !number.is_multiple_of(3)
}

fn that_are_there(limit: usize) -> Vec<String> {
    (0..MANY)
        .filter(|number| is_there(*number))
        .map(|number| format!("{number:08}.png"))
        .take(limit)
        .collect()
}

impl Many {
    fn app(self: &Arc<Self>) -> App {
        app(self.clone(), &Health::new(hexad::Health::default()), Limits::default())
    }
}

async fn many() -> (Arc<Many>, Server) {
    let store = Arc::new(Many::default());
    let server = Server::start(store.app()).await;
    (store, server)
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_slow_is_not_taken_for_one_that_is_away() {
    let store = Arc::new(Many { pause: Duration::from_millis(1_300), ..Many::default() });
    let listed = list(&mut client(store.app()), 0, "").await.unwrap();
    assert_eq!(listed.len(), that_are_there(MANY).len());
}

/// A page costs a folder a pass over all of it.
#[tokio::test]
async fn no_page_is_asked_for_that_nobody_takes() {
    // After 0.png, 1.png and 2.png are there, and 3.png is not.
    for (limit, pages) in [(1, vec![1]), (2, vec![2]), (3, vec![3, 1])] {
        let store = Arc::new(Many::default());
        let listed = list(&mut client(store.app()), limit, "00000000.png").await.unwrap();
        assert_eq!(listed.len(), limit as usize);
        assert_eq!(*store.pages.lock().unwrap(), pages);
    }
}

#[tokio::test]
async fn a_long_list_is_complete_without_what_goes_away_meanwhile() {
    let (_, server) = many().await;
    let mut client = ImageDeliveryClient::with_origin(server.transport(), server.origin());
    for limit in [0, 7, 12_000] {
        let asked = ListImagesRequest { limit, cursor: String::new() };
        let mut listed = soon(client.list_images(asked)).await.unwrap().into_inner();
        let mut names = Vec::new();
        while let Some(image) = soon(listed.message()).await.unwrap() {
            assert_eq!(
                (image.url, image.sha256),
                (format!("{}images/{}", server.origin(), image.name), String::new())
            );
            names.push(image.name);
        }
        assert_eq!(names, that_are_there(if limit == 0 { MANY } else { limit as usize }));
    }
}

/// A client that takes nothing holds nothing up but itself: only what fits its window is ever made for it.
#[tokio::test]
async fn a_slow_reader_costs_no_memory() {
    let (store, server) = many().await;
    let client = server.by_frames().await;
    let request = crate::world::call(crate::world::LIST).body(()).unwrap();
    let (answer, mut body) = client.clone().send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(b"\0\0\0\0\0"), true).unwrap();
    let mut answer = soon(answer).await.unwrap().into_body();

    // Meanwhile others are served; by then all that is done ahead of the reader has been done.
    let mut health = HealthClient::with_origin(server.transport(), server.origin());
    let mut looks = 0;
    loop {
        for _ in 0..50 {
            soon(health.check(HealthCheckRequest::default())).await.unwrap();
        }
        let before = std::mem::replace(&mut looks, store.looks.load(SeqCst));
        if before == looks && looks > 0 {
            break;
        }
    }
    assert!(looks < MANY / 5, "{looks} images were looked at for nobody");

    let mut received = 0;
    while let Some(data) = soon(answer.data()).await {
        let data = data.unwrap();
        answer.flow_control().release_capacity(data.len()).unwrap();
        received += data.len();
    }
    assert!(received > 500_000, "{received} bytes");
    let trailers = soon(answer.trailers()).await.unwrap().unwrap();
    assert_eq!(trailers["grpc-status"], "0");
    assert_eq!(store.looks.load(SeqCst), MANY);
}
