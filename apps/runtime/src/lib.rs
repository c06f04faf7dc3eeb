//! What the programs of Hexad share: settings, telemetry, the choice of adapters, and the life from start to stop.
//!
//! A program is one line over [`run`]. Whoever wants a program inside another one (a test, for example) starts it
//! with [`Running::start`] on settings of its own:
//!
//! ```
//! use hexad_runtime::{Program, Running, Service, Settings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let data = folder.path().join("data");
//! # let data = data.to_str().ok_or("a path")?;
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let settings = Settings::given(Program::USER_LOOKUP, [("PORT", "0"), ("DATA_DIR", data)])?;
//! let running = Running::start(&settings).await?;
//! let [(service, address)] = running.addresses() else { unreachable!() };
//! assert_eq!(*service, Service::UserLookup);
//! assert_ne!(address.port(), 0);
//! running.stop().await?;
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! It runs on Unix.

mod ambient;
mod assemble;
mod background;
mod backoff;
mod commands;
mod data_dir;
#[cfg(any(test, feature = "faults"))]
#[cfg_attr(not(feature = "faults"), allow(dead_code))]
mod faults;
mod greeting;
mod preparing;
mod program;
mod relaying;
mod run;
mod running;
mod settings;
mod signals;
mod tasks;
mod telemetry;

pub use ambient::{OsRandom, SystemClock};
pub use assemble::PartsError;
pub use data_dir::DataDirError;
pub use preparing::Mistaken;
pub use program::{Program, Service};
pub use run::run;
pub use running::{Running, StartError};
pub use settings::{
    Bucket, EventSettings, LogFormat, Origin, Patience, Pools, Secret, Server, ServiceSettings, SessionPlace,
    Settings, SettingsError,
};
pub use tasks::Crashed;
