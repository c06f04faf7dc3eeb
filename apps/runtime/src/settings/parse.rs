//! What the values of settings look like.
//!
//! Each function answers with the value or with what is accepted, in words that can follow "accepted:".

use super::{LogFormat, Secret, error::Refusal};
use hexad_crypto::MIN_KEY_BYTES;
use hexad_http::{Origins, TrustedProxies};
use http::Uri;
use std::{net::IpAddr, net::Ipv4Addr, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration};
use tracing_subscriber::filter::{LevelFilter, Targets};

type Parsed<T> = Result<T, Refusal>;

/// The levels of the log.
const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// A duration with its unit: `250ms`, `5s`, `15m`, `1h`, `7d`.
pub(super) fn duration(text: &str, within: RangeInclusive<Duration>) -> Parsed<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let millis = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    };
    let number = digits.parse::<u64>().ok();
    let parsed = number.zip(millis).and_then(|(n, unit)| n.checked_mul(unit)).map(Duration::from_millis);
    parsed.filter(|duration| within.contains(duration)).ok_or_else(|| {
        let short = if *within.start() < Duration::from_secs(1) { "250ms, " } else { "" };
        Refusal::accepts(format!(
            "a duration such as {short}5s, 15m or 1h, from {} to {}",
            in_units(*within.start()),
            in_units(*within.end())
        ))
    })
}

fn in_units(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    match units.into_iter().find(|(unit, _)| millis >= *unit && millis.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}

/// A size in bytes, or with a binary unit: `65536`, `64KiB`, `1MiB`.
pub(super) fn size(text: &str, within: RangeInclusive<u64>) -> Parsed<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let bytes = match unit {
        "" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let parsed = digits.parse::<u64>().ok().zip(bytes).and_then(|(n, unit): (u64, u64)| n.checked_mul(unit));
    parsed.filter(|size| within.contains(size)).ok_or_else(|| {
        let (least, most) = (in_bytes(*within.start()), in_bytes(*within.end()));
        Refusal::accepts(format!("a size in bytes, or such as 64KiB or 1MiB, from {least} to {most}"))
    })
}

fn in_bytes(size: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| size >= *unit && size.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", size / unit),
        None => size.to_string(),
    }
}

/// A whole number, digits alone.
pub(super) fn number<T>(text: &str, within: RangeInclusive<T>) -> Parsed<T>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = text.parse().ok().filter(|number| digits && within.contains(number));
    parsed.ok_or_else(|| {
        Refusal::accepts(format!("a whole number from {} to {}", within.start(), within.end()))
    })
}

/// One of these words.
pub(super) fn one_of<T: Copy>(text: &str, words: &[(&'static str, T)]) -> Parsed<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        Refusal::accepts(words.join(" or "))
    })
}

/// An address to listen on. Names are not looked up: what a name means can change under a running program.
pub(super) fn host(text: &str) -> Parsed<IpAddr> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    text.trim_start_matches('[').trim_end_matches(']').parse().map_err(|_| {
        Refusal::accepts("an IP address to listen on, such as 127.0.0.1, 0.0.0.0 or ::, or localhost")
    })
}

/// A folder.
pub(super) fn folder(text: &str) -> PathBuf {
    PathBuf::from(text)
}

/// A key that signs.
pub(super) fn signing_key(text: &str) -> Parsed<Secret> {
    if text.len() >= MIN_KEY_BYTES {
        return Ok(Secret::new(text));
    }
    Err(Refusal::accepts(format!("at least {MIN_KEY_BYTES} bytes (make one with: openssl rand -hex 32)")))
}

/// Keys with commas between them. A space around one is refused, as nobody could tell whether it belongs to the key.
pub(super) fn previous_keys(text: &str) -> Parsed<Vec<Secret>> {
    let keys: Vec<&str> = text.split(',').collect();
    if keys.iter().any(|key| key.is_empty() || key.trim() != *key) {
        return Err(Refusal::accepts("keys with commas between them, none empty, no spaces around them"));
    }
    Ok(keys.into_iter().map(Secret::new).collect())
}

