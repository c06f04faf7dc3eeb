//! Many images, among what others put there.

use crate::place::{Place, put};
use futures_util::{StreamExt, stream};
use hexad_ports::{Bytes, ImageStore, domain::image::ImageName};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_come_in_order_whoever_put_them_there() {
    let place = Place::new();
    let images = place.prepared().await;
    let names: Vec<String> = (0..2_500)
        .map(|number| match number % 50 {
            0 => format!("folder-{number}/cat.png"),
            1 => format!("{number} cat.png"),
            2 => format!("{number}日本.png"),
            _ => format!("{number}.png"),
        })
        .collect();
    // What marks a folder is no image, and what is ours is none of the images.
    place.put("an empty folder/", b"").await;
    stream::iter(&names).for_each_concurrent(16, |key| place.put(key, b"x")).await;

    let mut sorted: Vec<ImageName> = names.into_iter().map(ImageName::from_stored).collect();
    sorted.sort();
    assert_eq!(images.list(None, 10_000).await.unwrap(), sorted);
    for limit in [999, 1_000, 1_001] {
        let mut listed: Vec<ImageName> = Vec::new();
        loop {
            let page = images.list(listed.last(), limit).await.unwrap();
            if page.is_empty() {
                break;
            }
            assert!(page.len() == limit || listed.len() + page.len() == 2_500);
            listed.extend(page);
        }
        assert_eq!(listed, sorted, "by {limit}");
    }
    assert_eq!(images.list(Some(&sorted[2_498]), 10).await.unwrap(), sorted[2_499..]);
    assert_eq!(images.list(None, 0).await.unwrap(), []);
}

#[tokio::test]
async fn no_key_of_others_stops_the_listing() {
    let place = Place::new();
    let images = place.prepared().await;
    // What one may call an object, in byte order.
    let odd = ["...png", "<xml>&.png", "a\u{1}b.png", "a\nb.png", "a%b.png", "a+b.png", "a\\b.png"];
    for key in odd {
        place.put(key, b"x").await;
    }
    put(&images, "cat.png", &Bytes::from_static(b"cat")).await;
    let expected: Vec<String> = odd.into_iter().chain(["cat.png"]).map(str::to_owned).collect();
    let listed: Vec<String> =
        images.list(None, 10).await.unwrap().iter().map(|name| name.as_str().to_owned()).collect();
    assert_eq!(listed, expected);
    for pair in expected.windows(2) {
        let after = ImageName::from_stored(pair[0].clone());
        let next = images.list(Some(&after), 1).await.unwrap();
        assert_eq!(next, [ImageName::from_stored(pair[1].clone())]);
    }
}

#[tokio::test]
async fn what_is_the_stores_own_is_no_image() {
    let place = Place::new();
    let images = place.prepared().await;
    assert_eq!(images.list(None, 10).await.unwrap(), []);
    for key in [".hexad/kept", ".hexad/other", "..", "../cat.png", "folder/"] {
        let own = ImageName::from_stored(key.to_owned());
        assert_eq!(images.head(&own).await.unwrap(), None, "{key}");
        assert!(images.read(&own, None).await.unwrap().is_none(), "{key}");
    }
}
