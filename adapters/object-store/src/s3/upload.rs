//! An image on its way in.
//!
//! Images are bounded, and a `PUT` to S3 shows all of an object or nothing, so one `PUT` publishes: with
//! `If-None-Match: *` it fails where the name is taken, and with the digest in its signature nothing that was cut or
//! changed on the way is ever stored. There are no parts, so none are ever abandoned.

use super::{
    Store,
    client::Call,
    failure::{Failure, unavailable},
    object::SHA256,
    reading,
    staging::{Staged, Whole},
};
use futures_util::TryStreamExt;
use hexad_ports::{
    Bytes, Sealed, StagedImage, Stored, Unavailable, async_trait,
    domain::image::{ImageFormat, ImageName, KEPT_FOR},
};
use reqwest::{
    Body, Method, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, IF_NONE_MATCH},
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};

/// The pauses before publishing begins again: the store was busy, or the image that stood in the way was gone on a
/// closer look.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(500)];

pub(super) struct Upload {
    store: Arc<Store>,
    state: State,
}

enum State {
    Receiving(Staged),
    Whole(Whole),
    /// Sealing has failed, or was given up halfway.
    Lost,
}

impl Upload {
    pub(super) async fn begin(store: Arc<Store>) -> Result<Self, Unavailable> {
        let staged = Staged::begin(store.settings.staging.as_deref()).await?;
        Ok(Upload { store, state: State::Receiving(staged) })
    }
}

#[async_trait]
impl StagedImage for Upload {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Unavailable> {
        match &mut self.state {
            State::Receiving(staged) => staged.write(chunk).await,
            State::Whole(_) | State::Lost => Err(unavailable("the upload is sealed, or has failed before")),
        }
    }

    async fn seal(&mut self) -> Result<Sealed, Unavailable> {
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Receiving(staged) => {
                let whole = staged.seal().await?;
                let sealed = whole.sealed();
                self.state = State::Whole(whole);
                Ok(sealed)
            }
            State::Whole(_) | State::Lost => Err(unavailable("the upload is sealed, or has failed before")),
        }
    }

    async fn publish(&mut self, name: &ImageName, format: ImageFormat) -> Result<Stored, Unavailable> {
        let State::Whole(whole) = &self.state else {
            return Err(unavailable("only what is sealed can be published"));
        };
        ImageName::parse(name.as_str()).map_err(unavailable)?;
        Ok(publish(&self.store, whole, name, format).await?)
    }
}

/// Closing a large file that has no name frees its blocks, which the thread that drops may not wait for.
impl Drop for Upload {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut self.state, State::Lost);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || drop(state));
        }
    }
}

async fn publish(
    store: &Store,
    whole: &Whole,
    name: &ImageName,
    format: ImageFormat,
) -> Result<Stored, Failure> {
    let mut failed = Failure::Unmade("the name is taken and free by turns".to_owned());
    for pause in PAUSES {
        sleep(pause).await;
        // Only to spare the way of the bytes: what decides is the condition of the request below.
        if let Some(found) = found(store, whole, name).await? {
            return Ok(found);
        }
        match put(store, whole, name, format).await {
            Ok(()) => return Ok(Stored::Created),
            // The store may have answered before all was sent and hung up, or its answer was lost on the way. What
            // stands there now tells; if it is nothing, it may still appear.
            Err(failure @ Failure::Lost(_)) => return found(store, whole, name).await?.ok_or(failure),
            Err(failure) if is_conflict(&failure) || failure.passes() => failed = failure,
            Err(failure) => return Err(failure),
        }
    }
    Err(failed)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
async fn put(store: &Store, whole: &Whole, name: &ImageName, format: ImageFormat) -> Result<(), Failure> {
    let mut headers = vec![
        (CONTENT_TYPE, format.media_type().to_owned()),
        // For whoever fetches it straight from the store.
        (CACHE_CONTROL, format!("public, max-age={}, immutable", KEPT_FOR.as_secs())),
        (CONTENT_LENGTH, whole.size.to_string()),
        (IF_NONE_MATCH, "*".to_owned()),
        (HeaderName::from_static(SHA256), whole.sha256()),
    ];
    headers.extend(store.acl());
    let call = Call { method: Method::PUT, key: Some(name.as_str()), headers, ..Call::default() };
    let moved = Arc::new(Notify::new());
    let body = Body::wrap_stream(whole.bytes(Arc::clone(&moved)));
    store.client.send(&call, &whole.digest, body, &moved).await.map(drop)
}

/// The condition did not hold (412), or another upload to the name was under way (409, Amazon's
/// `ConditionalRequestConflict`).
pub(super) fn is_conflict(failure: &Failure) -> bool {
    failure.refusal().is_some_and(|refusal| {
        matches!(refusal.status, StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT)
    })
}

/// Whether what stands under the name is the same; `None` where nothing does.
async fn found(store: &Store, whole: &Whole, name: &ImageName) -> Result<Option<Stored>, Failure> {
    let client = &store.client;
    let Some(meta) = client.within(reading::head(client, name)).await? else {
        return Ok(None);
    };
    if meta.size != whole.size {
        return Ok(Some(Stored::Taken));
    }
    let same = match meta.sha256 {
        Some(sha256) => sha256 == whole.sha256(),
        None => match client.within(reading::read(client, name, None)).await? {
            Some(content) => {
                let hash = content.bytes.try_fold(Sha256::new(), async |mut hasher, chunk| {
                    hasher.update(&chunk);
                    Ok(hasher)
                });
                let hash = hash.await.map_err(|error| Failure::Strange(error.to_string()))?;
                hash.finalize() == whole.digest
            }
            None => return Ok(None),
        },
    };
    Ok(Some(if same { Stored::Same } else { Stored::Taken }))
}
