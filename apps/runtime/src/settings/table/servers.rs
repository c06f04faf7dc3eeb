//! The servers that keep and carry what the services work with: PostgreSQL, MongoDB, RabbitMQ, S3.

use super::{Default, Kind, PLAIN, Setting, put};
use crate::{
    program::Service::{self, Auth, Connected, Image, Session, UserLookup, UserSoap},
    settings::parse,
};
use std::time::Duration;

/// Who works with users, or with sessions that may stand beside them.
const SQL: &[Service] = &[Auth, UserSoap, Session, UserLookup, Connected];
/// Who works with sessions.
pub(super) const SESSIONS: &[Service] = &[Session, Connected];
/// Who sends or receives events.
const EVENTS: &[Service] = &[Auth, UserSoap, Session];
/// Who sends or receives what the session service consumes.
const SESSION_EVENTS: &[Service] = &[Auth, Session];

/// The most connections of a pool.
const MOST_CONNECTIONS: u32 = 1_000;

/// How long a server may keep a request waiting, at least and at most: a client has its answer within five seconds.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(4);

const PART: Setting = Setting { kind: Kind::Part(|_| Ok(())), ..PLAIN };
const POSTGRESQL: Setting = Setting { services: SQL, ..PART };
const RABBITMQ: Setting = Setting { services: EVENTS, ..PART };
const S3: Setting = Setting { services: &[Image], ..PART };

fn port(text: &str) -> Result<(), super::Refusal> {
    parse::number(text, 1..=65_535_u16).map(drop)
}

/// The queue of the events of a service's own area.
fn own_queue(service: Service) -> &'static str {
    match service {
        Auth => "auth-events",
        UserSoap => "user-events",
        Session => "session-events",
        Image | UserLookup | Connected => "none",
    }
}

