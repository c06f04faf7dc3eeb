//! Which programs there are, and which services each of them runs.

use crate::{
    assemble::{self, Assembly},
    commands::{self, Command},
};
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

/// A program: the services that run in it, each with the function that puts it together.
///
/// That function is in the value, and in no list of all services: so what a program does not run is not linked into it
/// either, drivers of databases included.
#[derive(Clone, Copy)]
pub struct Program {
    name: &'static str,
    about: &'static str,
    services: &'static [Assembly],
    commands: &'static [Command],
}

impl Program {
    /// The auth service.
    pub const AUTH: Self = Self { commands: &[commands::BENCH], ..Self::only(&[assemble::auth::SERVICE]) };
    /// The registration service.
    pub const USER_SOAP: Self = Self::only(&[assemble::user_soap::SERVICE]);
    /// The session service.
    pub const SESSION: Self =
        Self { commands: &[commands::DEDUPE], ..Self::only(&[assemble::session::SERVICE]) };
    /// The image service.
    pub const IMAGE: Self = Self::only(&[assemble::image::SERVICE]);
    /// The lookup service.
    pub const USER_LOOKUP: Self = Self::only(&[assemble::user_lookup::SERVICE]);
    /// The connected service.
    pub const CONNECTED: Self = Self::only(&[assemble::connected::SERVICE]);
    /// All six in one process.
    pub const SUITE: Self = Self {
        name: "hexad",
        about: "Runs the six services of Hexad in one process.",
        services: &[
            assemble::auth::SERVICE,
            assemble::user_soap::SERVICE,
            assemble::session::SERVICE,
            assemble::image::SERVICE,
            assemble::user_lookup::SERVICE,
            assemble::connected::SERVICE,
        ],
        commands: &[],
    };

    /// The program of one service.
    const fn only(assembly: &'static [Assembly; 1]) -> Self {
        let [Assembly { service, .. }] = assembly;
        Self { name: service.program(), about: service.about(), services: assembly, commands: &[] }
    }

    /// The name of the executable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The services that run in it.
    pub fn services(self) -> impl Iterator<Item = Service> {
        self.services.iter().map(|assembly| assembly.service)
    }

    /// Whether it runs several services, so that what each has for itself needs a prefix.
    pub(crate) const fn is_suite(self) -> bool {
        self.services.len() > 1
    }

    /// What it can be asked besides to run.
    pub(crate) const fn commands(self) -> &'static [Command] {
        self.commands
    }

    pub(crate) const fn about(self) -> &'static str {
        self.about
    }

    /// How a service of this program is put together.
    pub(crate) fn assembly(self, service: Service) -> Option<Assembly> {
        self.services.iter().find(|assembly| assembly.service == service).copied()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({})", self.name)
    }
}

impl PartialEq for Program {
    /// The name says it all.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Program {}
