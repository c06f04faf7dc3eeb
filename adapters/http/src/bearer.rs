//! The token of a request.

use crate::problem::Problem;
use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use std::fmt;

/// The token in `Authorization: Bearer`, if there is one.
///
/// The scheme is compared without case (RFC 9110, 11.1). Another scheme, or nothing after it, is as no token; two
/// headers are a [`Problem`] `malformed`, as each could be somebody else's.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(pub Option<String>);

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Bearer(a token)" } else { "Bearer(none)" })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
        let first = headers.next();
        if headers.next().is_some() {
            return Err(Problem::malformed("Authorization must come once."));
        }
        // Bytes outside of ASCII make a token that no verifier accepts.
        let text = first.map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        let (scheme, token) = text.trim().split_once([' ', '\t']).unwrap_or_default();
        let token =
            Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty());
        Ok(Self(token.map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::Bearer;
    use crate::code::Code;
    use axum::extract::{FromRequestParts, Request};
    use futures_util::FutureExt;
    use http::HeaderValue;
    use proptest::prelude::*;

    async fn extract(headers: &[&str]) -> Result<Option<String>, Code> {
        let mut request = Request::builder();
        for header in headers {
            request = request.header("authorization", *header);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        match Bearer::from_request_parts(&mut parts, &()).await {
            Ok(bearer) => Ok(bearer.0),
            Err(problem) => Err(problem.code),
        }
    }

    #[tokio::test]
    async fn the_scheme_may_be_in_any_case() {
        for header in ["Bearer abc", "bearer abc", "BEARER   abc ", "Bearer\tabc"] {
            assert_eq!(extract(&[header]).await, Ok(Some("abc".into())), "{header}");
        }
    }

    #[tokio::test]
    async fn another_scheme_or_nothing_after_it_is_as_no_token() {
        for header in ["", "Bearer", "Bearer ", "Basic abc", "Bearerabc", "abc"] {
            assert_eq!(extract(&[header]).await, Ok(None), "{header}");
        }
        assert_eq!(extract(&[]).await, Ok(None));
    }

    #[tokio::test]
    async fn two_headers_are_malformed() {
        assert_eq!(extract(&["Bearer a", "Bearer a"]).await, Err(Code::Malformed));
    }

    proptest! {
        #[test]
        fn any_header_is_read_as_a_token_or_as_none(value in prop::collection::vec(any::<u8>(), 0..40)) {
            let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            let (mut parts, ()) = Request::builder().header("authorization", value).body(()).unwrap().into_parts();
            let read = Bearer::from_request_parts(&mut parts, &()).now_or_never().unwrap().unwrap();
            if let Some(token) = read.0 {
                prop_assert!(!token.is_empty() && token.trim() == token, "{token:?}");
            }
        }

        #[test]
        fn every_token_comes_back(token in "[!-~]{1,40}") {
            let read = extract(&[&format!("Bearer {token}")]).now_or_never().unwrap();
            prop_assert_eq!(read, Ok(Some(token)));
        }
    }

    #[test]
    fn debug_output_has_no_token() {
        assert!(!format!("{:?}", Bearer(Some("secret".into()))).contains("secret"));
    }
}
