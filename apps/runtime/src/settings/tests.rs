mod servers;

use super::{Asked, LogFormat, Settings, SettingsError, table};
use crate::program::{Program, Service};
use hexad_crypto::{DEFAULT_ITERATIONS, WriteFormat};
use hexad_http::{Limits, Origins, TrustedProxies};
use hexad_soap::register::Duplicates;
use std::{ffi::OsString, time::Duration};

const AUTH: Program = Program::AUTH;
const PROGRAMS: [Program; 7] = [
    Program::AUTH,
    Program::USER_SOAP,
    Program::SESSION,
    Program::IMAGE,
    Program::USER_LOOKUP,
    Program::CONNECTED,
    Program::SUITE,
];

fn with(program: Program, name: &'static str, value: &'static str) -> Result<Settings, String> {
    Settings::given(program, [(name, value)]).map_err(|error| error.to_string())
}

fn flags(program: Program, flags: &[&str]) -> Result<Asked, SettingsError> {
    Settings::read(program, flags.iter().map(OsString::from), [], Vec::new())
}

fn run(program: Program, arguments: &[&str]) -> Settings {
    match flags(program, arguments).unwrap() {
        Asked::Run(settings) => *settings,
        other => panic!("{other:?}"),
    }
}

fn printed(program: Program, arguments: &[&str]) -> (String, i32) {
    match flags(program, arguments).unwrap() {
        Asked::Print(print) => (print.to_string(), print.exit_code()),
        other => panic!("it would go on: {other:?}"),
    }
}

#[test]
fn every_program_starts_without_a_setting() {
    for program in PROGRAMS {
        let settings = Settings::given(program, []).unwrap();
        assert_eq!(settings.limits, Limits::default());
        assert_eq!(settings.host.to_string(), "127.0.0.1");
        assert_eq!(settings.data_dir.to_str(), Some("./data"));
        assert_eq!(settings.log_format, LogFormat::Auto);
        assert!(settings.secret_key.is_none());
    }
    let auth = Settings::given(AUTH, []).unwrap();
    assert_eq!(auth.token_ttl, Duration::from_secs(3600));
    assert_eq!(auth.password_write, WriteFormat::Phc);
    assert_eq!(auth.password_iterations, DEFAULT_ITERATIONS);
    assert_eq!(auth.login_queue_wait, Duration::from_secs(5));
}

#[test]
fn each_service_has_the_port_and_the_origins_of_its_original() {
    let suite = Settings::given(Program::SUITE, []).unwrap();
    let own: Vec<_> =
        suite.services.iter().map(|own| (own.service.name(), own.port, own.origins.clone())).collect();
    let frontend = Origins::List(vec!["http://3.227.120.143:8080".into()]);
    let expected = [
        ("auth", 5001, Origins::Closed),
        ("user-soap", 5002, frontend.clone()),
        ("session", 5004, Origins::Closed),
        ("image", 5015, Origins::Closed),
        ("user-lookup", 5016, frontend),
        ("connected", 5020, Origins::Closed),
    ];
    assert_eq!(own, expected);
    for (service, program) in suite.services.into_iter().zip(PROGRAMS) {
        let alone = Settings::given(program, []).unwrap();
        assert_eq!(alone.services, [service]);
    }
}

#[test]
fn a_service_takes_port_and_the_suite_one_for_each() {
    assert_eq!(with(AUTH, "PORT", "6001").unwrap().services[0].port, 6001);
    let suite = Settings::given(Program::SUITE, [("AUTH_PORT", "0"), ("USER_LOOKUP_PORT", "6016")]).unwrap();
    let ports: Vec<_> = suite.services.iter().map(|own| own.port).collect();
    assert_eq!(ports, [0, 5002, 5004, 5015, 6016, 5020]);

    let line = with(Program::SUITE, "PORT", "6001").unwrap_err();
    assert_eq!(
        line,
        "PORT (from the environment) is a setting of one service; for all six take \
         AUTH_PORT, USER_SOAP_PORT, SESSION_PORT, IMAGE_PORT, USER_LOOKUP_PORT, CONNECTED_PORT"
    );
    let line = with(Program::SUITE, "RABBITMQ_QUEUE", "auth-events").unwrap_err();
    assert!(
        line.ends_with("AUTH_RABBITMQ_QUEUE, USER_SOAP_RABBITMQ_QUEUE, SESSION_RABBITMQ_QUEUE"),
        "{line}"
    );
    // A prefixed name means nothing to a service alone.
    assert_eq!(with(AUTH, "AUTH_PORT", "6001").unwrap().services[0].port, 5001);
}

