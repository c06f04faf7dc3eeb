//! Where a request was sent to, as its sender knows this service.

use crate::problem::Problem;
use http::{header, request::Parts, uri::Authority};

/// The scheme and the authority that the request was sent to: those in its target (HTTP/2 always has them), else
/// `Host` (RFC 9110, 7.2).
///
/// # Errors
/// `malformed` where neither names one host.
pub fn origin(parts: &Parts) -> Result<(&'static str, Authority), Problem> {
    let scheme = match parts.uri.scheme_str() {
        Some("https") => "https",
        _ => "http",
    };
    let authority = match parts.uri.authority() {
        Some(authority) => Some(authority.clone()),
        None => {
            let mut hosts = parts.headers.get_all(header::HOST).iter();
            let host = hosts.next().filter(|_| hosts.next().is_none());
            host.and_then(|host| Authority::try_from(host.as_bytes()).ok())
        }
    };
    authority
        .filter(|authority| !authority.as_str().contains('@') && !authority.host().is_empty())
        .map(|authority| (scheme, authority))
        .ok_or_else(|| Problem::malformed("Host must come once, with a host and perhaps a port."))
}

#[cfg(test)]
mod tests {
    use super::origin;
    use http::Request;

    /// Where a request with this target and these hosts was sent to.
    fn sent_to(target: &str, hosts: &[&str]) -> Option<String> {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header("host", *host);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let (scheme, authority) = origin(&parts).ok()?;
        Some(format!("{scheme}://{authority}"))
    }

    #[test]
    fn the_target_says_it_or_else_the_host() {
        for (target, hosts, origin) in [
            ("/", vec!["localhost:5015"], "http://localhost:5015"),
            ("/", vec!["[::1]:5015"], "http://[::1]:5015"),
            ("http://there:1/x", vec!["here"], "http://there:1"),
            ("https://there/x", vec![], "https://there"),
        ] {
            assert_eq!(sent_to(target, &hosts).as_deref(), Some(origin));
        }
    }

    #[test]
    fn a_host_that_is_none_is_refused() {
        for hosts in
            [vec![], vec![""], vec!["a", "b"], vec!["a/b"], vec!["u@a"], vec!["a b"], vec!["\"><script>"]]
        {
            assert_eq!(sent_to("/", &hosts), None, "{hosts:?}");
        }
    }
}
