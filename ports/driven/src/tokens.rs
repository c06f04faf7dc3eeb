//! Tokens.

use hexad_domain::Claims;

/// Why a text is no token of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its form, its algorithm, its signature or the type of a claim is wrong.
    #[error("the token is not valid")]
    Invalid,
}

/// Signs tokens, and reads those that were signed with one of its keys.
///
/// An adapter MUST accept HS256 alone, whatever the token's header asks for, MUST require `exp`, `user_id` and
/// `username` in their right types, and MUST NOT require any other claim. Whether a token has expired or was revoked
/// is not its business: the caller decides by the clock and the record.
pub trait Tokens: Send + Sync {
    /// The token that makes these claims, signed with the present key.
    fn sign(&self, claims: &Claims) -> String;

    /// The claims of a token that was signed with the present key or a previous one.
    ///
    /// # Errors
    /// [`TokenError::Invalid`], with no word on why: that would help only who forges one.
    fn read(&self, token: &str) -> Result<Claims, TokenError>;
}
