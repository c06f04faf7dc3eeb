//! The settings of the programs: one table says what there is, and what each means.
//!
//! A setting comes from its flag, else from the environment, else from the file `.env` in the working folder, else
//! from the table's own default. An empty value counts as none.

mod error;
mod flags;
mod known;
mod parse;
mod secret;
mod servers;
mod source;
mod table;
mod topology;
mod whole;

pub use error::SettingsError;
pub use secret::Secret;
pub(crate) use servers::Names;
pub use servers::{Bucket, Server};
pub use source::Origin;
pub(crate) use table::LONGEST_TOKEN_TTL;
pub use topology::EventSettings;
pub use whole::{Patience, Pools, SessionPlace};

use crate::{
    commands::Chosen,
    program::{Program, Service},
};
use error::Refusal;
use hexad_crypto::{DEFAULT_ITERATIONS, WriteFormat};
use hexad_http::{Limits, Origins, TrustedProxies};
use hexad_soap::register::Duplicates;
use known::{Known, Meaning};
use servers::Gathered;
use source::{Given, Sources};
use std::{
    ffi::OsString,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    time::Duration,
};
use tracing_subscriber::filter::Targets;

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// As text on a terminal, and as JSON anywhere else.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What each service of a program has for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// Which service.
    pub service: Service,
    /// The TCP port to listen on; 0 takes a free one.
    pub port: u16,
    /// Whose pages may use the service.
    pub origins: Origins,
    /// The queue of its own events, where it has a broker.
    pub queue: Option<String>,
    /// The address under which clients reach it.
    pub public_url: Option<String>,
}

/// Every setting of a program, ready for use. What a service does not take keeps its default.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The program.
    pub program: Program,
    /// What each of its services has for itself.
    pub services: Vec<ServiceSettings>,
    /// The address to listen on.
    pub host: IpAddr,
    /// The folder of the embedded stores.
    pub data_dir: PathBuf,
    /// PostgreSQL; without one users are in the embedded store.
    pub postgres: Option<Server>,
    /// MongoDB.
    pub mongo: Option<Server>,
    /// Where sessions are kept.
    pub session_place: SessionPlace,
    /// RabbitMQ; without one events stay where they are stored.
    pub broker: Option<Server>,
    /// How events travel over it.
    pub events: EventSettings,
    /// S3 or MinIO; without one images are in a folder.
    pub bucket: Option<Bucket>,
    /// The most connections to each store.
    pub pools: Pools,
    /// How long each server may take.
    pub patience: Patience,
    /// The key that signs tokens; without one it is made once and kept in the data folder.
    pub secret_key: Option<Secret>,
    /// Keys whose tokens are still good.
    pub secret_keys_previous: Vec<Secret>,
    /// How long a token is valid.
    pub token_ttl: Duration,
    /// The format of new password hashes.
    pub password_write: WriteFormat,
    /// The iterations of new password hashes.
    pub password_iterations: u32,
    /// The longest wait for the hashing of a password.
    pub login_queue_wait: Duration,
    /// How a duplicate registration is answered.
    pub duplicates: Duplicates,
    /// The address under which clients fetch images by their names.
    pub image_public_url: Option<String>,
    /// The proxies whose forwarding headers count.
    pub trusted_proxies: TrustedProxies,
    /// The bounds of the HTTP server.
    pub limits: Limits,
    /// What is logged.
    pub log: Targets,
    /// How it is written.
    pub log_format: LogFormat,
}

/// What a program was asked to do.
#[derive(Debug)]
pub(crate) enum Asked {
    /// To run.
    Run(Box<Settings>),
    /// To carry out a command.
    Command(Box<Settings>, Chosen),
    /// To print this and end with this code: help, or what is wrong with a flag.
    Print(clap::Error),
}

