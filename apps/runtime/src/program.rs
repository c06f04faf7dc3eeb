//! Which programs there are, and which services each of them runs.

use std::fmt;

/// One of the six services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Logs users in and issues tokens.
    Auth,
    /// Registers users, by SOAP.
    UserSoap,
    /// Keeps each user's session.
    Session,
    /// Receives and serves images.
    Image,
    /// Finds users by name, by SOAP.
    UserLookup,
    /// Tells when a user last connected.
    Connected,
}

impl Service {
    /// Every service, in the order of their ports.
    pub const ALL: [Service; 6] =
        [Self::Auth, Self::UserSoap, Self::Session, Self::Image, Self::UserLookup, Self::Connected];

    /// The name in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::UserSoap => "user-soap",
            Self::Session => "session",
            Self::Image => "image",
            Self::UserLookup => "user-lookup",
            Self::Connected => "connected",
        }
    }

    /// The name of the program that runs this service alone.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Auth => "auth-service",
            Self::UserSoap => "user-soap-service",
            Self::Session => "session-service",
            Self::Image => "image-service",
            Self::UserLookup => "user-lookup-service",
            Self::Connected => "connected-service",
        }
    }

    /// What the suite puts before the name of a setting that each service has for itself, as in `AUTH_PORT`.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Auth => "AUTH",
            Self::UserSoap => "USER_SOAP",
            Self::Session => "SESSION",
            Self::Image => "IMAGE",
            Self::UserLookup => "USER_LOOKUP",
            Self::Connected => "CONNECTED",
        }
    }

    /// What the service does, for `--help`.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Auth => "Logs users in and issues tokens (HTTP/JSON).",
            Self::UserSoap => "Registers users (SOAP 1.1 and 1.2).",
            Self::Session => "Keeps each user's session (HTTP/JSON).",
            Self::Image => "Receives, lists and serves images (HTTP/JSON).",
            Self::UserLookup => "Finds users by name (SOAP 1.1 and 1.2).",
            Self::Connected => "Tells when a user last connected (HTTP/JSON).",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A program: one service alone, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// One service.
    Only(Service),
    /// All six in one process.
    Suite,
}

impl Program {
    /// The name of the executable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Only(service) => service.program(),
            Self::Suite => "hexad",
        }
    }

    /// The services that run in it.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        match self {
            Self::Only(service) => std::slice::from_ref(service),
            Self::Suite => &Service::ALL,
        }
    }

    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Only(service) => service.about(),
            Self::Suite => "Runs the six services of Hexad in one process.",
        }
    }
}
