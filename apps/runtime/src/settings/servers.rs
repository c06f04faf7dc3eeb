//! The servers that a program works with: what was given for each, put together or refused as halves of something.

use super::{
    Secret,
    error::SettingsError,
    parse,
    source::{Given, Origin},
};
use hexad::ports::Concern;
use hexad_object_store::{BucketPolicy, S3Settings};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::HashMap;

/// What stands for itself in any part of a URL (RFC 3986, section 2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Every setting that has a value, given or by default, by the first of its names.
#[derive(Default)]
pub(super) struct Gathered(HashMap<&'static str, Given>);

impl Gathered {
    pub(super) fn put(&mut self, name: &'static str, given: Given) {
        self.0.insert(name, given);
    }

    /// The setting, where somebody has given it.
    pub(super) fn given(&self, name: &str) -> Option<&Given> {
        self.0.get(name).filter(|given| given.origin != Origin::Default)
    }

    /// The first of these that somebody has given.
    fn any(&self, names: &[&str]) -> Option<&Given> {
        names.iter().find_map(|name| self.given(name))
    }

    /// The value, given or by default.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|given| given.value.as_str())
    }

    /// The same; empty where there is none.
    pub(super) fn text(&self, name: &str) -> String {
        self.value(name).unwrap_or_default().to_owned()
    }

    /// The names in it; empty for `none`.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        // What cannot be read has been refused before.
        self.value(name).and_then(|value| parse::queues(value).ok()).unwrap_or_default()
    }

    /// The value of a setting that another one makes necessary.
    fn needed(&self, name: &'static str, by: &Given) -> Result<&str, SettingsError> {
        self.value(name).ok_or_else(|| missing(name, by))
    }

    /// The name by which a setting was given, else its first.
    fn name_of(&self, name: &'static str) -> String {
        self.given(name).map_or_else(|| name.to_owned(), |given| given.name.clone())
    }
}

/// What is missing although another setting makes it necessary.
pub(super) fn missing(needed: &str, by: &Given) -> SettingsError {
    SettingsError::Half { needed: needed.to_owned(), given: by.name.clone(), origin: by.origin }
}

/// Where a server is, and which settings say so.
#[derive(Debug, Clone)]
pub struct Server {
    /// The URL, with the password in it.
    pub url: Secret,
    /// Which settings to look at when something is wrong with it.
    pub(crate) names: Names,
}

/// Which setting an operator has to look at.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    address: String,
    user: String,
    credentials: String,
    object: String,
}

impl Names {
    /// One setting that says it all.
    pub(crate) fn one(name: &str) -> Self {
        let name = || name.to_owned();
        Self { address: name(), user: name(), credentials: name(), object: name() }
    }

    /// The setting that a mistake of this kind is in.
    pub(crate) fn about(&self, concern: Concern) -> &str {
        match concern {
            Concern::Address | Concern::Encryption => &self.address,
            Concern::Credentials => &self.credentials,
            Concern::Privilege => &self.user,
            Concern::Name | Concern::Content => &self.object,
        }
    }
}

/// The names of the settings of a server that can be given by its URL, or in pieces.
struct Pieces {
    url: &'static str,
    scheme: &'static str,
    host: &'static str,
    port: &'static str,
    /// What is used there: a database, a virtual host.
    object: &'static str,
    user: &'static str,
    password: &'static str,
}

const POSTGRESQL: Pieces = Pieces {
    url: "DATABASE_URL",
    scheme: "postgres",
    host: "POSTGRESQL_HOST",
    port: "POSTGRESQL_PORT",
    object: "POSTGRESQL_DATABASE",
    user: "POSTGRESQL_USER",
    password: "POSTGRESQL_PASSWORD",
};

const RABBITMQ: Pieces = Pieces {
    url: "AMQP_URL",
    scheme: "amqp",
    host: "RABBITMQ_HOST",
    port: "RABBITMQ_PORT",
    object: "RABBITMQ_VHOST",
    user: "RABBITMQ_USER",
    password: "RABBITMQ_PASSWORD",
};