impl Settings {
    /// The settings of a program from its arguments, its environment and `.env`.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub(crate) fn load(program: Program) -> Result<Asked, SettingsError> {
        let dot_env = source::dot_env(Path::new(".env"))?;
        Self::read(program, std::env::args_os().skip(1), std::env::vars_os(), dot_env)
    }

    /// The defaults of a program, with these settings by their names, as from an environment.
    ///
    /// ```
    /// use hexad_runtime::{Program, Settings};
    ///
    /// let settings = Settings::given(Program::AUTH, [("TOKEN_TTL", "15m")]).unwrap();
    /// assert_eq!(settings.token_ttl.as_secs(), 900);
    /// let refused = Settings::given(Program::AUTH, [("TOKEN_TTL", "soon")]).unwrap_err();
    /// assert!(refused.to_string().starts_with("TOKEN_TTL (from the environment) is \"soon\"; accepted: "));
    /// ```
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn given<'a>(
        program: Program,
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SettingsError> {
        let environment = settings.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self::resolve(program, &known::of(program), &Sources::new([], environment, []))
    }

    fn read(
        program: Program,
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        dot_env: Vec<(String, String)>,
    ) -> Result<Asked, SettingsError> {
        let known = known::of(program);
        let line = match flags::read(program, &known, arguments) {
            Ok(line) => line,
            Err(print) => return Ok(Asked::Print(print)),
        };
        let sources = Sources::new(line.settings, environment, dot_env);
        let settings = Box::new(Self::resolve(program, &known, &sources)?);
        Ok(match line.chosen {
            Some(chosen) => Asked::Command(settings, chosen),
            None => Asked::Run(settings),
        })
    }

    fn resolve(program: Program, known: &[Known], sources: &Sources) -> Result<Self, SettingsError> {
        let (mut settings, mut gathered) = (Self::blank(program), Gathered::default());
        for setting in known {
            if let Some(default) = setting.by_default() {
                settings.apply(setting, default, &mut gathered)?;
            }
        }
        for setting in known {
            if let Some(given) = sources.find(&setting.names)? {
                settings.apply(setting, given, &mut gathered)?;
            }
        }
        settings.complete(&gathered)?;
        Ok(settings)
    }

    fn apply(&mut self, setting: &Known, given: Given, gathered: &mut Gathered) -> Result<(), SettingsError> {
        let result = match setting.meaning {
            Meaning::Program(apply) => apply(self, &given.value),
            Meaning::Service(service, apply) => self
                .services
                .iter_mut()
                .filter(|own| own.service == service)
                .try_for_each(|own| apply(own, &given.value)),
            Meaning::EveryService(apply) => {
                self.services.iter_mut().try_for_each(|own| apply(own, &given.value))
            }
            Meaning::Part(check) => check(&given.value),
            Meaning::NotBuilt(what) => Err(Refusal::NotBuilt(what)),
            Meaning::OneServiceOnly => {
                let Given { name, origin, .. } = given;
                return Err(SettingsError::OneServiceOnly {
                    instead: known::of_each_service(&name),
                    name,
                    origin,
                });
            }
        };
        match result {
            Ok(()) => gathered.put(setting.row.name, given),
            Err(refusal) => return Err(setting.refused(given, refusal)),
        }
        Ok(())
    }

    /// What the table's defaults, and then what was given, are laid over.
    fn blank(program: Program) -> Self {
        let own = |service| ServiceSettings {
            service,
            port: 0,
            origins: Origins::Closed,
            queue: None,
            public_url: None,
        };
        Self {
            program,
            services: program.services().map(own).collect(),
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            data_dir: PathBuf::new(),
            postgres: None,
            mongo: None,
            session_place: SessionPlace::Embedded,
            broker: None,
            events: EventSettings::default(),
            bucket: None,
            pools: Pools::default(),
            patience: Patience::default(),
            secret_key: None,
            secret_keys_previous: Vec::new(),
            token_ttl: Duration::ZERO,
            password_write: WriteFormat::default(),
            password_iterations: DEFAULT_ITERATIONS,
            login_queue_wait: Duration::ZERO,
            duplicates: Duplicates::default(),
            image_public_url: None,
            trusted_proxies: TrustedProxies::default(),
            limits: Limits::default(),
            log: Targets::new(),
            log_format: LogFormat::Auto,
        }
    }
}

#[cfg(test)]
mod tests;
