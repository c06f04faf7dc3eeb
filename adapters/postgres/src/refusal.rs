//! What a refusal means for an operator: wait, or mend something.

use hexad_ports::{Concern, Mistake, NotReady, Unavailable};
use sqlx::postgres::{PgConnectOptions, PgDatabaseError};
use std::io;

pub(crate) const DATABASE: &str = "the database";

/// Why no connection could be opened.
pub(crate) fn connecting(error: sqlx::Error, address: &PgConnectOptions) -> NotReady {
    let by_socket = address.get_socket().is_some() || address.get_host().starts_with('/');
    match &error {
        sqlx::Error::Database(refusal) => {
            let code = refusal.code().unwrap_or_default().into_owned();
            let why = format!("the database refuses the connection: {}", one_line(refusal.message()));
            match code.as_str() {
                // No such role, a wrong password, or no line in pg_hba.conf.
                "28000" | "28P01" => mistake(Concern::Credentials, why),
                "3D000" => mistake(Concern::Name, why),
                "42501" => mistake(Concern::Privilege, why),
                // Starting, stopping, too many connections, out of memory, trouble within.
                _ if ["08", "53", "55", "57", "58", "XX"].iter().any(|class| code.starts_with(class)) => {
                    away(error)
                }
                _ => mistake(Concern::Address, why),
            }
        }
        sqlx::Error::Tls(why) => mistake(
            Concern::Encryption,
            format!("no encrypted connection is possible: {}", one_line(&why.to_string())),
        ),
        // rustls tells of a certificate that it does not believe as data that are not valid.
        sqlx::Error::Io(why) if why.kind() == io::ErrorKind::InvalidData => mistake(
            Concern::Encryption,
            format!("no encrypted connection is possible: {}", one_line(&why.to_string())),
        ),
        // No network says so: what was not found is a file with a certificate.
        sqlx::Error::Io(why)
            if !by_socket
                && matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) =>
        {
            let why =
                format!("a certificate that the URL names cannot be read: {}", one_line(&why.to_string()));
            mistake(Concern::Encryption, why)
        }
        _ => away(error),
    }
}

/// Why an open connection could not do what it was asked to.
pub(crate) fn working(error: sqlx::Error) -> NotReady {
    let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
    match (code.as_str(), error.as_database_error()) {
        ("42501", Some(refusal)) => mistake(
            Concern::Privilege,
            format!("the role may not do what is needed: {}", one_line(refusal.message())),
        ),
        _ => away(error),
    }
}

/// The name of the constraint that a row would have violated, where it is a unique one.
pub(crate) fn violated_unique(error: &sqlx::Error) -> Option<&str> {
    let refusal = error.as_database_error()?;
    let violation = refusal.is_unique_violation();
    violation.then(|| refusal.try_downcast_ref::<PgDatabaseError>()?.constraint()).flatten()
}

pub(crate) fn away(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> NotReady {
    Unavailable::new(DATABASE, cause).into()
}

fn mistake(about: Concern, why: String) -> NotReady {
    Mistake::new(about, why).into()
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
