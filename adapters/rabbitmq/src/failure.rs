//! What the broker and the driver say when something cannot be done.

use crate::connection::Wire;
use hexad_ports::{Concern, Mistake, NotReady, Unavailable};
use lapin::{Error, ErrorKind};
use std::{io, time::Duration};

/// Why the broker cannot be used now.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failure {
    /// It may pass by itself. The cause is for the log, on one line.
    #[error("{0}")]
    Away(String),
    /// Only an operator can mend it.
    #[error(transparent)]
    Mistake(#[from] Mistake),
}

impl Failure {
    pub(crate) fn away(cause: impl ToString) -> Self {
        Failure::Away(cause.to_string())
    }

    pub(crate) fn mistake(about: Concern, why: impl Into<String>) -> Self {
        Failure::Mistake(Mistake::new(about, why))
    }

    /// The broker has sent `connection.blocked`.
    pub(crate) fn blocked() -> Self {
        Failure::away("the broker takes nothing from publishers now, for want of memory or disk space")
    }

    /// The broker did not answer in time over that connection.
    pub(crate) fn late(used: Option<&Wire>, limit: Duration) -> Self {
        match used {
            Some(wire) if wire.blocked() => Failure::blocked(),
            _ => Failure::away(format!("no answer within {limit:?}")),
        }
    }

    /// The failure as a port tells it.
    pub(crate) fn unavailable(&self) -> Unavailable {
        Unavailable::new("the broker", self.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::away(error)
    }
}

impl From<Failure> for Unavailable {
    fn from(failure: Failure) -> Self {
        failure.unavailable()
    }
}

impl From<Failure> for NotReady {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Mistake(mistake) => NotReady::Mistake(mistake),
            away @ Failure::Away(_) => NotReady::Away(away.unavailable()),
        }
    }
}

/// Reply codes of AMQP 0-9-1 (section 1.2 of the reference) that we tell apart.
pub(crate) mod code {
    pub(crate) const ACCESS_REFUSED: u16 = 403;
    pub(crate) const NOT_FOUND: u16 = 404;
    pub(crate) const RESOURCE_LOCKED: u16 = 405;
    pub(crate) const PRECONDITION_FAILED: u16 = 406;
    pub(crate) const NOT_ALLOWED: u16 = 530;
}

/// The code and the text that the broker closed a channel or the connection with.
pub(crate) fn reply(error: &Error) -> Option<(u16, &str)> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some((error.get_id(), error.get_message().as_str())),
        _ => None,
    }
}

/// What an error means that ended the opening of a connection.
pub(crate) fn of_handshake(error: &Error) -> Failure {
    match (reply(error), error.kind()) {
        (Some((code::ACCESS_REFUSED, text)), _) => Failure::mistake(Concern::Credentials, text),
        // A limit on connections is told with this code too, and passes when others leave.
        (Some((code::NOT_ALLOWED, text)), _) if text.contains("limit") => Failure::away(text),
        (Some((code::NOT_ALLOWED, text)), _) if text.contains("refused for user") => {
            Failure::mistake(Concern::Privilege, text)
        }
        (Some((code::NOT_ALLOWED, text)), _) => Failure::mistake(Concern::Name, text),
        (_, ErrorKind::InvalidProtocolVersion(_) | ErrorKind::ParsingError(_)) => Failure::mistake(
            Concern::Address,
            "what answers there does not speak AMQP 0-9-1 (where it expects TLS, the scheme is amqps)",
        ),
        _ => Failure::away(error),
    }
}

/// What an error means that ended the handshake of TLS.
pub(crate) fn of_tls(error: &io::Error) -> Failure {
    match error.kind() {
        // rustls says so for what is wrong with a certificate, and for what is no TLS at all.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Failure::mistake(Concern::Encryption, format!("no connection by TLS: {error}"))
        }
        _ => Failure::away(format!("TLS: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::protocol::{AMQPError, AMQPErrorKind, AMQPHardError, AMQPSoftError};

    fn handshake(kind: AMQPErrorKind, text: &str) -> Option<Concern> {
        match of_handshake(&ErrorKind::ProtocolError(AMQPError::new(kind, text.into())).into()) {
            Failure::Mistake(mistake) => Some(mistake.about),
            Failure::Away(_) => None,
        }
    }

    /// The texts are those of RabbitMQ 3.10.
    #[test]
    fn what_only_an_operator_can_mend_is_told_apart() {
        let not_allowed = || AMQPErrorKind::from(AMQPHardError::NOTALLOWED);
        let refused = AMQPErrorKind::from(AMQPSoftError::ACCESSREFUSED);
        assert_eq!(
            handshake(refused, "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN."),
            Some(Concern::Credentials)
        );
        assert_eq!(handshake(not_allowed(), "NOT_ALLOWED - vhost nowhere not found"), Some(Concern::Name));
        assert_eq!(
            handshake(not_allowed(), "NOT_ALLOWED - access to vhost 'v' refused for user 'ada'"),
            Some(Concern::Privilege)
        );
        assert_eq!(
            handshake(
                not_allowed(),
                "NOT_ALLOWED - access to vhost 'v' refused for user 'ada': connection limit (1) is reached"
            ),
            None
        );
        assert_eq!(
            handshake(
                AMQPHardError::CONNECTIONFORCED.into(),
                "CONNECTION_FORCED - broker forced connection closure"
            ),
            None
        );
    }

    #[test]
    fn a_certificate_is_a_matter_for_an_operator_and_a_cut_is_not() {
        let of = |kind| matches!(of_tls(&io::Error::from(kind)), Failure::Mistake(_));
        assert!(of(io::ErrorKind::InvalidData) && of(io::ErrorKind::InvalidInput));
        assert!(!of(io::ErrorKind::UnexpectedEof) && !of(io::ErrorKind::ConnectionReset));
    }
}
