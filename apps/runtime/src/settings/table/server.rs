//! The HTTP server: whom it believes, its bounds, and the log.

use super::{Default, Kind, PLAIN, Setting, put};
use crate::settings::parse;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The most that any bound on a number of things may be set to.
const MANY: usize = 1_000_000;

/// The rows.
pub(super) const ROWS: &[Setting] = &[
    Setting {
        name: "TRUSTED_PROXIES",
        value: "NETWORK,…",
        default: Default::Value("none"),
        kind: Kind::Shared(|s, v| put(&mut s.trusted_proxies, parse::proxies(v))),
        help: "Proxies whose Forwarded and X-Forwarded-* headers count, as addresses and networks (CIDR); none for none",
        ..PLAIN
    },
    Setting {
        name: "BODY_LIMIT",
        value: "SIZE",
        default: Default::Value("1MiB"),
        kind: Kind::Shared(|s, v| {
            let bytes = parse::size(v, 1 << 10..=1 << 30)?;
            put(&mut s.limits.body_bytes, Ok(usize::try_from(bytes).unwrap_or(usize::MAX)))
        }),
        help: "The largest JSON or XML body",
        ..PLAIN
    },
    Setting {
        name: "HEADER_LIMIT",
        value: "SIZE",
        default: Default::Value("64KiB"),
        kind: Kind::Shared(|s, v| {
            // hyper takes no smaller buffer than 8 KiB.
            let bytes = parse::size(v, 8 << 10..=1 << 20)?;
            put(&mut s.limits.header_bytes, Ok(u32::try_from(bytes).unwrap_or(u32::MAX)))
        }),
        help: "The largest head of a request",
        ..PLAIN
    },
    Setting {
        name: "HEADER_TIMEOUT",
        value: "DURATION",
        default: Default::Value("15s"),
        kind: Kind::Shared(|s, v| put(&mut s.limits.header_time, parse::duration(v, SECOND..=HOUR))),
        help: "How long the head of a request may take, from the accepting of its connection",
        ..PLAIN
    },
    Setting {
        name: "BODY_IDLE_TIMEOUT",
        value: "DURATION",
        default: Default::Value("15s"),
        kind: Kind::Shared(|s, v| put(&mut s.limits.body_idle, parse::duration(v, SECOND..=HOUR))),
        help: "How long a body may stand still",
        ..PLAIN
    },
    Setting {
        name: "BODY_TIMEOUT",
        value: "DURATION",
        default: Default::Value("60s"),
        kind: Kind::Shared(|s, v| put(&mut s.limits.body_total, parse::duration(v, SECOND..=HOUR))),
        help: "How long a body may take in all; an upload may take as long as it moves",
        ..PLAIN
    },
    Setting {
        name: "IDLE_TIMEOUT",
        value: "DURATION",
        default: Default::Value("60s"),
        kind: Kind::Shared(|s, v| put(&mut s.limits.idle, parse::duration(v, SECOND..=DAY))),
        help: "How long an HTTP/2 connection is kept without a request",
        ..PLAIN
    },
    Setting {
        name: "STALL_TIMEOUT",
        value: "DURATION",
        default: Default::Value("120s"),
        kind: Kind::Shared(|s, v| put(&mut s.limits.stall, parse::duration(v, SECOND..=DAY))),
        help: "How long a connection with open requests may stand still in both directions",
        ..PLAIN
    },
    Setting {
        name: "MAX_CONNECTIONS",
        value: "NUMBER",
        default: Default::Value("1024"),
        kind: Kind::Shared(|s, v| put(&mut s.limits.connections, parse::number(v, 1..=MANY))),
        help: "How many connections a service has open at once; others wait",
        ..PLAIN
    },
    Setting {
        name: "MAX_REQUESTS",
        value: "NUMBER",
        default: Default::Value("512"),
        kind: Kind::Shared(|s, v| put(&mut s.limits.requests, parse::number(v, 1..=MANY))),
        help: "How many requests a service handles at once; others get a 503",
        ..PLAIN
    },
    Setting {
        name: "SHUTDOWN_TIMEOUT",
        value: "DURATION",
        default: Default::Value("10s"),
        kind: Kind::Shared(|s, v| put(&mut s.limits.shutdown, parse::duration(v, SECOND..=HOUR))),
        help: "How long running requests may take to end after SIGTERM or SIGINT",
        ..PLAIN
    },
    Setting {
        name: "LOG",
        value: "LEVELS",
        default: Default::Value("info"),
        kind: Kind::Shared(|s, v| put(&mut s.log, parse::log_filter(v))),
        help: "What is logged: off, error, warn, info, debug or trace, and PART=LEVEL after commas",
        ..PLAIN
    },
    Setting {
        name: "LOG_FORMAT",
        value: "FORMAT",
        default: Default::Value("auto"),
        kind: Kind::Shared(|s, v| put(&mut s.log_format, parse::log_format(v))),
        help: "text, json, or auto: text on a terminal and JSON anywhere else",
        ..PLAIN
    },
];
