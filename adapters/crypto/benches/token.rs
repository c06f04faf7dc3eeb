//! What every request with a token costs: reading it.
//!
//! `cargo bench -p hexad-crypto --bench token`
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use hexad_crypto::JwtTokens;
use hexad_ports::{
    Tokens,
    domain::{Claims, UserId, Username},
};
use std::hint::black_box;

fn token(criterion: &mut Criterion) {
    let claims = Claims {
        user_id: UserId::from_stored("6f9619ff-8b86-4d01-b42d-00c04fc964ff"),
        username: Username::from_stored("ada"),
        expires_at: 1_795_377_413,
        issued_at: Some(1_795_373_813),
        id: Some(uuid::Uuid::from_u128(0x019a_b3c1_2f5e_7abc_8def_0011_2233_4455)),
    };
    let previous = JwtTokens::new(b"the key of last year, thirty-two bytes and more", &[""; 0]).unwrap();
    let tokens = JwtTokens::new(
        b"the key of this year, thirty-two bytes and more",
        &["the key of last year, thirty-two bytes and more"],
    )
    .unwrap();

    let present = tokens.sign(&claims);
    criterion.bench_function("token/read", |b| b.iter(|| tokens.read(black_box(&present))));
    let older = previous.sign(&claims);
    criterion.bench_function("token/read, previous key", |b| b.iter(|| tokens.read(black_box(&older))));
    let forged = format!("{}AAAA", &present[..present.len() - 4]);
    criterion.bench_function("token/read, forged", |b| b.iter(|| tokens.read(black_box(&forged))));
    criterion.bench_function("token/sign", |b| b.iter(|| tokens.sign(black_box(&claims))));
}

criterion_group!(benches, token);
criterion_main!(benches);
