//! The one table of settings: it drives the environment, `.env`, the flags, `--help` and the defaults.

mod not_built;
mod server;
mod servers;
mod service;

pub(crate) use service::LONGEST_TOKEN_TTL;

use super::{ServiceSettings, Settings, error::Refusal};
use crate::program::Service;

/// Takes a value into the settings.
pub(super) type Apply<T> = fn(&mut T, &str) -> Result<(), Refusal>;

/// What a setting means.
pub(super) enum Kind {
    /// The same for the whole program.
    Shared(Apply<Settings>),
    /// Each service has its own. The suite takes the name with the prefix of each service.
    Own(Apply<ServiceSettings>),
    /// Each service has its own. The suite takes the name for all of them, and with a prefix for one.
    OwnOrAll(Apply<ServiceSettings>),
    /// It is a piece of what says where a server is: looked at by itself here, and by [`Settings::complete`] with the
    /// other pieces.
    Part(fn(&str) -> Result<(), Refusal>),
    /// It asks for something that is not built. Nothing is used in its place.
    NotBuilt(&'static str),
}

/// What holds without the setting.
pub(super) enum Default {
    /// This value.
    Value(&'static str),
    /// A value of each service.
    Of(fn(Service) -> &'static str),
    /// What these words say.
    Words(&'static str),
    /// Nothing.
    Nothing,
}

/// A row of the table.
pub(super) struct Setting {
    /// Its name, as in the environment. The flag is the same in lower case with hyphens.
    pub(super) name: &'static str,
    /// Other names, those of the originals.
    pub(super) aliases: &'static [&'static str],
    /// What stands for the value in `--help`.
    pub(super) value: &'static str,
    pub(super) default: Default,
    /// The services that take it.
    pub(super) services: &'static [Service],
    /// Whether its value must not be shown.
    pub(super) secret: bool,
    pub(super) kind: Kind,
    /// What it is, for `--help`.
    pub(super) help: &'static str,
}

/// What a row says in the columns that it does not name.
const PLAIN: Setting = Setting {
    name: "",
    aliases: &[],
    value: "VALUE",
    default: Default::Nothing,
    services: &Service::ALL,
    secret: false,
    kind: Kind::NotBuilt(""),
    help: "",
};

/// Puts what was parsed where it belongs.
fn put<T>(place: &mut T, parsed: Result<T, Refusal>) -> Result<(), Refusal> {
    *place = parsed?;
    Ok(())
}

/// Every setting, in the order of `--help`.
pub(super) fn settings() -> impl Iterator<Item = &'static Setting> {
    [service::ROWS, servers::ROWS, server::ROWS, not_built::ROWS].into_iter().flatten()
}
