//! The settings of PostgreSQL, MongoDB, RabbitMQ and S3.

use super::{AUTH, PROGRAMS, with};
use crate::{Program, SessionPlace, Settings};
use hexad::ports::Concern::{Address, Content, Credentials, Encryption, Name, Privilege};
use hexad_object_store::BucketPolicy;
use std::time::Duration;

fn given(program: Program, settings: &[(&'static str, &'static str)]) -> Settings {
    Settings::given(program, settings.iter().copied()).unwrap()
}

fn refused(program: Program, settings: &[(&'static str, &'static str)]) -> String {
    Settings::given(program, settings.iter().copied()).unwrap_err().to_string()
}

const PG: [(&str, &str); 3] = [("PG_HOST", "db.example"), ("PG_DATABASE", "people"), ("PG_USER", "app")];

#[test]
fn nothing_is_configured_unless_somebody_does() {
    for program in PROGRAMS {
        let settings = given(program, &[]);
        assert!(settings.postgres.is_none() && settings.mongo.is_none() && settings.broker.is_none());
        assert!(settings.bucket.is_none());
        assert_eq!(settings.session_place, SessionPlace::Embedded);
    }
}

#[test]
fn a_server_is_given_by_its_url_or_in_pieces() {
    for settings in [
        &[("DATABASE_URL", "postgres://app:p%40ss@db.example:5432/people")][..],
        &[
            ("POSTGRESQL_HOST", "db.example"),
            ("POSTGRESQL_DATABASE", "people"),
            ("POSTGRESQL_USER", "app"),
            ("POSTGRESQL_PASSWORD", "p@ss"),
        ],
        &[PG[0], ("PG_PORT", "5432"), PG[1], PG[2], ("PG_PASSWORD", "p@ss")],
        &[PG[0], ("POSTGRESQL_PORT", "5432"), PG[1], PG[2], ("POSTGRESQL_PASSWORD", "p@ss")],
    ] {
        let url = given(AUTH, settings).postgres.unwrap().url;
        assert_eq!(url.reveal(), "postgres://app:p%40ss@db.example:5432/people");
    }
    for (settings, url) in [
        (&[("AMQP_URL", "amqps://u:p@h/v")][..], "amqps://u:p@h/v"),
        (&[("RABBITMQ_HOST", "52.5.219.178")], "amqp://guest:guest@52.5.219.178:5672/%2F"),
        (
            &[
                ("RABBITMQ_HOST", "::1"),
                ("RABBITMQ_PORT", "5673"),
                ("RABBITMQ_USER", "a/b"),
                ("RABBITMQ_PASSWORD", "?#"),
                ("RABBITMQ_VHOST", "hexad"),
            ],
            "amqp://a%2Fb:%3F%23@[::1]:5673/hexad",
        ),
    ] {
        assert_eq!(given(AUTH, settings).broker.unwrap().url.reveal(), url);
    }
    // A server that asks for no password.
    assert_eq!(given(AUTH, &PG).postgres.unwrap().url.reveal(), "postgres://app@db.example:5432/people");
    let mongo = given(Program::CONNECTED, &[("MONGO_URI", "mongodb://h/d")]).mongo.unwrap();
    assert_eq!(mongo.url.reveal(), "mongodb://h/d");
}

#[test]
fn a_mistake_leads_to_the_setting_as_it_was_given() {
    let names = |settings: &[_]| {
        let names = given(AUTH, settings).postgres.unwrap().names;
        [Address, Encryption, Credentials, Privilege, Name, Content]
            .map(|about| names.about(about).to_owned())
    };
    assert_eq!(names(&[("DATABASE_URL", "postgres://h/d")]), ["DATABASE_URL"; 6]);
    let [host, encryption, password, user, name, content] =
        names(&[PG[0], PG[1], PG[2], ("PG_PASSWORD", "p")]);
    assert_eq!([host, encryption, password], ["PG_HOST", "PG_HOST", "PG_PASSWORD"]);
    assert_eq!([user, name, content], ["PG_USER", "PG_DATABASE", "PG_DATABASE"]);
    let [_, _, nobody, ..] = names(&PG);
    assert_eq!(nobody, "PG_USER");
}

