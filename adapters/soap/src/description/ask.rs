//! `GET …?wsdl`.

use super::Description;
use crate::Version;
use axum::body::Body;
use axum::response::Response;
use hexad_http::{Problem, Query, origin};
use http::{HeaderValue, header, request::Parts};
use std::sync::Arc;

/// Under which address clients reach the service: `PUBLIC_URL`, or by each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Address(Option<Arc<str>>);

impl Address {
    pub(crate) fn new(public_url: Option<&str>) -> Self {
        Address(public_url.map(|url| url.trim_end_matches('/').into()))
    }

    /// What stands before the route.
    fn base(&self, parts: &Parts) -> Result<String, Problem> {
        match &self.0 {
            Some(url) => Ok(url.to_string()),
            None => origin(parts).map(|(scheme, host)| format!("{scheme}://{host}")),
        }
    }
}

/// Whether the query asks for the description: toolkits write `wsdl`, `WSDL` or `wsdl=`.
pub(crate) fn asked(query: &Query) -> bool {
    query.names().any(|name| name.eq_ignore_ascii_case("wsdl"))
}

/// The description as a response. It is made for each request, as its address may be, and is not to be kept.
pub(crate) fn wsdl(service: &Description, address: &Address, parts: &Parts) -> Result<Response, Problem> {
    let wsdl = service.wsdl(&address.base(parts)?);
    let length = wsdl.len();
    let mut response = Response::new(Body::from(wsdl));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Version::V1_1.content_type()));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::asked;
    use hexad_http::Query;

    #[test]
    fn toolkits_ask_in_several_ways() {
        for query in ["wsdl", "WSDL", "wsdl=", "Wsdl=1", "a=b&wsdl", "%77sdl"] {
            assert!(asked(&Query::parse(query).unwrap()), "{query}");
        }
        for query in ["", "wsd", "wsdl2", "username=wsdl", "xsd"] {
            assert!(!asked(&Query::parse(query).unwrap()), "{query}");
        }
    }
}
