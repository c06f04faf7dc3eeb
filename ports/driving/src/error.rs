//! The one error of all use cases.

use hexad_domain::{
    DataError, Field, FieldErrors,
    image::{InvalidName, MAX_BYTES, MAX_PIXELS},
};
use hexad_ports::{HashError, Unavailable};
use std::{error::Error as StdError, fmt, time::Duration};

/// Why a use case did not do what it was asked.
///
/// Each variant is something that a caller can act on. None holds a secret, and none but the sources of
/// [`Unavailable`](Error::Unavailable) and [`Interrupted`](Error::Interrupted) holds what only an operator should see.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields of a registration are missing, repeated or invalid.
    #[error("{0}")]
    Fields(#[from] FieldErrors),
    /// Another user has these fields already; at least one is named.
    #[error("another user has this username, dni or email")]
    Duplicate(Vec<Field>),
    /// No such user, or not their password, or a user who may not log in: which of them is not told.
    #[error("invalid credentials")]
    InvalidCredentials,
    /// The request carries no token.
    #[error("the token is missing")]
    TokenMissing,
    /// The token's time is over.
    #[error("the token has expired")]
    TokenExpired,
    /// The token is none of ours, or has been revoked.
    #[error("the token is not valid")]
    TokenInvalid,
    /// The token is good, but not for this.
    #[error("the token does not reach another user's session")]
    Forbidden,
    /// No such user.
    #[error("user not found")]
    UserNotFound,
    /// The user has no session.
    #[error("session not found")]
    SessionNotFound,
    /// The user has never connected.
    #[error("no sessions found for this user")]
    NoSessions,
    /// A session's data is not what it may be.
    #[error("{0}")]
    Data(#[from] DataError),
    /// The session has changed since the caller read it.
    #[error("the session has changed since it was read")]
    PreconditionFailed,
    /// No image of a known format, or one without a readable size.
    #[error("not an image of a supported format (JPEG, PNG, GIF, WebP, AVIF, BMP) with a readable size")]
    NotAnImage,
    /// The image has too many bytes or pixels.
    #[error("the image is larger than {0}")]
    ImageTooLarge(ImageBound),
    /// The file name comes to nothing, or could not stay as it is where it has to.
    #[error("{0}")]
    InvalidName(#[from] InvalidName),
    /// Other bytes have the name already.
    #[error("other bytes have this name already")]
    NameTaken,
    /// No image of that name.
    #[error("image not found")]
    ImageNotFound,
    /// The caller's bytes ended with an error.
    #[error("the upload was interrupted")]
    Interrupted(#[source] Box<dyn StdError + Send + Sync>),
    /// Too much to do at present.
    #[error("too busy")]
    Busy {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// A part that is needed is away. The outcome of a change may be unknown.
    #[error("{}", .0)]
    Unavailable(#[from] Unavailable),
}

/// A bound that an image can exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageBound {
    /// [`MAX_BYTES`].
    Bytes,
    /// [`MAX_PIXELS`].
    Pixels,
}

impl fmt::Display for ImageBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageBound::Bytes => write!(f, "{} MiB", MAX_BYTES / (1024 * 1024)),
            ImageBound::Pixels => write!(f, "{} megapixels", MAX_PIXELS / 1_000_000),
        }
    }
}

impl From<HashError> for Error {
    fn from(error: HashError) -> Self {
        let HashError::Busy { retry_after } = error;
        Error::Busy { retry_after }
    }
}

impl Error {
    /// Others always came first: each of them has succeeded, so trying again soon is worth it.
    pub(crate) const fn contended() -> Self {
        Error::Busy { retry_after: Duration::from_secs(1) }
    }
}
