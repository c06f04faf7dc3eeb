//! Reading images, and parts of them.

use super::{ImagesHarness, bytes_of, content, must_create, name, read};
use hexad_domain::image::ImageName;

pub async fn an_unknown_name_is_not_found(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    must_create(store.as_ref(), &name("cat.png"), &bytes_of(1, 10)).await;
    let (long, longest) = ("n".repeat(256), "n".repeat(1_024));
    // Whatever a client asks for: a store is safe, and no name is an outage, though it may have no place for that one.
    for text in [
        "cat",
        "at.png",
        "cat.png.bak",
        "Cat.png",
        "..",
        ".",
        "",
        "../cat.png",
        "./cat.png",
        "a/../cat.png",
        "a/b",
        "a//b",
        "a/",
        "//",
        "/etc/passwd",
        "..\\x",
        "\\..\\",
        " .. ",
        "a\n",
        "\u{1}",
        "日本",
        &long,
        &longest,
    ] {
        let name = ImageName::from_stored(text.to_owned());
        assert_eq!(store.head(&name).await.expect("an answer"), None, "{text:?}");
        assert!(store.read(&name, None).await.expect("an answer").is_none(), "{text:?}");
        assert!(store.read(&name, Some(0..5)).await.expect("an answer").is_none(), "{text:?}");
    }
}

pub async fn a_range_is_cut_to_the_size(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let (name, bytes) = (name("cat.png"), bytes_of(1, 100_000));
    must_create(store.as_ref(), &name, &bytes).await;
    for (asked, given) in [
        (0..100_000, 0..100_000),
        (0..1, 0..1),
        (99_999..100_000, 99_999..100_000),
        (500..70_000, 500..70_000),
        (99_990..u64::MAX, 99_990..100_000),
        (0..0, 0..0),
        (7..7, 7..7),
    ] {
        let content = content(store.as_ref(), &name, Some(asked.clone())).await.expect("the image");
        assert_eq!(content.range, given, "{asked:?}");
        assert_eq!(content.meta.size, 100_000);
        let part = bytes.slice(given.start as usize..given.end as usize);
        assert_eq!(super::collect(content.bytes).await, part, "{asked:?}");
    }
    // What lies past the end has no bytes.
    for past in [100_000..100_001, 200_000..300_000, u64::MAX - 1..u64::MAX] {
        let content = content(store.as_ref(), &name, Some(past.clone())).await.expect("the image");
        assert!(content.range.is_empty(), "{past:?}: {:?}", content.range);
        assert_eq!(super::collect(content.bytes).await, "", "{past:?}");
    }
    let whole = content(store.as_ref(), &name, None).await.expect("the image");
    assert_eq!(whole.range, 0..100_000);
    assert_eq!(read(store.as_ref(), &name, None).await, Some(bytes));
}

pub async fn a_head_tells_what_a_read_tells(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let name = name("cat.png");
    must_create(store.as_ref(), &name, &bytes_of(1, 1_000)).await;
    let head = store.head(&name).await.expect("an answer").expect("the image");
    for range in [None, Some(0..10)] {
        let content = content(harness.store().await.as_ref(), &name, range).await.expect("the image");
        assert_eq!(content.meta, head);
    }
    assert!(!head.tag.is_empty());
    assert!(head.tag.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'), "{:?}", head.tag);
}

pub async fn a_kept_digest_is_that_of_the_bytes(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let (name, bytes) = (name("cat.png"), bytes_of(1, 1_000));
    must_create(store.as_ref(), &name, &bytes).await;
    if let Some(kept) = store.head(&name).await.expect("an answer").expect("the image").sha256 {
        assert_eq!(kept, super::digest(&bytes));
    }
}

pub async fn a_tag_tells_bytes_apart(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let mut tags = Vec::new();
    // As long as each other, and stored within the same moment.
    for seed in 0..10 {
        let name = name(&format!("{seed}.png"));
        must_create(store.as_ref(), &name, &bytes_of(seed, 1_000)).await;
        tags.push(store.head(&name).await.expect("an answer").expect("the image").tag);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 10);
}
