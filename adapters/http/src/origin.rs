//! Where a request was sent to, as its sender knows this service.

use crate::{
    forwarding::{Told, authority},
    problem::Problem,
};
use http::{header, request::Parts, uri::Authority};

/// The scheme and the authority that the request was sent to: what trusted proxies say of them (see
/// [`TrustedProxies`](crate::TrustedProxies)), else those in its target (HTTP/2 always has them), else `Host`
/// (RFC 9110, 7.2).
///
/// # Errors
/// `malformed` where none of them names one host.
pub fn origin(parts: &Parts) -> Result<(&'static str, Authority), Problem> {
    let told = Told::of(parts);
    let (scheme, host, port) = match told {
        Some(told) => (told.scheme, told.authority, told.port),
        None => (None, None, None),
    };
    let scheme = scheme.unwrap_or_else(|| match parts.uri.scheme_str() {
        Some("https") => "https",
        _ => "http",
    });
    let host = host.or_else(|| sent_to(parts));
    let host =
        host.ok_or_else(|| Problem::malformed("Host must come once, with a host and perhaps a port."))?;
    Ok((scheme, with_port(scheme, host, port)))
}

/// The authority by the request itself.
fn sent_to(parts: &Parts) -> Option<Authority> {
    if let Some(target) = parts.uri.authority() {
        return authority(target.as_str().as_bytes());
    }
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let host = hosts.next().filter(|_| hosts.next().is_none())?;
    authority(host.as_bytes())
}

/// The authority with this port where it has none of its own, and where the scheme does not imply it.
fn with_port(scheme: &str, host: Authority, port: Option<u16>) -> Authority {
    let implied = if scheme == "https" { 443 } else { 80 };
    let port = port.filter(|port| *port != implied && host.port().is_none());
    port.and_then(|port| Authority::try_from(format!("{host}:{port}")).ok()).unwrap_or(host)
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
