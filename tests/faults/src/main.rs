//! Breaks a Hexad under load, and says whether anything that was confirmed was lost.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::expect_used, reason = "it talks to a terminal")]

mod options;

use hexad_faults::{
    bare,
    mutants::{MUTANTS, is_caught},
    round::{Ground, Kind, Summary, rng},
    staging::Staging,
    system::{SERVERS, Servers, System, programs},
};
use options::{Options, What};
use std::{
    env,
    error::Error,
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, ExitCode},
};

type Failure = Box<dyn Error + Send + Sync>;

/// Where this program, when it starts itself again, finds the servers that it has started for itself.
const SERVERS_FOLDER: &str = "HEXAD_FAULTS_SERVERS";

/// A run of so many rounds is to end processes in every gap, and so often in each.
const LONG: u64 = 200;
const OFTEN: u64 = 20;

fn main() -> Result<ExitCode, Failure> {
    let options = Options::read();
    // The one cryptography under TLS; it is there already where somebody was faster.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let good = match (env::var_os(SERVERS_FOLDER), &options.what) {
        (_, What::Staging(staging)) => runtime.block_on(on_staging(staging, options.rounds))?,
        (None, _) => runtime.block_on(on_servers_of_our_own())?,
        (Some(folder), What::Bare) => runtime.block_on(without_hexad(Servers::at(folder), &options))?,
        (Some(folder), What::Rounds) => runtime.block_on(rounds(Servers::at(folder), &options)),
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Starts servers, and this program again with the variables that name them; stops them when it has ended.
async fn on_servers_of_our_own() -> Result<bool, Failure> {
    // The servers' own accounts have to reach it.
    let open = Permissions::from_mode(0o755);
    let folder = tempfile::Builder::new().prefix("hexad-faults-").permissions(open).tempdir()?;
    let servers = Servers::at(folder.path().join("servers"));
    // An interrupted run stops its servers too: the program below ends by itself.
    tokio::spawn(async {
        loop {
            let _ = tokio::signal::ctrl_c().await;
        }
    });
    servers.start(&SERVERS).await;
    let mut again = Command::new(env::current_exe()?);
    again
        .args(env::args_os().skip(1))
        .envs(servers.variables())
        .env(SERVERS_FOLDER, folder.path().join("servers"));
    let status = tokio::task::spawn_blocking(move || again.status()).await?;
    servers.stop().await;
    Ok(status?.success())
}

async fn on_staging(staging: &Staging, rounds: u64) -> Result<bool, Failure> {
    println!("seed {}", staging.seed);
    let mut summary = Summary::default();
    let tell = |report: &_| {
        println!("{report}");
        summary.add(report);
    };
    staging.run(rounds, tell).await?;
    println!("{summary}");
    Ok(summary.is_good())
}

async fn without_hexad(servers: Servers, options: &Options) -> Result<bool, Failure> {
    println!("seed {}, the servers by themselves", options.seed);
    let mut good = true;
    for number in 1..=options.rounds {
        for loss in bare::round(&servers, &mut rng(options.seed, number)).await? {
            let (lost, server, confirmed) = (&loss.lost, loss.server, loss.confirmed);
            println!(
                "round {number:>3}  {server:<9} {confirmed} writes confirmed, {} of them lost{}",
                lost.len(),
                lost.first()
                    .zip(lost.last())
                    .map_or(String::new(), |(first, last)| format!(", {first} to {last}"))
            );
            good &= lost.is_empty();
        }
    }
    Ok(good)
}

async fn rounds(servers: Servers, options: &Options) -> bool {
    let logs: PathBuf = options.logs.clone();
    std::fs::create_dir_all(&logs).expect("the folder of logs can be made");
    println!("seed {}, logs in {}", options.seed, logs.display());
    let system = System::start(&programs(), servers, &logs).await;
    let mut ground = Ground::new(system, options.seed).await;
    let mut summary = Summary::default();
    for number in options.first..options.first + options.rounds {
        let kind = if options.each_once { each_once(number) } else { Kind::of_round(number) };
        let report = ground.round(number, kind).await;
        println!("{report}");
        summary.add(&report);
    }
    println!("\nseed {}\n{summary}", options.seed);
    let seldom = if options.rounds >= LONG { summary.seldom(OFTEN) } else { Vec::new() };
    if !seldom.is_empty() {
        println!("        fewer than {OFTEN} times each: {}", seldom.join(", "));
    }
    let mut caught = true;
    if options.mutants {
        for (place, mutant) in MUTANTS.into_iter().enumerate() {
            println!("\nmutant {}, which must be caught:", mutant.name);
            caught &= is_caught(&mut ground, mutant, 9_000 + 100 * place as u64).await;
        }
    }
    ground.observer.end().await;
    summary.is_good() && seldom.is_empty() && caught
}

fn each_once(number: u64) -> Kind {
    let place = usize::try_from(number.saturating_sub(1)).unwrap_or_default();
    *Kind::ALL.get(place % Kind::ALL.len()).expect("a remainder is less")
}
