//! Keys made of texts that may be any.

use hexad_ports::domain::{Area, UserId};
use sha2::{Digest, Sha256};

/// An index of PostgreSQL refuses entries over 2,704 bytes, and a refusal would keep an event with such an id coming
/// again for ever.
const LONGEST: usize = 512;

/// Into how many parts the events of an area fall: so many relays can work at once. The migrations know it too.
pub(crate) const PARTS: u64 = 16;

/// A user's id as the key of a row: its bytes; for a very long one its SHA-256 after a byte that is in no UTF-8.
pub(crate) fn user_key(user: &UserId) -> Vec<u8> {
    let bytes = user.as_str().as_bytes();
    if bytes.len() <= LONGEST {
        return bytes.to_vec();
    }
    let mut key = vec![0xff];
    key.extend_from_slice(&Sha256::digest(bytes));
    key
}

/// FNV-1a (64 bits; draft-eastlake-fnv): the same in every release of every program that shares the database.
pub(crate) fn hash(pieces: &[&[u8]]) -> u64 {
    // Each piece ends with a byte that is in no UTF-8, so that no two lists of pieces look the same.
    let bytes = pieces.iter().flat_map(|piece| piece.iter().copied().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The part of its area that a subject's events are in.
pub(crate) fn part(subject: &str) -> i16 {
    i16::try_from(hash(&[subject.as_bytes()]) % PARTS).unwrap_or_default()
}

/// The advisory lock under which events of the subject are numbered.
pub(crate) fn subject_lock(area: Area, subject: &str) -> i64 {
    hash(&[b"event", area.name().as_bytes(), subject.as_bytes()]).cast_signed()
}

/// The advisory lock under which a user's session is changed.
pub(crate) fn session_lock(user: &UserId) -> i64 {
    hash(&[b"session", user.as_str().as_bytes()]).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// What stands in a database was made with these: a change would break the order of what waits in it.
    #[test]
    fn hashes_are_the_same_for_ever() {
        assert_eq!(hash(&[]), 0xcbf2_9ce4_8422_2325, "the offset basis");
        // FNV-1a of the bytes 61 62 63 ff.
        let abc = [0x61_u64, 0x62, 0x63, 0xff]
            .into_iter()
            .fold(14_695_981_039_346_656_037_u64, |hash, byte| (hash ^ byte).wrapping_mul(1_099_511_628_211));
        assert_eq!(hash(&[b"abc"]), abc);
        assert_ne!(hash(&[b"a", b"b"]), hash(&[b"ab"]));
    }

    #[test]
    fn subjects_are_spread_over_all_parts() {
        let parts: HashSet<i16> = (0..200).map(|number| part(&format!("user-{number}"))).collect();
        assert_eq!(parts.len(), 16);
    }

    proptest! {
        #[test]
        fn a_key_is_short_and_its_own(one in ".{0,900}", other in ".{0,900}") {
            let key = |text: &str| user_key(&UserId::from_stored(text));
            prop_assert!(key(&one).len() <= LONGEST);
            prop_assert_eq!(one == other, key(&one) == key(&other));
            prop_assert!((0..16).contains(&part(&one)));
        }
    }
}
