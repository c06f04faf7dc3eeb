//! Password hashing and tokens of Hexad.
//!
//! [`Pbkdf2Hasher`] hashes passwords with PBKDF2-HMAC-SHA256 (RFC 8018) on threads of its own; it needs no async
//! runtime. [`JwtTokens`] signs and reads JSON Web Tokens (RFC 7519) with HS256 and nothing else.
//!
//! ```
//! use hexad_crypto::JwtTokens;
//! use hexad_ports::{Tokens, domain::{Claims, UserId, Username}};
//!
//! let tokens = JwtTokens::new(b"thirty-two bytes at the very least", &["the key of last year"])?;
//! let claims = Claims {
//!     user_id: UserId::from_stored("6f9619ff-8b86-4d01-b42d-00c04fc964ff"),
//!     username: Username::from_stored("ada"),
//!     expires_at: 1_795_377_413,
//!     issued_at: Some(1_795_373_813),
//!     id: None,
//! };
//! assert_eq!(tokens.read(&tokens.sign(&claims)), Ok(claims));
//! assert_eq!(tokens.short_previous(), [0], "one that deserves a warning");
//! # Ok::<(), hexad_crypto::KeyError>(())
//! ```

mod password;
mod token;

#[cfg(any(test, feature = "plain"))]
pub use password::PlainHasher;
pub use password::{
    DEFAULT_ITERATIONS, HashSettings, MAX_ITERATIONS, MIN_ITERATIONS, Pbkdf2Hasher, WriteFormat,
};
pub use token::{JwtTokens, KeyError, MAX_TOKEN_BYTES, MIN_KEY_BYTES};