#[test]
fn the_suite_takes_origins_for_all_and_for_one() {
    let given = [("CORS_ALLOWED_ORIGINS", "https://a.example"), ("IMAGE_CORS_ALLOWED_ORIGINS", "*")];
    let suite = Settings::given(Program::SUITE, given).unwrap();
    for own in suite.services {
        let expected = match own.service {
            Service::Image => Origins::Any,
            _ => Origins::List(vec!["https://a.example".into()]),
        };
        assert_eq!(own.origins, expected, "{}", own.service);
    }
}

#[test]
fn the_suite_takes_an_address_for_all_and_for_one() {
    let given = [
        ("PUBLIC_URL", "https://api.example"),
        ("USER_SOAP_PUBLIC_URL", "https://soap.example/users/"),
        ("IMAGE_PUBLIC_URL", "https://cdn.example/pictures"),
    ];
    let suite = Settings::given(Program::SUITE, given).unwrap();
    let of =
        |service| suite.services.iter().find(|own| own.service == service).unwrap().public_url.as_deref();
    assert_eq!(of(Service::UserSoap), Some("https://soap.example/users"));
    assert_eq!(of(Service::UserLookup), Some("https://api.example"));
    // The images' own name says where the images are, and not where the service is.
    assert_eq!(of(Service::Image), Some("https://api.example"));
    assert_eq!(suite.image_public_url.as_deref(), Some("https://cdn.example/pictures"));
    assert_eq!(printed(Program::SUITE, &["--help"]).0.matches("[IMAGE_PUBLIC_URL]").count(), 1);
    let alone = with(Program::USER_LOOKUP, "PUBLIC_URL", "https://api.example").unwrap();
    assert_eq!(alone.services[0].public_url.as_deref(), Some("https://api.example"));
}

#[test]
fn trusted_proxies_are_networks_and_by_default_none() {
    let trusts = |value: &'static str, address: &str| {
        with(AUTH, "TRUSTED_PROXIES", value).unwrap().trusted_proxies.trust(address.parse().unwrap())
    };
    assert!(trusts("10.0.0.0/8, ::1", "10.1.2.3") && trusts("10.0.0.0/8, ::1", "::1"));
    assert!(!trusts("10.0.0.0/8", "127.0.0.1") && !trusts("none", "127.0.0.1"));
    assert_eq!(Settings::given(AUTH, []).unwrap().trusted_proxies, TrustedProxies::default());
    for value in ["proxy.example", "10.0.0.1/8", "10.0.0.0/8,", "*"] {
        assert!(with(AUTH, "TRUSTED_PROXIES", value).unwrap_err().starts_with("TRUSTED_PROXIES "), "{value}");
    }
}

#[test]
fn flags_are_the_names_in_lower_case_and_aliases_are_taken() {
    let key = "an original's secret, long enough";
    let settings = run(AUTH, &["--port", "7001", "--token-ttl=15m", "--jwt-secret", key]);
    assert_eq!(settings.services[0].port, 7001);
    assert_eq!(settings.token_ttl, Duration::from_secs(900));
    assert_eq!(settings.secret_key.unwrap().reveal(), key);
    assert_eq!(run(Program::SUITE, &["--user-soap-port", "7002"]).services[1].port, 7002);
    // An empty flag is as none.
    assert_eq!(run(AUTH, &["--token-ttl="]).token_ttl, Duration::from_secs(3600));
}

#[test]
fn flags_that_a_program_does_not_take_are_refused() {
    for (program, arguments) in [
        (AUTH, &["--soap-compat", "originals"][..]),
        (AUTH, &["--prot", "1"]),
        (AUTH, &["extra"]),
        (AUTH, &["--port"]),
        (AUTH, &["--port", "1", "--port", "2"]),
        (Program::SUITE, &["--port", "6001"]),
        (Program::SUITE, &["--rabbitmq-queue", "q"]),
    ] {
        assert_eq!(printed(program, arguments).1, 2, "{arguments:?}");
    }
}

#[test]
fn a_command_comes_after_the_flags_of_settings() {
    let asked = flags(Program::SESSION, &["--mongo-uri=mongodb://h", "sessions", "dedupe", "--yes"]).unwrap();
    let Asked::Command(settings, chosen) = asked else { panic!("{asked:?}") };
    assert!(settings.mongo.is_some());
    assert_eq!((chosen.command.name, chosen.flags.get_flag("yes")), ("dedupe", true));
    assert!(printed(Program::SESSION, &["--help"]).0.contains("sessions"));
    for wrong in [&["sessions"][..], &["sessions", "drop"], &["sessions", "dedupe", "--no"], &["users"]] {
        assert_eq!(printed(Program::SESSION, wrong).1, 2, "{wrong:?}");
    }
    assert_eq!(printed(AUTH, &["sessions", "dedupe"]).1, 2);
}