/// The rows.
pub(super) const ROWS: &[Setting] = &[
    Setting {
        name: "DATABASE_URL",
        value: "URL",
        secret: true,
        help: "PostgreSQL, as postgres://user:password@host:port/database; sslmode and sslrootcert may follow as ?name=value",
        ..POSTGRESQL
    },
    Setting {
        name: "POSTGRESQL_HOST",
        aliases: &["PG_HOST"],
        value: "HOST",
        help: "PostgreSQL's host, in place of DATABASE_URL",
        ..POSTGRESQL
    },
    Setting {
        name: "POSTGRESQL_PORT",
        aliases: &["PG_PORT"],
        value: "PORT",
        default: Default::Value("5432"),
        kind: Kind::Part(port),
        help: "Its port",
        ..POSTGRESQL
    },
    Setting {
        name: "POSTGRESQL_DATABASE",
        aliases: &["PG_DATABASE"],
        value: "NAME",
        help: "The database there",
        ..POSTGRESQL
    },
    Setting {
        name: "POSTGRESQL_USER",
        aliases: &["PG_USER"],
        value: "NAME",
        help: "Who we are there",
        ..POSTGRESQL
    },
    Setting {
        name: "POSTGRESQL_PASSWORD",
        aliases: &["PG_PASSWORD"],
        value: "PASSWORD",
        secret: true,
        help: "The password of that user",
        ..POSTGRESQL
    },
    Setting {
        name: "POSTGRESQL_CONNECTIONS",
        value: "NUMBER",
        default: Default::Value("10"),
        kind: Kind::Shared(|s, v| put(&mut s.pools.postgres, parse::number(v, 1..=MOST_CONNECTIONS))),
        help: "The most connections to PostgreSQL",
        ..POSTGRESQL
    },
    Setting {
        name: "POSTGRESQL_TIMEOUT",
        value: "DURATION",
        default: Default::Value("4s"),
        kind: Kind::Shared(|s, v| put(&mut s.patience.postgres, parse::duration(v, SHORTEST..=LONGEST))),
        help: "How long PostgreSQL may take in all before a request is answered 503",
        ..POSTGRESQL
    },
    Setting {
        name: "MONGO_URI",
        value: "URI",
        secret: true,
        services: SESSIONS,
        help: "MongoDB, as mongodb://user:password@host:port/database",
        ..PART
    },
    Setting {
        name: "MONGO_CONNECTIONS",
        value: "NUMBER",
        default: Default::Value("10"),
        services: SESSIONS,
        kind: Kind::Shared(|s, v| put(&mut s.pools.mongo, parse::number(v, 1..=MOST_CONNECTIONS))),
        help: "The most connections to MongoDB",
        ..PLAIN
    },
    Setting {
        name: "MONGO_TIMEOUT",
        value: "DURATION",
        default: Default::Value("4s"),
        services: SESSIONS,
        kind: Kind::Shared(|s, v| put(&mut s.patience.mongo, parse::duration(v, SHORTEST..=LONGEST))),
        help: "How long MongoDB may take in all before a request is answered 503",
        ..PLAIN
    },
    Setting {
        name: "AMQP_URL",
        value: "URL",
        secret: true,
        help: "RabbitMQ, as amqp://user:password@host:port/virtual-host, or amqps:// for TLS",
        ..RABBITMQ
    },
    Setting {
        name: "RABBITMQ_HOST",
        value: "HOST",
        help: "RabbitMQ's host, in place of AMQP_URL",
        ..RABBITMQ
    },
    Setting {
        name: "RABBITMQ_PORT",
        value: "PORT",
        default: Default::Value("5672"),
        kind: Kind::Part(port),
        help: "Its port",
        ..RABBITMQ
    },
    Setting {
        name: "RABBITMQ_USER",
        value: "NAME",
        default: Default::Value("guest"),
        help: "Who we are there",
        ..RABBITMQ
    },
    Setting {
        name: "RABBITMQ_PASSWORD",
        value: "PASSWORD",
        default: Default::Value("guest"),
        secret: true,
        help: "The password of that user",
        ..RABBITMQ
    },
    Setting {
        name: "RABBITMQ_VHOST",
        value: "NAME",
        default: Default::Value("/"),
        help: "The virtual host there",
        ..RABBITMQ
    },
    Setting {
        name: "RABBITMQ_TIMEOUT",
        value: "DURATION",
        default: Default::Value("4s"),
        kind: Kind::Shared(|s, v| put(&mut s.patience.broker, parse::duration(v, SHORTEST..=LONGEST))),
        help: "How long RabbitMQ may take to confirm a batch of events",
        ..RABBITMQ
    },
    Setting {
        name: "RABBITMQ_EXCHANGE",
        value: "NAME",
        default: Default::Value("domain-events"),
        kind: Kind::Part(|v| parse::queue(v).map(drop)),
        help: "The topic exchange that events are published to",
        ..RABBITMQ
    },
    Setting {
        name: "RABBITMQ_QUEUE",
        value: "NAME",
        default: Default::Of(own_queue),
        kind: Kind::Own(|s, v| put(&mut s.queue, parse::queues(v).and_then(parse::at_most_one))),
        help: "The queue of the service's own events, bound to the exchange; none where nobody reads it",
        ..RABBITMQ
    },
    Setting {
        name: "SESSION_EVENTS_QUEUE",
        value: "NAME,…",
        default: Default::Value("session-service.events"),
        services: SESSION_EVENTS,
        kind: Kind::Part(|v| parse::queues(v).map(drop)),
        help: "The queues that the session service consumes, which auth declares too; none where no session service of Hexad runs",
        ..PLAIN
    },
    Setting {
        name: "SESSION_EVENTS_TOPICS",
        value: "TOPIC,…",
        default: Default::Value("auth.#"),
        services: SESSION_EVENTS,
        kind: Kind::Part(|v| parse::queues(v).map(drop)),
        help: "What those queues are bound to the exchange by; none where others fill them",
        ..PLAIN
    },
    Setting {
        name: "SESSION_EVENTS_DEAD_QUEUE",
        value: "NAME",
        default: Default::Words("the first of SESSION_EVENTS_QUEUE with .dead after it"),
        services: &[Session],
        kind: Kind::Part(|v| parse::queue(v).map(drop)),
        help: "Where messages go that can never be applied",
        ..PLAIN
    },
    Setting {
        name: "SESSION_EVENTS_PREFETCH",
        value: "NUMBER",
        default: Default::Value("64"),
        services: &[Session],
        kind: Kind::Shared(|s, v| put(&mut s.events.session_prefetch, parse::number(v, 1..=10_000))),
        help: "How many messages of a queue the session service holds at once",
        ..PLAIN
    },
    Setting {
        name: "AWS_ENDPOINT_URL",
        value: "URL",
        default: Default::Words("Amazon's, of the region"),
        help: "MinIO or another S3, as http://host:port",
        ..S3
    },
    Setting { name: "AWS_ACCESS_KEY_ID", value: "KEY", secret: true, help: "Who we are there", ..S3 },
    Setting {
        name: "AWS_SECRET_ACCESS_KEY",
        value: "KEY",
        secret: true,
        help: "The secret of that key",
        ..S3
    },
    Setting {
        name: "AWS_REGION",
        value: "REGION",
        default: Default::Value("us-east-1"),
        help: "The region",
        ..S3
    },
    Setting {
        name: "AWS_BUCKET_NAME",
        value: "NAME",
        help: "The bucket of the images, made where it is missing",
        ..S3
    },
    Setting {
        name: "IMAGE_BUCKET_POLICY",
        value: "WHEN",
        default: Default::Value("keep"),
        kind: Kind::Part(|v| parse::one_of(v, &[("keep", ()), ("apply", ())])),
        help: "apply sets a policy of anonymous reads on a bucket that was there before; one that we made has it anyhow",
        ..S3
    },
    Setting {
        name: "S3_OBJECT_ACL",
        value: "ACL",
        default: Default::Value("none"),
        kind: Kind::Part(|v| parse::one_of(v, &[("none", ()), ("public-read", ())])),
        help: "public-read is put on each image, for stores that go by ACLs",
        ..S3
    },
    Setting {
        name: "S3_TIMEOUT",
        value: "DURATION",
        default: Default::Value("4s"),
        services: &[Image],
        kind: Kind::Shared(|s, v| put(&mut s.patience.bucket, parse::duration(v, SHORTEST..=LONGEST))),
        help: "How long S3 may be silent before a request is answered 503",
        ..PLAIN
    },
];
