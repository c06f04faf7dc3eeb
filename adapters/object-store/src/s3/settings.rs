//! Where the store is, and who we are to it.

use hexad_ports::{Concern, Mistake};
use reqwest::Url;
use std::{fmt, path::PathBuf, time::Duration};

/// What is done about the bucket's policy. See [`S3Settings::policy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BucketPolicy {
    /// Set on a bucket that this store made itself. On another it is looked whether anonymous reads work, and where
    /// they do not, the log warns.
    #[default]
    WhenMade,
    /// Set on the bucket, whoever made it, in place of the policy that it has.
    Apply,
}

/// What an [`S3Images`](super::S3Images) is made of.
///
/// ```
/// use hexad_object_store::{S3Images, S3Settings};
///
/// let settings = S3Settings {
///     endpoint: Some("http://127.0.0.1:9000".to_owned()),
///     ..S3Settings::new("images", "an access key", "a secret key")
/// };
/// assert!(!format!("{settings:?}").contains("secret key"));
/// # let settings = S3Settings { access_key: "access".to_owned(), ..settings };
/// assert_eq!(S3Images::new(settings)?.public_url(), "http://127.0.0.1:9000/images");
/// # Ok::<(), hexad_ports::Mistake>(())
/// ```
#[derive(Clone)]
pub struct S3Settings {
    /// The store, `http://host:port` or `https://host`. Default: Amazon's, of the region.
    pub endpoint: Option<String>,
    /// The bucket, addressed as the first part of the path.
    pub bucket: String,
    /// The region that signatures name. Default: `us-east-1`, which MinIO takes for its own.
    pub region: String,
    /// The access key's id.
    pub access_key: String,
    /// The secret access key. Never shown.
    pub secret_key: String,
    /// What is done about the bucket's policy. The policy that is set allows anonymous `s3:GetObject` on the
    /// bucket's objects, and nothing else.
    pub policy: BucketPolicy,
    /// Whether each image is stored with the ACL `public-read`, for stores that go by ACLs. MinIO ignores them, and
    /// Amazon refuses them on buckets whose ACLs are turned off. Default: not.
    pub public_read_acl: bool,
    /// The folder of what is being received, on a disk with room for as many images as are received at once.
    /// Default: that of the system's temporary files (`TMPDIR`, else `/tmp`).
    pub staging: Option<PathBuf>,
    /// How long the store may be silent before it counts as away. Default: 4 s.
    pub patience: Duration,
}

impl S3Settings {
    /// The defaults, and what has none.
    pub fn new(
        bucket: impl Into<String>,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
    ) -> Self {
        S3Settings {
            endpoint: None,
            bucket: bucket.into(),
            region: "us-east-1".to_owned(),
            access_key: access_key.into(),
            secret_key: secret_key.into(),
            policy: BucketPolicy::default(),
            public_read_acl: false,
            staging: None,
            patience: Duration::from_secs(4),
        }
    }

