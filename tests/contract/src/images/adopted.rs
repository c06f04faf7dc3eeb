//! What others put where the images are.

use super::{ImagesHarness, bytes_of, collect, content, list, must_create, name, publish, read};
use bytes::Bytes;
use hexad_domain::image::ImageName;
use hexad_ports::{ImageContent, ImageStore, Stored};
use std::{collections::HashMap, future::poll_fn};

/// What nobody uploads under, in no order; stores can hold all of them, or most.
const ODD: [&str; 17] = [
    "white space.png",
    " .png",
    "a+b.png",
    "100%.png",
    "%41.png",
    "日本.png",
    "e\u{301}.png",
    "_trailing_",
    "q?a=b&c=d#e.png",
    "<b>\"&';.png",
    "~[x]{y}|z^`.png",
    "back\\slash.png",
    "tab\t.png",
    "#1",
    "folder/cat.png",
    "folder/of folders/日本.png",
    "folder.png",
];

fn stored(text: &str) -> ImageName {
    ImageName::from_stored(text.to_owned())
}

pub async fn what_others_left_is_listed_and_read_whatever_its_name(harness: &dyn ImagesHarness) {
    let long = "n".repeat(250);
    let store = harness.store().await;
    must_create(store.as_ref(), &name("ours.png"), &bytes_of(0, 10)).await;
    let mut held = vec!["ours.png"];
    for text in ODD.into_iter().chain([long.as_str(), "plain.png"]) {
        if harness.leave(&stored(text), &bytes_of(held.len() as u64, 100)).await {
            held.push(text);
        }
    }
    assert!(held.contains(&"plain.png") && held.len() > 10, "{held:?}");

    let mut sorted = held.clone();
    sorted.sort_unstable();
    assert_eq!(list(store.as_ref(), None, 100).await, sorted);
    let mut by_one = Vec::new();
    while by_one.len() < held.len() {
        let page = list(store.as_ref(), by_one.last().map(|last: &String| stored(last)).as_ref(), 1).await;
        by_one.extend(page);
    }
    assert_eq!(by_one, sorted);

    for (seed, text) in held.iter().enumerate().skip(1) {
        let bytes = bytes_of(seed as u64, 100);
        let head = store.head(&stored(text)).await.expect("an answer").expect(text);
        assert_eq!((head.name.as_str(), head.size, head.format), (*text, 100, None));
        assert_eq!(read(store.as_ref(), &stored(text), None).await, Some(bytes.clone()), "{text}");
        assert_eq!(read(store.as_ref(), &stored(text), Some(7..9)).await, Some(bytes.slice(7..9)), "{text}");
    }
}

pub async fn what_others_left_is_never_overwritten(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let theirs = bytes_of(1, 70_000);
    assert!(harness.leave(&name("cat.png"), &theirs).await);
    assert_eq!(publish(store.as_ref(), &name("cat.png"), &theirs).await, Stored::Same);
    let mut other = theirs.to_vec();
    other[69_999] ^= 1;
    assert_eq!(publish(store.as_ref(), &name("cat.png"), &other.into()).await, Stored::Taken);
    assert_eq!(publish(store.as_ref(), &name("cat.png"), &theirs.slice(1..)).await, Stored::Taken);
    assert_eq!(read(store.as_ref(), &name("cat.png"), None).await, Some(theirs));
}

/// Others may replace what they left. What is told of an image is told of the bytes that come with it, all the same.
pub async fn a_read_tells_of_the_bytes_that_it_gives(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let cat = name("cat.png");
    let mut seen: HashMap<String, Bytes> = HashMap::new();
    for seed in 0..12 {
        assert!(harness.leave(&cat, &bytes_of(seed, 300_000 + seed as usize)).await);
        let before = content(store.as_ref(), &cat, None).await.expect("the image");
        // Replaced while it is read, by one of another size.
        let other = bytes_of(100 + seed, 200_000 + seed as usize);
        let (whole, left) = tokio::join!(collect_or_break(before), harness.leave(&cat, &other));
        assert!(left);
        for (tag, bytes) in whole.into_iter().chain(both(store.as_ref(), &cat).await) {
            assert_eq!(*seen.entry(tag).or_insert_with(|| bytes.clone()), bytes, "one tag, other bytes");
        }
    }
    assert!(seen.len() >= 12, "{} images had tags of their own", seen.len());
}

/// The tag and the bytes of what stands there, by a whole read and by one of its beginning.
async fn both(store: &dyn ImageStore, name: &ImageName) -> Vec<(String, Bytes)> {
    let mut told = Vec::new();
    for range in [None, Some(0..u64::MAX)] {
        let content = content(store, name, range).await.expect("the image");
        let (size, tag) = (content.meta.size, content.meta.tag.clone());
        let bytes = collect(content.bytes).await;
        assert_eq!(bytes.len() as u64, size);
        told.push((tag, bytes));
    }
    told
}

/// A store MAY end the reading of what was replaced with an error, but not with other bytes or too few.
async fn collect_or_break(content: ImageContent) -> Option<(String, Bytes)> {
    let ImageContent { meta, mut bytes, .. } = content;
    let mut all = Vec::new();
    while let Some(chunk) = poll_fn(|context| bytes.as_mut().poll_next(context)).await {
        all.extend_from_slice(&chunk.ok()?);
    }
    assert_eq!(all.len() as u64, meta.size);
    Some((meta.tag, all.into()))
}
