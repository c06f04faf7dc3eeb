//! Whose derivations are counted together.

/// A name for an account that means nothing to the engine: a UUID, or the beginning of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Account(u128);

impl From<u128> for Account {
    fn from(number: u128) -> Self {
        Account(number)
    }
}

impl From<[u8; 16]> for Account {
    fn from(bytes: [u8; 16]) -> Self {
        Account(u128::from_le_bytes(bytes))
    }
}
