//! What the services are and do: where they listen, what they keep, how they hash and sign.

use super::{Default, Kind, PLAIN, Setting, put, servers::SESSIONS};
use crate::{
    program::Service::{self, Auth, Connected, Image, Session, UserLookup, UserSoap},
    settings::parse,
};
use hexad_crypto::{MAX_ITERATIONS, MIN_ITERATIONS, WriteFormat};
use hexad_soap::register::Duplicates;
use std::time::Duration;

const TOKENS: &[Service] = &[Auth, Session];
const PASSWORDS: &[Service] = &[Auth, UserSoap];

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The longest life of a token. What revokes tokens is kept for longer.
pub(crate) const LONGEST_TOKEN_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn port(service: Service) -> &'static str {
    match service {
        Auth => "5001",
        UserSoap => "5002",
        Session => "5004",
        Image => "5015",
        UserLookup => "5016",
        Connected => "5020",
    }
}

fn origins(service: Service) -> &'static str {
    match service {
        UserSoap | UserLookup => "http://3.227.120.143:8080",
        Auth | Session | Image | Connected => "none",
    }
}

/// The rows.
pub(super) const ROWS: &[Setting] = &[
    Setting {
        name: "APP_ENV",
        default: Default::Value("development"),
        kind: Kind::Part(|v| parse::one_of(v, &[("development", ()), ("production", ())])),
        help: "production refuses embedded stores and generated secrets",
        ..PLAIN
    },
    Setting {
        name: "HOST",
        value: "ADDRESS",
        default: Default::Words("127.0.0.1 while every store is the embedded one, else 0.0.0.0"),
        kind: Kind::Part(|v| parse::host(v).map(drop)),
        help: "The IP address to listen on",
        ..PLAIN
    },
    Setting {
        name: "PORT",
        value: "PORT",
        default: Default::Of(port),
        kind: Kind::Own(|s, v| put(&mut s.port, parse::number(v, 0..=65_535))),
        help: "The TCP port to listen on; 0 takes a free one",
        ..PLAIN
    },
    Setting {
        name: "DATA_DIR",
        value: "FOLDER",
        default: Default::Value("./data"),
        kind: Kind::Shared(|s, v| put(&mut s.data_dir, Ok(parse::folder(v)))),
        help: "Where the embedded stores are; all programs on a machine may share it",
        ..PLAIN
    },
    Setting {
        name: "SECRET_KEY",
        aliases: &["JWT_SECRET"],
        value: "KEY",
        default: Default::Words("made once, in DATA_DIR/secret.key"),
        services: TOKENS,
        secret: true,
        kind: Kind::Shared(|s, v| put(&mut s.secret_key, parse::signing_key(v).map(Some))),
        help: "The key that signs tokens, 32 bytes or more; a flag can be seen in the list of processes",
    },
    Setting {
        name: "SECRET_KEYS_PREVIOUS",
        value: "KEY,…",
        services: TOKENS,
        secret: true,
        kind: Kind::Shared(|s, v| put(&mut s.secret_keys_previous, parse::previous_keys(v))),
        help: "Keys that no longer sign, but whose tokens are still good",
        ..PLAIN
    },
    Setting {
        name: "TOKEN_TTL",
        value: "DURATION",
        default: Default::Value("1h"),
        services: &[Auth],
        kind: Kind::Shared(|s, v| put(&mut s.token_ttl, parse::duration(v, SECOND..=LONGEST_TOKEN_TTL))),
        help: "How long a token is valid",
        ..PLAIN
    },
    Setting {
        name: "PASSWORD_WRITE",
        value: "FORMAT",
        default: Default::Value("phc"),
        services: PASSWORDS,
        kind: Kind::Shared(|s, v| {
            let words = [("phc", WriteFormat::Phc), ("originals", WriteFormat::Originals)];
            put(&mut s.password_write, parse::one_of(v, &words))
        }),
        help: "The format of new password hashes; originals (weak) while an original auth service reads the users",
        ..PLAIN
    },
    Setting {
        name: "PASSWORD_ITERATIONS",
        value: "NUMBER",
        default: Default::Value("600000"),
        services: PASSWORDS,
        kind: Kind::Shared(|s, v| {
            put(&mut s.password_iterations, parse::number(v, MIN_ITERATIONS..=MAX_ITERATIONS))
        }),
        help: "The iterations of PBKDF2 in new password hashes",
        ..PLAIN
    },
    Setting {
        name: "LOGIN_QUEUE_WAIT",
        value: "DURATION",
        default: Default::Value("5s"),
        services: PASSWORDS,
        kind: Kind::Shared(|s, v| put(&mut s.login_queue_wait, parse::duration(v, SECOND..=MINUTE))),
        help: "The longest wait for the hashing of a password; whoever would wait longer gets a 503",
        ..PLAIN
    },
    Setting {
        name: "SOAP_COMPAT",
        default: Default::Value("none"),
        services: &[UserSoap],
        kind: Kind::Shared(|s, v| {
            let words = [("none", Duplicates::Fault), ("originals", Duplicates::AsOriginals)];
            put(&mut s.duplicates, parse::one_of(v, &words))
        }),
        help: "originals answers duplicates as they did, with a 409 and no fault",
        ..PLAIN
    },
    Setting {
        name: "SESSION_STORE",
        value: "STORE",
        default: Default::Words(
            "mongo where MONGO_URI is set, postgres where only PostgreSQL is, else embedded",
        ),
        services: SESSIONS,
        kind: Kind::Part(|v| parse::one_of(v, &[("mongo", ()), ("postgres", ()), ("embedded", ())])),
        help: "Where sessions are kept",
        ..PLAIN
    },
    Setting {
        name: "PUBLIC_URL",
        value: "URL",
        default: Default::Words("scheme and Host of each request, or what trusted proxies say of them"),
        services: &[UserSoap, Image, UserLookup],
        kind: Kind::OwnOrAll(|s, v| put(&mut s.public_url, parse::public_url(v).map(Some))),
        help: "The address under which clients reach the service, before the routes in the WSDL and in the URLs of images",
        ..PLAIN
    },
    Setting {
        name: "IMAGE_PUBLIC_URL",
        value: "URL",
        default: Default::Words(
            "AWS_ENDPOINT_URL/AWS_BUCKET_NAME, or PUBLIC_URL/images on the embedded store",
        ),
        services: &[Image],
        kind: Kind::Shared(|s, v| put(&mut s.image_public_url, parse::public_url(v).map(Some))),
        help: "The address under which clients fetch images: a slash and the name follow",
        ..PLAIN
    },
    Setting {
        name: "CORS_ALLOWED_ORIGINS",
        value: "ORIGIN,…",
        default: Default::Of(origins),
        kind: Kind::OwnOrAll(|s, v| put(&mut s.origins, parse::origins(v))),
        help: "Origins whose pages may use the service; * for all, none for none",
        ..PLAIN
    },
];
