//! Where the broker is, and who we are to it.

use crate::BrokerOptions;
use hexad_ports::{Concern, Mistake};
use lapin::uri::{AMQPScheme, AMQPUri};
use std::fmt;
use url::Url;

/// A broker's URL, read.
pub(crate) struct Address {
    uri: AMQPUri,
}

impl Address {
    /// Reads `amqp[s]://user:password@host:port/virtual-host?heartbeat=seconds`. Without a user it is `guest`; without
    /// a virtual host, also behind a last slash, it is `/`.
    pub(crate) fn parse(text: &str, options: &BrokerOptions) -> Result<Self, Mistake> {
        // The parsers' own messages may quote the URL, and with it the password.
        let wrong = |why: &str| Mistake::new(Concern::Address, why);
        let url = Url::parse(text).map_err(|error| {
            wrong(&format!("no URL ({error}): amqp://user:password@host:port/virtual-host is"))
        })?;
        if !matches!(url.scheme(), "amqp" | "amqps") {
            return Err(wrong(&format!(
                "its scheme is {:?}: a broker's is amqp, or amqps for TLS",
                url.scheme().chars().take(20).collect::<String>()
            )));
        }
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return Err(wrong("it names no host: amqp://user:password@host:port/virtual-host does"));
        };
        let mut uri: AMQPUri = text.parse().map_err(|_| {
            wrong("it has a part that is no percent-encoded UTF-8, or a number that is none behind the question mark")
        })?;
        // The parser takes the address of an IPv6 host for none at all.
        if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            uri.authority.host = inner.to_owned();
        }
        if uri.vhost.is_empty() {
            uri.vhost = "/".to_owned();
        }
        if uri.vhost.len() > 255 {
            return Err(Mistake::new(Concern::Name, "a virtual host's name has at most 255 bytes"));
        }
        let seconds = u16::try_from(options.heartbeat.as_secs()).unwrap_or(u16::MAX);
        uri.query.heartbeat.get_or_insert(seconds);
        Ok(Address { uri })
    }

    pub(crate) fn uri(&self) -> &AMQPUri {
        &self.uri
    }

    pub(crate) fn encrypted(&self) -> bool {
        self.uri.scheme == AMQPScheme::AMQPS
    }
}

/// Without the user and the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AMQPUri { scheme, authority, vhost, .. } = &self.uri;
        let host = &authority.host;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        write!(f, "{scheme}://{host}:{} (virtual host {vhost:?})", authority.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> AMQPUri {
        Address::parse(text, &BrokerOptions::default()).map(|address| address.uri).unwrap()
    }

    fn mistake(text: &str) -> Mistake {
        match Address::parse(text, &BrokerOptions::default()) {
            Ok(address) => panic!("{address}"),
            Err(mistake) => mistake,
        }
    }

    #[test]
    fn every_part_is_read() {
        let uri = read("amqps://us%2Fer:p%40ss%3Aword@broker.example:5699/some%2Fhost?heartbeat=7");
        assert_eq!(uri.scheme, AMQPScheme::AMQPS);
        assert_eq!((uri.authority.host.as_str(), uri.authority.port), ("broker.example", 5699));
        assert_eq!(
            (uri.authority.userinfo.username.as_str(), uri.authority.userinfo.password.as_str()),
            ("us/er", "p@ss:word")
        );
        assert_eq!((uri.vhost.as_str(), uri.query.heartbeat), ("some/host", Some(7)));
    }

    #[test]
    fn what_is_left_out_has_its_usual_value() {
        for text in ["amqp://127.0.0.1", "amqp://127.0.0.1/", "amqp://127.0.0.1/%2f"] {
            let uri = read(text);
            assert_eq!((uri.authority.host.as_str(), uri.authority.port), ("127.0.0.1", 5672), "{text}");
            assert_eq!((uri.vhost.as_str(), uri.query.heartbeat), ("/", Some(10)), "{text}");
        }
        assert_eq!(read("amqps://broker").authority.port, 5671);
    }

    #[test]
    fn an_ipv6_address_is_a_host() {
        let address = Address::parse("amqp://[::1]:5673/v", &BrokerOptions::default()).unwrap();
        assert_eq!(address.uri().authority.host, "::1");
        assert_eq!(address.to_string(), r#"amqp://[::1]:5673 (virtual host "v")"#);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for text in [
            "http://user:secret@host/",
            "amqp:user:secret@host",
            "user:secret@host",
            "amqp://user:secret@/v",
            "amqp://user:secret%ff@host/v",
            "amqp://user:secret@host:99999/v",
            "amqp://user:secret@host/v?heartbeat=secret",
            "",
        ] {
            let Mistake { about, why } = mistake(text);
            assert_eq!(about, Concern::Address, "{text}");
            assert!(!why.contains("secret"), "{why}");
        }
        let long = format!("amqp://user:secret@host/{}", "v".repeat(256));
        assert_eq!(mistake(&long).about, Concern::Name);
    }

    #[test]
    fn an_address_is_shown_without_who_we_are() {
        let address = Address::parse("amqp://user:secret@host/v", &BrokerOptions::default()).unwrap();
        assert_eq!(address.to_string(), r#"amqp://host:5672 (virtual host "v")"#);
    }
}
