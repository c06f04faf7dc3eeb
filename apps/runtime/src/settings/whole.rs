//! What holds for the settings as a whole, once each has been read by itself.

use super::{
    Settings,
    error::SettingsError,
    parse,
    servers::{self, Gathered},
};
use crate::program::Service::{self, Auth, Connected, Image, Session, UserLookup, UserSoap};
use std::net::{IpAddr, Ipv4Addr};

/// Where sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionPlace {
    /// In MongoDB.
    Mongo,
    /// In PostgreSQL.
    Postgres,
    /// In the embedded store.
    Embedded,
}

/// The most connections to each store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Pools {
    pub postgres: u32,
    pub mongo: u32,
}

/// How long each server may take.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct Patience {
    pub postgres: std::time::Duration,
    pub mongo: std::time::Duration,
    pub broker: std::time::Duration,
    pub bucket: std::time::Duration,
}

/// Who works with users.
const USERS: &[Service] = &[Auth, UserSoap, UserLookup, Connected];
/// Who works with sessions.
const SESSIONS: &[Service] = &[Session, Connected];
/// Who signs or reads tokens.
const TOKENS: &[Service] = &[Auth, Session];

impl Settings {
    /// Puts together what was given in pieces, and refuses what does not go together.
    pub(super) fn complete(&mut self, given: &Gathered) -> Result<(), SettingsError> {
        self.postgres = servers::postgres(given)?;
        self.mongo = servers::mongo(given);
        self.broker = servers::broker(given)?;
        self.bucket = servers::bucket(given)?;
        if self.broker.is_none() {
            servers::without_broker(given)?;
        }
        self.events.exchange = given.text("RABBITMQ_EXCHANGE");
        self.events.session_queues = given.list("SESSION_EVENTS_QUEUE");
        self.events.session_topics = given.list("SESSION_EVENTS_TOPICS");
        self.events.session_dead_queue = given.value("SESSION_EVENTS_DEAD_QUEUE").map(str::to_owned);
        self.session_place = self.session_place(given)?;
        self.host = match given.value("HOST") {
            Some(host) => parse::host(host).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            None if self.is_embedded() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            // A service with servers of its own is one for other machines, as the originals are.
            None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        self.production(given)
    }

    fn runs(&self, any: &[Service]) -> bool {
        self.services.iter().any(|own| any.contains(&own.service))
    }

    fn session_place(&self, given: &Gathered) -> Result<SessionPlace, SettingsError> {
        let place = match given.given("SESSION_STORE") {
            None if self.mongo.is_some() => SessionPlace::Mongo,
            None if self.postgres.is_some() => SessionPlace::Postgres,
            None => SessionPlace::Embedded,
            Some(store) => {
                let (place, needed, there) = match store.value.as_str() {
                    "mongo" => (SessionPlace::Mongo, "MONGO_URI", self.mongo.is_some()),
                    "postgres" => {
                        (SessionPlace::Postgres, "DATABASE_URL or POSTGRESQL_HOST", self.postgres.is_some())
                    }
                    _ => (SessionPlace::Embedded, "", true),
                };
                if !there {
                    return Err(servers::missing(needed, store));
                }
                place
            }
        };
        Ok(place)
    }

    /// Whether every store of this program is the embedded one.
    fn is_embedded(&self) -> bool {
        let users = self.runs(USERS) && self.postgres.is_some();
        let sessions = self.runs(SESSIONS) && self.session_place != SessionPlace::Embedded;
        let images = self.runs(&[Image]) && self.bucket.is_some();
        !(users || sessions || images)
    }

    /// In production nothing may be embedded or made up: what would be is named.
    fn production(&self, given: &Gathered) -> Result<(), SettingsError> {
        let Some(production) = given.given("APP_ENV").filter(|env| env.value == "production") else {
            return Ok(());
        };
        let refused = |what, needed: &str| SettingsError::Production {
            name: production.name.clone(),
            origin: production.origin,
            what,
            needed: needed.to_owned(),
        };
        let sql = "DATABASE_URL, or POSTGRESQL_HOST and what belongs to it";
        if self.runs(USERS) && self.postgres.is_none() {
            return Err(refused("the embedded store of users", sql));
        }
        if self.runs(SESSIONS) && self.session_place == SessionPlace::Embedded {
            let needed = match given.given("SESSION_STORE") {
                Some(_) => "SESSION_STORE to mongo or postgres".to_owned(),
                None => format!("MONGO_URI, or {sql}"),
            };
            return Err(refused("the embedded store of sessions", &needed));
        }
        if self.runs(&[Image]) && self.bucket.is_none() {
            let needed = "AWS_BUCKET_NAME, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
            return Err(refused("a folder of images", needed));
        }
        // What auth stores waits in its database for a broker; but where else could logins come from?
        if self.runs(&[Session]) && self.broker.is_none() {
            return Err(refused(
                "events without a broker",
                "AMQP_URL, or RABBITMQ_HOST and what belongs to it",
            ));
        }
        if self.runs(TOKENS) && self.secret_key.is_none() {
            return Err(refused("a made key", "SECRET_KEY"));
        }
        Ok(())
    }
}
