//! What the proxies in front of a service tell of a request: whose it is, and how its sender calls this service.
//!
//! Anybody can send the headers that they tell it in. What counts is what a trusted proxy wrote: the last entry of a
//! list is its word about its own peer, the one before is that peer's word where that is a trusted proxy too, and so
//! on outwards to the first address that is not trusted. That is the client; what stands further left is hearsay.

mod forwarded;
mod node;
mod proxies;
mod x_forwarded;

pub use proxies::{NoProxies, TrustedProxies};

use http::{request::Parts, uri::Authority};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Where the connection of a request comes from. The server puts it into the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The address of the client: that of the peer, or, where the peer is one of the [`TrustedProxies`], the rightmost
/// address in `Forwarded` or `X-Forwarded-For` that is not a trusted proxy. A proxy that does not say stands for all
/// its clients. `None` for a request that came by no connection, as in a test.
///
/// IPv4 addresses in the form of IPv6 (`::ffff:192.0.2.1`) come out as IPv4.
///
/// ```
/// use hexad_http::{Peer, TrustedProxies, client_address};
/// use std::sync::Arc;
///
/// let trusted: TrustedProxies = "10.0.0.0/8".parse().unwrap();
/// let request = http::Request::get("/")
///     .extension(Peer(([10, 0, 0, 1], 40_000).into()))
///     .extension(Arc::new(trusted))
///     .header("X-Forwarded-For", "1.1.1.1, 192.0.2.7, 10.0.0.2");
/// let (parts, ()) = request.body(()).unwrap().into_parts();
/// assert_eq!(client_address(&parts), Some([192, 0, 2, 7].into()));
/// ```
#[must_use]
pub fn client_address(parts: &Parts) -> Option<IpAddr> {
    Told::of(parts).map(|told| told.client)
}

/// What is known of a request with the help of its proxies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Who sent it.
    client: IpAddr,
    /// The scheme that they used.
    pub(crate) scheme: Option<&'static str>,
    /// The host that they sent it to, perhaps with a port.
    pub(crate) authority: Option<Authority>,
    /// The port that they sent it to.
    pub(crate) port: Option<u16>,
}

impl Told {
    /// What is told of this request. `None` where not even its peer is known.
    pub(crate) fn of(parts: &Parts) -> Option<Self> {
        let peer = parts.extensions.get::<Peer>()?.0.ip().to_canonical();
        let nothing = Self::nothing(peer);
        let Some(proxies) = parts.extensions.get::<Arc<TrustedProxies>>().filter(|all| all.trust(peer))
        else {
            return Some(nothing);
        };
        let walk = Walk { peer, proxies };
        Some(match (forwarded::told(&walk, &parts.headers), x_forwarded::told(&walk, &parts.headers)) {
            (None, None) => nothing,
            (Some(told), None) | (None, Some(told)) => told,
            // A proxy that writes the one passes on what a client sent as the other.
            (Some(one), Some(other)) => one.agreeing_with(&other, peer),
        })
    }

    fn nothing(peer: IpAddr) -> Self {
        Self { client: peer, scheme: None, authority: None, port: None }
    }

    /// What both say.
    fn agreeing_with(self, other: &Self, peer: IpAddr) -> Self {
        Self {
            client: if self.client == other.client { self.client } else { peer },
            scheme: self.scheme.filter(|scheme| Some(*scheme) == other.scheme),
            authority: self.authority.filter(|authority| Some(authority) == other.authority.as_ref()),
            port: None,
        }
    }
}

/// The way from the peer outwards.
struct Walk<'a> {
    peer: IpAddr,
    proxies: &'a TrustedProxies,
}

impl Walk<'_> {
    /// The client, and how many entries, counted from the last, trusted proxies wrote: one at least, as the peer is
    /// one. An entry with no address in it, and the end of the entries, end the walk at who was reached so far.
    fn out(&self, hops: &[Option<IpAddr>]) -> (IpAddr, usize) {
        let (mut client, mut written) = (self.peer, 1);
        for (behind, hop) in hops.iter().rev().enumerate() {
            written = behind + 1;
            let Some(address) = *hop else { break };
            client = address;
            if !self.proxies.trust(address) {
                break;
            }
        }
        (client, written)
    }
}

/// The scheme of that name.
fn scheme(name: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|scheme| name.eq_ignore_ascii_case(scheme))
}

/// A host and perhaps a port, and nothing else that an authority may hold.
pub(crate) fn authority(text: &[u8]) -> Option<Authority> {
    Authority::try_from(text)
        .ok()
        .filter(|authority| !authority.as_str().contains('@') && !authority.host().is_empty())
}

#[cfg(test)]
mod tests;