#[test]
fn half_of_something_names_the_other_half() {
    for (program, settings, says) in [
        (
            AUTH,
            &[("PG_PASSWORD", "hunter2")][..],
            "PG_PASSWORD (from the environment) is given, but POSTGRESQL_HOST is not",
        ),
        (
            AUTH,
            &[("POSTGRESQL_PORT", "5432")],
            "POSTGRESQL_PORT (from the environment) is given, but POSTGRESQL_HOST is not",
        ),
        (
            AUTH,
            &[("PG_HOST", "h")],
            "PG_HOST (from the environment) is given, but POSTGRESQL_DATABASE is not",
        ),
        (
            AUTH,
            &[("PG_HOST", "h"), ("PG_DATABASE", "d")],
            "PG_HOST (from the environment) is given, but POSTGRESQL_USER is not",
        ),
        (AUTH, &[("RABBITMQ_PASSWORD", "hunter2")], "is given, but RABBITMQ_HOST is not"),
        (AUTH, &[("RABBITMQ_EXCHANGE", "x")], "is given, but AMQP_URL or RABBITMQ_HOST is not"),
        (
            AUTH,
            &[("RABBITMQ_QUEUE", "x")],
            "RABBITMQ_QUEUE (from the environment) is given, but AMQP_URL or RABBITMQ_HOST is not",
        ),
        (AUTH, &[("SESSION_EVENTS_QUEUE", "none")], "is given, but AMQP_URL or RABBITMQ_HOST is not"),
        (
            Program::SUITE,
            &[("USER_SOAP_RABBITMQ_QUEUE", "x")],
            "USER_SOAP_RABBITMQ_QUEUE (from the environment) is given, but AMQP_URL",
        ),
        (
            Program::SESSION,
            &[("SESSION_STORE", "mongo")],
            "SESSION_STORE (from the environment) is given, but MONGO_URI is not",
        ),
        (
            Program::CONNECTED,
            &[("SESSION_STORE", "postgres")],
            "is given, but DATABASE_URL or POSTGRESQL_HOST is not",
        ),
        (
            Program::IMAGE,
            &[("AWS_REGION", "eu-west-1")],
            "AWS_REGION (from the environment) is given, but AWS_BUCKET_NAME is not",
        ),
        (Program::IMAGE, &[("AWS_SECRET_ACCESS_KEY", "hunter2")], "is given, but AWS_BUCKET_NAME is not"),
        (Program::IMAGE, &[("AWS_BUCKET_NAME", "b")], "is given, but AWS_ACCESS_KEY_ID is not"),
        (
            Program::IMAGE,
            &[("AWS_BUCKET_NAME", "b"), ("AWS_ACCESS_KEY_ID", "k")],
            "is given, but AWS_SECRET_ACCESS_KEY is not",
        ),
        (Program::IMAGE, &[("IMAGE_BUCKET_POLICY", "apply")], "is given, but AWS_BUCKET_NAME is not"),
    ] {
        let line = refused(program, settings);
        assert!(line.contains(says), "{says} is not in {line}");
        assert!(!line.contains("hunter2") && !line.contains('\n'), "{line}");
    }
}

#[test]
fn one_server_is_not_said_twice() {
    let line = refused(AUTH, &[("DATABASE_URL", "postgres://u:hunter2@h/d"), ("PG_HOST", "h")]);
    assert_eq!(line, "DATABASE_URL and PG_HOST both say where the same server is; set one of them");
    let line = refused(AUTH, &[("AMQP_URL", "amqp://u:hunter2@h"), ("RABBITMQ_VHOST", "v")]);
    assert_eq!(line, "AMQP_URL and RABBITMQ_VHOST both say where the same server is; set one of them");
    let line = refused(AUTH, &[("POSTGRESQL_HOST", "one"), ("PG_HOST", "other")]);
    assert!(line.starts_with("POSTGRESQL_HOST and PG_HOST (from the environment)"), "{line}");
}

#[test]
fn sessions_are_where_the_servers_are() {
    let (sql, mongo) = (("DATABASE_URL", "postgres://h/d"), ("MONGO_URI", "mongodb://h"));
    for (settings, place) in [
        (&[][..], SessionPlace::Embedded),
        (&[mongo], SessionPlace::Mongo),
        (&[sql], SessionPlace::Postgres),
        (&[sql, mongo], SessionPlace::Mongo),
        (&[sql, mongo, ("SESSION_STORE", "postgres")], SessionPlace::Postgres),
        (&[sql, mongo, ("SESSION_STORE", "mongo")], SessionPlace::Mongo),
        (&[sql, mongo, ("SESSION_STORE", "embedded")], SessionPlace::Embedded),
    ] {
        for program in [Program::SESSION, Program::CONNECTED, Program::SUITE] {
            assert_eq!(given(program, settings).session_place, place, "{settings:?}");
        }
    }
    let line = refused(Program::SESSION, &[("SESSION_STORE", "redis")]);
    assert!(line.ends_with("is \"redis\"; accepted: mongo or postgres or embedded"), "{line}");
}

