//! What is wrong with a setting, in one line.

use super::source::Origin;

/// Why a value is refused. What was given and where is added by whoever knows the setting.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is none of the accepted values.
    Accepts(String),
    /// It asks for something that is not built.
    NotBuilt(&'static str),
}

impl Refusal {
    pub(super) fn accepts(what: impl Into<String>) -> Self {
        Self::Accepts(what.into())
    }
}

/// Why settings are refused: one line that names the setting, what was given (never a secret) and what is accepted.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is not among those that are accepted.
    #[error("{name} ({origin}) is {given}; accepted: {accepted}")]
    #[allow(missing_docs, reason = "the message names them")]
    Value { name: String, origin: Origin, given: String, accepted: String },
    /// Two names of one setting say different things.
    #[error(
        "{one} and {other} ({origin}) are names of one setting, but have different values; set one of them"
    )]
    #[allow(missing_docs, reason = "the message names them")]
    Contradiction { one: String, other: String, origin: Origin },
    /// A setting asks for something that is not built. It never falls back to something else.
    #[error(
        "{name} ({origin}) asks for {what}, which this version does not have; \
         nothing else is used in its place, so unset {name} to start without it"
    )]
    #[allow(missing_docs, reason = "the message names them")]
    NotBuilt { name: String, origin: Origin, what: &'static str },
    /// A setting of a single service was given to the suite.
    #[error("{name} ({origin}) is a setting of one service; for all six take {instead}")]
    #[allow(missing_docs, reason = "the message names them")]
    OneServiceOnly { name: String, origin: Origin, instead: String },
    /// A value is not text.
    #[error("{name} ({origin}) is not UTF-8")]
    #[allow(missing_docs, reason = "the message names them")]
    NotText { name: String, origin: Origin },
    /// The `.env` file cannot be read.
    #[error("the .env file cannot be read: {0}")]
    DotEnvFile(#[source] std::io::Error),
    /// The `.env` file has a line that is no setting. The line itself may hold a secret and is not shown.
    #[error("the .env file has a line that is not NAME=value{}", .after.as_ref().map(|name| format!(", after {name}")).unwrap_or_default())]
    DotEnvLine {
        /// The last name that could be read.
        after: Option<String>,
    },
    /// Half of something was given.
    #[error("{given} ({origin}) is given, but {needed} is not; set both or neither")]
    #[allow(missing_docs, reason = "the message names them")]
    Half { needed: String, given: String, origin: Origin },
    /// Two ways to say one thing were taken at once.
    #[error("{one} and {other} both say where the same server is; set one of them")]
    #[allow(missing_docs, reason = "the message names them")]
    Both { one: String, other: String },
    /// In production nothing may be embedded or made up.
    #[error("{name} ({origin}) is production, which refuses {what}; set {needed}")]
    #[allow(missing_docs, reason = "the message names them")]
    Production { name: String, origin: Origin, what: &'static str, needed: String },
}
