//! What other programs of this kind are configured with, and this version cannot do: each ends the start, and says so.

use super::{Kind, PLAIN, Setting};
use crate::program::Service::Auth;

const LOGIN_LIMITS: Setting = Setting {
    services: &[Auth],
    kind: Kind::NotBuilt("limits on failed logins"),
    help: "Limits on failed logins",
    ..PLAIN
};

/// The rows.
pub(super) const ROWS: &[Setting] = &[
    Setting { name: "LOGIN_LIMIT_ACCOUNT", ..LOGIN_LIMITS },
    Setting { name: "LOGIN_LIMIT_ADDRESS", ..LOGIN_LIMITS },
    Setting { name: "METRICS_ADDR", kind: Kind::NotBuilt("metrics"), help: "Metrics", ..PLAIN },
];
