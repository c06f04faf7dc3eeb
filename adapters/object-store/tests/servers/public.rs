//! What anybody may do with the bucket, without keys.

use crate::{
    place::{Place, bytes, put},
    warnings::Warnings,
};
use hexad_object_store::{BucketPolicy, S3Images, S3Settings};
use hexad_ports::{Prepare, Stored};
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn anybody_may_read_an_image_of_a_bucket_that_we_made_and_nothing_more() {
    let warnings = Warnings::listen();
    let place = Place::new();
    let images = place.prepared().await;
    let cat = bytes(1, 100_000);
    assert_eq!(put(&images, "cat.png", &cat).await, Stored::Created);

    let response = reqwest_get(&place, &format!("{}/cat.png", images.public_url())).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "image/png");
    assert_eq!(response.headers()["content-length"], "100000");
    assert!(response.bytes().await.unwrap() == cat);

    for (method, suffix) in [
        (Method::GET, ""),
        (Method::GET, "?list-type=2"),
        (Method::GET, "?policy"),
        (Method::GET, "?uploads"),
        (Method::PUT, "/new.png"),
        (Method::PUT, "/cat.png"),
        (Method::DELETE, "/cat.png"),
        (Method::POST, "/new.png?uploads"),
        (Method::DELETE, "?policy"),
        (Method::DELETE, ""),
    ] {
        let refused = place.anonymous(method.clone(), suffix).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{method} {suffix}");
    }
    assert_eq!(warnings.text(), "");
}

async fn reqwest_get(place: &Place, url: &str) -> reqwest::Response {
    let bucket = format!("/{}", place.settings.bucket);
    let suffix = url.split_once(&bucket).unwrap().1;
    place.anonymous(Method::GET, suffix).await
}

#[tokio::test]
async fn the_bucket_of_another_keeps_its_policy_and_the_log_warns() {
    let warnings = Warnings::listen();
    let place = Place::new();
    place.make_bucket().await;
    let images = place.prepared().await;
    assert!(warnings.text().contains("anonymous reads of the bucket's objects are refused"));
    assert!(warnings.text().contains("IMAGE_BUCKET_POLICY=apply"));

    let policy = place.owner(Method::GET, "?policy", None, b"").await;
    assert!(policy.text().await.unwrap().contains("NoSuchBucketPolicy"));
    // The service itself works.
    assert_eq!(put(&images, "cat.png", &bytes(1, 10)).await, Stored::Created);
    assert_eq!(place.anonymous(Method::GET, "/cat.png").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn where_it_is_asked_for_the_policy_is_set_on_any_bucket() {
    let warnings = Warnings::listen();
    let place = Place::new();
    place.make_bucket().await;
    place.put("cat.png", b"cat").await;
    let settings = S3Settings { policy: BucketPolicy::Apply, ..place.settings.clone() };
    S3Images::new(settings).unwrap().prepare().await.unwrap();

    assert_eq!(place.anonymous(Method::GET, "/cat.png").await.text().await.unwrap(), "cat");
    assert_eq!(place.anonymous(Method::GET, "?list-type=2").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(warnings.text(), "");

    // From now on it is public, and nobody has to be warned.
    place.prepared().await;
    assert_eq!(warnings.text(), "");
}

#[tokio::test]
async fn the_acl_is_sent_where_it_is_asked_for() {
    let warnings = Warnings::listen();
    let mut place = Place::new();
    place.settings.public_read_acl = true;
    place.make_bucket().await;
    let images = place.prepared().await;
    assert_eq!(put(&images, "cat.png", &bytes(1, 10)).await, Stored::Created);
    // MinIO takes it and ignores it: that is found out too.
    assert!(warnings.text().contains("anonymous reads of the bucket's objects are refused"));
}

#[tokio::test]
async fn any_number_may_prepare_one_bucket_at_once() {
    let place = Place::new();
    let preparations = (0..8).map(|_| place.prepared());
    let stores = futures_util::future::join_all(preparations).await;
    assert_eq!(put(&stores[7], "cat.png", &bytes(1, 10)).await, Stored::Created);
    assert_eq!(place.anonymous(Method::GET, "/cat.png").await.status(), StatusCode::OK);
    stores[0].prepare().await.unwrap();
}