    /// What is wrong with them by themselves, and the URL of the bucket.
    pub(super) fn check(&self) -> Result<Url, Mistake> {
        if self.access_key.is_empty() || !self.access_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let why = "the access key has to be of visible ASCII characters";
            return Err(Mistake::new(Concern::Credentials, why));
        }
        if self.secret_key.is_empty() || self.secret_key.trim() != self.secret_key {
            let why = "the secret key is empty, or has white space around it";
            return Err(Mistake::new(Concern::Credentials, why));
        }
        // The region becomes part of a header and of a host.
        if !is_made_of(&self.region, b"-") {
            let why = format!("{:?} is no region: one is like us-east-1", self.region);
            return Err(Mistake::new(Concern::Address, why));
        }
        // What else a bucket's name must not be, the store itself says.
        if !is_made_of(&self.bucket, b"-._") || self.bucket.bytes().all(|byte| byte == b'.') {
            let why = format!("{:?} is no name of a bucket: letters, digits, '-' and '.'", self.bucket);
            return Err(Mistake::new(Concern::Name, why));
        }
        let mut url = self.endpoint()?;
        url.set_path(&self.bucket);
        Ok(url)
    }

    fn endpoint(&self) -> Result<Url, Mistake> {
        let amazon = || format!("https://s3.{}.amazonaws.com", self.region);
        // The text itself is not repeated: it may have a password in it.
        let mistake = |why: String| Mistake::new(Concern::Address, format!("the store's URL {why}"));
        let url = Url::parse(&self.endpoint.clone().unwrap_or_else(amazon))
            .map_err(|error| mistake(format!("cannot be read ({error}): it is like http://host:9000")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(mistake("has to begin with http:// or https://, and a host".to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(mistake(
                "has no place for a user or a password: they have settings of their own".to_owned(),
            ));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(mistake(
                "ends with the host and the port: the bucket has a setting of its own".to_owned(),
            ));
        }
        Ok(url)
    }
}

fn is_made_of(text: &str, marks: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || marks.contains(&b))
}

/// Without the keys.
impl fmt::Debug for S3Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("S3Settings")
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("policy", &self.policy)
            .field("public_read_acl", &self.public_read_acl)
            .field("staging", &self.staging)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> S3Settings {
        S3Settings::new("images", "AKIA", "top secret")
    }

    fn at(endpoint: &str) -> S3Settings {
        S3Settings { endpoint: Some(endpoint.to_owned()), ..settings() }
    }

    #[test]
    fn the_bucket_stands_in_the_path() {
        for (endpoint, url) in [
            ("http://minio:9000", "http://minio:9000/images"),
            ("http://minio:9000/", "http://minio:9000/images"),
            ("https://S3.example.org:443", "https://s3.example.org/images"),
            ("http://[::1]:9000", "http://[::1]:9000/images"),
        ] {
            assert_eq!(at(endpoint).check().unwrap().as_str(), url);
        }
        let amazon = S3Settings { region: "eu-west-3".to_owned(), ..settings() };
        assert_eq!(amazon.check().unwrap().as_str(), "https://s3.eu-west-3.amazonaws.com/images");
    }

    #[test]
    fn a_mistake_names_its_concern_and_no_secret() {
        let access_key = |access_key: &str| S3Settings { access_key: access_key.to_owned(), ..settings() };
        let secret_key = |secret_key: &str| S3Settings { secret_key: secret_key.to_owned(), ..settings() };
        let bucket = |bucket: &str| S3Settings { bucket: bucket.to_owned(), ..settings() };
        let region = |region: &str| S3Settings { region: region.to_owned(), ..settings() };
        for (settings, concern) in [
            (at(""), Concern::Address),
            (at("minio:9000"), Concern::Address),
            (at("ftp://minio"), Concern::Address),
            (at("http://root:hunter2@minio:9000"), Concern::Address),
            (at("http://root:hunter2@minio:port"), Concern::Address),
            (at("http://minio:9000/images"), Concern::Address),
            (at("http://minio:9000?hunter2"), Concern::Address),
            (access_key(""), Concern::Credentials),
            (access_key("hunter2\n"), Concern::Credentials),
            (secret_key(""), Concern::Credentials),
            (secret_key("hunter2\n"), Concern::Credentials),
            (bucket(""), Concern::Name),
            (bucket(".."), Concern::Name),
            (bucket("a/b"), Concern::Name),
            (bucket(&"b".repeat(256)), Concern::Name),
            (region(""), Concern::Address),
            (region("eu west"), Concern::Address),
        ] {
            let mistake = settings.check().unwrap_err();
            assert_eq!(mistake.about, concern, "{mistake}");
            assert!(!mistake.to_string().contains("hunter2"), "{mistake}");
            assert!(!mistake.to_string().contains('\n'), "{mistake}");
            assert!(!format!("{settings:?}").contains("hunter2"));
        }
    }
}
