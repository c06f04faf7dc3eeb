//! PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2).

use hexad_ports::domain::Password;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use zeroize::{Zeroize, Zeroizing};

/// HMAC's block: a longer key is replaced by its digest (RFC 2104, section 2).
const BLOCK_BYTES: usize = 64;

/// How many bytes one run of the iterations gives.
const DIGEST_BYTES: usize = 32;

/// How many iterations of HMAC it takes to derive so many bytes.
pub(super) fn work(iterations: u32, bytes: usize) -> u64 {
    u64::from(iterations) * bytes.div_ceil(DIGEST_BYTES) as u64
}

/// A password as the key of HMAC, wiped when dropped.
pub(super) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Replaces a long password by its digest at once, as HMAC would, so that what waits in a queue is small.
    pub(super) fn of(password: &Password) -> Self {
        let bytes = password.expose();
        if bytes.len() <= BLOCK_BYTES {
            return Secret(Zeroizing::new(bytes.to_vec()));
        }
        let mut digest: [u8; DIGEST_BYTES] = Sha256::digest(bytes).into();
        let key = Zeroizing::new(digest.to_vec());
        digest.zeroize();
        Secret(key)
    }

    /// So many bytes derived from it.
    pub(super) fn derive(&self, salt: &[u8], iterations: u32, bytes: usize) -> Zeroizing<Vec<u8>> {
        let mut derived = Zeroizing::new(vec![0; bytes]);
        pbkdf2::pbkdf2_hmac::<Sha256>(&self.0, salt, iterations, &mut derived);
        derived
    }

    /// Does the work of so many iterations, for nothing, and tells how much it was.
    pub(super) fn spend(&self, iterations: u32) -> u64 {
        black_box(self.derive(b"work for nothing", iterations, DIGEST_BYTES));
        work(iterations, DIGEST_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(password: &str, salt: &str, iterations: u32) -> String {
        let secret = Secret::of(&Password::presented(password));
        base16ct::lower::encode_string(&secret.derive(salt.as_bytes(), iterations, 64))
    }

    /// RFC 7914, section 11.
    #[test]
    fn the_vectors_of_rfc_7914() {
        assert_eq!(
            derived("passwd", "salt", 1),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
        );
        assert_eq!(
            derived("Password", "NaCl", 80_000),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"
        );
    }

    #[test]
    fn work_counts_blocks() {
        assert_eq!(work(1_000, 64), 2_000);
        assert_eq!(work(600_000, 32), 600_000);
        assert_eq!(work(10, 33), 20);
    }
}
