//! The keys that tokens are signed and verified with.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::Sha256;
use std::fmt;

/// The fewest bytes of a key to sign with: as many as the hash gives (RFC 7518, section 3.2).
pub const MIN_KEY_BYTES: usize = 32;

/// Why keys are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key to sign with is too short.
    #[error("the key to sign tokens with has {bytes} bytes; at least {MIN_KEY_BYTES} are needed")]
    TooShort {
        /// How many bytes it has.
        bytes: usize,
    },
    /// A previous key has no bytes: anybody could sign with it.
    #[error("the previous key number {number} is empty")]
    EmptyPrevious {
        /// Which of them, counted from 1.
        number: usize,
    },
    /// The program has installed a provider of algorithms for `jsonwebtoken` that does not offer HS256.
    #[error("HS256 is not available: another provider of algorithms is installed")]
    Unusable,
}

/// A key that verifies.
struct Verifying {
    id: String,
    key: DecodingKey,
}

/// A key that signs, and all that verify: that one first.
pub(super) struct Keys {
    signing: EncodingKey,
    id: String,
    verifying: Vec<Verifying>,
    short: Vec<usize>,
}

impl Keys {
    pub(super) fn new(signing: &[u8], previous: &[impl AsRef<[u8]>]) -> Result<Self, KeyError> {
        if signing.len() < MIN_KEY_BYTES {
            return Err(KeyError::TooShort { bytes: signing.len() });
        }
        let mut keys = Keys {
            signing: EncodingKey::from_secret(signing),
            id: id(signing),
            verifying: Vec::new(),
            short: Vec::new(),
        };
        keys.add(signing);
        for (position, key) in previous.iter().map(AsRef::as_ref).enumerate() {
            if key.is_empty() {
                return Err(KeyError::EmptyPrevious { number: position + 1 });
            }
            if key.len() < MIN_KEY_BYTES {
                keys.short.push(position);
            }
            keys.add(key);
        }
        Ok(keys)
    }

    fn add(&mut self, key: &[u8]) {
        self.verifying.push(Verifying { id: id(key), key: DecodingKey::from_secret(key) });
    }

    pub(super) fn signing(&self) -> &EncodingKey {
        &self.signing
    }

    pub(super) fn signing_id(&self) -> &str {
        &self.id
    }

    /// The keys of that id; all of them where there is none.
    pub(super) fn verifying<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a DecodingKey> {
        self.verifying.iter().filter(move |key| id.is_none_or(|id| id == key.id)).map(|key| &key.key)
    }

    pub(super) fn short_previous(&self) -> &[usize] {
        &self.short
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.verifying.iter().map(|key| &key.id)).finish()
    }
}

/// A key's name: half of what HMAC-SHA256 makes of a fixed text under it, so that it tells no more of the key than any
/// token does, and no token's signature is ever a name.
fn id(key: &[u8]) -> String {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new(); // HMAC takes keys of every length.
    };
    let digest = mac.chain_update(b"hexad: the name of this key, version 1").finalize().into_bytes();
    let half: Vec<u8> = digest.into_iter().take(8).collect();
    URL_SAFE_NO_PAD.encode(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn a_key_to_sign_with_has_32_bytes_or_more() {
        let none: [&[u8]; 0] = [];
        assert!(Keys::new(KEY, &none).is_ok());
        assert_eq!(Keys::new(&KEY[1..], &none).err(), Some(KeyError::TooShort { bytes: 31 }));
        assert_eq!(Keys::new(b"", &none).err(), Some(KeyError::TooShort { bytes: 0 }));
    }

    #[test]
    fn a_previous_key_may_be_short_and_is_told_of_but_not_empty() {
        let keys = Keys::new(KEY, &[b"short".as_slice(), KEY, b"x"]).unwrap();
        assert_eq!(keys.short_previous(), [0, 2]);
        assert_eq!(Keys::new(KEY, &[KEY, b"".as_slice()]).err(), Some(KeyError::EmptyPrevious { number: 2 }));
    }

    #[test]
    fn a_name_is_stable_and_differs_by_key() {
        // python3 -c 'import base64,hmac;print(base64.urlsafe_b64encode(hmac.digest(b"0123456789abcdef"*2,b"hexad: the name of this key, version 1","sha256")[:8]))'
        assert_eq!(id(KEY), "AyRQVPmgzK4");
        assert_ne!(id(KEY), id(&KEY[1..]));
    }
}
