//! The URL of a database.
//!
//! As libpq has it: `postgres://user:password@host:port/database?parameter=value`. What SQLAlchemy puts into the
//! scheme (`postgresql+psycopg2`) and parameters of other drivers are passed over, so that a URL that served another
//! program serves here.

use hexad_ports::{Concern, Mistake};
use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgSslMode},
};
use std::str::FromStr;

/// The parameters that the driver reads. `options[name]` counts besides.
const KNOWN: [&str; 17] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Reads the URL. Nothing of it is repeated in what is said about it, as it may hold a password.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions, Mistake> {
    let mistake = |why: &str| Mistake::new(Concern::Address, why);
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| mistake("no URL: postgres://user:password@host:port/database is expected"))?;
    if !matches!(scheme.split('+').next(), Some("postgres" | "postgresql")) {
        return Err(mistake(
            "the URL is not PostgreSQL's: it has to begin with postgres:// or postgresql://",
        ));
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (known, passed_over): (Vec<&str>, Vec<&str>) =
        query.split('&').filter(|pair| !pair.is_empty()).partition(|pair| is_known(key(pair)));
    for pair in passed_over {
        tracing::warn!(parameter = key(pair), "the database URL has a parameter that means nothing here");
    }
    // The driver would keep a wrong mode in its message, and with it whatever was mistaken for one.
    for mode in known.iter().filter(|pair| matches!(key(pair), "sslmode" | "ssl-mode")) {
        let mode = mode.split_once('=').map_or("", |(_, mode)| mode);
        if PgSslMode::from_str(mode).is_err() {
            return Err(Mistake::new(
                Concern::Encryption,
                "sslmode has to be one of disable, allow, prefer, require, verify-ca, verify-full",
            ));
        }
    }
    let url = format!("postgres://{place}?{}", known.join("&"));
    let mut options = PgConnectOptions::from_str(&url).map_err(|_| {
        mistake(
            "the URL cannot be read: postgres://user:password@host:port/database is expected, \
             with what is special in a password written as %XX",
        )
    })?;
    // As libpq does: a certificate authority is given so that it is looked at.
    let authority = known.iter().any(|pair| matches!(key(pair), "sslrootcert" | "ssl-root-cert" | "ssl-ca"));
    if authority && matches!(options.get_ssl_mode(), PgSslMode::Require) {
        options = options.ssl_mode(PgSslMode::VerifyCa);
    }
    if options.get_application_name().is_none() {
        options = options.application_name("hexad");
    }
    Ok(options.disable_statement_logging())
}

fn key(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(key, _)| key)
}

fn is_known(key: &str) -> bool {
    KNOWN.contains(&key) || key.starts_with("options[")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_url_is_read() {
        let options = parse("postgres://ada:s%40crt@db.example:5433/users?application_name=x").unwrap();
        assert_eq!(options.get_host(), "db.example");
        assert_eq!(options.get_port(), 5433);
        assert_eq!(options.get_username(), "ada");
        assert_eq!(options.get_database(), Some("users"));
        assert_eq!(options.get_application_name(), Some("x"));
    }

    #[test]
    fn urls_of_other_programs_serve() {
        for url in [
            "postgresql://h/d",
            "postgresql+psycopg2://h/d",
            "postgres://h/d?schema=public&connect_timeout=3&&x",
        ] {
            let options = parse(url).unwrap();
            assert_eq!(options.get_host(), "h");
            assert_eq!(options.get_database(), Some("d"));
            assert_eq!(options.get_application_name(), Some("hexad"));
        }
    }

    #[test]
    fn a_wrong_url_is_told_without_its_password() {
        for (url, about) in [
            ("mysql://ada:hunter2@h/d", Concern::Address),
            ("ada:hunter2@h/d", Concern::Address),
            ("", Concern::Address),
            ("postgres://ada:hunter2@h:port/d", Concern::Address),
            ("postgres://ada:hunter2@[h/d", Concern::Address),
            ("postgres://ada:hunter2/x@h/d", Concern::Address),
            ("postgres://ada@h/d?port=hunter2", Concern::Address),
            ("postgres://ada@h/d?sslmode=hunter2", Concern::Encryption),
        ] {
            let mistake = parse(url).expect_err(url);
            assert_eq!(mistake.about, about, "{url}");
            assert!(!format!("{mistake} {mistake:?}").contains("hunter2"), "{mistake}");
        }
    }

    #[test]
    fn a_certificate_authority_is_looked_at() {
        let mode = |url| parse(url).unwrap().get_ssl_mode();
        assert!(matches!(mode("postgres://h/d?sslmode=require"), PgSslMode::Require));
        assert!(matches!(mode("postgres://h/d?sslmode=require&sslrootcert=/ca.pem"), PgSslMode::VerifyCa));
        assert!(matches!(
            mode("postgres://h/d?sslrootcert=/ca.pem&sslmode=verify-full"),
            PgSslMode::VerifyFull
        ));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_repeat_a_secret(
            scheme in "(postgres|postgresql|http)?(://)?", rest in ".{0,60}", query in "(\\?[ -~]{0,40})?"
        ) {
            if let Err(mistake) = parse(&format!("{scheme}{rest}hunter2{query}")) {
                prop_assert!(!mistake.to_string().contains("hunter2"));
                prop_assert!(!mistake.to_string().contains('\n'));
            }
        }
    }
}
