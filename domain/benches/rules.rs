//! How long the rules that every request meets take. `cargo bench -p hexad-domain`.
#![allow(missing_docs, reason = "criterion's macros make public items without any")]

use criterion::{Criterion, criterion_group, criterion_main};
use hexad_domain::{
    SessionData, Timestamp,
    common_passwords::is_common,
    image::{ImageName, Inspector},
    phrase::from_now,
};
use std::hint::black_box;

fn rules(c: &mut Criterion) {
    let now = Timestamp::parse("2026-11-22T18:56:53.128Z").unwrap_or(Timestamp::UNIX_EPOCH);
    let then = Timestamp::parse("2026-02-27T03:01:00Z").unwrap_or(Timestamp::UNIX_EPOCH);
    c.bench_function("phrase", |b| b.iter(|| from_now(black_box(then), black_box(now))));

    c.bench_function("file name, plain", |b| {
        b.iter(|| ImageName::from_client(black_box("holiday_photo.jpg")))
    });
    c.bench_function("file name, decomposed", |b| {
        b.iter(|| ImageName::from_client(black_box("../Ünïcödé — naïve ﬁle ①.jpg")));
    });

    let png = include_bytes!("../tests/data/images/truecolour-27x11.png");
    c.bench_function("image, its size", |b| b.iter(|| Inspector::new().push(black_box(png))));

    c.bench_function("password among the commonest", |b| {
        b.iter(|| is_common(black_box("correct horse battery")))
    });

    let text = "x".repeat(4000);
    let data = SessionData::parse(serde_json::json!({ "text": text, "cart": [1, 2, 3] })).unwrap_or_default();
    let patch = SessionData::parse(serde_json::json!({ "text": "y", "lang": null })).unwrap_or_default();
    c.bench_function("session data, merge into 4 kB", |b| b.iter(|| black_box(&data).merge(patch.clone())));
}

criterion_group!(benches, rules);
criterion_main!(benches);
