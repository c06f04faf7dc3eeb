//! What an operator gets wrong, as the real store tells it.

use crate::place::Place;
use hexad_object_store::{S3Images, S3Settings};
use hexad_ports::{Concern, ImageStore, NotReady, Prepare, Probe};
use tokio::net::TcpListener;

async fn prepare(settings: S3Settings) -> NotReady {
    S3Images::new(settings).unwrap().prepare().await.unwrap_err()
}

async fn concern(settings: S3Settings) -> Concern {
    let secret = settings.secret_key.clone();
    let mistake = match prepare(settings).await {
        NotReady::Mistake(mistake) => mistake,
        NotReady::Away(away) => panic!("no mistake, but {away:?}"),
    };
    let why = mistake.to_string();
    assert!(!why.contains(&secret) && !why.contains('\n'), "{why}");
    mistake.about
}

#[tokio::test]
async fn each_mistake_leads_to_its_setting() {
    let place = Place::new();
    let right = place.settings.clone();
    let wrong = S3Settings { secret_key: "not that one".to_owned(), ..right.clone() };
    assert_eq!(concern(wrong).await, Concern::Credentials);
    let wrong = S3Settings { access_key: "nobody-here".to_owned(), ..right.clone() };
    assert_eq!(concern(wrong).await, Concern::Credentials);
    let wrong = S3Settings { bucket: "No_Such.Name".to_owned(), ..right.clone() };
    assert_eq!(concern(wrong).await, Concern::Name);
    let wrong = S3Settings { bucket: "x".to_owned(), ..right.clone() };
    assert_eq!(concern(wrong).await, Concern::Name);
    let encrypted = right.endpoint.as_deref().unwrap().replace("http:", "https:");
    let wrong = S3Settings { endpoint: Some(encrypted), ..right };
    assert_eq!(concern(wrong).await, Concern::Encryption);
}

#[tokio::test]
async fn a_store_that_is_not_there_may_come() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let place = Place::new();
    let away = S3Settings { endpoint: Some(format!("http://{closed}")), ..place.settings.clone() };
    assert!(matches!(prepare(away).await, NotReady::Away(_)));
    let nameless = S3Settings { endpoint: Some("http://store.invalid".to_owned()), ..place.settings.clone() };
    assert!(matches!(prepare(nameless).await, NotReady::Away(_)));
}

#[tokio::test]
async fn nothing_works_before_it_is_prepared() {
    let place = Place::new();
    let images = place.images();
    assert!(images.stage().await.is_err());
    assert!(images.list(None, 1).await.is_err());
    assert!(images.check().await.is_err());
    images.prepare().await.unwrap();
    images.check().await.unwrap();
}
