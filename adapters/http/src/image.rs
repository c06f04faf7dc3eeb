//! Where an image can be fetched from outside: what every answer about an image says, whichever face gives it.

use crate::{origin::origin, problem::Problem};
use axum::extract::{FromRef, FromRequestParts};
use hexad::domain::image::ImageName;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// What stands for itself in a segment of a path (RFC 3986, 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the settings say about the URLs of images.
///
/// ```
/// use hexad_http::image::PublicUrl;
///
/// // Images from a CDN, whatever the service itself is called.
/// let url = PublicUrl { images: Some("https://img.example".into()), service: None };
/// // Images from the service itself, by the name that its clients know it by.
/// let url = PublicUrl { images: None, service: Some("https://api.example".into()) };
/// // By the name in each request.
/// let url = PublicUrl::default();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrl {
    /// `IMAGE_PUBLIC_URL`: what stands before `/{name}`.
    pub images: Option<String>,
    /// `PUBLIC_URL`: what stands before `/images/{name}` otherwise.
    pub service: Option<String>,
}

/// What stands before the name of an image in the answer to one request; ends in a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(String);

impl Base {
    /// The base that the settings give, or else the request by the name it was sent to.
    ///
    /// # Errors
    /// `malformed` where only the request could say it, and does not.
    pub fn of(settings: &PublicUrl, parts: &Parts) -> Result<Self, Problem> {
        let base = match (&settings.images, &settings.service) {
            (Some(images), _) => format!("{}/", images.trim_end_matches('/')),
            (None, Some(service)) => format!("{}/images/", service.trim_end_matches('/')),
            (None, None) => {
                let (scheme, host) = origin(parts)?;
                format!("{scheme}://{host}/images/")
            }
        };
        Ok(Self(base))
    }

    /// The image's URL.
    #[must_use]
    pub fn url_of(&self, name: &ImageName) -> String {
        format!("{}{}", self.0, utf8_percent_encode(name.as_str(), SEGMENT))
    }
}

impl<S> FromRequestParts<S> for Base
where
    Arc<PublicUrl>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::of(&Arc::<PublicUrl>::from_ref(state), parts)
    }
}

#[cfg(test)]
mod tests {
    use super::{Base, PublicUrl};
    use axum::extract::FromRequestParts;
    use hexad::domain::image::ImageName;
    use http::{HeaderValue, Request, Uri};
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;
    use std::sync::Arc;

    /// The URL of `a b.png`, a name that another program stored, for a request with this target and these hosts.
    async fn url(settings: &PublicUrl, target: &str, hosts: &[&str]) -> Option<String> {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header("host", *host);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let base = Base::from_request_parts(&mut parts, &Arc::new(settings.clone())).await.ok()?;
        Some(base.url_of(&ImageName::from_stored("a b.png".into())))
    }

    #[tokio::test]
    async fn a_setting_comes_before_the_request() {
        let images = Some("https://img.example/pics/".to_owned());
        let service = Some("https://api.example".to_owned());
        let both = PublicUrl { images, service: service.clone() };
        let only = PublicUrl { images: None, service };
        assert_eq!(url(&both, "/", &["x"]).await.as_deref(), Some("https://img.example/pics/a%20b.png"));
        assert_eq!(url(&only, "/", &[]).await.as_deref(), Some("https://api.example/images/a%20b.png"));
    }

    #[tokio::test]
    async fn without_one_it_is_where_the_request_was_sent() {
        let none = PublicUrl::default();
        assert_eq!(
            url(&none, "/", &["[::1]:5015"]).await.as_deref(),
            Some("http://[::1]:5015/images/a%20b.png")
        );
        assert_eq!(url(&none, "/", &[]).await, None);
    }

    proptest! {
        #[test]
        fn whatever_the_host_the_url_is_one_of_this_service(host in prop::collection::vec(any::<u8>(), 0..40)) {
            let Ok(host) = HeaderValue::from_bytes(&host) else { return Ok(()) };
            let (parts, ()) = Request::builder().header("host", host).body(()).unwrap().into_parts();
            if let Ok(base) = Base::of(&PublicUrl::default(), &parts) {
                let url = base.url_of(&ImageName::from_stored("a b.png".into()));
                let url = Uri::try_from(&url).map_err(|error| TestCaseError::fail(format!("{url}: {error}")))?;
                prop_assert_eq!((url.scheme_str(), url.path()), (Some("http"), "/images/a%20b.png"));
                prop_assert!(!url.authority().unwrap().as_str().contains('@'), "{}", url);
            }
        }

        #[test]
        fn whatever_the_name_it_is_one_segment(name in "\\PC{1,40}") {
            let base = Base("http://x/images/".into());
            let url = base.url_of(&ImageName::from_stored(name.clone()));
            let segment = url.strip_prefix("http://x/images/").unwrap();
            prop_assert!(!segment.contains(['/', '?', '#', ' ', '"', '<']), "{segment}");
            prop_assert_eq!(percent_decode_str(segment).decode_utf8().unwrap(), name);
        }
    }
}
