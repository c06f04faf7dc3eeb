//! What can go wrong between us and the server.

use hexad_ports::Unavailable;
use mongodb::error::{Error, ErrorKind, WriteFailure};
use std::time::Duration;

/// The code of a key that is there already.
const DUPLICATE_KEY: i32 = 11_000;
/// The code of a path that leads through something that is no document.
const PATH_NOT_VIABLE: i32 = 28;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Without the server's whole response, which the driver's own text has.
    #[error("{}", .0.kind)]
    Driver(#[from] Error),
    /// It does so each time, until somebody changes the collection or the document. The change was taken back.
    #[error("the collection of sessions refuses the document: {}", .0.kind)]
    Refused(Error),
    #[error("{0}")]
    Bson(#[from] mongodb::bson::error::Error),
    #[error("it is not prepared yet")]
    NotPrepared,
    #[error("no answer within {} ms", .0.as_millis())]
    TooSlow(Duration),
    #[error("{0} events of the user wait to be sent, and no more are taken")]
    Full(u32),
    #[error("a document of session_heads is not as this program writes it")]
    UnreadableHead,
    #[error("{0}")]
    Content(String),
}

impl Failure {
    pub(crate) fn unavailable(self, what: &'static str) -> Unavailable {
        Unavailable::new(what, self)
    }
}

/// The code that the server gave, whichever way the driver wraps it.
pub(crate) fn code(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => Some(concern.code),
        _ => None,
    }
}

pub(crate) fn is_duplicate_key(error: &Error) -> bool {
    code(error) == Some(DUPLICATE_KEY)
}

/// Whether the server has answered the command, with an error.
pub(crate) fn is_answer(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(_))
}

/// Whether the server has refused this document. What fails for the server's own sake fails as a command.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Write(WriteFailure::WriteError(_)))
}

pub(crate) fn is_path_not_viable(error: &Error) -> bool {
    code(error) == Some(PATH_NOT_VIABLE)
}