#[test]
fn the_bench_of_hashes_takes_a_time() {
    for (arguments, budget) in
        [(&["hashes", "bench"][..], 100_u32), (&["hashes", "bench", "--budget-ms", "250"], 250)]
    {
        let asked = flags(AUTH, arguments).unwrap();
        let Asked::Command(_, chosen) = asked else { panic!("{asked:?}") };
        assert_eq!((chosen.command.name, chosen.flags.get_one("budget-ms")), ("bench", Some(&budget)));
    }
    for wrong in ["0", "60001", "-1", "fast", ""] {
        assert_eq!(printed(AUTH, &["hashes", "bench", "--budget-ms", wrong]).1, 2, "{wrong:?}");
    }
}

#[test]
fn the_help_names_every_setting_with_its_aliases_and_defaults() {
    let (help, code) = printed(AUTH, &["--help"]);
    assert_eq!(code, 0);
    for text in [
        "--secret-key <KEY>",
        "[SECRET_KEY, alias JWT_SECRET]",
        "[default: 5001]",
        "[default: 1h]",
        "--postgresql-host",
        "PG_HOST",
        "[RABBITMQ_QUEUE] [default: auth-events]",
        "[SESSION_EVENTS_QUEUE] [default: session-service.events]",
        "LOGIN_LIMIT_ACCOUNT",
        ".env",
    ] {
        assert!(help.contains(text), "{text} is missing from\n{help}");
    }
    for text in ["SOAP_COMPAT", "AWS_", "MONGO_URI", "AUTH_PORT", "SESSION_EVENTS_PREFETCH"] {
        assert!(!help.contains(text), "{text} is in\n{help}");
    }
    let (help, _) = printed(Program::SUITE, &["--help"]);
    for text in ["[CONNECTED_PORT] [default: 5020]", "SOAP_COMPAT", "MONGO_URI", "AWS_REGION"] {
        assert!(help.contains(text), "{text} is missing from\n{help}");
    }
}

#[test]
fn the_documentation_names_every_setting_with_its_default() {
    let page = include_str!("../../../../docs/settings.md");
    for row in table::settings() {
        let built = !matches!(row.kind, table::Kind::NotBuilt(_));
        assert!(page.contains(&format!("`{}`", row.name)) || !built, "{} is missing", row.name);
        if let table::Default::Value(value) = row.default {
            let mut lines = page.lines().filter(|line| line.contains(&format!("`{}`", row.name)));
            assert!(lines.any(|line| line.contains(&format!("`{value}`"))), "{} is not {value}", row.name);
        }
    }
}

#[test]
fn a_bad_value_is_named_with_what_is_accepted() {
    for (name, value, accepted) in [
        ("PORT", "70000", "a whole number from 0 to 65535"),
        ("PORT", "+80", "a whole number from 0 to 65535"),
        ("HOST", "example.com", "an IP address to listen on, such as 127.0.0.1, 0.0.0.0 or ::, or localhost"),
        ("TOKEN_TTL", "3600", "a duration such as 5s, 15m or 1h, from 1s to 30d"),
        ("TOKEN_TTL", "0s", "a duration such as 5s, 15m or 1h, from 1s to 30d"),
        ("TOKEN_TTL", "31d", "a duration such as 5s, 15m or 1h, from 1s to 30d"),
        ("TOKEN_TTL", "99999999999999999999s", "a duration such as 5s, 15m or 1h, from 1s to 30d"),
        ("PASSWORD_WRITE", "md5", "phc or originals"),
        ("PASSWORD_ITERATIONS", "99999", "a whole number from 100000 to 10000000"),
        ("BODY_LIMIT", "1MB", "a size in bytes, or such as 64KiB or 1MiB, from 1KiB to 1GiB"),
        ("BODY_LIMIT", "1023", "a size in bytes, or such as 64KiB or 1MiB, from 1KiB to 1GiB"),
        ("MAX_REQUESTS", "0", "a whole number from 1 to 1000000"),
        ("LOG_FORMAT", "xml", "auto or text or json"),
        ("APP_ENV", "prod", "development or production"),
    ] {
        let line = with(AUTH, name, value).unwrap_err();
        assert_eq!(line, format!("{name} (from the environment) is {value:?}; accepted: {accepted}"));
    }
    for value in ["loud", "info,", "=info", "info,a b=warn", "INFO", "3"] {
        assert!(with(AUTH, "LOG", value).unwrap_err().starts_with("LOG "), "{value}");
    }
    for value in [
        "https://a.example/",
        "a.example",
        "https://A.example",
        "https://*.example",
        "*,https://a.example",
        ",",
        "null",
    ] {
        assert!(with(AUTH, "CORS_ALLOWED_ORIGINS", value).unwrap_err().starts_with("CORS_"), "{value}");
    }
    for value in ["ftp://a", "/images", "https://", "http://a?b", "http://a#b", "http://u:p@a", "http://a b"]
    {
        let image = Program::IMAGE;
        assert!(with(image, "PUBLIC_URL", value).unwrap_err().starts_with("PUBLIC_URL "), "{value}");
    }
}

