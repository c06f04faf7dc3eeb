//! How long an envelope takes to read and a fault to write. `cargo bench -p hexad-soap`.
#![allow(missing_docs, reason = "criterion's macros make public items without any")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hexad_soap::register::REGISTER_USER;
use std::hint::black_box;

fn envelope(body: &str) -> String {
    format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><u:registerUser \
         xmlns:u='http://example.com/user'>{body}</u:registerUser></e:Body></e:Envelope>"
    )
}

fn envelopes(c: &mut Criterion) {
    let fields = REGISTER_USER.fields.iter().map(|field| field.name);
    let registration =
        envelope(&fields.map(|name| format!("<u:{name}>some value</u:{name}>")).collect::<String>());
    c.bench_function("envelope, a registration", |b| {
        b.iter(|| REGISTER_USER.read(black_box(registration.as_bytes()), Some("text/xml; charset=utf-8")));
    });

    // Beyond what anybody sends who means well: what a mebibyte of it costs.
    let mut hostile = c.benchmark_group("envelope, 1 MiB");
    hostile.sample_size(20).throughput(Throughput::Bytes(1024 * 1024));
    let flood =
        envelope(&format!("<a {}/>", (0..60_000).map(|i| format!(" xmlns:a{i}='b'")).collect::<String>()));
    for (name, document) in [
        ("of comment", envelope(&format!("<!--{}-->", "x".repeat(1024 * 1024)))),
        ("of depth", envelope(&"<a>".repeat(350_000))),
        ("of namespaces", flood),
    ] {
        hostile.bench_function(name, |b| b.iter(|| REGISTER_USER.read(black_box(document.as_bytes()), None)));
    }
    hostile.finish();

    if let Err(fault) = REGISTER_USER.read(b"<oops/>", None) {
        c.bench_function("fault", |b| b.iter(|| black_box(&fault).to_xml()));
    }
}

criterion_group!(benches, envelopes);
criterion_main!(benches);
