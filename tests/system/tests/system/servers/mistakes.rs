//! Mistakes that end the start: one line that names the setting and the cause, and no secret.

use super::Servers;
use hexad_system_tests::Program;

/// How a program ends that is given these settings.
fn ended(program: &str, settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let place = tempfile::tempdir().unwrap();
    let all: Vec<_> = [("PORT", "0"), ("SECRET_KEY", "a key that signs, long enough for it")]
        .into_iter()
        .chain(settings.iter().copied())
        .collect();
    let (status, _, log) = Program::start(program, place.path(), &all).ended();
    let prefix = format!("{program}: ");
    let line = log.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_else(|| panic!("{log}"));
    assert!(!log.contains("hunter2"), "{log}");
    (status.code(), line.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_names_its_setting() {
    let servers = Servers::new().await;
    let (host, port) = servers.postgres.address.split_once(':').unwrap();
    let user = servers.postgres.url.split("://").nth(1).unwrap().split(':').next().unwrap();
    let pieces =
        [("PG_HOST", host), ("PG_PORT", port), ("PG_USER", user), ("PG_DATABASE", &servers.postgres.name)];
    let password = servers.postgres.url.split([':', '@']).nth(2).unwrap();
    let gone = [pieces[0], pieces[1], pieces[2], ("PG_DATABASE", "not_there"), ("PG_PASSWORD", password)];
    let wrong_password = [&pieces[..], &[("PG_PASSWORD", "hunter2")]].concat();
    let (rabbit, rabbit_port) = servers.rabbitmq.address.split_once(':').unwrap();
    let mut who = servers.rabbitmq.url.split([':', '@']).skip(1);
    let (name, password) = (who.next().unwrap().trim_start_matches('/'), who.next().unwrap());
    let sql = ("DATABASE_URL", servers.postgres.url.as_str());
    let broker = [sql, ("RABBITMQ_HOST", rabbit), ("RABBITMQ_PORT", rabbit_port), ("RABBITMQ_USER", name)];
    let nowhere = [&broker[..], &[("RABBITMQ_PASSWORD", password), ("RABBITMQ_VHOST", "not_there")]].concat();
    let stranger = [&broker[..], &[("RABBITMQ_PASSWORD", "hunter2")]].concat();
    let keys = [
        ("AWS_ENDPOINT_URL", servers.s3.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", servers.s3.access_key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("AWS_BUCKET_NAME", servers.s3.name.as_str()),
    ];
    for (program, settings, setting) in [
        ("auth-service", &wrong_password[..], "PG_PASSWORD"),
        ("user-lookup-service", &gone, "PG_DATABASE"),
        ("auth-service", &[("DATABASE_URL", "mysql://u:hunter2@h/d")], "DATABASE_URL"),
        ("session-service", &[("MONGO_URI", "http://u:hunter2@h")], "MONGO_URI"),
        ("auth-service", &[sql, ("AMQP_URL", "http://u:hunter2@h")], "AMQP_URL"),
        ("user-soap-service", &nowhere, "RABBITMQ_VHOST"),
        ("auth-service", &stranger, "RABBITMQ_PASSWORD"),
        ("image-service", &keys, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (
            "image-service",
            &[keys[1], keys[2], keys[3], ("AWS_ENDPOINT_URL", "minio:9000")],
            "AWS_ENDPOINT_URL",
        ),
    ] {
        let (code, line) = ended(program, settings);
        assert_eq!(code, Some(1), "{line}");
        assert!(line.starts_with(&format!("{setting}: ")), "{program}: {line}");
    }
}
