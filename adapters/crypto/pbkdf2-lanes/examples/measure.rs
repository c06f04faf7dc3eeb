//! CPU time for a password, of each kernel and of the `pbkdf2` crate, in turns, so that what disturbs disturbs all.
//!
//! `cargo run --release -p pbkdf2-lanes --example measure [ROUNDS [ITERATIONS]]`: so many rounds (20) of so many
//! iterations (60,000), reckoned up to 600,000; first on one core, then on all of them at once.
#![allow(clippy::print_stdout)]

use pbkdf2_lanes::{Engine, Kernel, Request, Settings, Task};
use rustix::time::{ClockId, clock_gettime};
use std::{
    env,
    hint::black_box,
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

/// What all figures are for.
const PASSWORD_ITERATIONS: f64 = 600_000.0;
const SALT: &[u8] = b"sixteen bytes ..";

/// A way to derive a key from each of several passwords.
#[derive(Clone, Copy)]
enum Method {
    /// The `pbkdf2` crate, one after the other.
    Crate,
    Kernel(Kernel),
}

impl Method {
    fn name(self) -> String {
        match self {
            Method::Crate => "pbkdf2 crate".to_owned(),
            Method::Kernel(kernel) => kernel.to_string(),
        }
    }

    fn passwords(self) -> usize {
        match self {
            Method::Crate => 1,
            Method::Kernel(kernel) => kernel.lanes(),
        }
    }

    fn run(self, iterations: u32) {
        match self {
            Method::Crate => {
                let mut derived = [0; 32];
                pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"password", SALT, iterations, &mut derived);
                black_box(derived);
            }
            Method::Kernel(kernel) => {
                let task = |number: usize| Task::new(&number.to_le_bytes(), SALT, iterations, 32).ok();
                let mut tasks: Vec<Task> = (0..kernel.lanes()).filter_map(task).collect();
                kernel.finish(&mut tasks);
                black_box(tasks);
            }
        }
    }
}

fn now(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Milliseconds of CPU for a password: for each method, what each round has taken on each thread.
fn measure(methods: &[Method], threads: usize, rounds: usize, iterations: u32) -> Vec<Vec<f64>> {
    let barrier = Arc::new(Barrier::new(threads));
    let running: Vec<_> = (0..threads)
        .map(|_| {
            let (methods, barrier) = (methods.to_vec(), Arc::clone(&barrier));
            thread::spawn(move || {
                let mut took = vec![Vec::with_capacity(rounds); methods.len()];
                for _ in 0..rounds {
                    for (method, took) in methods.iter().zip(&mut took) {
                        barrier.wait();
                        let begun = now(ClockId::ThreadCPUTime);
                        method.run(iterations);
                        let seconds = now(ClockId::ThreadCPUTime) - begun;
                        let scale = PASSWORD_ITERATIONS / f64::from(iterations) / method.passwords() as f64;
                        took.push(seconds * scale * 1_000.0);
                    }
                }
                took
            })
        })
        .collect();
    let mut all = vec![vec![]; methods.len()];
    for thread in running {
        for (all, took) in all.iter_mut().zip(thread.join().unwrap_or_default()) {
            all.extend(took);
        }
    }
    all
}

/// The engine with so many passwords at once, and all of its threads.
fn engine(threads: usize, passwords: usize, rounds: usize, iterations: u32) -> Vec<f64> {
    let settings = Settings { threads, max_wait: Duration::from_secs(3_600), ..Settings::default() };
    let Ok(engine) = Engine::start(settings) else { return vec![] };
    (0..rounds)
        .map(|_| {
            let begun = now(ClockId::ProcessCPUTime);
            let tickets: Vec<_> = (0..passwords)
                .filter_map(|number| Task::new(&number.to_le_bytes(), SALT, iterations, 32).ok())
                .filter_map(|task| engine.derive(task, Request::default()).ok())
                .collect();
            let done = tickets.into_iter().filter_map(|ticket| ticket.wait().ok()).count();
            let seconds = now(ClockId::ProcessCPUTime) - begun;
            seconds * PASSWORD_ITERATIONS / f64::from(iterations) / done as f64 * 1_000.0
        })
        .collect()
}

/// The shortest and the median.
fn summary(mut took: Vec<f64>) -> (f64, f64) {
    took.sort_by(f64::total_cmp);
    let at = |place: usize| took.get(place).copied().unwrap_or(f64::NAN);
    (at(0), at(took.len() / 2))
}

fn main() {
    let arguments: Vec<u32> = env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let rounds = arguments.first().map_or(20, |rounds| *rounds as usize);
    let iterations = arguments.get(1).copied().unwrap_or(60_000).max(1);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let methods: Vec<Method> =
        [Method::Crate].into_iter().chain(Kernel::available().into_iter().map(Method::Kernel)).collect();

    for threads in [1, cores] {
        println!("\n{threads} of {cores} cores busy; ms of CPU for a password of 600,000 iterations\n");
        println!("| method | passwords at a time | least | median | against the crate, of the medians |");
        println!("| --- | --- | --- | --- | --- |");
        let all = measure(&methods, threads, rounds, iterations);
        let mut rows: Vec<(String, usize, Vec<f64>)> =
            methods.iter().zip(all).map(|(method, took)| (method.name(), method.passwords(), took)).collect();
        for passwords in [threads, 2 * threads, 200] {
            let took = engine(threads, passwords, rounds.div_ceil(4), iterations);
            rows.push(("engine".to_owned(), passwords, took));
        }
        let mut judge = f64::NAN;
        for (name, passwords, took) in rows {
            let (least, median) = summary(took);
            if judge.is_nan() {
                judge = median;
            }
            println!("| {name} | {passwords} | {least:.1} | {median:.1} | {:.2} × |", judge / median);
        }
    }
}
