//! What is published stands under its name, and stays.

use super::{
    ImagesHarness, bytes_of, digest, list, must_create, name, nothing_stays_staged, publish, read, sealed,
};
use bytes::Bytes;
use hexad_domain::image::ImageFormat;
use hexad_ports::Stored;

pub async fn a_published_image_is_read_as_it_was_sent(harness: &dyn ImagesHarness) {
    for (number, length) in [0, 1, 4_095, 4_096, 4_097, 1_000_000].into_iter().enumerate() {
        let (name, bytes) = (name(&format!("{length}.png")), bytes_of(number as u64, length));
        must_create(harness.store().await.as_ref(), &name, &bytes).await;
        let store = harness.store().await;
        assert_eq!(read(store.as_ref(), &name, None).await, Some(bytes));
        let meta = store.head(&name).await.expect("an answer").expect("the image");
        assert_eq!((meta.name, meta.size), (name, length as u64));
        assert!(matches!(meta.format, None | Some(ImageFormat::Png)), "{:?}", meta.format);
    }
    nothing_stays_staged(harness).await;
}

pub async fn a_sealed_image_knows_its_size_and_digest(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    // The digest of nothing (FIPS 180-4), so that this suite's own is held to something too.
    assert_eq!(digest(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for length in [0, 1, 70_000] {
        let bytes = bytes_of(9, length);
        let mut staged = store.stage().await.expect("a stage");
        staged.write(bytes.clone()).await.expect("a write");
        let sealed = staged.seal().await.expect("a seal");
        assert_eq!((sealed.size, sealed.sha256), (length as u64, digest(&bytes)));
    }
}

pub async fn an_image_of_many_pieces_is_whole(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let bytes = bytes_of(3, 3 * 1024 * 1024 + 7);
    let mut staged = store.stage().await.expect("a stage");
    let mut rest = bytes.clone();
    for length in [1, 0, 7, 64 * 1024, 64 * 1024, 1, 1_000_003].into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let piece = rest.split_to(length.min(rest.len()));
        staged.write(piece).await.expect("a write");
    }
    staged.write(Bytes::new()).await.expect("a write");
    let sealed = staged.seal().await.expect("a seal");
    assert_eq!((sealed.size, sealed.sha256), (bytes.len() as u64, digest(&bytes)));
    let name = name("pieces.png");
    assert_eq!(staged.publish(&name, ImageFormat::Png).await.expect("an answer"), Stored::Created);
    assert!(read(store.as_ref(), &name, None).await == Some(bytes), "the bytes differ");
}

pub async fn the_same_bytes_again_are_the_same(harness: &dyn ImagesHarness) {
    let (name, bytes) = (name("cat.png"), bytes_of(1, 50_000));
    must_create(harness.store().await.as_ref(), &name, &bytes).await;
    let before = harness.store().await.head(&name).await.expect("an answer");
    assert_eq!(publish(harness.store().await.as_ref(), &name, &bytes).await, Stored::Same);
    assert_eq!(harness.store().await.head(&name).await.expect("an answer"), before);
    assert_eq!(list(harness.store().await.as_ref(), None, 10).await, ["cat.png"]);
    nothing_stays_staged(harness).await;
}

pub async fn other_bytes_never_take_a_name(harness: &dyn ImagesHarness) {
    let (name, bytes) = (name("cat.png"), bytes_of(1, 50_000));
    must_create(harness.store().await.as_ref(), &name, &bytes).await;
    let mut last_differs = bytes.to_vec();
    last_differs[49_999] ^= 1;
    let mut longer = bytes.to_vec();
    longer.push(0);
    for other in [last_differs.into(), longer.into(), bytes.slice(..49_999), Bytes::new()] {
        assert_eq!(publish(harness.store().await.as_ref(), &name, &other).await, Stored::Taken);
    }
    assert_eq!(read(harness.store().await.as_ref(), &name, None).await, Some(bytes));
    nothing_stays_staged(harness).await;
}

pub async fn a_taken_name_leaves_the_image_to_another(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let (cat, other) = (bytes_of(1, 5_000), bytes_of(2, 5_000));
    must_create(store.as_ref(), &name("cat.png"), &cat).await;
    must_create(store.as_ref(), &name("cat-1.png"), &cat).await;
    let mut staged = sealed(store.as_ref(), &other).await;
    for (text, answer) in
        [("cat.png", Stored::Taken), ("cat-1.png", Stored::Taken), ("cat-2.png", Stored::Created)]
    {
        assert_eq!(staged.publish(&name(text), ImageFormat::Gif).await.expect("an answer"), answer);
    }
    drop(staged);
    assert_eq!(read(store.as_ref(), &name("cat-2.png"), None).await, Some(other));
    assert_eq!(list(store.as_ref(), None, 10).await, ["cat-1.png", "cat-2.png", "cat.png"]);
    nothing_stays_staged(harness).await;
}

pub async fn names_are_compared_exactly(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let long = "n".repeat(200);
    for (seed, text) in
        ["cat.png", "Cat.png", "cat.PNG", "cat.png.png", "cat", "-cat.png", &long].into_iter().enumerate()
    {
        must_create(store.as_ref(), &name(text), &bytes_of(seed as u64, 100)).await;
    }
    assert_eq!(read(store.as_ref(), &name("Cat.png"), None).await, Some(bytes_of(1, 100)));
    assert_eq!(read(store.as_ref(), &name(&long), None).await, Some(bytes_of(6, 100)));
}
