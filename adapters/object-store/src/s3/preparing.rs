//! The bucket: made where it is missing, readable by all, and proven to keep what it has.

use super::{
    BucketPolicy, Store,
    client::Call,
    failure::Failure,
    listing,
    mistake::{Doing, judge},
    staging::Staged,
    upload,
};
use hexad_ports::{Concern, Mistake, NotReady, error_chain};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, IF_NONE_MATCH},
};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::sleep;

/// An object by which the store is tried. It stays: then nobody needs the privilege to delete, and no two processes
/// that prepare are in each other's way.
const MARKER: &str = ".hexad/kept";

/// What the marker is with an ACL of its own, so that the ACL is tried too.
const MARKER_WITH_ACL: &str = ".hexad/kept-public-read";

/// The pauses before anonymous reads count as refused. Amazon takes a moment to heed a new policy.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(200), Duration::from_millis(800)];

pub(super) async fn prepare(store: &Store) -> Result<(), NotReady> {
    // A folder that is missing is found out now, and not by whoever uploads first.
    Staged::begin(store.settings.staging.as_deref()).await?;
    find_or_make_bucket(store).await?;
    set_policy(store).await?;
    require_create_only(store).await?;
    look_whether_public(store).await
}

async fn find_or_make_bucket(store: &Store) -> Result<(), NotReady> {
    let Err(failure) = store.client.within(listing::page(&store.client, None, None, 1)).await else {
        return Ok(());
    };
    if failure.refusal().is_none_or(|refusal| refusal.code != "NoSuchBucket") {
        return Err(judge(store, failure, Doing::List));
    }
    let region = &store.settings.region;
    // Amazon wants no constraint for its first region, and one for each other.
    let body = match region.as_str() {
        "us-east-1" => String::new(),
        _ => format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        ),
    };
    let call = Call { method: Method::PUT, body: body.into(), ..Call::default() };
    match store.client.within(store.client.ask_once(&call)).await {
        Ok(_) => {
            store.policy_due.store(true, Ordering::Relaxed);
            tracing::info!(bucket = store.bucket(), "made the bucket");
            Ok(())
        }
        Err(failure) => match failure.refusal().map(|refusal| refusal.code.as_str()) {
            // Another process of ours was faster, and sets the policy.
            Some("BucketAlreadyOwnedByYou") => Ok(()),
            _ => Err(judge(store, failure, Doing::CreateBucket)),
        },
    }
}

async fn set_policy(store: &Store) -> Result<(), NotReady> {
    let apply = store.settings.policy == BucketPolicy::Apply;
    if !apply && !store.policy_due.load(Ordering::Relaxed) {
        return Ok(());
    }
    let call = Call {
        method: Method::PUT,
        query: &[("policy", "")],
        headers: vec![(CONTENT_TYPE, "application/json".to_owned())],
        body: policy(store.bucket()).into(),
        ..Call::default()
    };
    match store.client.within(store.client.ask(&call)).await {
        Ok(_) => {
            tracing::info!(bucket = store.bucket(), "set the bucket's policy: anybody may read its objects")
        }
        Err(failure) => match judge(store, failure, Doing::PutBucketPolicy) {
            // Nobody asked for it: what it was to bring about is looked at below.
            NotReady::Mistake(mistake) if !apply => {
                tracing::warn!(%mistake, "the bucket's policy was not set")
            }
            not_ready => return Err(not_ready),
        },
    }
    store.policy_due.store(false, Ordering::Relaxed);
    Ok(())
}

/// Anonymous `GetObject` on the bucket's objects, and nothing else.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>
fn policy(bucket: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":["*"]}},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::{bucket}/*"]}}]}}"#
    )
}

/// A store that takes `If-None-Match` for nothing would overwrite one of two images that arrive at once.
async fn require_create_only(store: &Store) -> Result<(), NotReady> {
    let mut headers = vec![(IF_NONE_MATCH, "*".to_owned()), (CONTENT_TYPE, "text/plain".to_owned())];
    headers.extend(store.acl());
    let call = Call {
        method: Method::PUT,
        key: Some(marker(store)),
        headers,
        body: "Hexad tries by this object whether the store keeps what it has.\n".into(),
        ..Call::default()
    };
    // The first time it may be new; the second time it is there.
    for _ in 0..2 {
        match store.client.within(store.client.ask(&call)).await {
            Ok(_) => {}
            Err(failure) if upload::is_conflict(&failure) => return Ok(()),
            Err(failure) => return Err(judge(store, failure, Doing::PutObject)),
        }
    }
    let why = "the store ignores If-None-Match, so two uploads at once could overwrite each other: it needs a newer \
               release (MinIO and Amazon have it since 2024)";
    Err(Mistake::new(Concern::Content, why).into())
}

async fn look_whether_public(store: &Store) -> Result<(), NotReady> {
    let call = Call { key: Some(marker(store)), anonymous: true, ..Call::default() };
    for pause in PAUSES {
        sleep(pause).await;
        match store.client.within(store.client.ask(&call)).await {
            Ok(_) => return Ok(()),
            Err(Failure::Refused(refusal)) if refusal.status == StatusCode::FORBIDDEN => {}
            Err(failure) => {
                tracing::warn!(
                    cause = error_chain(&failure),
                    "cannot tell whether anybody may read the images"
                );
                return Ok(());
            }
        }
    }
    tracing::warn!(
        bucket = store.bucket(),
        "anonymous reads of the bucket's objects are refused, so the images' URLs work for nobody: give the bucket \
         a policy that allows s3:GetObject to all, or let this service set it (IMAGE_BUCKET_POLICY=apply)"
    );
    Ok(())
}

fn marker(store: &Store) -> &'static str {
    if store.settings.public_read_acl { MARKER_WITH_ACL } else { MARKER }
}

#[cfg(test)]
mod tests {
    use super::{super::object::is_image, *};
    use hexad_ports::domain::image::ImageName;

    #[test]
    fn no_image_has_the_name_of_a_marker() {
        for marker in [MARKER, MARKER_WITH_ACL] {
            assert!(!is_image(&ImageName::from_stored(marker.to_owned())), "{marker}");
            assert!(ImageName::parse(marker).is_err(), "{marker}");
        }
    }
}
