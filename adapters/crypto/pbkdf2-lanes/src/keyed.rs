//! A password as the key of HMAC-SHA256 (RFC 2104): the states of the hash after the two padded keys, and the first
//! of the iterations, which alone sees the salt.

use sha2::{Digest, Sha256, block_api::compress256};
use zeroize::{Zeroize, Zeroizing};

/// Eight words: a state of SHA-256, or a digest.
pub(crate) type Words = [u32; 8];

pub(crate) const BLOCK_BYTES: usize = 64;
pub(crate) const DIGEST_BYTES: usize = 32;

/// The state that SHA-256 begins with (FIPS 180-4, section 5.3.3).
const INITIAL: Words =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/// The states after one block: the key, padded. All that is left of the password.
#[derive(Clone)]
pub(crate) struct Keyed {
    pub(crate) inner: Zeroizing<Words>,
    pub(crate) outer: Zeroizing<Words>,
}

impl Keyed {
    pub(crate) fn new(password: &[u8]) -> Self {
        let mut key = Zeroizing::new([0; BLOCK_BYTES]);
        if password.len() <= BLOCK_BYTES {
            key.iter_mut().zip(password).for_each(|(key, byte)| *key = *byte);
        } else {
            let mut digest = Sha256::digest(password);
            key.iter_mut().zip(&digest).for_each(|(key, byte)| *key = *byte);
            digest.as_mut_slice().zeroize();
        }
        let after = |pad: u8| {
            let padded = Zeroizing::new(key.map(|byte| byte ^ pad));
            let mut state = Zeroizing::new(INITIAL);
            compress256(&mut state, &[*padded]);
            state
        };
        Keyed { inner: after(INNER_PAD), outer: after(OUTER_PAD) }
    }

    /// HMAC of the salt and the number of the block: the first iteration of PBKDF2 (RFC 8018, section 5.2).
    pub(crate) fn first(&self, salt: &[u8], block: u32) -> Zeroizing<Words> {
        let mut state = self.inner.clone();
        let (whole, rest) = salt.as_chunks::<BLOCK_BYTES>();
        compress256(&mut state, whole);
        // The rest, four bytes of number, one that ends the message, and eight of its length.
        let mut tail = [0; 2 * BLOCK_BYTES];
        let end = rest.iter().copied().chain(block.to_be_bytes()).chain([0x80]);
        tail.iter_mut().zip(end).for_each(|(place, byte)| *place = byte);
        let blocks = (rest.len() + 4 + 1 + 8).div_ceil(BLOCK_BYTES);
        let bits = 8 * (BLOCK_BYTES as u64 + salt.len() as u64 + 4);
        let length = tail.iter_mut().take(blocks * BLOCK_BYTES).rev();
        length.zip(bits.to_le_bytes()).for_each(|(place, byte)| *place = byte);
        let (tail, _) = tail.as_chunks::<BLOCK_BYTES>();
        compress256(&mut state, tail.get(..blocks).unwrap_or(tail));

        let inner = Zeroizing::new(digest_block(&state));
        *state = *self.outer;
        compress256(&mut state, &[*inner]);
        state
    }
}

/// The last block of either hash of HMAC in every iteration: a digest, the end of the message, and its length, which is
/// a padded key and a digest.
pub(crate) fn digest_block(digest: &Words) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    put_digest(&mut block, digest);
    block[DIGEST_BYTES] = 0x80;
    block[62..].copy_from_slice(&(8 * (BLOCK_BYTES as u16 + DIGEST_BYTES as u16)).to_be_bytes());
    block
}

/// Writes a digest into the beginning of a block.
pub(crate) fn put_digest(block: &mut [u8; BLOCK_BYTES], digest: &Words) {
    let (words, _) = block.as_chunks_mut::<4>();
    words.iter_mut().zip(digest).for_each(|(bytes, word)| *bytes = word.to_be_bytes());
}
