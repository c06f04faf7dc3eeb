//! The suites of the hasher's and the tokens' ports.
#![allow(clippy::unwrap_used)]

use hexad_contract::{HasherHarness, TokensHarness};
use hexad_crypto::{HashSettings, JwtTokens, Pbkdf2Hasher, WriteFormat};
use hexad_ports::{PasswordHasher, Random, Tokens, async_trait};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

/// Fills each buffer with a number of its own.
#[derive(Default)]
struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

struct Hasher(Arc<Pbkdf2Hasher>);

async fn phc() -> Hasher {
    let settings = HashSettings { iterations: 1_000, write: WriteFormat::Phc, ..HashSettings::default() };
    Hasher(Arc::new(Pbkdf2Hasher::new(&settings, Arc::new(Counting::default())).unwrap()))
}

#[async_trait]
impl HasherHarness for Hasher {
    async fn hasher(&self) -> Arc<dyn PasswordHasher> {
        self.0.clone()
    }
}

struct Jwt;

async fn jwt() -> Jwt {
    Jwt
}

impl TokensHarness for Jwt {
    fn tokens(&self) -> Arc<dyn Tokens> {
        Arc::new(JwtTokens::new(b"a key of more than thirty-two bytes, surely", &[] as &[&[u8]]).unwrap())
    }

    fn stranger(&self) -> Arc<dyn Tokens> {
        Arc::new(JwtTokens::new(b"another one, of thirty-two bytes and more", &[] as &[&[u8]]).unwrap())
    }
}

hexad_contract::hasher!(phc);
hexad_contract::tokens!(jwt);
