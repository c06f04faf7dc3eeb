//! Which proxies are trusted.

use ipnet::IpNet;
use std::{net::IpAddr, str::FromStr};

/// The proxies whose forwarding headers count: networks that only they send from. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether a peer of that address is one of them.
    #[must_use]
    pub fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Addresses and networks (CIDR) with commas between them.
///
/// ```
/// use hexad_http::TrustedProxies;
///
/// let proxies: TrustedProxies = "10.0.0.0/8, 192.0.2.1, fd00::/8".parse().unwrap();
/// assert!(proxies.trust([10, 1, 2, 3].into()));
/// assert!(!proxies.trust([192, 0, 2, 2].into()));
/// ```
impl FromStr for TrustedProxies {
    type Err = NoProxies;

    fn from_str(text: &str) -> Result<Self, NoProxies> {
        text.split(',').map(|one| network(one.trim())).collect::<Option<_>>().map(Self).ok_or(NoProxies)
    }
}

/// The text is no list of addresses and networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "addresses and networks with commas between them are expected, such as 10.0.0.0/8, 192.0.2.1, fd00::/8"
)]
pub struct NoProxies;

/// A network, or that of one address alone. One with bits beyond its prefix is more likely a slip than meant.
fn network(text: &str) -> Option<IpNet> {
    match text.parse::<IpNet>() {
        Ok(network) => (network.trunc() == network).then_some(network),
        Err(_) => text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical())),
    }
}

#[cfg(test)]
mod tests {
    use super::TrustedProxies;

    fn trust(setting: &str, address: &str) -> bool {
        setting.parse::<TrustedProxies>().unwrap().trust(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        assert!(trust("10.0.0.0/8", "10.255.0.1") && !trust("10.0.0.0/8", "11.0.0.1"));
        assert!(trust("192.0.2.1", "192.0.2.1") && !trust("192.0.2.1", "192.0.2.2"));
        assert!(trust("2001:db8::/32", "2001:db8::1") && !trust("2001:db8::/32", "2001:db9::1"));
        assert!(trust("0.0.0.0/0", "203.0.113.9") && !trust("0.0.0.0/0", "::1"));
        assert!(!TrustedProxies::default().trust([127, 0, 0, 1].into()));
    }

    #[test]
    fn an_ipv4_address_in_the_form_of_ipv6_is_that_address() {
        assert!(trust("127.0.0.0/8", "::ffff:127.0.0.1"));
        assert!(trust("::ffff:127.0.0.1", "127.0.0.1"));
    }

    #[test]
    fn what_is_no_list_of_networks_is_refused() {
        for wrong in
            ["", ",", "10.0.0.0/8,", "10.0.0.0/33", "10.0.0.1/8", "example.com", "10.0.0.0/8 10.0.0.1", "*"]
        {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong:?}");
        }
    }
}
