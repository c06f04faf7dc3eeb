//! A bucket of its own for each test, and somebody else who looks at it.

use hexad_object_store::{S3Images, S3Settings};
use hexad_ports::{
    Bytes, ImageStore, Prepare, StagedImage, Stored,
    domain::image::{ImageFormat, ImageName},
};
use hexad_stage::Bucket;
use object_store::{
    aws::{AwsAuthorizer, AwsCredential},
    client::{HttpRequest, HttpRequestBody},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, Request, Response, StatusCode, Url};
use sha2::{Digest, Sha256};
use std::fs;
use tempfile::TempDir;

/// What a signature leaves as it is in a path.
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A bucket that is not made yet.
pub(crate) struct Place {
    pub(crate) settings: S3Settings,
    staging: TempDir,
    http: Client,
}

pub(crate) fn name(text: &str) -> ImageName {
    ImageName::parse(text).unwrap()
}

/// Bytes that are the same for the same seed, and no others.
pub(crate) fn bytes(seed: u64, length: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

impl Place {
    pub(crate) fn new() -> Place {
        let Bucket { endpoint, access_key, secret_key, name } = hexad_stage::s3();
        let staging = tempfile::tempdir().unwrap();
        let settings = S3Settings {
            endpoint: Some(endpoint),
            staging: Some(staging.path().to_owned()),
            ..S3Settings::new(name, access_key, secret_key)
        };
        let http = Client::builder().no_proxy().tls_certs_only([]).tls_backend_preconfigured(tls());
        Place { settings, staging, http: http.build().unwrap() }
    }

    /// A store that is not prepared.
    pub(crate) fn images(&self) -> S3Images {
        S3Images::new(self.settings.clone()).unwrap()
    }

    pub(crate) async fn prepared(&self) -> S3Images {
        let images = self.images();
        images.prepare().await.unwrap();
        images
    }

    /// As [`prepared`](Self::prepared), through another address.
    pub(crate) async fn prepared_by(&self, endpoint: &str) -> S3Images {
        let settings = S3Settings { endpoint: Some(endpoint.to_owned()), ..self.settings.clone() };
        let images = S3Images::new(settings).unwrap();
        images.prepare().await.unwrap();
        images
    }

    /// Asks the store with nothing but a URL: `suffix` is what follows the bucket.
    pub(crate) async fn anonymous(&self, method: Method, suffix: &str) -> Response {
        self.http.execute(Request::new(method, self.url(suffix))).await.unwrap()
    }

    /// Asks the store as its owner does, with another program.
    pub(crate) async fn owner(
        &self,
        method: Method,
        suffix: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Response {
        let url = self.url(suffix);
        let mut signed = HttpRequest::new(HttpRequestBody::empty());
        *signed.uri_mut() = url.as_str().parse().unwrap();
        *signed.method_mut() = method.clone();
        if let Some(content_type) = content_type {
            signed.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        let credential = AwsCredential {
            key_id: self.settings.access_key.clone(),
            secret_key: self.settings.secret_key.clone(),
            token: None,
        };
        AwsAuthorizer::new(&credential, "s3", &self.settings.region)
            .try_authorize(&mut signed, Some(&Sha256::digest(body)))
            .unwrap();
        let mut request = Request::new(method, url);
        *request.headers_mut() = signed.headers().clone();
        *request.body_mut() = Some(body.to_vec().into());
        self.http.execute(request).await.unwrap()
    }

    /// The owner makes the bucket.
    pub(crate) async fn make_bucket(&self) {
        assert_eq!(self.owner(Method::PUT, "", None, b"").await.status(), StatusCode::OK);
    }

    /// The owner stores an object as boto3 does without being told more.
    pub(crate) async fn put(&self, key: &str, bytes: &[u8]) {
        assert!(self.leave(key, bytes).await, "{key}");
    }

    /// As [`put`](Self::put); `false` where the store gives no object that name.
    pub(crate) async fn leave(&self, key: &str, bytes: &[u8]) -> bool {
        let suffix = format!("/{}", utf8_percent_encode(key, KEY));
        let response = self.owner(Method::PUT, &suffix, Some("binary/octet-stream"), bytes).await;
        if response.status() == StatusCode::OK {
            return true;
        }
        let refusal = response.text().await.unwrap();
        assert!(refusal.contains("<Code>XMinioInvalidObjectName</Code>"), "{key}: {refusal}");
        false
    }

    fn url(&self, suffix: &str) -> Url {
        let endpoint = self.settings.endpoint.as_deref().unwrap();
        Url::parse(&format!("{endpoint}/{}{suffix}", self.settings.bucket)).unwrap()
    }

    /// How many images are being received, by the files that this process has open for them; and that they have no
    /// names.
    pub(crate) fn files_received(&self) -> usize {
        assert_eq!(fs::read_dir(self.staging.path()).unwrap().count(), 0);
        let open = fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| {
            // Others of this process are closed meanwhile.
            fs::read_link(entry.ok()?.path()).ok()
        });
        open.filter(|file| file.starts_with(self.staging.path())).count()
    }

    /// How many uploads in parts the bucket has that were neither completed nor aborted.
    pub(crate) async fn unfinished_in_store(&self) -> usize {
        let uploads = self.owner(Method::GET, "?uploads", None, b"").await.text().await.unwrap();
        assert!(uploads.contains("ListMultipartUploadsResult"), "{uploads}");
        uploads.matches("<UploadId>").count()
    }
}

/// For a client that needs none.
fn tls() -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

/// An image that is sealed, and has no name yet.
pub(crate) async fn upload(images: &S3Images, bytes: &Bytes) -> Box<dyn StagedImage> {
    let mut staged = images.stage().await.unwrap();
    for piece in bytes.chunks(50_000) {
        staged.write(bytes.slice_ref(piece)).await.unwrap();
    }
    assert_eq!(staged.seal().await.unwrap().size, bytes.len() as u64);
    staged
}

/// Uploads an image and publishes it.
pub(crate) async fn put(images: &S3Images, text: &str, bytes: &Bytes) -> Stored {
    upload(images, bytes).await.publish(&name(text), ImageFormat::Png).await.unwrap()
}
