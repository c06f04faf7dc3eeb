//! The headers `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`.

use super::{Told, Walk, authority, node, scheme};
use http::{HeaderMap, HeaderName};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

/// What the headers tell; `None` where there is none of them.
pub(super) fn told(walk: &Walk<'_>, headers: &HeaderMap) -> Option<Told> {
    if ![FOR, PROTO, HOST, PORT].iter().any(|name| headers.contains_key(name)) {
        return None;
    }
    let hops: Vec<_> = entries(headers, &FOR).into_iter().map(node::address).collect();
    let (client, written) = walk.out(&hops);
    let outermost = |name: &HeaderName| {
        let entries = entries(headers, name);
        // Some proxies add to these lists and some replace them: a shorter list begins with the outermost word.
        entries.get(entries.len().saturating_sub(written)).copied()
    };
    Some(Told {
        client,
        scheme: outermost(&PROTO).and_then(scheme),
        authority: outermost(&HOST).and_then(|host| authority(host.as_bytes())),
        port: outermost(&PORT).and_then(|port| port.parse().ok()).filter(|port| *port != 0),
    })
}

/// The entries of all lines of that name, in their order. Bytes that are no text are an entry that says nothing.
fn entries<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<&'h str> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|line| line.to_str().unwrap_or("unknown").split(','))
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .collect()
}