#[test]
fn a_service_with_a_store_of_its_own_listens_for_other_machines() {
    let sql = ("DATABASE_URL", "postgres://h/d");
    let s3 = [("AWS_BUCKET_NAME", "b"), ("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s")];
    for (program, settings, host) in [
        (AUTH, &[][..], "127.0.0.1"),
        // The broker is no store.
        (AUTH, &[("AMQP_URL", "amqp://h")], "127.0.0.1"),
        (AUTH, &[sql], "0.0.0.0"),
        (AUTH, &[sql, ("HOST", "127.0.0.2")], "127.0.0.2"),
        (Program::SESSION, &[sql], "0.0.0.0"),
        (Program::SESSION, &[sql, ("SESSION_STORE", "embedded")], "127.0.0.1"),
        (Program::CONNECTED, &[("MONGO_URI", "mongodb://h")], "0.0.0.0"),
        (Program::IMAGE, &s3, "0.0.0.0"),
        (Program::SUITE, &s3, "0.0.0.0"),
    ] {
        assert_eq!(given(program, settings).host.to_string(), host, "{settings:?}");
    }
}

#[test]
fn events_travel_by_names_that_can_be_chosen() {
    let broker = ("AMQP_URL", "amqp://h");
    let suite = given(Program::SUITE, &[broker, ("SESSION_RABBITMQ_QUEUE", "none")]);
    let queues: Vec<_> = suite.services.iter().map(|own| own.queue.as_deref()).collect();
    assert_eq!(queues, [Some("auth-events"), Some("user-events"), None, None, None, None]);
    assert_eq!(suite.events.exchange, "domain-events");
    assert_eq!(suite.events.session_queues, ["session-service.events"]);
    assert_eq!(suite.events.session_topics, ["auth.#"]);
    assert_eq!(suite.events.session_dead_queue, None);
    assert_eq!(suite.events.session_prefetch, 64);

    let session = given(
        Program::SESSION,
        &[
            broker,
            ("RABBITMQ_QUEUE", "mine"),
            ("RABBITMQ_EXCHANGE", "x"),
            ("SESSION_EVENTS_QUEUE", "session-service.events, auth-events"),
            ("SESSION_EVENTS_TOPICS", "auth.UserLoggedIn,auth.PasswordChanged"),
            ("SESSION_EVENTS_DEAD_QUEUE", "dead"),
            ("SESSION_EVENTS_PREFETCH", "7"),
        ],
    );
    assert_eq!(session.services[0].queue.as_deref(), Some("mine"));
    assert_eq!(session.events.exchange, "x");
    assert_eq!(session.events.session_queues, ["session-service.events", "auth-events"]);
    assert_eq!(session.events.session_topics, ["auth.UserLoggedIn", "auth.PasswordChanged"]);
    assert_eq!(session.events.session_dead_queue.as_deref(), Some("dead"));
    assert_eq!(session.events.session_prefetch, 7);

    assert!(given(AUTH, &[broker, ("SESSION_EVENTS_QUEUE", "none")]).events.session_queues.is_empty());
    for (name, value) in [
        ("RABBITMQ_QUEUE", "a,b"),
        ("RABBITMQ_QUEUE", "amq.gen"),
        ("RABBITMQ_EXCHANGE", "amq.topic"),
        ("SESSION_EVENTS_QUEUE", "a,,b"),
    ] {
        let line = with(AUTH, name, value).unwrap_err();
        assert!(
            line.starts_with(&format!("{name} (from the environment) is {value:?}; accepted: ")),
            "{line}"
        );
    }
    // No service without events reads them.
    assert!(with(Program::IMAGE, "RABBITMQ_HOST", "h").is_ok());
    assert!(with(Program::CONNECTED, "RABBITMQ_QUEUE", "q").is_ok());
}

#[test]
fn pools_and_time_outs_have_defaults_and_bounds() {
    let suite = given(Program::SUITE, &[]);
    assert_eq!((suite.pools.postgres, suite.pools.mongo), (10, 10));
    for patience in
        [suite.patience.postgres, suite.patience.mongo, suite.patience.broker, suite.patience.bucket]
    {
        assert_eq!(patience, Duration::from_secs(4));
    }
    let tuned = [
        ("POSTGRESQL_CONNECTIONS", "20"),
        ("POSTGRESQL_TIMEOUT", "2s"),
        ("MONGO_CONNECTIONS", "30"),
        ("MONGO_TIMEOUT", "500ms"),
        ("RABBITMQ_TIMEOUT", "1s"),
        ("S3_TIMEOUT", "3s"),
    ];
    let tuned = given(Program::SUITE, &tuned);
    assert_eq!((tuned.pools.postgres, tuned.pools.mongo), (20, 30));
    assert_eq!(tuned.patience.postgres, Duration::from_secs(2));
    assert_eq!(tuned.patience.mongo, Duration::from_millis(500));
    assert_eq!(tuned.patience.broker, Duration::from_secs(1));
    assert_eq!(tuned.patience.bucket, Duration::from_secs(3));
    // A client has its answer within five seconds.
    assert!(with(AUTH, "POSTGRESQL_TIMEOUT", "5s").unwrap_err().ends_with("from 100ms to 4s"));
}

