//! JSON Web Tokens (RFC 7519), signed with HS256.

mod claims;
mod hs256;
mod keys;

pub use keys::{KeyError, MIN_KEY_BYTES};

use claims::{Made, Presented};
use hexad_ports::{TokenError, Tokens, domain::Claims};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use keys::Keys;
use std::fmt;

/// The most bytes of a token that is looked at. Ours have some 500.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Signs tokens with one key, and reads what was signed with it or with one of the previous keys.
///
/// A key is known by the `kid` of the header, which is made from it and does not reveal it. A token with a `kid` is
/// read with that key alone; one without, as the originals made them, is tried with every key.
///
/// Read are `user_id`, `username` (texts), `exp`, `iat` (a NumericDate of RFC 7519, section 2, whole or with a
/// fraction that is cut off) and `jti` (a text); of these `exp`, `user_id` and `username` are required. `iss`, `sub`
/// and `aud` are not compared with anything. `nbf` is not either, as reading has no clock: no program that shares our
/// keys writes one. A token that names a critical extension (`crit`) is refused, as there is none that we know.
pub struct JwtTokens {
    keys: Keys,
    header: Header,
    validation: Validation,
}

impl JwtTokens {
    /// Over a key to sign with and the keys that were used before. Those may be short: they were not chosen under our
    /// rules, and refusing them would log everybody out. [`short_previous`](Self::short_previous) tells of them.
    ///
    /// `jsonwebtoken` takes its algorithms from a provider that a process has one of. The first call installs one with
    /// HS256 alone; a program that signs other tokens with that library installs its own before.
    ///
    /// # Errors
    /// A [`KeyError`] where the key to sign with has fewer than [`MIN_KEY_BYTES`], or a previous key is empty.
    pub fn new(signing: &[u8], previous: &[impl AsRef<[u8]>]) -> Result<Self, KeyError> {
        let keys = Keys::new(signing, previous)?;
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(keys.signing_id().to_owned());
        // Whether a token has expired is decided by the caller, whose clock it is.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;

        hs256::provide();
        let tokens = JwtTokens { keys, header, validation };
        tokens.prove()?;
        Ok(tokens)
    }

    /// Which of the previous keys, counted from 0, are shorter than [`MIN_KEY_BYTES`]: whoever holds a token can find
    /// such a key by trying, and it should go as soon as the tokens of its time have expired.
    pub fn short_previous(&self) -> &[usize] {
        self.keys.short_previous()
    }

    /// Signs and reads once. It can fail only where the program has chosen another provider of algorithms, without
    /// this one; after it `sign` cannot fail.
    fn prove(&self) -> Result<(), KeyError> {
        let token = self.signed(&Made::sample()).map_err(|_| KeyError::Unusable)?;
        self.read(&token).map(drop).map_err(|_| KeyError::Unusable)
    }

    fn signed(&self, claims: &Made<'_>) -> jsonwebtoken::errors::Result<String> {
        jsonwebtoken::encode(&self.header, claims, self.keys.signing())
    }

    fn verified(&self, token: &str, key: &DecodingKey) -> Option<Claims> {
        let data = jsonwebtoken::decode::<Presented>(token, key, &self.validation).ok()?;
        Some(data.claims.into())
    }
}

impl Tokens for JwtTokens {
    fn sign(&self, claims: &Claims) -> String {
        // The construction has proved that signing works; if it ever did not, an empty token is one that nobody takes.
        self.signed(&Made::of(claims)).unwrap_or_default()
    }

    fn read(&self, token: &str) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        // The library checks the algorithm again; here it also saves trying every key.
        if header.alg != Algorithm::HS256 || header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let mut candidates = self.keys.verifying(header.kid.as_deref());
        candidates.find_map(|key| self.verified(token, key)).ok_or(TokenError::Invalid)
    }
}

impl fmt::Debug for JwtTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtTokens").field("keys", &self.keys).finish_non_exhaustive()
    }
}
