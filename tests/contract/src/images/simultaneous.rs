//! Of several that want one name at once, one has it.

use super::{ImagesHarness, bytes_of, list, name, nothing_stays_staged, read, sealed};
use crate::run::at_once;
use bytes::Bytes;
use hexad_domain::image::ImageFormat;
use hexad_ports::Stored;

async fn sixteen(harness: &dyn ImagesHarness, bytes: impl Fn(u64) -> Bytes) -> Vec<(Bytes, Stored)> {
    let mut publications = Vec::new();
    for number in 0..16 {
        let store = harness.store().await;
        let bytes = bytes(number);
        let mut staged = sealed(store.as_ref(), &bytes).await;
        publications.push(async move {
            let answer = staged.publish(&name("cat.png"), ImageFormat::Png).await.expect("an answer");
            (bytes, answer)
        });
    }
    at_once(publications).await
}

pub async fn of_sixteen_with_other_bytes_one_has_the_name(harness: &dyn ImagesHarness) {
    let answers = sixteen(harness, |number| bytes_of(number, 200_000)).await;
    let created: Vec<&Bytes> =
        answers.iter().filter(|(_, answer)| *answer == Stored::Created).map(|(bytes, _)| bytes).collect();
    let [winner] = created.as_slice() else { panic!("{} were created", created.len()) };
    assert_eq!(answers.iter().filter(|(_, answer)| *answer == Stored::Taken).count(), 15);
    assert!(read(harness.store().await.as_ref(), &name("cat.png"), None).await.as_ref() == Some(*winner));
    assert_eq!(list(harness.store().await.as_ref(), None, 100).await, ["cat.png"]);
    nothing_stays_staged(harness).await;
}

pub async fn of_sixteen_with_the_same_bytes_one_is_created(harness: &dyn ImagesHarness) {
    let answers = sixteen(harness, |_| bytes_of(7, 200_000)).await;
    assert_eq!(answers.iter().filter(|(_, answer)| *answer == Stored::Created).count(), 1);
    assert_eq!(answers.iter().filter(|(_, answer)| *answer == Stored::Same).count(), 15);
    nothing_stays_staged(harness).await;
}

pub async fn a_reader_sees_the_whole_of_an_image(harness: &dyn ImagesHarness) {
    let reader = harness.store().await;
    for round in 0..8 {
        let (name, bytes) = (name(&format!("{round}.png")), bytes_of(round, 1_000_000));
        let mut staged = sealed(harness.store().await.as_ref(), &bytes).await;
        let published = name.clone();
        let publisher =
            tokio::spawn(
                async move { staged.publish(&published, ImageFormat::Png).await.expect("an answer") },
            );
        loop {
            let finished = publisher.is_finished();
            match read(reader.as_ref(), &name, None).await {
                Some(seen) => assert!(seen == bytes, "{} of {} bytes", seen.len(), bytes.len()),
                None => assert!(!finished, "published, and not there"),
            }
            if finished {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(publisher.await.expect("the publisher"), Stored::Created);
    }
}
