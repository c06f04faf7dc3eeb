//! The time of 10,000 iterations: the `pbkdf2` crate, each kernel with all of its lanes, and each engine.
//!
//! `cargo bench -p pbkdf2-lanes`
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use pbkdf2_lanes::{Engine, Kernel, Request, Settings, Task};
use std::time::Duration;

const ITERATIONS: u32 = 10_000;

fn tasks(count: usize) -> Vec<Task> {
    (0..count).map(|n| Task::new(&n.to_le_bytes(), b"sixteen bytes ..", ITERATIONS, 32).unwrap()).collect()
}

fn kernels(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a password of 10,000 iterations");
    group.throughput(Throughput::Elements(1));
    group.bench_function("pbkdf2 crate", |b| {
        b.iter(|| {
            let mut derived = [0; 32];
            pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"password", b"sixteen bytes ..", ITERATIONS, &mut derived);
            derived
        });
    });
    for kernel in Kernel::available() {
        group.throughput(Throughput::Elements(kernel.lanes() as u64));
        group.bench_function(kernel.name(), |b| {
            let run = |mut tasks: Vec<Task>| {
                kernel.finish(&mut tasks);
                tasks
            };
            b.iter_batched(|| tasks(kernel.lanes()), run, BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn engine(criterion: &mut Criterion) {
    let settings = Settings { threads: 1, max_wait: Duration::from_secs(600), ..Settings::default() };
    let engine = Engine::start(settings).unwrap();
    let mut group = criterion.benchmark_group("an engine with one thread");
    for count in [1, 2, 16, 100] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("{count} passwords"), |b| {
            let run = |tasks: Vec<Task>| {
                let tickets: Vec<_> =
                    tasks.into_iter().map(|task| engine.derive(task, Request::default()).unwrap()).collect();
                tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
            };
            b.iter_batched(|| tasks(count), run, BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(benches, kernels, engine);
criterion_main!(benches);
