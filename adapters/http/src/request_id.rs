//! A name for each request, on its answer and on its lines in the log.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The header that carries a request's id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a request.
const LONGEST: usize = 128;

/// The id of a request: in the span of its log lines, and in its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

impl From<&RequestId> for HeaderValue {
    fn from(id: &RequestId) -> Self {
        id.0.clone()
    }
}

/// Where ids come from: the request where it has one that can be trusted in a log (`[A-Za-z0-9._-]{1,128}`), else
/// a counter after a part that tells this process from others.
#[derive(Clone, Debug)]
pub struct RequestIds {
    process: u64,
    next: Arc<AtomicU64>,
}

impl RequestIds {
    /// Ids of a process that is told from others by this number, best drawn from the `Random` port. An id is a
    /// name and no secret.
    #[must_use]
    pub fn new(process: u64) -> Self {
        Self { process, next: Arc::new(AtomicU64::new(1)) }
    }

    /// The id of a request with these headers.
    #[must_use]
    pub fn id_for(&self, headers: &HeaderMap) -> RequestId {
        let mut given = headers.get_all(X_REQUEST_ID).iter();
        if let (Some(id), None) = (given.next(), given.next())
            && acceptable(id.as_bytes())
        {
            return RequestId(id.clone());
        }
        let made = format!("{:016x}-{:x}", self.process, self.next.fetch_add(1, Ordering::Relaxed));
        RequestId(HeaderValue::from_str(&made).unwrap_or_else(|_| HeaderValue::from_static("unknown")))
    }
}

fn acceptable(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::{RequestIds, X_REQUEST_ID};
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    fn id_for(ids: &RequestIds, given: &str) -> String {
        let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_str(given).unwrap())]);
        ids.id_for(&headers).to_string()
    }

    #[test]
    fn an_id_is_taken_when_it_is_harmless_and_made_otherwise() {
        let ids = RequestIds::new(7);
        let longest = "x".repeat(128);
        for good in ["a", "A-1_b.c", longest.as_str()] {
            assert_eq!(id_for(&ids, good), good);
        }
        let too_long = "x".repeat(129);
        for bad in ["", "a b", "a/b", "a,b", "\"", too_long.as_str()] {
            assert_ne!(id_for(&ids, bad), bad);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_given_the_id_is_one_that_a_log_can_trust(
            given in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..140), 0..3),
        ) {
            let mut headers = HeaderMap::new();
            for value in given.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()) {
                headers.append(X_REQUEST_ID, value);
            }
            let id = RequestIds::new(7).id_for(&headers).to_string();
            prop_assert!((1..=128).contains(&id.len()));
            prop_assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{id}");
        }

        #[test]
        fn every_id_of_the_rule_is_taken(given in "[A-Za-z0-9._-]{1,128}") {
            prop_assert_eq!(id_for(&RequestIds::new(7), &given), given);
        }
    }

    #[test]
    fn made_ids_differ_within_a_process_and_between_processes() {
        let (one, two) = (RequestIds::new(1), RequestIds::new(2));
        let made = [&one, &one.clone(), &two, &two].map(|ids| ids.id_for(&HeaderMap::new()).to_string());
        let distinct: std::collections::HashSet<_> = made.iter().collect();
        assert_eq!(distinct.len(), made.len());
        for id in &made {
            assert_eq!(id_for(&one, id), *id, "our own ids are taken by the next service");
        }
    }
}
