//! Logins in numbers, against `auth-service` as it is and as it would be with the `pbkdf2` crate alone.
//!
//! ```sh
//! cargo run --release -p hexad-load
//! ```
//!
//! It builds both programs with the profile that it is built with itself, registers people, and runs three loads on a
//! store of its own: logins as fast as they are answered, of either program in turns; every cheap route while logins
//! wait; and more logins at once than can be hashed in time. What it finds it prints as the tables of
//! `docs/performance.md`. The exit code is 1 where something is not as it is promised there: where there are less than
//! `--ratio` times the logins of the `pbkdf2` crate, a cheap route is slow, a Retry-After is wrong, or not all are granted
//! who come again when they were told to.
//!
//! The ratio is 2.5 unless told otherwise: well under the 4 of a processor with AVX-512, so that a busy machine passes,
//! and over the 2 that are left where the widest kernels are not used. A processor that has none of them is measured
//! with the ratio that is expected of it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool for a terminal"
)]

mod cheap;
mod excess;
mod logins;
mod people;
mod programs;
mod server;
mod statistics;
mod verdict;

use clap::{Arg, Command, value_parser};
use people::People;
use programs::Hashing;
use server::Server;
use std::{process::ExitCode, time::Duration};
use verdict::Found;

fn main() -> ExitCode {
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name).long(name).default_value(default).value_parser(value_parser!(u32)).help(help)
    };
    let matches = Command::new("hexad-load")
        .about("Logins in numbers: how many a second, what they leave to others, whether a Retry-After comes true")
        .arg(number("rounds", "5", "How often each program is measured"))
        .arg(number("seconds", "10", "How long each measurement takes"))
        .arg(number("clients", "200", "How many log in at a time"))
        .arg(number("burst", "500", "How many log in at the same moment"))
        .arg(
            Arg::new("ratio")
                .long("ratio")
                .default_value("2.5")
                .value_parser(value_parser!(f64))
                .help("How many times the logins of the pbkdf2 crate there have to be"),
        )
        .get_matches();
    let given = |name| matches.get_one::<u32>(name).copied().unwrap_or_default();
    let load = Load {
        rounds: given("rounds").max(1),
        time: Duration::from_secs(given("seconds").max(1).into()),
        clients: given("clients").max(1) as usize,
        burst: given("burst").max(1) as usize,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let found = runtime.expect("threads").block_on(run(&load));
    let failures = found.failures(matches.get_one("ratio").copied().unwrap_or_default());
    for failure in &failures {
        println!("Not as promised: {failure}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Load {
    rounds: u32,
    time: Duration,
    clients: usize,
    burst: usize,
}

async fn run(load: &Load) -> Found {
    let folder = tempfile::tempdir().expect("a folder");
    let lanes = programs::build(Hashing::Lanes);
    let plain = programs::build(Hashing::Plain);
    let people = People::register(&lanes, folder.path(), load.clients).await;

    println!("\n{} clients log in for {} s, {} times:\n", load.clients, load.time.as_secs(), load.rounds);
    let start = |programs| Server::start(programs, "auth", folder.path());
    let mut found = [(Hashing::Plain, vec![]), (Hashing::Lanes, vec![])];
    for _ in 0..load.rounds {
        for ((_, rounds), programs) in found.iter_mut().zip([&plain, &lanes]) {
            let server = start(programs).await;
            let lone = logins::alone(&server, &people).await;
            rounds.push(logins::many(&server, &people, load.time, lone).await);
            server.stop();
        }
    }
    let ratio = logins::print(&found);

    println!("\nEvery cheap route while {} logins wait, for {} s:\n", load.clients, load.time.as_secs());
    let server = start(&lanes).await;
    let slowest = cheap::measure(&server, &people, load.time).await;
    server.stop();

    println!("\n{} logins at the same moment:\n", load.burst);
    let server = start(&lanes).await;
    let excess = excess::measure(&server, &people, load.burst).await;
    server.stop();

    println!("\n{ratio:.2} × the logins; the slowest p99 of a cheap route is {} ms", slowest.as_millis());
    Found { ratio, slowest, excess }
}
