//! What other programs of this kind are configured with, and this version cannot do: each ends the start, and says so.

use super::{Kind, PLAIN, Setting};
use crate::program::Service::{self, Auth, Connected, Image, Session, UserLookup, UserSoap};

const SQL: &[Service] = &[Auth, UserSoap, Session, UserLookup, Connected];
const EVENTS: &[Service] = &[Auth, UserSoap, Session];

const POSTGRESQL: Setting =
    Setting { services: SQL, kind: Kind::NotBuilt("PostgreSQL"), help: "PostgreSQL", ..PLAIN };
const MONGODB: Setting =
    Setting { services: super::service::SESSIONS, kind: Kind::NotBuilt("MongoDB"), help: "MongoDB", ..PLAIN };
const RABBITMQ: Setting =
    Setting { services: EVENTS, kind: Kind::NotBuilt("RabbitMQ"), help: "RabbitMQ", ..PLAIN };
const S3: Setting =
    Setting { services: &[Image], kind: Kind::NotBuilt("S3 or MinIO"), help: "S3 or MinIO", ..PLAIN };
const LOGIN_LIMITS: Setting = Setting {
    services: &[Auth],
    kind: Kind::NotBuilt("limits on failed logins"),
    help: "Limits on failed logins",
    ..PLAIN
};

/// The rows.
pub(super) const ROWS: &[Setting] = &[
    Setting { name: "DATABASE_URL", secret: true, ..POSTGRESQL },
    Setting { name: "POSTGRESQL_HOST", aliases: &["PG_HOST"], ..POSTGRESQL },
    Setting { name: "POSTGRESQL_PORT", aliases: &["PG_PORT"], ..POSTGRESQL },
    Setting { name: "POSTGRESQL_DATABASE", aliases: &["PG_DATABASE"], ..POSTGRESQL },
    Setting { name: "POSTGRESQL_USER", aliases: &["PG_USER"], ..POSTGRESQL },
    Setting { name: "POSTGRESQL_PASSWORD", aliases: &["PG_PASSWORD"], secret: true, ..POSTGRESQL },
    Setting { name: "MONGO_URI", secret: true, ..MONGODB },
    Setting { name: "AMQP_URL", secret: true, ..RABBITMQ },
    Setting { name: "RABBITMQ_HOST", ..RABBITMQ },
    Setting { name: "RABBITMQ_PORT", ..RABBITMQ },
    Setting { name: "RABBITMQ_USER", ..RABBITMQ },
    Setting { name: "RABBITMQ_PASSWORD", secret: true, ..RABBITMQ },
    Setting { name: "RABBITMQ_VHOST", ..RABBITMQ },
    Setting { name: "RABBITMQ_EXCHANGE", ..RABBITMQ },
    Setting { name: "RABBITMQ_QUEUE", kind: Kind::OwnNotBuilt("RabbitMQ"), ..RABBITMQ },
    Setting { name: "AWS_ENDPOINT_URL", ..S3 },
    Setting { name: "AWS_ACCESS_KEY_ID", secret: true, ..S3 },
    Setting { name: "AWS_SECRET_ACCESS_KEY", secret: true, ..S3 },
    Setting { name: "AWS_REGION", ..S3 },
    Setting { name: "AWS_BUCKET_NAME", ..S3 },
    Setting { name: "IMAGE_BUCKET_POLICY", ..S3 },
    Setting { name: "S3_OBJECT_ACL", ..S3 },
    Setting { name: "LOGIN_LIMIT_ACCOUNT", ..LOGIN_LIMITS },
    Setting { name: "LOGIN_LIMIT_ADDRESS", ..LOGIN_LIMITS },
    Setting {
        name: "TRUSTED_PROXIES",
        kind: Kind::NotBuilt("trusted proxies"),
        help: "Trusted proxies",
        ..PLAIN
    },
    Setting { name: "METRICS_ADDR", kind: Kind::NotBuilt("metrics"), help: "Metrics", ..PLAIN },
];
