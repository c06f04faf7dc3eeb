//! Tokens that say nothing: what they claim is remembered.

use crate::{hex::hex, lock::lock};
use hexad_domain::Claims;
use hexad_ports::{Clock, Random, TokenError, Tokens};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// How long an expired token is still known, so that its bearer hears that it has expired.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// How many tokens are held before those that are over are looked for.
const FEW: usize = 1_024;

/// Tokens of 256 bits from the random source, whose claims stay in memory: as secret as that source is, and good only
/// where they were issued, until the process ends. Programs that share tokens want the signed ones of `hexad-crypto`.
pub struct OpaqueTokens {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    issued: Mutex<Issued>,
}

struct Issued {
    /// By the digest of the token: to compare it, in whatever time, tells nothing of the tokens that are good.
    claims: HashMap<[u8; 32], Claims>,
    enough: usize,
}

impl OpaqueTokens {
    /// No tokens yet. The clock tells which can be forgotten: those that expired a day ago.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        OpaqueTokens { clock, random, issued: Mutex::new(Issued { claims: HashMap::new(), enough: FEW }) }
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

impl Tokens for OpaqueTokens {
    fn sign(&self, claims: &Claims) -> String {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        let token = hex(&bytes);
        let long_ago = self.clock.now().saturating_sub(GRACE).unix_seconds();
        let mut issued = lock(&self.issued);
        if issued.claims.len() >= issued.enough {
            issued.claims.retain(|_, claims| claims.expires_at > long_ago);
            issued.enough = FEW.max(issued.claims.len() * 2);
        }
        issued.claims.insert(digest(&token), claims.clone());
        token
    }

    fn read(&self, token: &str) -> Result<Claims, TokenError> {
        lock(&self.issued).claims.get(&digest(token)).cloned().ok_or(TokenError::Invalid)
    }
}
