//! What the suite says when it is up.

use crate::program::Service;
use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// The addresses, and a line to try first.
pub(crate) fn greeting(addresses: &[(Service, SocketAddr)]) -> String {
    let mut text = String::from("Hexad is up:\n");
    for (service, address) in addresses {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {service:<12} http://{}", reachable(*address));
    }
    if let Some((_, address)) = addresses.iter().find(|(service, _)| *service == Service::UserSoap) {
        let _ = writeln!(text, "\nRegister a user first:\n\n  {}", register(reachable(*address)));
    }
    text
}

/// Where somebody on this machine reaches it: nobody can connect to "every address".
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn register(address: SocketAddr) -> String {
    let fields = [
        ("username", "ada"),
        ("password", "correct horse battery"),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("dni", "10121815"),
        ("email", "ada@example.org"),
        ("city", "London"),
    ];
    let fields: String = fields.iter().map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
    let envelope = format!(
        "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"><Body>\
         <registerUser xmlns=\"http://example.com/user\">{fields}</registerUser></Body></Envelope>"
    );
    format!("curl http://{address}/register -H 'Content-Type: text/xml' -d '{envelope}'")
}

#[cfg(test)]
mod tests {
    use super::greeting;
    use crate::program::Service;
    use hexad_soap::register::REGISTER_USER;
    use std::net::SocketAddr;

    #[test]
    fn it_names_every_address_and_a_line_that_registers() {
        let address = |port: u16| SocketAddr::from(([0, 0, 0, 0], port));
        let addresses: Vec<_> =
            Service::ALL.into_iter().zip(5001..).map(|(s, port)| (s, address(port))).collect();
        let text = greeting(&addresses);
        for (service, port) in Service::ALL.into_iter().zip(5001..) {
            let line = format!("  {service:<12} http://127.0.0.1:{port}\n");
            assert!(text.contains(&line), "{line} is missing from\n{text}");
        }
        assert!(text.contains("curl http://127.0.0.1:5002/register"), "{text}");
        let envelope = text.split('\'').find(|part| part.starts_with("<Envelope")).unwrap();
        let request = REGISTER_USER.read(envelope.as_bytes(), Some("text/xml")).unwrap();
        let names = request.fields.iter().map(|(name, _)| *name);
        assert!(names.eq(REGISTER_USER.fields.iter().map(|field| field.name)), "{envelope}");
    }
}
