//! What an operator has to mend, and what passes.

use crate::store::{Answer, Asked, Store, answer, refusal, well};
use hexad_object_store::{BucketPolicy, S3Images, S3Settings};
use hexad_ports::{Concern, Mistake, NotReady, Prepare, Probe};

async fn mistake(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Mistake {
    let store = Store::that(answers).await;
    judged(store.images().prepare().await.unwrap_err())
}

fn judged(not_ready: NotReady) -> Mistake {
    match not_ready {
        NotReady::Mistake(mistake) => {
            let why = mistake.to_string();
            assert!(!why.contains("top-secret") && !why.contains('\n'), "{why}");
            mistake
        }
        NotReady::Away(away) => panic!("no mistake, but {away:?}"),
    }
}

#[tokio::test]
async fn a_no_to_the_listing_tells_what_is_wrong() {
    for (status, code, about, told) in [
        (403, "AccessDenied", Concern::Privilege, "s3:ListBucket"),
        (403, "InvalidAccessKeyId", Concern::Credentials, "access key"),
        (403, "SignatureDoesNotMatch", Concern::Credentials, "secret key"),
        (403, "RequestTimeTooSkewed", Concern::Credentials, "clock"),
        (400, "InvalidBucketName", Concern::Name, "\"images\""),
        (301, "PermanentRedirect", Concern::Address, "us-east-1"),
        (403, "OfAnotherKind", Concern::Content, "OfAnotherKind"),
    ] {
        let mistake =
            mistake(move |asked| if asked.lists() { refusal(status, code) } else { well(asked) }).await;
        assert_eq!(mistake.about, about, "{code}: {mistake}");
        assert!(mistake.why.contains(told), "{mistake}");
    }
}

#[tokio::test]
async fn a_bucket_of_another_region_tells_which() {
    let elsewhere = |_: &Asked| refusal(301, "PermanentRedirect").with("x-amz-bucket-region", "eu-west-3");
    let mistake = mistake(elsewhere).await;
    assert_eq!(mistake.about, Concern::Address);
    assert!(mistake.why.contains("eu-west-3") && mistake.why.contains("us-east-1"), "{mistake}");
}

#[tokio::test]
async fn what_is_no_s3_is_told_by_its_answers() {
    for (status, body, about) in [
        (200, "<html>It works!</html>", Concern::Address),
        (404, "<html>nginx</html>", Concern::Address),
        (204, "", Concern::Address),
        // As Go's and nginx's servers say it.
        (400, "Client sent an HTTP request to an HTTPS server.\n", Concern::Encryption),
        (400, "<html>The plain HTTP request was sent to HTTPS port</html>", Concern::Encryption),
    ] {
        let mistake = mistake(move |_| answer(status, body)).await;
        assert_eq!(mistake.about, about, "{body}: {mistake}");
    }
}

#[tokio::test]
async fn the_bucket_of_a_stranger_cannot_be_made() {
    for (status, code, about) in
        [(409, "BucketAlreadyExists", Concern::Name), (403, "AccessDenied", Concern::Privilege)]
    {
        let mistake = mistake(move |asked| match asked.what.as_str() {
            "PUT /images" => refusal(status, code),
            _ if asked.lists() => refusal(404, "NoSuchBucket"),
            _ => well(asked),
        })
        .await;
        assert_eq!(mistake.about, about, "{mistake}");
    }
}

#[tokio::test]
async fn a_key_that_may_not_write_is_found_out_at_the_start() {
    let readonly = |asked: &Asked| if asked.tries() { refusal(403, "AccessDenied") } else { well(asked) };
    let mistake = mistake(readonly).await;
    assert_eq!(mistake.about, Concern::Privilege);
    assert!(mistake.why.contains("s3:PutObject"), "{mistake}");
}

#[tokio::test]
async fn a_store_that_would_overwrite_is_refused() {
    // One takes the condition for nothing, the other says that it knows none.
    for (status, code) in [(200, ""), (501, "NotImplemented")] {
        let heedless = move |asked: &Asked| if asked.tries() { refusal(status, code) } else { well(asked) };
        assert_eq!(mistake(heedless).await.about, Concern::Content, "{status}");
    }
}

#[tokio::test]
async fn a_store_that_is_not_well_yet_may_become_so() {
    for (status, code) in [(503, "XMinioServerNotInitialized"), (500, "InternalError"), (503, "SlowDown")] {
        let store = Store::that(move |_| refusal(status, code)).await;
        let images = store.images();
        assert!(matches!(images.prepare().await.unwrap_err(), NotReady::Away(_)), "{code}");
        assert!(images.check().await.is_err());
    }
}

#[tokio::test]
async fn a_policy_that_was_asked_for_and_refused_is_a_mistake() {
    let blocked = |asked: &Asked| {
        if asked.what.contains("?policy") { refusal(403, "AccessDenied") } else { well(asked) }
    };
    let store = Store::that(blocked).await;
    let settings = S3Settings { policy: BucketPolicy::Apply, ..store.settings.clone() };
    let mistake = judged(S3Images::new(settings).unwrap().prepare().await.unwrap_err());
    assert_eq!(mistake.about, Concern::Privilege);
    assert!(mistake.why.contains("s3:PutBucketPolicy"), "{mistake}");

    // Nobody asked for it on a bucket that is there.
    store.images().prepare().await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_was_made_gets_its_policy_even_if_only_the_next_time() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let policies = AtomicUsize::new(0);
    let made = AtomicUsize::new(0);
    let store = Store::that(move |asked| match asked.what.as_str() {
        "PUT /images" => {
            made.fetch_add(1, Ordering::SeqCst);
            answer(200, "")
        }
        "PUT /images?policy=" => match policies.fetch_add(1, Ordering::SeqCst) {
            // All the tries of the first time.
            0..3 => refusal(503, "SlowDown"),
            _ => answer(204, ""),
        },
        _ if asked.lists() && made.load(Ordering::SeqCst) == 0 => refusal(404, "NoSuchBucket"),
        _ => well(asked),
    })
    .await;
    let images = store.images();
    assert!(matches!(images.prepare().await.unwrap_err(), NotReady::Away(_)));
    images.prepare().await.unwrap();
    let asked = store.asked();
    assert_eq!(asked.iter().filter(|asked| asked.what == "PUT /images").count(), 1);
    let policies: Vec<&Asked> = asked.iter().filter(|asked| asked.what == "PUT /images?policy=").collect();
    assert_eq!(policies.len(), 4);
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html, for all who ask.
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::images/*"]}]}"#;
    assert_eq!(policies[3].body, policy);

    // It is not set again, as somebody may have changed it meanwhile.
    images.prepare().await.unwrap();
    assert_eq!(store.asked().iter().filter(|asked| asked.what == "PUT /images?policy=").count(), 4);
}

#[tokio::test]
async fn the_region_is_said_where_a_bucket_is_made_elsewhere() {
    // As https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html has it.
    let constraint = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                      <LocationConstraint>eu-west-3</LocationConstraint></CreateBucketConfiguration>";
    for (region, body) in [("us-east-1", ""), ("eu-west-3", constraint)] {
        let made = |asked: &Asked| if asked.lists() { refusal(404, "NoSuchBucket") } else { well(asked) };
        let store = Store::that(made).await;
        let settings = S3Settings { region: region.to_owned(), ..store.settings.clone() };
        S3Images::new(settings).unwrap().prepare().await.unwrap();
        let asked = store.asked();
        let made = asked.iter().find(|asked| asked.what == "PUT /images").unwrap();
        assert_eq!(made.body, body);
        assert!(made.header("authorization").unwrap().contains(&format!("/{region}/s3/aws4_request")));
    }
}
