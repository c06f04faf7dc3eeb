//! What is staged is seen by nobody.

use super::{ImagesHarness, bytes_of, list, name, nothing_stays_staged, read, sealed};
use crate::run::at_once;
use hexad_domain::image::ImageFormat;
use hexad_ports::Stored;

pub async fn a_staged_image_is_neither_listed_nor_read(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    let (cat, bytes) = (name("cat.png"), bytes_of(1, 100_000));
    let mut staged = store.stage().await.expect("a stage");
    staged.write(bytes.clone()).await.expect("a write");
    assert_eq!(list(store.as_ref(), None, 10).await, [""; 0]);
    staged.seal().await.expect("a seal");
    assert_eq!(list(harness.store().await.as_ref(), None, 10).await, [""; 0]);
    assert_eq!(store.head(&cat).await.expect("an answer"), None);
    assert_eq!(staged.publish(&cat, ImageFormat::Png).await.expect("an answer"), Stored::Created);
    assert_eq!(list(harness.store().await.as_ref(), None, 10).await, ["cat.png"]);
}

pub async fn a_dropped_image_leaves_nothing(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    drop(store.stage().await.expect("a stage"));
    let mut written = store.stage().await.expect("a stage");
    written.write(bytes_of(1, 300_000)).await.expect("a write");
    drop(written);
    drop(sealed(store.as_ref(), &bytes_of(2, 300_000)).await);
    nothing_stays_staged(harness).await;
    assert_eq!(list(store.as_ref(), None, 10).await, [""; 0]);
}

pub async fn images_are_staged_side_by_side(harness: &dyn ImagesHarness) {
    let mut uploads = Vec::new();
    for number in 0..16 {
        let store = harness.store().await;
        uploads.push(async move {
            let (name, bytes) = (name(&format!("{number}.png")), bytes_of(number, 40_000));
            let mut staged = store.stage().await.expect("a stage");
            for piece in bytes.chunks(1_000) {
                staged.write(bytes.slice_ref(piece)).await.expect("a write");
                tokio::task::yield_now().await;
            }
            staged.seal().await.expect("a seal");
            let answer = staged.publish(&name, ImageFormat::Png).await.expect("an answer");
            (name, bytes, answer)
        });
    }
    for (name, bytes, answer) in at_once(uploads).await {
        assert_eq!(answer, Stored::Created);
        assert_eq!(read(harness.store().await.as_ref(), &name, None).await, Some(bytes));
    }
    nothing_stays_staged(harness).await;
}
