//! From a URI to connections, and what a refusal means.

use crate::{MongoOptions, failure::code};
use hexad_ports::{Concern, Mistake, NotReady, Unavailable};
use mongodb::{
    Client,
    error::{Error, ErrorKind},
    options::{Acknowledgment, ClientOptions, ConnectionString, ReadConcern, WriteConcern},
};
use std::time::Duration;

use crate::store::SESSION_STORE;

/// The database of a URI that names none: the same in every driver.
const DEFAULT_DATABASE: &str = "test";

/// How often the driver looks after each server, and how long connecting may take. Short enough that a server that
/// went away without a word is noticed, and one that came back is used, within the five seconds that clients are told.
const HEARTBEAT: Duration = Duration::from_secs(2);
const CONNECTING: Duration = Duration::from_secs(2);

/// Codes of the server: "Unauthorized" and "AuthenticationFailed", and the latter as Atlas gives it.
const UNAUTHORIZED: i32 = 13;
const AUTHENTICATION_FAILED: [i32; 2] = [18, 8000];

/// A URI that has been understood.
#[derive(Clone)]
pub(crate) struct Target {
    uri: ConnectionString,
    pub(crate) database: String,
}

impl Target {
    pub(crate) fn parse(uri: &str) -> Result<Self, Mistake> {
        let mut parsed = ConnectionString::parse(uri).map_err(|error| unreadable(uri, &error))?;
        // The patience of the store bounds what this would.
        #[allow(deprecated, reason = "the field is filled all the same, and the driver refuses it later")]
        {
            parsed.socket_timeout = None;
        }
        let database = parsed.default_database.clone().unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
        Ok(Target { uri: parsed, database })
    }

    /// A client for the URI. What the URI says of concerns and of repeating writes is overruled: what is answered
    /// rests on it.
    pub(crate) async fn client(&self, options: &MongoOptions) -> Result<Client, Error> {
        let mut client = ClientOptions::parse(self.uri.clone()).await?;
        client.app_name.get_or_insert_with(|| "hexad".to_owned());
        client.max_pool_size.get_or_insert(options.connections);
        client.connect_timeout.get_or_insert(CONNECTING);
        client.heartbeat_freq.get_or_insert(HEARTBEAT);
        client.server_selection_timeout = Some(options.patience);
        client.selection_criteria = None;
        client.read_concern = Some(ReadConcern::majority());
        client.write_concern = Some(
            WriteConcern::builder()
                .w(Acknowledgment::Majority)
                .journal(true)
                .w_timeout(options.patience)
                .build(),
        );
        // A conditional update whose answer was lost would, repeated, look like one that another came before.
        client.retry_writes = Some(false);
        Client::with_options(client)
    }
}

/// What the parser says can quote the part of a password that it took for something else.
fn unreadable(uri: &str, error: &Error) -> Mistake {
    let why = if uri.contains('@') {
        "it is no URI of MongoDB that can be read (in a username or a password, every one of : / ? # [ ] @ % must be \
         percent-encoded)"
            .to_owned()
    } else {
        format!("it is no URI of MongoDB: {}", error.kind)
    };
    Mistake::new(Concern::Address, why)
}

/// What an operator must mend is told from what may pass by itself.
pub(crate) fn not_ready(error: Error) -> NotReady {
    let mistake = |about, why: String| NotReady::Mistake(Mistake::new(about, why.replace(['\n', '\r'], " ")));
    match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => {
            return mistake(
                Concern::Credentials,
                "the server refuses the username or the password".to_owned(),
            );
        }
        ErrorKind::InvalidTlsConfig { message, .. } => return mistake(Concern::Encryption, message.clone()),
        ErrorKind::InvalidArgument { message, .. } => return mistake(Concern::Address, message.clone()),
        ErrorKind::IncompatibleServer { message, .. } => return mistake(Concern::Content, message.clone()),
        ErrorKind::ServerSelection { message, .. } => {
            if let Some(cause) = refused_encryption(message) {
                return mistake(Concern::Encryption, format!("the encrypted connection fails: {cause}"));
            }
        }
        _ => {}
    }
    match code(&error) {
        Some(UNAUTHORIZED) => mistake(
            Concern::Privilege,
            format!(
                "the user lacks a privilege (the role readWrite on the database gives them all): {}",
                error.kind
            ),
        ),
        Some(code) if AUTHENTICATION_FAILED.contains(&code) => {
            mistake(Concern::Credentials, "the server refuses the username or the password".to_owned())
        }
        _ => NotReady::Away(Unavailable::new(SESSION_STORE, error.kind.to_string())),
    }
}

/// Why the encryption does not suit, if that is what is wrong. To the driver such a server is one that is away; only
/// its text tells.
fn refused_encryption(message: &str) -> Option<&str> {
    let cause = message.split("I/O error: ").nth(1)?.split(", labels").next()?;
    ["peer certificate", "InvalidMessage", "corrupt message", "HandshakeFailure", "fatal alert"]
        .iter()
        .any(|sign| cause.contains(sign))
        .then_some(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_the_uris_or_test() {
        for (uri, database) in [
            ("mongodb://127.0.0.1", "test"),
            ("mongodb://127.0.0.1:27017/", "test"),
            ("mongodb://ada:secret@127.0.0.1/shop?authSource=admin&socketTimeoutMS=5", "shop"),
            ("mongodb+srv://cluster.example.org/shop", "shop"),
        ] {
            assert_eq!(Target::parse(uri).map(|target| target.database).unwrap(), database);
        }
    }

    /// As the driver writes it.
    #[test]
    fn a_refused_certificate_is_told_from_an_outage() {
        let message = |error: &str| {
            format!(
                "Server selection timeout: No available servers. Topology: {{ Type: Unknown, Servers: [ {{ Address: \
                 h:1, Type: Unknown, Error: Kind: I/O error: {error}, labels: {{}}, source: None }} ] }}"
            )
        };
        let untrusted = "invalid peer certificate: UnknownIssuer";
        assert_eq!(refused_encryption(&message(untrusted)), Some(untrusted));
        assert_eq!(refused_encryption(&message("Connection refused (os error 111)")), None);
        assert_eq!(refused_encryption("Server selection timeout: None of the above"), None);
    }

    #[test]
    fn a_bad_uri_is_told_without_its_password() {
        for uri in [
            "mongodb://ada:sec/ret@127.0.0.1",
            "mongodb://ada:sec@ret@127.0.0.1",
            "mongodb://ada:sec%zzret@127.0.0.1",
            "http://ada:secret@127.0.0.1",
            "mongodb://ada:secret@127.0.0.1/?w=-1",
        ] {
            let mistake = Target::parse(uri).map(|target| target.database).unwrap_err();
            assert_eq!(mistake.about, Concern::Address);
            assert!(!mistake.why.contains("sec") && !mistake.why.contains("ret@"), "{mistake}");
        }
        assert_eq!(Target::parse("").map(|_| ()).unwrap_err().about, Concern::Address);
    }
}
