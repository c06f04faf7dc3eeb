//! Many images, among what is none.

use crate::place::{Place, name, put};
use futures_util::{StreamExt, stream};
use hexad_ports::{Bytes, ImageStore, domain::image::ImageName};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_come_in_order_and_nothing_else_does() {
    let place = Place::new();
    let images = place.prepared().await;
    let names: Vec<String> = (0..2_500).map(|number| format!("{number}.png")).collect();
    let others = (0..150).map(|number| match number % 3 {
        0 => format!("folder-{number}/cat.png"),
        // Sorts among the names, and is none.
        1 => format!("{number}%20cat.png"),
        _ => format!("{number}%E6%97%A5%E6%9C%AC.png"),
    });
    let keys: Vec<String> = names.iter().cloned().chain(others).collect();
    stream::iter(&keys).for_each_concurrent(16, |key| place.put(key, b"x")).await;

    let mut sorted: Vec<ImageName> = names.iter().map(|text| name(text)).collect();
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
    // What one may call an object, and what no image is called.
    for key in ["a%01b.png", "a%0Ab.png", "a%2Bb.png", "a%25b.png", "%3Cxml%3E%26.png", "...png", "a%5Cb.png"]
    {
        place.put(key, b"x").await;
    }
    put(&images, "cat.png", &Bytes::from_static(b"cat")).await;
    assert_eq!(images.list(None, 10).await.unwrap(), [name("cat.png")]);
    assert_eq!(images.list(None, 1).await.unwrap(), [name("cat.png")]);
}
