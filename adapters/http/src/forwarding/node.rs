//! The address of a hop, as `Forwarded` and `X-Forwarded-For` write it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address in a node identifier (RFC 7239, section 6), with or without a port; also an IPv6 address without
/// brackets, as `X-Forwarded-For` has them. `None` for `unknown`, an obfuscated name and all else.
pub(super) fn address(node: &str) -> Option<IpAddr> {
    let address = match node.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            let good = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            IpAddr::V6(address.parse::<Ipv6Addr>().ok().filter(|_| good)?)
        }
        None => match node.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => {
                let (address, port) = node.split_once(':')?;
                IpAddr::V4(address.parse::<Ipv4Addr>().ok().filter(|_| is_port(port))?)
            }
        },
    };
    Some(address.to_canonical())
}

/// A number, or an obfuscated port (RFC 7239, section 6.3).
fn is_port(port: &str) -> bool {
    match port.strip_prefix('_') {
        Some(name) => {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        }
        None => (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_comes_with_or_without_a_port() {
        for (node, expected) in [
            ("192.0.2.60", "192.0.2.60"),
            ("192.0.2.60:4711", "192.0.2.60"),
            ("192.0.2.60:_p1", "192.0.2.60"),
            ("2001:db8::17", "2001:db8::17"),
            ("[2001:db8::17]", "2001:db8::17"),
            ("[2001:db8::17]:47011", "2001:db8::17"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:1", "192.0.2.1"),
        ] {
            assert_eq!(address(node), expected.parse().ok(), "{node}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for node in [
            "",
            "unknown",
            "_hidden",
            "example.com",
            "192.0.2.60:",
            "192.0.2.60:x",
            "192.0.2.60:123456",
            "192.0.2",
            "0192.0.2.1",
            "[192.0.2.1]",
            "[::1",
            "::1]",
            "[::1]1",
            "[::1]:",
            "fe80::1%eth0",
            " 192.0.2.60",
            "[]",
        ] {
            assert_eq!(address(node), None, "{node:?}");
        }
    }
}
