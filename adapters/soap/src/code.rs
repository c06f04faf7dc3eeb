//! The codes in a fault's detail, which a program can act on.

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The content type, the XML or the envelope is not what it must be.
    Malformed,
    /// A field is not there, or empty.
    Missing,
    /// A field is there more than once.
    Repeated,
    /// A field breaks its rule.
    Invalid,
    /// Another user has that value.
    Duplicate,
    /// There is no such user.
    NotFound,
    /// The request is beyond the bound on its size.
    TooLarge,
    /// There is more to do than can be done soon. Try again later.
    Busy,
    /// A store does not answer. Try again later.
    Unavailable,
    /// A fault of the program's own.
    Internal,
}

impl Code {
    /// The code's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Code::Malformed => "malformed",
            Code::Missing => "missing",
            Code::Repeated => "repeated",
            Code::Invalid => "invalid",
            Code::Duplicate => "duplicate",
            Code::NotFound => "not_found",
            Code::TooLarge => "too_large",
            Code::Busy => "busy",
            Code::Unavailable => "unavailable",
            Code::Internal => "internal",
        }
    }

    /// Whether the sender has to change the request: the same one would be refused again.
    pub const fn is_senders(self) -> bool {
        !matches!(self, Code::Busy | Code::Unavailable | Code::Internal)
    }
}
