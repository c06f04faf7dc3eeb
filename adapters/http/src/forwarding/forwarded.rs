//! The header `Forwarded` (RFC 7239).

use super::{Told, Walk, authority, node, scheme};
use http::{HeaderMap, header, uri::Authority};
use std::net::IpAddr;

/// What the header tells; `None` where there is none.
pub(super) fn told(walk: &Walk<'_>, headers: &HeaderMap) -> Option<Told> {
    if !headers.contains_key(header::FORWARDED) {
        return None;
    }
    // A quote that a client left open swallows what a proxy wrote after it: then nobody's word can be told apart.
    let Some(elements) = elements(headers) else { return Some(Told::nothing(walk.peer)) };
    let hops: Vec<_> = elements.iter().map(|element| element.client).collect();
    let (client, written) = walk.out(&hops);
    // The outermost trusted proxy knows best how the client calls this service, and each further in next to it.
    let trusted = || elements.iter().skip(elements.len().saturating_sub(written));
    Some(Told {
        client,
        scheme: trusted().find_map(|element| element.scheme),
        authority: trusted().find_map(|element| element.authority.clone()),
        port: None,
    })
}

/// The word of one proxy. One that cannot be read says nothing.
#[derive(Default, Debug, PartialEq, Eq)]
struct Element {
    client: Option<IpAddr>,
    scheme: Option<&'static str>,
    authority: Option<Authority>,
}

/// All elements of all header lines, in their order.
fn elements(headers: &HeaderMap) -> Option<Vec<Element>> {
    let mut elements = Vec::new();
    for line in headers.get_all(header::FORWARDED) {
        let written = split(line.to_str().ok()?, ',')?;
        let written = written.into_iter().map(str::trim).filter(|element| !element.is_empty());
        elements.extend(written.map(|element| Element::read(element).unwrap_or_default()));
    }
    Some(elements)
}

impl Element {
    fn read(text: &str) -> Option<Self> {
        let [mut client, mut scheme, mut host] = [None, None, None];
        for pair in split(text, ';')? {
            let (name, written) = pair.trim().split_once('=')?;
            let place = match name.to_ascii_lowercase().as_str() {
                "for" => &mut client,
                "proto" => &mut scheme,
                "host" => &mut host,
                _ => continue,
            };
            // Which one counts would be a guess.
            if place.replace(value(written)?).is_some() {
                return None;
            }
        }
        Some(Self {
            client: client.and_then(|node| node::address(&node)),
            scheme: scheme.and_then(|name| self::scheme(&name)),
            authority: host.and_then(|host| authority(host.as_bytes())),
        })
    }
}

/// The pieces between separators that stand in no quoted string; `None` where one is left open.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped) = (false, false);
    let pieces = text
        .split(|c| {
            let (was_quoted, was_escaped) = (quoted, escaped);
            escaped = was_quoted && !was_escaped && c == '\\';
            quoted ^= c == '"' && !was_escaped;
            c == separator && !was_quoted
        })
        .collect();
    (!quoted).then_some(pieces)
}

/// A token, or what a quoted string stands for (RFC 9110, section 5.6.4).
fn value(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else {
        return (!text.is_empty() && !text.contains(['"', '\\', ' ', '\t'])).then(|| text.to_owned());
    };
    let mut value = String::new();
    let mut rest = inner.strip_suffix('"')?.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => value.push(rest.next()?),
            '"' => return None,
            c => value.push(c),
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::{Element, split, value};
    use proptest::prelude::*;

    fn read(text: &str) -> Element {
        Element::read(text).unwrap()
    }

    #[test]
    fn an_element_is_read_as_rfc_7239_writes_it() {
        let element =
            read("For=\"[2001:db8:cafe::17]:4711\";proto=HTTPS;by=203.0.113.43;host=\"api.example:8443\"");
        assert_eq!(element.client, "2001:db8:cafe::17".parse().ok());
        assert_eq!(element.scheme, Some("https"));
        assert_eq!(element.authority.unwrap().as_str(), "api.example:8443");
        assert_eq!(read("for=192.0.2.43 ; proto=http").scheme, Some("http"));
        assert_eq!(read("for=\"_gazonk\";secret=\"a;b,c\""), Element::default());
        assert_eq!(read("proto=ftp;host=\"u@h\""), Element::default());
    }

    #[test]
    fn what_is_no_element_says_nothing() {
        for text in
            ["for", "for=1.1.1.1;for=2.2.2.2", "for=1.1.1.1;", "for=\"1.1.1.1", "for=a b", "for=\"a\"b\""]
        {
            assert_eq!(Element::read(text), None, "{text}");
        }
    }

    #[test]
    fn separators_in_a_quoted_string_separate_nothing() {
        assert_eq!(split(r#"a="x,\",y",b"#, ','), Some(vec![r#"a="x,\",y""#, "b"]));
        assert_eq!(split(r#"a\,b"#, ','), Some(vec![r"a\", "b"]));
        assert_eq!(split(r#"a="x,b"#, ','), None);
        assert_eq!(split(r#"a="x\"#, ','), None);
        assert_eq!(value(r#""a\"b\\""#).as_deref(), Some(r#"a"b\"#));
    }

    proptest! {
        #[test]
        fn whatever_is_quoted_is_one_value(text in "[ -~]{0,30}") {
            let quoted = format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""));
            let element = format!("x={quoted}");
            let list = format!("{element},y=1");
            prop_assert_eq!(split(&list, ',').unwrap(), [element.as_str(), "y=1"]);
            prop_assert_eq!(value(&quoted), Some(text));
        }

        #[test]
        fn whatever_is_written_is_read_or_says_nothing(text in "[ -~]{0,60}") {
            for piece in split(&text, ',').unwrap_or_default() {
                let _ = Element::read(piece);
            }
        }
    }
}
