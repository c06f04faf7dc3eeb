//! Tokens that somebody else made: the original services, or an attacker.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hexad::ports::Clock;
use hexad_runtime::SystemClock;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The key that the services under test sign with.
pub const KEY: &str = "the key that every service of these tests signs with";
/// A key whose tokens are good although nobody signs with it any more.
pub const PREVIOUS_KEY: &str = "the key that they signed with before this one";

/// The seconds of now.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// Now, as the services write times.
#[must_use]
pub fn rfc3339_now() -> String {
    SystemClock.now().rfc3339_millis()
}

/// The three claims that the original services wrote, valid for an hour.
#[must_use]
pub fn claims(user_id: &str, username: &str) -> Value {
    json!({"user_id": user_id, "username": username, "exp": now() + 3600})
}

/// The claims with one of them changed; a null leaves it out.
#[must_use]
pub fn changed(name: &str, value: Value) -> Value {
    let mut claims = claims("00000000-0000-4000-8000-000000000000", "grace");
    match value {
        Value::Null => claims.as_object_mut().and_then(|claims| claims.remove(name)),
        value => claims.as_object_mut().and_then(|claims| claims.insert(name.into(), value)),
    };
    claims
}

/// A token of HS256.
#[must_use]
pub fn sign(key: &str, claims: &Value) -> String {
    with_header(key, &json!({"alg": "HS256", "typ": "JWT"}), claims)
}

/// A token signed by HMAC-SHA256 whatever its header says.
#[must_use]
pub fn with_header(key: &str, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any length is good");
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A token of HS512.
#[must_use]
pub fn sign_hs512(key: &str, claims: &Value) -> String {
    let message = format!("{}.{}", part(&json!({"alg": "HS512", "typ": "JWT"})), part(claims));
    let mut mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).expect("any length is good");
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// The claims of a token.
///
/// # Panics
/// Where it has none.
#[must_use]
pub fn read(token: &str) -> Value {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("three parts")).expect("base64");
    serde_json::from_slice(&claims).expect("JSON")
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Tokens that must not pass, with what is wrong with each and the code of the refusal.
#[must_use]
pub fn bad() -> Vec<(&'static str, String, &'static str)> {
    let good = sign(KEY, &claims("7", "grace"));
    let (message, signature) = good.rsplit_once('.').expect("a signature");
    let header = message.split('.').next().unwrap_or_default();
    let other_claims = part(&claims("8", "root"));
    let none = with_header(KEY, &json!({"alg": "none"}), &claims("7", "grace"));
    let (unsigned, _) = none.rsplit_once('.').expect("a signature");
    vec![
        ("expired long ago", sign(KEY, &changed("exp", json!(now() - 3600))), "token_expired"),
        ("expired this second", sign(KEY, &changed("exp", json!(now()))), "token_expired"),
        (
            "of another key",
            sign("a key that no service has ever heard of", &claims("7", "grace")),
            "token_invalid",
        ),
        ("not signed", format!("{unsigned}."), "token_invalid"),
        ("alg none, but signed", none.clone(), "token_invalid"),
        ("HS512", sign_hs512(KEY, &claims("7", "grace")), "token_invalid"),
        (
            "RS256 by its header",
            with_header(KEY, &json!({"alg": "RS256"}), &claims("7", "grace")),
            "token_invalid",
        ),
        ("without exp", sign(KEY, &changed("exp", Value::Null)), "token_invalid"),
        ("without user_id", sign(KEY, &changed("user_id", Value::Null)), "token_invalid"),
        ("without username", sign(KEY, &changed("username", Value::Null)), "token_invalid"),
        ("exp as a text", sign(KEY, &changed("exp", json!("9999999999"))), "token_invalid"),
        ("user_id as a number", sign(KEY, &changed("user_id", json!(7))), "token_invalid"),
        ("username as a list", sign(KEY, &changed("username", json!(["grace"]))), "token_invalid"),
        ("claims that are no object", sign(KEY, &json!([1])), "token_invalid"),
        ("cut short", good[..good.len() - 9].to_owned(), "token_invalid"),
        ("other claims under its signature", format!("{header}.{other_claims}.{signature}"), "token_invalid"),
        ("one part", "x".to_owned(), "token_invalid"),
        ("dots", "..".to_owned(), "token_invalid"),
        ("four parts", format!("{good}.x"), "token_invalid"),
    ]
}