/// The origins of CORS: `*`, `none`, or a list, each as a browser sends it (RFC 6454, section 6.2).
pub(super) fn origins(text: &str) -> Parsed<Origins> {
    if text == "none" {
        return Ok(Origins::Closed);
    }
    let origins = Origins::from_setting(text);
    let good = match &origins {
        Origins::Closed => false,
        Origins::Any => text.trim() == "*",
        Origins::List(list) => list.iter().all(|origin| is_origin(origin)),
    };
    if good {
        return Ok(origins);
    }
    Err(Refusal::accepts(
        "origins with commas between them, each as scheme://host or scheme://host:port in lower case \
         without a path, or * for all, or none",
    ))
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let in_scheme = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    let in_rest = |c: char| c.is_ascii_graphic() && !c.is_ascii_uppercase() && !"/?#@*\\\"'<>".contains(c);
    scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.chars().all(in_scheme)
        && !rest.is_empty()
        && rest.chars().all(in_rest)
}

/// Addresses and networks with commas between them; `none` for none.
pub(super) fn proxies(text: &str) -> Parsed<TrustedProxies> {
    if text == "none" {
        return Ok(TrustedProxies::default());
    }
    text.parse().map_err(|_| {
        Refusal::accepts(
            "addresses and networks with commas between them, such as 10.0.0.0/8, 192.0.2.1, fd00::/8 \
             (no bits after the prefix), or none",
        )
    })
}

/// The address of a service or a folder as its clients see it, without the slash at its end.
pub(super) fn public_url(text: &str) -> Parsed<String> {
    let good = text.parse::<Uri>().is_ok_and(|uri| {
        let host = uri
            .authority()
            .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'));
        host && matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none()
    });
    // `Uri` drops a fragment without a word.
    if good && !text.contains('#') {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(Refusal::accepts(
        "an http:// or https:// address without a query, such as https://example.com/images",
    ))
}

/// A name that a broker takes for a queue or an exchange (AMQP 0-9-1, section 1.1: a short string). Those of `amq.` are
/// the broker's own.
pub(super) fn queue(text: &str) -> Parsed<String> {
    let good = text.len() <= 255 && !text.starts_with("amq.") && !text.contains(char::is_control);
    if good && !text.is_empty() {
        return Ok(text.to_owned());
    }
    Err(Refusal::accepts("a name of at most 255 bytes that does not begin with amq."))
}

/// Names with commas between them; `none` for none.
pub(super) fn queues(text: &str) -> Parsed<Vec<String>> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let names: Result<Vec<_>, _> = text.split(',').map(|name| queue(name.trim())).collect();
    names.map_err(|_| {
        Refusal::accepts(
            "names with commas between them, each of at most 255 bytes and not beginning with amq., or none",
        )
    })
}

/// The only one, or none.
pub(super) fn at_most_one(names: Vec<String>) -> Parsed<Option<String>> {
    let mut names = names.into_iter();
    let only = names.next();
    match names.next() {
        None => Ok(only),
        Some(_) => {
            Err(Refusal::accepts("one name of at most 255 bytes that does not begin with amq., or none"))
        }
    }
}

/// What is logged: a level for Hexad's own parts, and levels for parts by their names. Other crates' lines are
/// logged from `warn` on, unless they are named: at their lower levels some of them write what passes through them.
/// The broker's driver is not logged at all: to it a queue that is not there yet and a broker that is away are errors,
/// many for one, and what they mean is told by whoever uses it.
pub(super) fn log_filter(text: &str) -> Parsed<Targets> {
    let mut filter = Targets::new().with_default(LevelFilter::WARN).with_target("lapin", LevelFilter::OFF);
    for item in text.split(',').map(str::trim) {
        let (target, word) = item.split_once('=').unwrap_or(("hexad", item));
        let level = one_of(word, &LEVELS).ok().filter(|_| !target.is_empty() && !target.contains(' '));
        let Some(level) = level else {
            return Err(Refusal::accepts(
                "off, error, warn, info, debug or trace, and after commas PART=LEVEL, \
                 such as info,hexad::access=off",
            ));
        };
        filter = filter.with_target(target, level);
    }
    // Off means off: for all that nobody named.
    Ok(if text.trim() == "off" { filter.with_default(LevelFilter::OFF) } else { filter })
}

/// How lines of the log are written.
pub(super) fn log_format(text: &str) -> Parsed<LogFormat> {
    one_of(text, &[("auto", LogFormat::Auto), ("text", LogFormat::Text), ("json", LogFormat::Json)])
}
