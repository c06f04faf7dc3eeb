//! Images as the objects of one bucket, in MinIO or any other S3.

mod client;
mod failure;
mod listing;
mod mistake;
mod object;
mod preparing;
mod reading;
mod settings;
mod staging;
mod upload;

use client::{Call, Client};
use failure::unavailable;
use hexad_ports::{
    ImageContent, ImageMeta, ImageStore, Mistake, NotReady, Prepare, Probe, StagedImage, Unavailable,
    async_trait,
    domain::{Timestamp, image::ImageName},
};
use object_store::aws::AwsCredential;
use reqwest::{Method, header::HeaderName};
use std::{
    fmt,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;
use upload::Upload;

pub use settings::{BucketPolicy, S3Settings};

/// How long preparing may take in all.
const PREPARATION: Duration = Duration::from_secs(9);

/// Images in a bucket, which any number of processes may share.
///
/// The images are the objects of the bucket, whoever put them there, whose keys a URL can lead to
/// ([`ImageName::is_addressable`]): what marks a folder is none. One object is this store's own, a few bytes under
/// `.hexad/`, and neither listed nor served: by it, [`prepare`](Prepare::prepare) tries whether the store honours
/// `If-None-Match`, which is what keeps an image from being overwritten, and whether anybody may read.
///
/// An image is received into a nameless file on this machine, and sent to the store when it is published, in one
/// request. Memory is constant. Multipart uploads are never made, and those of others are left alone.
///
/// A store that is silent for [`S3Settings::patience`] is [`Unavailable`]; what moves may take as long as it takes.
/// Where the store's answer to an upload was lost, the outcome is looked for, and `Same` may be answered for what
/// this very upload created.
///
/// Clones share one store.
#[derive(Clone)]
pub struct S3Images {
    store: Arc<Store>,
}

impl S3Images {
    /// The store of those settings. Opens no connection: [`prepare`](Prepare::prepare) goes there.
    ///
    /// # Errors
    /// [`Mistake`] where the settings are wrong by themselves.
    pub fn new(settings: S3Settings) -> Result<Self, Mistake> {
        let credential = AwsCredential {
            key_id: settings.access_key.clone(),
            secret_key: settings.secret_key.clone(),
            token: None,
        };
        let client = Client::new(settings.check()?, settings.region.clone(), credential, settings.patience)?;
        let (policy_due, ready) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(S3Images { store: Arc::new(Store { client, settings, policy_due, ready }) })
    }

    /// The URL of the bucket. A slash and the name of an image after it give what anybody may fetch.
    pub fn public_url(&self) -> String {
        self.store.client.bucket().to_string()
    }

    fn ready(&self) -> Result<&Arc<Store>, Unavailable> {
        if self.store.ready.load(Ordering::Acquire) {
            Ok(&self.store)
        } else {
            Err(unavailable("it has not been reached yet"))
        }
    }
}

/// What every image of the bucket shares.
struct Store {
    client: Client,
    settings: S3Settings,
    /// The bucket was made by us, and has no policy yet.
    policy_due: AtomicBool,
    ready: AtomicBool,
}

impl Store {
    fn bucket(&self) -> &str {
        &self.settings.bucket
    }

    /// Scheme, host and port of the store.
    fn origin(&self) -> String {
        self.client.bucket().origin().ascii_serialization()
    }

    /// What each object is stored with where the store goes by ACLs.
    fn acl(&self) -> Option<(HeaderName, String)> {
        let acl = || (HeaderName::from_static("x-amz-acl"), "public-read".to_owned());
        self.settings.public_read_acl.then(acl)
    }
}

#[async_trait]
impl ImageStore for S3Images {
    async fn stage(&self) -> Result<Box<dyn StagedImage>, Unavailable> {
        Ok(Box::new(Upload::begin(Arc::clone(self.ready()?)).await?))
    }

    async fn head(&self, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable> {
        let client = &self.ready()?.client;
        Ok(client.within(reading::head(client, name)).await?)
    }

    async fn read(
        &self,
        name: &ImageName,
        range: Option<Range<u64>>,
    ) -> Result<Option<ImageContent>, Unavailable> {
        let client = &self.ready()?.client;
        Ok(client.within(reading::read(client, name, range)).await?)
    }

    async fn list(&self, after: Option<&ImageName>, limit: usize) -> Result<Vec<ImageName>, Unavailable> {
        Ok(listing::names(&self.ready()?.client, after, limit).await?)
    }
}

/// Asks for the bucket. The answer is the store's clock.
#[async_trait]
impl Probe for S3Images {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        let client = &self.ready()?.client;
        let date = async {
            let bucket = client.ask(&Call { method: Method::HEAD, ..Call::default() }).await?;
            object::date(bucket.headers())
        };
        Ok(client.within(date).await?)
    }
}

#[async_trait]
impl Prepare for S3Images {
    async fn prepare(&self) -> Result<(), NotReady> {
        match timeout(PREPARATION, preparing::prepare(&self.store)).await {
            Ok(outcome) => outcome?,
            Err(elapsed) => return Err(NotReady::Away(unavailable(elapsed))),
        }
        self.store.ready.store(true, Ordering::Release);
        Ok(())
    }
}

/// Without the keys.
impl fmt::Debug for S3Images {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("S3Images").field(&self.public_url()).finish()
    }
}
