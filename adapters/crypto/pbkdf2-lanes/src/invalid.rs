//! What cannot be derived.

/// Why parameters are refused. Any password and any salt is taken, the empty ones too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// RFC 8018 asks for at least one.
    #[error("no iterations")]
    NoIterations,
    /// RFC 8018 asks for at least one byte.
    #[error("no bytes to derive")]
    NoOutput,
    /// The blocks of a derivation are numbered in 32 bits; those of a [`Task`](crate::Task) are
    /// [`MAX_BLOCKS`](crate::Task::MAX_BLOCKS) at most.
    #[error("more bytes than can be derived")]
    TooLong,
}
