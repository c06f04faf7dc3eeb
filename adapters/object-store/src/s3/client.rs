//! Requests to the store: signed, bounded in time, and repeated where that is safe.
//!
//! `object_store` signs them and `reqwest` sends them. The rest of `object_store`'s client for S3 is not used: it
//! keeps what is uploaded in memory, cannot make a bucket, and its listing ends with an error at a key that it takes
//! for no path (`..`, or one with a control character), which anybody with access to the bucket could put there.
//!
//! Proxies that the environment names (`HTTP_PROXY` and the like) are not used: the store is mostly beside the
//! service, and what the keys sign should not go elsewhere because of a variable that was meant for something else.
//! Trusted are the platform's certificates, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` name in their place.

use super::failure::{Failure, Refusal};
use bytes::Bytes;
use hexad_ports::{Concern, Mistake};
use object_store::{
    aws::{AwsAuthorizer, AwsCredential},
    client::{HttpRequest, HttpRequestBody},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Body, Method, Request, Response, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use sha2::{Digest, Sha256};
use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

/// How long a connection may take, name and TLS included: a second try fits into the patience.
const CONNECT: Duration = Duration::from_millis(1_900);

/// Shorter than the stores keep an idle connection, so that few requests meet one that is being closed.
const IDLE: Duration = Duration::from_secs(10);

/// The pauses before a request is repeated. Short, as a client is waiting.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// How many times the patience it may take the store to go on with what it has begun.
const GOING_ON: u32 = 5;

/// What is read of a document at most: a page of 1,000 keys of 1,024 bytes, each byte written as three.
const LONGEST_DOCUMENT: usize = 8 * 1024 * 1024;

/// What stands for itself in the path of an object, as signatures have it: all else is percent-encoded.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A request about the bucket, or about one of its objects.
#[derive(Debug, Clone, Default)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// As it is called in the bucket. Without parts that are `.` or `..`, which would lead elsewhere.
    pub(super) key: Option<&'a str>,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Bytes,
    /// Unsigned, as whoever has no keys asks.
    pub(super) anonymous: bool,
}

pub(super) struct Client {
    /// The URL of the bucket.
    bucket: Url,
    region: String,
    credential: AwsCredential,
    patience: Duration,
    tls: ClientConfig,
    connections: Mutex<Connections>,
}

/// What is connected, and how often that has been begun anew.
#[derive(Clone)]
struct Connections {
    http: reqwest::Client,
    generation: u64,
}

impl Client {
    pub(super) fn new(
        bucket: Url,
        region: String,
        credential: AwsCredential,
        patience: Duration,
    ) -> Result<Self, Mistake> {
        let encryption = |error: &dyn std::fmt::Display| Mistake::new(Concern::Encryption, error.to_string());
        let mut roots = RootCertStore::empty();
        // A container that speaks to its store in plain text may have no certificates at all.
        if bucket.scheme() == "https" {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(encryption(
                    &"the store is at https://, and this machine has no trusted certificates",
                ));
            }
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| encryption(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let http = connections(&tls).map_err(|error| encryption(&error))?;
        let connections = Mutex::new(Connections { http, generation: 0 });
        Ok(Client { bucket, region, credential, patience, tls, connections })
    }

    pub(super) fn bucket(&self) -> &Url {
        &self.bucket
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Gives up on what takes longer than the patience.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.within_patience(self.patience, work).await
    }

    /// Gives up later, for what the store needs time to go on with although it has answered a moment ago.
    pub(super) async fn within_long<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.within_patience(self.patience.saturating_mul(GOING_ON), work).await
    }

    async fn within_patience<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let generation = self.connections().generation;
        match timeout(patience, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(self.silent(generation, patience)),
        }
    }

    /// Asks, and asks again where that may help: only for what may be repeated. Takes as long as it takes.
    pub(super) async fn ask(&self, call: &Call<'_>) -> Result<Response, Failure> {
        for pause in PAUSES {
            match self.ask_once(call).await {
                Err(failure) if failure.passes() => sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.ask_once(call).await
    }

    /// What [`ask`](Self::ask) answers, whole.
    pub(super) async fn ask_text(&self, call: &Call<'_>) -> Result<String, Failure> {
        let mut response = self.ask(call).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_DOCUMENT {
                return Err(Failure::Strange("it does not end".to_owned()));
            }
        }
        String::from_utf8(body).map_err(|error| Failure::Strange(error.to_string()))
    }

    pub(super) async fn ask_once(&self, call: &Call<'_>) -> Result<Response, Failure> {
        let digest = Sha256::digest(&call.body);
        let request = self.request(call, &digest, Body::from(call.body.clone()))?;
        answer(self.connections().http.execute(request).await?).await
    }

    /// Sends a body as fast as the store takes it, and gives up when it has stood still for the patience. The body
    /// notifies `moved` at each step.
    pub(super) async fn send(
        &self,
        call: &Call<'_>,
        digest: &[u8],
        body: Body,
        moved: &Notify,
    ) -> Result<Response, Failure> {
        let request = self.request(call, digest, body)?;
        let Connections { http, generation } = self.connections();
        let mut sending = pin!(async { answer(http.execute(request).await?).await });
        loop {
            tokio::select! {
                outcome = &mut sending => return outcome,
                () = moved.notified() => {}
                () = sleep(self.patience) => return Err(self.silent(generation, self.patience)),
            }
        }
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>
    fn request(&self, call: &Call<'_>, digest: &[u8], body: Body) -> Result<Request, Failure> {
        let mut url = self.bucket.clone();
        if let Some(key) = call.key {
            url.set_path(&format!("{}/{}", url.path(), utf8_percent_encode(key, KEY)));
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &call.headers {
            let value = HeaderValue::from_str(value).map_err(|error| Failure::Unmade(error.to_string()))?;
            headers.insert(name.clone(), value);
        }
        if !call.anonymous {
            headers = self.sign(&url, &call.method, headers, digest)?;
        }
        let mut request = Request::new(call.method.clone(), url);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(body);
        Ok(request)
    }

    fn sign(
        &self,
        url: &Url,
        method: &Method,
        headers: HeaderMap,
        digest: &[u8],
    ) -> Result<HeaderMap, Failure> {
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = url.as_str().parse().map_err(|_| Failure::Unmade("a strange URL".to_owned()))?;
        *request.method_mut() = method.clone();
        *request.headers_mut() = headers;
        AwsAuthorizer::new(&self.credential, "s3", &self.region)
            .try_authorize(&mut request, Some(digest))
            .map_err(|error| Failure::Unmade(error.to_string()))?;
        let mut headers = std::mem::take(request.headers_mut());
        if let Some(authorization) = headers.get_mut(AUTHORIZATION) {
            authorization.set_sensitive(true);
        }
        Ok(headers)
    }

    fn connections(&self) -> Connections {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Connections of before a silence may be dead with nobody having said so, each to be found out by a request
    /// that waits in vain: forgotten, they cost only the first one.
    fn silent(&self, generation: u64, patience: Duration) -> Failure {
        let mut now = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if now.generation == generation
            && let Ok(http) = connections(&self.tls)
        {
            *now = Connections { http, generation: generation.wrapping_add(1) };
        }
        Failure::Silent(patience)
    }
}

/// Opens none.
fn connections(tls: &ClientConfig) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .http1_only()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .build()
}

async fn answer(response: Response) -> Result<Response, Failure> {
    if response.status().is_success() {
        return Ok(response);
    }
    Err(Failure::Refused(Refusal::read(response).await?))
}
