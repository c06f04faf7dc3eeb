//! What a program can be asked besides to run: commands for an operator, as words after its name.

mod bench;
mod dedupe;

pub(crate) use bench::BENCH;
pub(crate) use dedupe::DEDUPE;

use crate::{assemble::PartsError, preparing::Mistaken, settings::Settings};
use clap::ArgMatches;
use hexad::ports::{NotReady, Unavailable};
use std::{fmt, io, pin::Pin};

/// A command that is being carried out.
pub(crate) type Doing<'a> = Pin<Box<dyn Future<Output = Result<(), CommandError>> + Send + 'a>>;

/// A command: `PROGRAM GROUP NAME`.
pub(crate) struct Command {
    /// What it is about, and the first word.
    pub(crate) group: &'static str,
    /// What the commands of that group do.
    pub(crate) group_about: &'static str,
    /// The second word.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// Its own flags.
    pub(crate) flags: fn(clap::Command) -> clap::Command,
    /// Does it, and writes to standard output what it finds and does.
    pub(crate) run: for<'a> fn(&'a Settings, &'a ArgMatches) -> Doing<'a>,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.group, self.name)
    }
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Parts(#[from] PartsError),
    #[error(transparent)]
    Mistaken(#[from] Mistaken),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error("standard output")]
    Output(#[from] io::Error),
}

/// A command that was asked for, with its own flags.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) command: &'static Command,
    pub(crate) flags: ArgMatches,
}

impl Chosen {
    pub(crate) async fn run(&self, settings: &Settings) -> Result<(), CommandError> {
        (self.command.run)(settings, &self.flags).await
    }
}

/// What makes a part ready, for a command that cannot wait for it.
pub(super) fn ready(
    outcome: Result<(), NotReady>,
    names: &crate::settings::Names,
) -> Result<(), CommandError> {
    outcome.map_err(|error| match error {
        NotReady::Away(unavailable) => unavailable.into(),
        NotReady::Mistake(mistake) => Mistaken::new(names, mistake).into(),
    })
}
