//! The life of a program from its command line to its exit code.

use crate::{
    commands::CommandError,
    greeting::greeting,
    program::Program,
    running::{Running, StartError},
    settings::{Asked, Settings},
    signals::Signals,
    tasks::Crashed,
    telemetry,
};
use hexad::ports::error_chain;
use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    thread,
    time::Duration,
};

/// Worker threads: few, as nothing that takes long runs on them.
const MOST_WORKERS: usize = 4;

/// Threads for files at once. Whatever else is to be read or written waits.
const MOST_BLOCKING: usize = 32;

/// How long a file operation that still runs may hold the exit up.
const LAST_FILES: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("signals cannot be received")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Crashed(#[from] Crashed),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Runs a program: reads its settings, starts it, and stops it on SIGTERM or SIGINT. A second signal ends it at once.
/// Where its arguments hold one of its commands, carries that out instead.
///
/// The exit code is 0 after a stop that was asked for (and for `--help`), 2 where a flag is wrong, else 1 with one
/// line on stderr that says why.
#[must_use]
pub fn run(program: Program) -> ExitCode {
    let (settings, chosen) = match Settings::load(program) {
        Ok(Asked::Run(settings)) => (settings, None),
        Ok(Asked::Command(settings, chosen)) => (settings, Some(chosen)),
        Ok(Asked::Print(message)) => {
            // Where nobody reads it there is nobody to tell.
            let _ = message.print();
            return u8::try_from(message.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
        Err(error) => return fail(program, &error),
    };
    telemetry::init(&settings);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .max_blocking_threads(MOST_BLOCKING)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(program, &error),
    };
    let outcome = runtime.block_on(async {
        match chosen {
            None => live(&settings).await,
            Some(chosen) => Ok(chosen.run(&settings).await?),
        }
    });
    runtime.shutdown_timeout(LAST_FILES);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(program, &failure),
    }
}

async fn live(settings: &Settings) -> Result<(), Failure> {
    let mut signals = Signals::listen().map_err(Failure::Signals)?;
    let running = tokio::select! {
        running = Running::start(settings) => running?,
        _ = signals.next() => return Ok(()),
    };
    if settings.program.is_suite() {
        // The program is up, whether or not somebody reads this.
        let _ = io::stdout().lock().write_all(greeting(running.addresses()).as_bytes());
    }
    let stop = running.stopper();
    tokio::spawn(async move {
        let signal = signals.next().await;
        tracing::info!(signal = signal.name, "stopping");
        stop.cancel();
        let signal = signals.next().await;
        tracing::warn!(signal = signal.name, "ending at once");
        std::process::exit(128 + signal.number);
    });
    running.until_stopped().await?;
    tracing::info!("stopped");
    Ok(())
}

fn fail(program: Program, error: &dyn Error) -> ExitCode {
    // Nobody can be told that stderr is closed.
    let _ = writeln!(io::stderr(), "{}: {}", program.name(), error_chain(error));
    ExitCode::FAILURE
}