#[test]
fn a_line_stays_one_line_and_short() {
    let line = with(AUTH, "LOG_FORMAT", "a\nb\u{1b}[31m").unwrap_err();
    assert!(!line.contains(['\n', '\u{1b}']), "{line}");
    let long: &'static str = "x".repeat(10_000).leak();
    assert!(with(AUTH, "LOG_FORMAT", long).unwrap_err().len() < 300);
}

#[test]
fn secrets_are_never_shown() {
    for (name, value) in
        [("SECRET_KEY", "tooshort"), ("JWT_SECRET", "tooshort"), ("SECRET_KEYS_PREVIOUS", "tooshort, x")]
    {
        let line = with(AUTH, name, value).unwrap_err();
        assert!(line.starts_with(name) && !line.contains("tooshort"), "{line}");
    }
    let key = "0123456789abcdef0123456789abcdef";
    let settings =
        Settings::given(AUTH, [("SECRET_KEY", key), ("SECRET_KEYS_PREVIOUS", "old-one,older")]).unwrap();
    let shown = format!("{settings:?}");
    assert!(!shown.contains(key) && !shown.contains("old-one") && !shown.contains("older"), "{shown}");
    let previous: Vec<_> = settings.secret_keys_previous.iter().map(|key| key.reveal()).collect();
    assert_eq!(previous, ["old-one", "older"]);
}

#[test]
fn what_is_not_built_ends_the_start_and_falls_back_to_nothing() {
    for name in ["LOGIN_LIMIT_ACCOUNT", "LOGIN_LIMIT_ADDRESS", "METRICS_ADDR"] {
        let line = with(Program::SUITE, name, "x").unwrap_err();
        assert!(line.starts_with(&format!("{name} (from the environment) asks for ")), "{line}");
        assert!(line.contains("which this version does not have"), "{line}");
    }
    // A service looks at its own settings only: no image service, no S3.
    assert!(with(AUTH, "AWS_REGION", "eu-west-1").is_ok());
    assert!(with(Program::IMAGE, "DATABASE_URL", "postgres://h/d").is_ok());
}

#[test]
fn values_are_read_as_they_are_meant() {
    let given = [
        ("HOST", "[::1]"),
        ("BODY_LIMIT", "2MiB"),
        ("HEADER_LIMIT", "16384"),
        ("BODY_IDLE_TIMEOUT", "1500ms"),
        ("PUBLIC_URL", "https://example.com/hexad/"),
        ("IMAGE_PUBLIC_URL", "http://cdn.example:8080/pictures"),
        ("CORS_ALLOWED_ORIGINS", "https://a.example, http://b.example:8080"),
    ];
    let settings = Settings::given(Program::IMAGE, given).unwrap();
    assert_eq!(settings.host.to_string(), "::1");
    assert_eq!(settings.limits.body_bytes, 2 * 1024 * 1024);
    assert_eq!(settings.limits.header_bytes, 16 * 1024);
    assert_eq!(settings.limits.body_idle, Duration::from_millis(1500));
    assert_eq!(settings.services[0].public_url.as_deref(), Some("https://example.com/hexad"));
    assert_eq!(settings.image_public_url.as_deref(), Some("http://cdn.example:8080/pictures"));
    let list = vec!["https://a.example".to_owned(), "http://b.example:8080".to_owned()];
    assert_eq!(settings.services[0].origins, Origins::List(list));
    let closed = with(Program::USER_LOOKUP, "CORS_ALLOWED_ORIGINS", "none").unwrap();
    assert_eq!(closed.services[0].origins, Origins::Closed);
    assert_eq!(with(AUTH, "PASSWORD_WRITE", "originals").unwrap().password_write, WriteFormat::Originals);
    let soap = Program::USER_SOAP;
    assert_eq!(with(soap, "SOAP_COMPAT", "originals").unwrap().duplicates, Duplicates::AsOriginals);
}

#[test]
fn a_level_is_for_our_own_parts_and_others_stay_quiet() {
    use tracing::Level;
    let log = |value: &'static str| with(AUTH, "LOG", value).unwrap().log;
    let debug = log("debug");
    assert!(debug.would_enable("hexad_http::server", &Level::DEBUG));
    assert!(!debug.would_enable("hyper", &Level::INFO) && debug.would_enable("hyper", &Level::WARN));
    let mixed = log("info, hexad::access=off, sqlx=debug");
    assert!(!mixed.would_enable("hexad::access", &Level::ERROR));
    assert!(mixed.would_enable("sqlx::query", &Level::DEBUG));
    assert!(!debug.would_enable("lapin::channel", &Level::ERROR));
    assert!(log("info,lapin=warn").would_enable("lapin::channel", &Level::WARN));
    assert!(!log("off").would_enable("hyper", &Level::ERROR));
}