impl Pieces {
    fn server(&self, given: &Gathered) -> Result<Option<Server>, SettingsError> {
        let piece = given.any(&[self.host, self.port, self.object, self.user, self.password]);
        match (given.given(self.url), piece) {
            (Some(url), None) => {
                Ok(Some(Server { url: Secret::new(&url.value), names: Names::one(&url.name) }))
            }
            (Some(url), Some(piece)) => {
                Err(SettingsError::Both { one: url.name.clone(), other: piece.name.clone() })
            }
            (None, Some(piece)) => self.assembled(given, piece).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn assembled(&self, given: &Gathered, piece: &Given) -> Result<Server, SettingsError> {
        let host = given.needed(self.host, piece)?;
        let by = given.given(self.host).unwrap_or(piece);
        let (object, user) = (given.needed(self.object, by)?, given.needed(self.user, by)?);
        let port = given.value(self.port).unwrap_or_default();
        let encoded = |text| utf8_percent_encode(text, PLAIN);
        // An address of IPv6 stands in brackets.
        let host =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.into() };
        let password = given.value(self.password).map(|password| format!(":{}", encoded(password)));
        let url = format!(
            "{}://{}{}@{host}:{port}/{}",
            self.scheme,
            encoded(user),
            password.unwrap_or_default(),
            encoded(object),
        );
        let credentials = if given.given(self.password).is_some() { self.password } else { self.user };
        let names = Names {
            address: given.name_of(self.host),
            user: given.name_of(self.user),
            credentials: given.name_of(credentials),
            object: given.name_of(self.object),
        };
        Ok(Server { url: Secret::new(url), names })
    }
}

/// PostgreSQL, where it is asked for.
pub(super) fn postgres(given: &Gathered) -> Result<Option<Server>, SettingsError> {
    POSTGRESQL.server(given)
}

/// MongoDB, where it is asked for.
pub(super) fn mongo(given: &Gathered) -> Option<Server> {
    let uri = given.given("MONGO_URI")?;
    Some(Server { url: Secret::new(&uri.value), names: Names::one(&uri.name) })
}

/// RabbitMQ, where it is asked for.
pub(super) fn broker(given: &Gathered) -> Result<Option<Server>, SettingsError> {
    RABBITMQ.server(given)
}

/// What was given about events although there is no broker to carry them.
pub(super) fn without_broker(given: &Gathered) -> Result<(), SettingsError> {
    let lost = given.any(&[
        "RABBITMQ_QUEUE",
        "RABBITMQ_EXCHANGE",
        "SESSION_EVENTS_QUEUE",
        "SESSION_EVENTS_TOPICS",
        "SESSION_EVENTS_DEAD_QUEUE",
    ]);
    lost.map_or(Ok(()), |lost| Err(missing("AMQP_URL or RABBITMQ_HOST", lost)))
}

/// A bucket, and which settings say where it is.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// What the adapter is made of.
    pub settings: S3Settings,
    pub(crate) names: Names,
}

/// S3 or MinIO, where it is asked for.
pub(super) fn bucket(given: &Gathered) -> Result<Option<Bucket>, SettingsError> {
    let Some(by) = given.any(&[
        "AWS_BUCKET_NAME",
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "IMAGE_BUCKET_POLICY",
        "S3_OBJECT_ACL",
    ]) else {
        return Ok(None);
    };
    let bucket = given.needed("AWS_BUCKET_NAME", by)?;
    let key = given.needed("AWS_ACCESS_KEY_ID", by)?;
    let secret = given.needed("AWS_SECRET_ACCESS_KEY", by)?;
    let mut settings = S3Settings::new(bucket, key, secret);
    settings.endpoint = given.value("AWS_ENDPOINT_URL").map(str::to_owned);
    settings.region = given.value("AWS_REGION").unwrap_or_default().to_owned();
    settings.policy = match given.value("IMAGE_BUCKET_POLICY") {
        Some("apply") => BucketPolicy::Apply,
        _ => BucketPolicy::WhenMade,
    };
    settings.public_read_acl = given.value("S3_OBJECT_ACL") == Some("public-read");
    let address = if settings.endpoint.is_some() { "AWS_ENDPOINT_URL" } else { "AWS_REGION" };
    let names = Names {
        address: address.to_owned(),
        user: "AWS_ACCESS_KEY_ID".to_owned(),
        credentials: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned(),
        object: "AWS_BUCKET_NAME".to_owned(),
    };
    Ok(Some(Bucket { settings, names }))
}
