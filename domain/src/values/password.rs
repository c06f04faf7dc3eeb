//! Passwords and their hashes: nothing of either shows in `Debug`, and both are wiped when dropped.

use super::{Field, FieldError};
use crate::common_passwords;
use std::fmt;
use zeroize::Zeroizing;

/// A password in clear, on its way to the hash.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The fewest bytes a new password may have (NIST SP 800-63B, section 5.1.1.2).
    pub const MIN_BYTES: usize = 8;
    /// The most bytes a password may have: room for any passphrase, and a bound on the work of hashing it.
    pub const MAX_BYTES: usize = 1024;

    /// Takes a password that somebody chooses: 8 to 1,024 bytes and not among the 10,000 commonest.
    /// There are no composition rules, after NIST SP 800-63B. It is not trimmed.
    ///
    /// # Errors
    /// Missing where empty, else which rule it breaks.
    ///
    /// ```
    /// use hexad_domain::Password;
    /// assert!(Password::choose("correct horse battery staple").is_ok());
    /// assert!(Password::choose("password1").is_err());
    /// ```
    pub fn choose(raw: &str) -> Result<Self, FieldError> {
        if raw.is_empty() {
            return Err(FieldError::missing(Field::Password));
        }
        let rule = Field::Password.rule();
        if !rule.allows(raw) {
            return Err(FieldError::invalid(Field::Password, rule.says));
        }
        if common_passwords::is_common(raw) {
            return Err(FieldError::invalid(Field::Password, "is among the 10,000 commonest passwords"));
        }
        Ok(Password::presented(raw))
    }

    /// Takes a password that somebody presents to prove who they are: no rule but that the hash decides.
    pub fn presented(raw: &str) -> Self {
        Password(Zeroizing::new(raw.to_owned()))
    }

    /// The bytes that are hashed. Keep them nowhere.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password's hash in whatever format the store holds it. Made and read by the password hasher alone.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Zeroizing<String>);

impl PasswordHash {
    /// The most characters a hash has: the column's width.
    pub const MAX_CHARS: usize = 200;

    /// Takes what a hasher made or a store holds.
    pub fn from_stored(stored: impl Into<String>) -> Self {
        PasswordHash(Zeroizing::new(stored.into()))
    }

    /// The hash as it is stored. Never for a log or an answer.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_bytes_and_nothing_is_trimmed() {
        assert!(Password::choose("ñññx").is_err(), "seven bytes");
        assert!(Password::choose("ññññ").is_ok(), "eight bytes");
        assert!(Password::choose(&"x".repeat(1024)).is_ok());
        assert!(Password::choose(&"x".repeat(1025)).is_err());
        assert_eq!(
            Password::choose("  spaced  out ").map(|p| p.expose().to_vec()),
            Ok(b"  spaced  out ".to_vec())
        );
    }

    #[test]
    fn nothing_shows_in_debug() {
        let shown =
            format!("{:?} {:?}", Password::presented("s3cret"), PasswordHash::from_stored("$pbkdf2$x"));
        assert!(!shown.contains("s3cret") && !shown.contains("pbkdf2"));
    }
}
