//! Questions to a store that is there, and not always well.

use crate::store::{Answer, Asked, Store, answer, late, refusal, silence, well};
use futures_util::TryStreamExt;
use hexad_object_store::{S3Images, S3Settings};
use hexad_ports::{
    Bytes, ImageStore, Prepare, Stored, Unavailable,
    domain::image::{ImageFormat, ImageName},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const CAT: &str = "/images/cat.png";

fn cat() -> ImageName {
    ImageName::parse("cat.png").unwrap()
}

async fn prepared(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> (Store, S3Images) {
    let store = Store::that(answers).await;
    let images = store.images();
    images.prepare().await.unwrap();
    (store, images)
}

async fn publish(images: &S3Images) -> Result<Stored, Unavailable> {
    let mut staged = images.stage().await.unwrap();
    staged.write(Bytes::from_static(b"cat")).await.unwrap();
    staged.seal().await.unwrap();
    staged.publish(&cat(), ImageFormat::Png).await
}

/// Answers the `PUT` of the image as told, one after the other, and that there is none.
fn to_uploads(answers: impl Fn(usize) -> Answer + Send + Sync + 'static) -> impl Fn(&Asked) -> Answer {
    let count = AtomicUsize::new(0);
    move |asked| match asked.what.strip_suffix(CAT) {
        Some("PUT ") => answers(count.fetch_add(1, Ordering::SeqCst)),
        Some("HEAD ") => refusal(404, ""),
        _ => well(asked),
    }
}

#[tokio::test]
async fn an_upload_says_all_that_the_store_has_to_know() {
    let (store, images) = prepared(to_uploads(|_| answer(200, ""))).await;
    assert_eq!(publish(&images).await.unwrap(), Stored::Created);
    let asked = store.asked();
    let put = asked.iter().find(|asked| asked.what == format!("PUT {CAT}")).unwrap();
    // printf cat | sha256sum
    let digest = "77af778b51abd4a3c51c5ddd97204a9c3ae614ebccb75a606c3b6865aed6744e";
    for (name, value) in [
        ("content-type", "image/png"),
        ("cache-control", "public, max-age=86400, immutable"),
        ("content-length", "3"),
        ("if-none-match", "*"),
        ("x-amz-content-sha256", digest),
        ("x-amz-meta-sha256", digest),
    ] {
        assert_eq!(put.header(name), Some(value), "{name}");
    }
    assert_eq!(put.header("transfer-encoding"), None);
    assert_eq!(put.header("x-amz-acl"), None);
    let signed = put.header("authorization").unwrap();
    assert!(signed.contains(
        "SignedHeaders=cache-control;content-type;host;if-none-match;x-amz-content-sha256;x-amz-date;"
    ));
}

#[tokio::test]
async fn a_store_that_is_busy_is_asked_again() {
    for (status, code) in [(503, "SlowDown"), (500, "InternalError"), (409, "ConditionalRequestConflict")] {
        let busy = move |tries| if tries < 2 { refusal(status, code) } else { answer(200, "") };
        let (_store, images) = prepared(to_uploads(busy)).await;
        assert_eq!(publish(&images).await.unwrap(), Stored::Created, "{code}");
    }
}

#[tokio::test]
async fn a_name_that_is_taken_and_free_by_turns_is_given_up() {
    let (store, images) = prepared(to_uploads(|_| refusal(412, "PreconditionFailed"))).await;
    publish(&images).await.unwrap_err();
    let tries = store.asked().iter().filter(|asked| asked.what == format!("PUT {CAT}")).count();
    assert!((2..=10).contains(&tries), "{tries}");
}

#[tokio::test]
async fn what_the_store_refuses_for_good_is_not_tried_again() {
    let (store, images) = prepared(to_uploads(|_| refusal(403, "AccessDenied"))).await;
    let refused = publish(&images).await.unwrap_err();
    let cause = std::error::Error::source(&refused).unwrap().to_string();
    assert_eq!(cause, "the store answers 403 AccessDenied: In words.");
    assert_eq!(store.asked().iter().filter(|asked| asked.what == format!("PUT {CAT}")).count(), 1);
}

#[tokio::test]
async fn a_question_that_fails_by_chance_is_asked_again() {
    let count = Arc::new(AtomicUsize::new(0));
    let (_store, images) = prepared(move |asked| match asked.what.strip_suffix(CAT) {
        Some("GET ") if count.fetch_add(1, Ordering::SeqCst) < 2 => refusal(500, "InternalError"),
        Some("GET ") => answer(200, "the cat").with("etag", "\"tag\""),
        _ => well(asked),
    })
    .await;
    let image = images.read(&cat(), None).await.unwrap().unwrap();
    assert_eq!((image.meta.size, image.meta.tag.as_str(), image.range), (7, "tag", 0..7));
    assert_eq!(image.bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat(), b"the cat");
}

#[tokio::test]
async fn a_bucket_that_is_gone_is_not_an_image_that_is_missing() {
    let gone = Arc::new(AtomicUsize::new(0));
    let since = Arc::clone(&gone);
    let (_store, images) =
        prepared(move |asked| match (since.load(Ordering::SeqCst), asked.what.split_once(' ')) {
            (0, _) => well(asked),
            (_, Some(("HEAD", _))) => answer(404, ""),
            _ => refusal(404, "NoSuchBucket"),
        })
        .await;
    gone.store(1, Ordering::SeqCst);
    assert!(images.head(&cat()).await.is_err());
    assert!(images.read(&cat(), None).await.is_err());
    assert!(images.read(&cat(), Some(0..0)).await.is_err());
    assert!(images.list(None, 1).await.is_err());
    assert!(publish(&images).await.is_err());
}

#[tokio::test]
async fn a_name_that_the_store_refuses_is_not_there() {
    for code in ["XMinioInvalidObjectName", "XMinioInvalidResourceName", "KeyTooLongError"] {
        // The answer to `HEAD` does not say why.
        let (_store, images) = prepared(move |asked| match asked.what.strip_suffix(CAT) {
            Some("HEAD ") => answer(400, ""),
            Some("GET ") => refusal(400, code),
            _ => well(asked),
        })
        .await;
        assert_eq!(images.head(&cat()).await.unwrap(), None, "{code}");
        assert!(images.read(&cat(), None).await.unwrap().is_none(), "{code}");
        assert!(images.read(&cat(), Some(1..4)).await.unwrap().is_none(), "{code}");
        assert!(images.read(&cat(), Some(0..0)).await.unwrap().is_none(), "{code}");
    }
}

#[tokio::test]
async fn a_question_that_the_store_refuses_for_another_reason_is_not_answered() {
    for (status, code) in [(400, "AuthorizationHeaderMalformed"), (400, ""), (403, "AccessDenied")] {
        let (_store, images) = prepared(move |asked| match asked.what.strip_suffix(CAT) {
            Some("HEAD ") => answer(status, ""),
            Some("GET ") => refusal(status, code),
            _ => well(asked),
        })
        .await;
        assert!(images.head(&cat()).await.is_err(), "{code}");
        assert!(images.read(&cat(), None).await.is_err(), "{code}");
    }
}

#[tokio::test]
async fn a_listing_begins_before_a_cursor_that_the_store_refuses() {
    let listing = "<ListBucketResult><Contents><Key>a/-</Key></Contents><Contents><Key>a/..</Key></Contents>\
                   <Contents><Key>a/..b</Key></Contents><Contents><Key>b</Key></Contents></ListBucketResult>";
    let (store, images) = prepared(move |asked| match asked.what.split_once("&start-after=") {
        Some((_, "a%2F..%2Fx")) => refusal(400, "XMinioInvalidResourceName"),
        Some(_) => answer(200, listing),
        None => well(asked),
    })
    .await;
    let after = ImageName::from_stored("a/../x".to_owned());
    let names = images.list(Some(&after), 10).await.unwrap();
    assert_eq!(names.iter().map(ImageName::as_str).collect::<Vec<_>>(), ["a/..b", "b"]);
    // Not from the beginning, and after nothing that would be missed.
    let asked = store.asked();
    let began = asked.last().unwrap().what.split_once("&start-after=").unwrap().1;
    assert_eq!(began, "a%2F-%F4%8F%BF%BF");
}

#[tokio::test]
async fn other_bytes_than_were_asked_for_are_refused() {
    let part = |range: &'static str| {
        move |asked: &Asked| match asked.header("range") {
            Some(_) => answer(206, "abc").with("content-range", range),
            None => well(asked),
        }
    };
    for range in ["bytes 0-2/10", "bytes 1-4/10", "bytes */10", "", "bytes 1-3/*"] {
        let (_store, images) = prepared(part(range)).await;
        assert!(images.read(&cat(), Some(1..4)).await.is_err(), "{range:?}");
    }
    let (_store, images) = prepared(part("bytes 1-3/10")).await;
    assert_eq!(images.read(&cat(), Some(1..4)).await.unwrap().unwrap().range, 1..4);
    // A store that gives all of it in place of a part.
    let (_store, images) = prepared(|asked| match asked.header("range") {
        Some(_) => answer(200, "abcdefghij"),
        None => well(asked),
    })
    .await;
    assert!(images.read(&cat(), Some(1..4)).await.is_err());
}

#[tokio::test]
async fn an_answer_without_end_is_not_kept() {
    let endless = format!("<ListBucketResult>{}</ListBucketResult>", " ".repeat(9 * 1024 * 1024));
    let (_store, images) =
        prepared(
            move |asked| {
                if asked.what.contains("max-keys=50") { answer(200, &endless) } else { well(asked) }
            },
        )
        .await;
    assert!(images.list(None, 1).await.is_err());
}

#[tokio::test]
async fn a_listing_that_has_begun_may_take_longer_than_one_that_has_not() {
    let first = "<ListBucketResult><Contents><Key>a.png</Key></Contents><IsTruncated>true</IsTruncated>\
                 <NextContinuationToken>token</NextContinuationToken></ListBucketResult>";
    let second = "<ListBucketResult><Contents><Key>z.png</Key></Contents></ListBucketResult>";
    let patience = Duration::from_millis(400);
    let store = Store::that(move |asked| match asked.what.split_once("max-keys=50") {
        Some((_, "")) => answer(200, first),
        Some((_, "&continuation-token=token")) => late(patience * 2, answer(200, second)),
        _ => well(asked),
    })
    .await;
    let images = S3Images::new(S3Settings { patience, ..store.settings.clone() }).unwrap();
    images.prepare().await.unwrap();
    let names = images.list(None, 10).await.unwrap();
    assert_eq!(names.iter().map(ImageName::as_str).collect::<Vec<_>>(), ["a.png", "z.png"]);
}

#[tokio::test]
async fn a_listing_that_does_not_begin_is_given_up() {
    let store =
        Store::that(|asked| if asked.what.contains("max-keys=50") { silence() } else { well(asked) }).await;
    let images =
        S3Images::new(S3Settings { patience: Duration::from_millis(300), ..store.settings.clone() }).unwrap();
    images.prepare().await.unwrap();
    assert!(images.list(None, 10).await.is_err());
    assert_eq!(store.asked().iter().filter(|asked| asked.what.contains("max-keys=50")).count(), 1);
}