#[test]
fn a_bucket_is_what_was_given() {
    let keys = [("AWS_BUCKET_NAME", "b"), ("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "hunter2")];
    let bucket = given(Program::IMAGE, &keys).bucket.unwrap();
    assert_eq!(bucket.settings.endpoint, None);
    assert_eq!(bucket.settings.region, "us-east-1");
    assert_eq!(bucket.settings.policy, BucketPolicy::WhenMade);
    assert!(!bucket.settings.public_read_acl);
    assert_eq!(bucket.names.about(Address), "AWS_REGION");
    assert!(!format!("{bucket:?}").contains("hunter2"));

    let more = [
        ("AWS_ENDPOINT_URL", "http://minio:9000"),
        ("AWS_REGION", "eu-west-1"),
        ("IMAGE_BUCKET_POLICY", "apply"),
        ("S3_OBJECT_ACL", "public-read"),
    ];
    let bucket = given(Program::IMAGE, &[&keys[..], &more].concat()).bucket.unwrap();
    assert_eq!(bucket.settings.endpoint.as_deref(), Some("http://minio:9000"));
    assert_eq!(bucket.settings.region, "eu-west-1");
    assert_eq!(bucket.settings.policy, BucketPolicy::Apply);
    assert!(bucket.settings.public_read_acl);
    assert_eq!(bucket.names.about(Address), "AWS_ENDPOINT_URL");
    assert_eq!(bucket.names.about(Credentials), "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    assert_eq!(bucket.names.about(Name), "AWS_BUCKET_NAME");
}

#[test]
fn production_refuses_what_is_embedded_or_made_up_and_names_what_is_missing() {
    let production = ("APP_ENV", "production");
    let (sql, mongo) = (("DATABASE_URL", "postgres://h/d"), ("MONGO_URI", "mongodb://h"));
    let (broker, key) = (("AMQP_URL", "amqp://h"), ("SECRET_KEY", "0123456789abcdef0123456789abcdef"));
    let s3 = [("AWS_BUCKET_NAME", "b"), ("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let users = "the embedded store of users; set DATABASE_URL, or POSTGRESQL_HOST";
    for (program, settings, says) in [
        (AUTH, &[key][..], users),
        (AUTH, &[sql], "a made key; set SECRET_KEY"),
        (Program::USER_SOAP, &[], users),
        (Program::USER_LOOKUP, &[], users),
        (Program::CONNECTED, &[mongo], users),
        (Program::CONNECTED, &[sql, ("SESSION_STORE", "embedded")], "set SESSION_STORE to mongo or postgres"),
        (Program::SESSION, &[key, broker], "the embedded store of sessions; set MONGO_URI, or DATABASE_URL"),
        (Program::SESSION, &[key, mongo], "events without a broker; set AMQP_URL"),
        (Program::IMAGE, &[], "a folder of images; set AWS_BUCKET_NAME"),
        (Program::SUITE, &[sql, mongo, broker, key], "a folder of images; set AWS_BUCKET_NAME"),
    ] {
        let line = refused(program, &[&[production], settings].concat());
        assert!(line.starts_with("APP_ENV (from the environment) is production, which refuses "), "{line}");
        assert!(line.contains(says), "{says} is not in {line}");
    }
    for (program, settings) in [
        (AUTH, &[sql, key][..]),
        (Program::USER_SOAP, &[sql]),
        (Program::SESSION, &[mongo, broker, key]),
        (Program::SESSION, &[sql, broker, key]),
        (Program::USER_LOOKUP, &[sql]),
        (Program::CONNECTED, &[sql, mongo]),
        (Program::IMAGE, &s3),
        (Program::SUITE, &[sql, mongo, broker, key, s3[0], s3[1], s3[2]]),
    ] {
        given(program, &[&[production], settings].concat());
    }
}

#[test]
fn no_password_is_shown() {
    let settings = given(
        Program::SUITE,
        &[
            ("POSTGRESQL_HOST", "h"),
            ("POSTGRESQL_DATABASE", "d"),
            ("POSTGRESQL_USER", "u"),
            ("POSTGRESQL_PASSWORD", "hunter2"),
            ("MONGO_URI", "mongodb://u:hunter2@h"),
            ("AMQP_URL", "amqp://u:hunter2@h"),
        ],
    );
    assert!(!format!("{settings:?}").contains("hunter2"));
    let line = refused(AUTH, &[("POSTGRESQL_PORT", "hunter2")]);
    assert!(line.ends_with("a whole number from 1 to 65535"), "{line}");
}
