//! Cross-origin requests (the Fetch standard, 3.3).

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// The response headers that a page of another origin may read.
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, Location, Retry-After, X-Request-Id");

/// The origins whose pages may use a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// None: no answer has a CORS header.
    #[default]
    Closed,
    /// Every one (`*`), never with credentials.
    Any,
    /// These, compared to the letter: a browser always writes an origin the same way.
    List(Vec<String>),
}

impl Origins {
    /// Reads a setting: `*`, or origins with commas between them; nothing at all closes the service.
    ///
    /// ```
    /// use hexad_http::Origins;
    ///
    /// assert_eq!(Origins::from_setting(" * "), Origins::Any);
    /// assert_eq!(Origins::from_setting(""), Origins::Closed);
    /// let list = Origins::from_setting("https://a.example, http://b.example:8080");
    /// assert_eq!(list, Origins::List(vec!["https://a.example".into(), "http://b.example:8080".into()]));
    /// ```
    #[must_use]
    pub fn from_setting(setting: &str) -> Self {
        let origins: Vec<_> = setting
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty())
            .map(str::to_owned)
            .collect();
        match origins.as_slice() {
            [] => Self::Closed,
            all if all.iter().any(|origin| origin == "*") => Self::Any,
            _ => Self::List(origins),
        }
    }
}

/// What pages of other origins may do with a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// Whose pages.
    pub origins: Origins,
    /// Whether they may send cookies and the like. Without effect for [`Origins::Any`].
    pub credentials: bool,
    /// The methods that they may use, as in `Access-Control-Allow-Methods`.
    pub methods: &'static str,
    /// The headers that they may send, as in `Access-Control-Allow-Headers`.
    pub headers: &'static str,
}

impl Cors {
    /// The answer to a preflight, and `None` for every other request.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let asks = method == Method::OPTIONS
            && headers.contains_key(header::ORIGIN)
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !asks {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if self.allowed(headers.get(header::ORIGIN)).is_some() {
            let answer = response.headers_mut();
            answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(self.methods));
            answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(self.headers));
        }
        Some(response)
    }

    /// Adds to an answer what the origin of its request is allowed.
    pub(crate) fn decorate(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        if matches!(self.origins, Origins::List(_)) {
            answer.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(allowed) = self.allowed(origin) {
            if self.credentials && self.origins != Origins::Any {
                answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            }
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
            answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }

    /// The value of `Access-Control-Allow-Origin` for this origin. The star goes out whatever the origin, so that
    /// a cache may keep the answer for all.
    fn allowed(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match &self.origins {
            Origins::Closed => None,
            Origins::Any => Some(HeaderValue::from_static("*")),
            Origins::List(list) => origin
                .filter(|origin| list.iter().any(|listed| listed.as_bytes() == origin.as_bytes()))
                .cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cors, Origins};
    use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

    const HERE: &str = "http://3.227.120.143:8080";

    fn cors(setting: &str, credentials: bool) -> Cors {
        let origins = Origins::from_setting(setting);
        Cors { origins, credentials, methods: "GET, POST", headers: "Content-Type, SOAPAction" }
    }

    fn asked(origin: &str) -> HeaderMap {
        let value = |text| HeaderValue::from_str(text).unwrap();
        HeaderMap::from_iter([
            (header::ORIGIN, value(origin)),
            (header::ACCESS_CONTROL_REQUEST_METHOD, value("POST")),
        ])
    }

    /// The CORS headers of a preflight and of a plain answer, as `(name, value)` in lower case.
    fn answers(cors: &Cors, origin: &str) -> [Vec<(String, String)>; 2] {
        let headers = asked(origin);
        let mut preflight = cors.preflight(&Method::OPTIONS, &headers).expect("a preflight");
        assert_eq!(preflight.status(), 204);
        cors.decorate(headers.get(header::ORIGIN), preflight.headers_mut());
        let mut plain = HeaderMap::new();
        cors.decorate(headers.get(header::ORIGIN), &mut plain);
        [preflight.headers(), &plain].map(|headers| {
            let pair = |(name, value): (&HeaderName, &HeaderValue)| {
                (name.to_string(), value.to_str().unwrap().to_owned())
            };
            headers.iter().map(pair).collect()
        })
    }

    fn has(headers: &[(String, String)], name: &str, value: &str) -> bool {
        headers.iter().any(|(found, held)| found == name && held == value)
    }

    #[test]
    fn an_allowed_origin_gets_all_of_it() {
        let [preflight, plain] = answers(&cors(HERE, true), HERE);
        for headers in [&preflight, &plain] {
            assert!(has(headers, "access-control-allow-origin", HERE));
            assert!(has(headers, "access-control-allow-credentials", "true"));
            assert!(has(headers, "vary", "Origin"));
            let exposed = "ETag, Location, Retry-After, X-Request-Id";
            assert!(has(headers, "access-control-expose-headers", exposed));
        }
        assert!(has(&preflight, "access-control-allow-methods", "GET, POST"));
        assert!(has(&preflight, "access-control-allow-headers", "Content-Type, SOAPAction"));
    }

    #[test]
    fn a_disallowed_origin_gets_no_cors_header_but_the_answer_still_varies() {
        for other in
            ["http://3.227.120.143", "https://3.227.120.143:8080", "http://3.227.120.143:8080.evil", "null"]
        {
            for headers in answers(&cors(HERE, true), other) {
                assert_eq!(headers, [("vary".to_owned(), "Origin".to_owned())], "{other}");
            }
        }
    }

    #[test]
    fn the_star_goes_to_everybody_and_never_with_credentials() {
        for headers in answers(&cors("*", true), "http://anywhere.example") {
            assert!(has(&headers, "access-control-allow-origin", "*"));
            assert!(!headers.iter().any(|(name, _)| name.ends_with("credentials") || name == "vary"));
        }
    }

    #[test]
    fn a_closed_service_says_nothing() {
        for headers in answers(&Cors::default(), HERE) {
            assert_eq!(headers, []);
        }
    }

    #[test]
    fn only_a_preflight_is_answered_as_one() {
        let cors = cors(HERE, false);
        assert!(cors.preflight(&Method::GET, &asked(HERE)).is_none());
        assert!(cors.preflight(&Method::OPTIONS, &HeaderMap::new()).is_none());
        for missing in [header::ORIGIN, header::ACCESS_CONTROL_REQUEST_METHOD] {
            let mut headers = asked(HERE);
            headers.remove(missing);
            assert!(cors.preflight(&Method::OPTIONS, &headers).is_none());
        }
    }
}
