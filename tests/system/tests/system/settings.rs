//! What the programs refuse to start with, and how they keep what they keep.

use hexad_system_tests::{PROGRAMS, Program, start_all};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// How a program ends that is given this setting: its code, and what it says.
fn refusal(program: &str, place: &Path, name: &str, value: &str) -> (Option<i32>, String) {
    let data = place.join("data");
    let settings = [("PORT", "0"), ("DATA_DIR", data.to_str().unwrap()), (name, value)];
    let settings = if program == "hexad" { &settings[1..] } else { &settings };
    let (status, stdout, stderr) = Program::start(program, place, settings).ended();
    assert_eq!(stdout, "", "{program} with {name}");
    assert!(!data.exists(), "{program} with {name} made a store to fall back to");
    (status.code(), stderr)
}

#[test]
fn what_is_not_built_or_half_given_ends_the_start_with_one_line() {
    let place = tempfile::tempdir().unwrap();
    for (program, name, value, says) in [
        ("user-lookup-service", "PG_HOST", "127.0.0.1", "POSTGRESQL_DATABASE is not"),
        ("auth-service", "PG_PASSWORD", "hunter2", "POSTGRESQL_HOST is not"),
        ("auth-service", "DATABASE_URL", "mysql://u:hunter2@127.0.0.1/db", ""),
        ("session-service", "MONGO_URI", "http://u:hunter2@127.0.0.1", ""),
        ("session-service", "SESSION_STORE", "mongo", "MONGO_URI is not"),
        ("connected-service", "SESSION_STORE", "postgres", "DATABASE_URL or POSTGRESQL_HOST is not"),
        ("auth-service", "AMQP_URL", "http://u:hunter2@127.0.0.1", ""),
        ("session-service", "RABBITMQ_QUEUE", "q", "AMQP_URL or RABBITMQ_HOST is not"),
        ("image-service", "AWS_ENDPOINT_URL", "http://127.0.0.1:9000", "AWS_BUCKET_NAME is not"),
        ("image-service", "AWS_SECRET_ACCESS_KEY", "hunter2", "AWS_BUCKET_NAME is not"),
        ("image-service", "AWS_BUCKET_NAME", "b", "AWS_ACCESS_KEY_ID is not"),
        ("auth-service", "LOGIN_LIMIT_ACCOUNT", "10/15m", "which this version does not have"),
        ("auth-service", "TRUSTED_PROXIES", "proxy.example", "accepted: addresses and networks"),
        ("auth-service", "METRICS_ADDR", "127.0.0.1:0", "which this version does not have"),
        ("hexad", "AUTH_RABBITMQ_QUEUE", "q", "AMQP_URL or RABBITMQ_HOST is not"),
    ] {
        let (code, line) = refusal(program, place.path(), name, value);
        assert_eq!(code, Some(1), "{program} with {name}: {line}");
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.starts_with(&format!("{program}: {name}")), "{line}");
        assert!(line.contains(says), "{says} is not in {line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[test]
fn production_refuses_what_is_embedded_or_made_up() {
    let place = tempfile::tempdir().unwrap();
    for program in PROGRAMS.map(|(program, ..)| program).into_iter().chain(["hexad"]) {
        let (code, line) = refusal(program, place.path(), "APP_ENV", "production");
        assert_eq!((code, line.lines().count()), (Some(1), 1), "{line}");
        assert!(line.contains("APP_ENV") && line.contains("production"), "{line}");
    }
}

#[test]
fn a_bad_value_names_the_setting_what_was_given_and_what_is_accepted() {
    let place = tempfile::tempdir().unwrap();
    for (program, name, value) in [
        ("image-service", "PORT", "65536"),
        ("image-service", "PORT", "http"),
        ("auth-service", "HOST", "nowhere at all"),
        ("auth-service", "TOKEN_TTL", "1"),
        ("auth-service", "LOGIN_QUEUE_WAIT", "never"),
        ("auth-service", "PASSWORD_ITERATIONS", "99999"),
        ("user-soap-service", "PASSWORD_WRITE", "md5"),
        ("user-soap-service", "SOAP_COMPAT", "yes"),
        ("session-service", "SESSION_STORE", "redis"),
        ("image-service", "PUBLIC_URL", "not a url"),
        ("auth-service", "BODY_LIMIT", "lots"),
        ("auth-service", "APP_ENV", "prod"),
        ("auth-service", "LOG", "loud"),
        ("hexad", "AUTH_PORT", "x"),
    ] {
        let (code, line) = refusal(program, place.path(), name, value);
        assert_eq!((code, line.lines().count()), (Some(1), 1), "{line}");
        assert!(line.contains(name) && line.contains(value) && line.contains("accepted"), "{line}");
    }
    let (code, line) = refusal("auth-service", place.path(), "SECRET_KEY", "thirty-one bytes are too few...");
    assert_eq!(code, Some(1));
    assert!(line.contains("SECRET_KEY") && !line.contains("too few"), "{line}");
    let (code, line) = refusal("hexad", place.path(), "PORT", "0");
    assert_eq!(code, Some(1));
    assert!(line.contains("AUTH_PORT") && line.contains("CONNECTED_PORT"), "{line}");
}

#[tokio::test]
async fn the_data_folder_and_the_secret_are_their_owners_alone() {
    let programs = start_all(&[]);
    let data = programs.data_dir();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&data.join("secret.key"))), (0o700, 0o600));
    programs.stop();
}
