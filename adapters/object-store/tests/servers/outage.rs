//! A store that is away, hangs, and comes back.

use crate::{
    place::{Place, bytes, name, put, upload},
    proxy::{Mode, Proxy},
};
use futures_util::TryStreamExt;
use hexad_object_store::S3Images;
use hexad_ports::{ImageStore, Probe, StagedImage, Stored, Unavailable, domain::image::ImageFormat};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Within which a port says that its part is away.
const AWAY: Duration = Duration::from_millis(4_500);

/// Within which it works again.
const BACK: Duration = Duration::from_secs(5);

async fn place_behind_a_proxy() -> (Place, Proxy, S3Images) {
    let place = Place::new();
    let proxy = Proxy::start(place.settings.endpoint.as_deref().unwrap()).await;
    let images = place.prepared_by(&proxy.url()).await;
    put(&images, "cat.png", &bytes(1, 3_000_000)).await;
    (place, proxy, images)
}

async fn unavailable<T>(question: impl Future<Output = Result<T, Unavailable>>) {
    let asked = timeout(AWAY, question).await.expect("an answer within the time");
    assert!(asked.is_err(), "answered by nobody");
}

/// Every port at once, each with more than one question.
async fn everything_is_unavailable(images: &S3Images, staged: &mut Box<dyn StagedImage>) {
    let (cat, dog) = (name("cat.png"), name("dog.png"));
    tokio::join!(
        unavailable(images.check()),
        unavailable(images.head(&cat)),
        unavailable(images.head(&cat)),
        unavailable(images.read(&cat, None)),
        unavailable(images.read(&cat, Some(1..2))),
        unavailable(images.list(None, 10)),
        unavailable(staged.publish(&dog, ImageFormat::Png)),
    );
}

async fn is_back_soon(images: &S3Images) {
    let since = Instant::now();
    while images.check().await.is_err() {
        assert!(since.elapsed() < BACK, "still away");
        tokio::task::yield_now().await;
    }
    assert_eq!(images.list(None, 10).await.unwrap(), [name("cat.png")]);
    assert!(since.elapsed() < BACK);
}

async fn goes_and_comes_back(mode: Mode) {
    let (_place, proxy, images) = place_behind_a_proxy().await;
    let mut staged = upload(&images, &bytes(2, 1_000_000)).await;
    proxy.set(mode);
    everything_is_unavailable(&images, &mut staged).await;
    // Those that waited in vain have hung up.
    let hung_up = async {
        while proxy.connections() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(BACK, hung_up).await.expect("connections are left behind");
    proxy.pass();
    is_back_soon(&images).await;
    assert_eq!(staged.publish(&name("dog.png"), ImageFormat::Png).await.unwrap(), Stored::Created);
}

#[tokio::test]
async fn a_store_that_hangs_up_is_away_until_it_is_back() {
    goes_and_comes_back(Mode::Cut).await;
}

#[tokio::test]
async fn a_store_that_hangs_is_away_until_it_is_back() {
    goes_and_comes_back(Mode::Blackhole).await;
}

#[tokio::test]
async fn a_store_that_refuses_connections_is_away_until_it_is_back() {
    let place = Place::new();
    let store = place.settings.endpoint.as_deref().unwrap().strip_prefix("http://").unwrap();
    let proxy = hexad_stage::Proxy::start(store).await;
    let images = place.prepared_by(&format!("http://{}", proxy.address())).await;
    put(&images, "cat.png", &bytes(1, 10)).await;
    let mut staged = upload(&images, &bytes(2, 10)).await;
    // Those that are open are reset.
    proxy.set(hexad_stage::Mode::Refuse);
    everything_is_unavailable(&images, &mut staged).await;
    proxy.set(hexad_stage::Mode::Pass);
    is_back_soon(&images).await;
    assert_eq!(staged.publish(&name("dog.png"), ImageFormat::Png).await.unwrap(), Stored::Created);
}

#[tokio::test]
async fn an_image_that_stops_coming_ends_with_an_error() {
    let (_place, proxy, images) = place_behind_a_proxy().await;
    let read = images.read(&name("cat.png"), None).await.unwrap().unwrap();
    proxy.set(Mode::Blackhole);
    // What is under way still comes, and then nothing.
    let all = timeout(AWAY, read.bytes.try_for_each(async |_| Ok(()))).await.expect("an end");
    assert!(all.is_err(), "a part passed for the whole");
}

#[tokio::test]
async fn an_upload_that_stops_moving_is_given_up() {
    let (place, proxy, images) = place_behind_a_proxy().await;
    let mut staged = upload(&images, &bytes(2, 15_000_000)).await;
    let moving = proxy.went_up();
    let publication = tokio::spawn(async move { staged.publish(&name("dog.png"), ImageFormat::Png).await });
    while proxy.went_up() < moving + 1_000_000 {
        tokio::task::yield_now().await;
    }
    proxy.set(Mode::Stop);
    unavailable(async { publication.await.unwrap() }).await;
    proxy.pass();
    assert_eq!(images.head(&name("dog.png")).await.unwrap(), None);
    assert_eq!(place.unfinished_in_store().await, 0);
    assert_eq!(place.files_received(), 0);
}

#[tokio::test]
async fn a_slow_upload_takes_as_long_as_it_moves() {
    let mut place = Place::new();
    place.settings.patience = Duration::from_secs(3);
    let proxy = Proxy::start(place.settings.endpoint.as_deref().unwrap()).await;
    let images = place.prepared_by(&proxy.url()).await;
    let mut staged = upload(&images, &bytes(3, 20_000_000)).await;
    proxy.set(Mode::Slow);
    let since = Instant::now();
    assert_eq!(staged.publish(&name("slow.png"), ImageFormat::Png).await.unwrap(), Stored::Created);
    assert!(since.elapsed() > place.settings.patience, "too fast to show anything");
}
