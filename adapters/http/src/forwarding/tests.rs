use super::{Peer, TrustedProxies, client_address};
use crate::origin;
use http::Request;
use proptest::prelude::*;
use std::{net::IpAddr, sync::Arc};

const TRUSTED: &str = "10.0.0.0/8, fd00::/8";

/// A request by `GET /`, sent to `inside:5002` by that peer.
struct From(&'static str);

impl From {
    fn parts(&self, headers: &[(&str, &str)]) -> http::request::Parts {
        let trusted: TrustedProxies = TRUSTED.parse().unwrap();
        let mut request = Request::builder()
            .extension(Peer(format!("{}:40000", self.0).parse().unwrap()))
            .extension(Arc::new(trusted))
            .header("host", "inside:5002");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn client(&self, headers: &[(&str, &str)]) -> String {
        client_address(&self.parts(headers)).unwrap().to_string()
    }

    fn origin(&self, headers: &[(&str, &str)]) -> String {
        let (scheme, authority) = origin(&self.parts(headers)).unwrap();
        format!("{scheme}://{authority}")
    }
}

const PROXY: From = From("10.0.0.1");
const STRANGER: From = From("192.0.2.66");

#[test]
fn a_stranger_is_not_believed_whatever_they_send() {
    let headers = [
        ("x-forwarded-for", "10.0.0.9"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-port", "1"),
    ];
    let standard = [("forwarded", "for=10.0.0.9;proto=https;host=evil.example")];
    for headers in [&headers[..], &standard, &[&headers[..], &standard].concat()] {
        assert_eq!(STRANGER.client(headers), "192.0.2.66");
        assert_eq!(STRANGER.origin(headers), "http://inside:5002");
    }
}

#[test]
fn the_client_is_the_rightmost_hop_that_is_no_trusted_proxy() {
    for (x_forwarded_for, client) in [
        (&["192.0.2.7"][..], "192.0.2.7"),
        (&["8.8.8.8, 192.0.2.7"], "192.0.2.7"),
        (&["8.8.8.8, 192.0.2.7, 10.0.0.2"], "192.0.2.7"),
        (&["8.8.8.8", "192.0.2.7", "10.0.0.2, 10.0.0.3"], "192.0.2.7"),
        (&["192.0.2.7:1234, [fd00::2]:80"], "192.0.2.7"),
        (&["192.0.2.7, ::ffff:10.0.0.2"], "192.0.2.7"),
        (&["2001:db8::7"], "2001:db8::7"),
        // A spoofed trusted hop is beyond the first stranger.
        (&["10.0.0.9, 192.0.2.7"], "192.0.2.7"),
        // All of the way is trusted: the first of it.
        (&["10.0.0.5, 10.0.0.2"], "10.0.0.5"),
        // A proxy that does not say stands for its clients.
        (&["unknown"], "10.0.0.1"),
        (&["8.8.8.8, garbage, 10.0.0.2"], "10.0.0.2"),
        (&["", " , "], "10.0.0.1"),
    ] {
        let headers: Vec<_> = x_forwarded_for.iter().map(|value| ("x-forwarded-for", *value)).collect();
        assert_eq!(PROXY.client(&headers), client, "{x_forwarded_for:?}");
    }
    for (forwarded, client) in [
        (&["for=192.0.2.7"][..], "192.0.2.7"),
        (&["for=8.8.8.8, for=192.0.2.7;proto=https, For=\"[fd00::2]:4711\""], "192.0.2.7"),
        (&["for=8.8.8.8", "for=\"192.0.2.7:80\", for=10.0.0.2"], "192.0.2.7"),
        (&["for=8.8.8.8, for=_hidden, for=10.0.0.2"], "10.0.0.2"),
        (&["for=8.8.8.8, for=\"192.0.2.7"], "10.0.0.1"),
        (&["for=\"a, for=192.0.2.7"], "10.0.0.1"),
        (&["for=\"a,b\", for=192.0.2.7"], "192.0.2.7"),
        (&["proto=https"], "10.0.0.1"),
    ] {
        let headers: Vec<_> = forwarded.iter().map(|value| ("forwarded", *value)).collect();
        assert_eq!(PROXY.client(&headers), client, "{forwarded:?}");
    }
    assert_eq!(PROXY.client(&[]), "10.0.0.1");
    assert_eq!(From("[fd00::1]").client(&[("x-forwarded-for", "192.0.2.7")]), "192.0.2.7");
    assert_eq!(From("[::ffff:10.0.0.1]").client(&[("x-forwarded-for", "192.0.2.7")]), "192.0.2.7");
}

#[test]
fn without_a_connection_nobody_is_known_and_nobody_believed() {
    let trusted: TrustedProxies = "0.0.0.0/0".parse().unwrap();
    let request = Request::builder().extension(Arc::new(trusted)).header("host", "here");
    let (parts, ()) = request.header("x-forwarded-host", "there").body(()).unwrap().into_parts();
    assert_eq!(client_address(&parts), None);
    assert_eq!(origin(&parts).unwrap().1.as_str(), "here");
}

#[test]
fn a_trusted_proxy_says_how_the_client_calls_the_service() {
    for (headers, origin) in [
        (&[("x-forwarded-proto", "https")][..], "https://inside:5002"),
        (&[("x-forwarded-host", "api.example")], "http://api.example"),
        (
            &[("x-forwarded-proto", "HTTPS"), ("x-forwarded-host", "api.example:8443")],
            "https://api.example:8443",
        ),
        (&[("x-forwarded-host", "api.example"), ("x-forwarded-port", "8080")], "http://api.example:8080"),
        (&[("x-forwarded-host", "[2001:db8::1]"), ("x-forwarded-port", "8080")], "http://[2001:db8::1]:8080"),
        (&[("x-forwarded-host", "api.example:1"), ("x-forwarded-port", "8080")], "http://api.example:1"),
        (
            &[
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "api.example"),
                ("x-forwarded-port", "443"),
            ],
            "https://api.example",
        ),
        (&[("forwarded", "for=192.0.2.7;proto=https;host=api.example")], "https://api.example"),
        (&[("forwarded", "for=192.0.2.7;host=\"api.example:8080\"")], "http://api.example:8080"),
        // What is no scheme, host or port is not said.
        (&[("x-forwarded-proto", "javascript"), ("x-forwarded-host", "u@h")], "http://inside:5002"),
        (&[("x-forwarded-host", "\"><script>"), ("x-forwarded-port", "99999")], "http://inside:5002"),
        (&[("x-forwarded-host", "api.example"), ("x-forwarded-port", "0")], "http://api.example"),
    ] {
        assert_eq!(PROXY.origin(headers), origin, "{headers:?}");
    }
}

#[test]
fn of_several_words_that_of_the_outermost_trusted_proxy_counts() {
    let two = ("x-forwarded-for", "8.8.8.8, 192.0.2.7, 10.0.0.2");
    let one = ("x-forwarded-for", "8.8.8.8, 192.0.2.7");
    for (headers, origin) in [
        // Both added to the list; the client's own entry is beyond.
        (&[two, ("x-forwarded-host", "evil.example, api.example, inner")][..], "http://api.example"),
        // The inner one replaced it.
        (&[two, ("x-forwarded-host", "api.example")], "http://api.example"),
        (&[one, ("x-forwarded-host", "evil.example, api.example")], "http://api.example"),
        (&[one, ("x-forwarded-proto", "http, https")], "https://inside:5002"),
        (&[("x-forwarded-host", "evil.example, api.example")], "http://api.example"),
        (
            &[(
                "forwarded",
                "for=8.8.8.8;host=evil, for=192.0.2.7;host=api.example, for=10.0.0.2;host=inner",
            )],
            "http://api.example",
        ),
        // The outer one did not say.
        (&[("forwarded", "for=8.8.8.8;host=evil, for=192.0.2.7, for=10.0.0.2;host=inner")], "http://inner"),
        (&[("forwarded", "host=evil, for=192.0.2.7")], "http://inside:5002"),
    ] {
        assert_eq!(PROXY.origin(headers), origin, "{headers:?}");
    }
}

#[test]
fn of_both_kinds_of_headers_only_what_both_say_counts() {
    let common = [
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "api.example"),
    ];
    let with = |forwarded| [&common[..], &[("forwarded", forwarded)]].concat();
    let agreeing = with("for=\"192.0.2.7:80\";proto=https;host=api.example");
    assert_eq!(
        (PROXY.client(&agreeing), PROXY.origin(&agreeing)),
        ("192.0.2.7".into(), "https://api.example".into())
    );
    // A client's own, passed on by a proxy that writes the others.
    let spoofed = with("for=192.0.2.7;proto=http;host=evil.example");
    assert_eq!(
        (PROXY.client(&spoofed), PROXY.origin(&spoofed)),
        ("192.0.2.7".into(), "http://inside:5002".into())
    );
    assert_eq!(PROXY.client(&with("for=8.8.8.8")), "10.0.0.1");
    assert_eq!(PROXY.client(&with("for=\"8.8.8.8")), "10.0.0.1");
    assert_eq!(PROXY.client(&[("forwarded", "for=8.8.8.8"), ("x-forwarded-proto", "https")]), "10.0.0.1");
}

proptest! {
    /// Whatever a client makes up, what the proxy adds to it decides.
    #[test]
    fn what_stands_left_of_the_proxys_word_changes_nothing(made_up in "[ -~]{0,60}") {
        let headers = [("x-forwarded-for", made_up.as_str()), ("x-forwarded-for", "192.0.2.7")];
        prop_assert_eq!(PROXY.client(&headers), "192.0.2.7");
        let line = format!("{made_up}, 192.0.2.7");
        prop_assert_eq!(PROXY.client(&[("x-forwarded-for", &line)]), "192.0.2.7");
        // An open quote may swallow the proxy's word, but gives nobody another.
        let client = PROXY.client(&[("forwarded", &format!("{made_up}, for=192.0.2.7"))]);
        prop_assert!(["192.0.2.7", "10.0.0.1"].contains(&client.as_str()), "{}", client);
    }

    /// Whoever is believed, the answer is an address and an origin.
    #[test]
    fn any_headers_are_read(values in prop::collection::vec("[ -~]{0,40}", 5)) {
        let names = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"];
        let headers: Vec<_> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
        for count in 0..headers.len() {
            let client: IpAddr = PROXY.client(&headers[count..]).parse().unwrap();
            prop_assert!(!client.to_string().is_empty());
            let url: http::Uri = PROXY.origin(&headers[count..]).parse().unwrap();
            prop_assert!(!url.authority().unwrap().as_str().contains('@'));
        }
    }
}
