//! Tokens of our own, of the originals, and of those who try.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hexad_crypto::{JwtTokens, MAX_TOKEN_BYTES};
use hexad_ports::{
    TokenError, Tokens,
    domain::{Claims, UserId, Username},
};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json};

const KEY: &str = "a key of more than thirty-two bytes, surely";
const OTHER: &str = "another one, of thirty-two bytes and more";
/// As short as the originals' own.
const SHORT: &str = "my_secret_key";

fn tokens(signing: &str, previous: &[&str]) -> JwtTokens {
    JwtTokens::new(signing.as_bytes(), previous).unwrap()
}

fn claims() -> Claims {
    Claims {
        user_id: UserId::from_stored("6f9619ff-8b86-4d01-b42d-00c04fc964ff"),
        username: Username::from_stored("ada"),
        expires_at: 1_795_377_413,
        issued_at: Some(1_795_373_813),
        id: Some(uuid::Uuid::from_u128(0x019a_b3c1_2f5e_7abc_8def_0011_2233_4455)),
    }
}

/// Signs any header and claims with HMAC-SHA256, as a forger who has the key would.
fn forge(header: &str, claims: &str, key: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(&message);
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const CLAIMS: &str = r#"{"user_id":"u1","username":"ada","exp":1795377413}"#;

fn read_claims(claims: &str) -> Result<Claims, TokenError> {
    tokens(KEY, &[]).read(&forge(HEADER, claims, KEY))
}

/// Good claims with one of them set, or taken away.
fn with(name: &str, value: Option<Value>) -> Result<Claims, TokenError> {
    let mut claims =
        json!({"user_id": "u1", "username": "ada", "exp": 1_795_377_413, "iat": 1_795_373_813, "jti": "x"});
    match value {
        Some(value) => claims[name] = value,
        None => drop(claims.as_object_mut().unwrap().remove(name)),
    }
    read_claims(&claims.to_string())
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn what_is_signed_is_read() {
    let tokens = tokens(KEY, &[]);
    assert_eq!(tokens.read(&tokens.sign(&claims())), Ok(claims()));
}

#[test]
fn a_token_makes_the_claims_of_the_contract() {
    let token = tokens(KEY, &[]).sign(&claims());
    assert_eq!(
        part(&token, 1),
        json!({
            "user_id": "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
            "username": "ada",
            "exp": 1_795_377_413,
            "iat": 1_795_373_813,
            "jti": "019ab3c1-2f5e-7abc-8def-001122334455",
            "iss": "hexad",
            "sub": "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
        })
    );
    let header = part(&token, 0);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("HS256"), &json!("JWT")));
    assert!(header["kid"].is_string());
}

/// python3 -c 'import jwt; print(jwt.encode({"user_id":"6f9619ff-8b86-4d01-b42d-00c04fc964ff","username":"ada","exp":1795377413}, KEY, algorithm="HS256"))'
/// with PyJWT 2.15.1, for both keys.
#[test]
fn tokens_of_the_originals_pass() {
    let by_key = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoiNmY5NjE5ZmYtOGI4Ni00ZDAxLWI0MmQtMDBjMDRmYzk2NGZmIiwidXNlcm5hbWUiOiJhZGEiLCJleHAiOjE3OTUzNzc0MTN9.epL5tWsiv8I8kdQH6j329KQ3GfMQJbKK20yqTnNaQRs";
    let by_short = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoiNmY5NjE5ZmYtOGI4Ni00ZDAxLWI0MmQtMDBjMDRmYzk2NGZmIiwidXNlcm5hbWUiOiJhZGEiLCJleHAiOjE3OTUzNzc0MTN9.JmVdiN1DxB_W3uLAA-wkHInmYynzqBzKJ0oFSuosMP4";
    let theirs = Claims { issued_at: None, id: None, ..claims() };
    let tokens = tokens(KEY, &[OTHER, SHORT]);
    assert_eq!(tokens.read(by_key), Ok(theirs.clone()));
    assert_eq!(tokens.read(by_short), Ok(theirs));
    assert_eq!(tokens.short_previous(), [1]);
}

#[test]
fn a_rotation_logs_nobody_out_until_the_old_key_is_dropped() {
    let old = tokens(KEY, &[]).sign(&claims());
    assert_eq!(tokens(OTHER, &[KEY]).read(&old), Ok(claims()));
    assert_eq!(tokens(OTHER, &[]).read(&old), Err(TokenError::Invalid));
    assert_eq!(tokens(KEY, &[OTHER]).read(&tokens(OTHER, &[KEY]).sign(&claims())), Ok(claims()), "half way");
}

#[test]
fn a_kid_chooses_its_key_alone() {
    let kid = part(&tokens(KEY, &[]).sign(&claims()), 0)["kid"].clone();
    let header = json!({"alg": "HS256", "kid": kid}).to_string();
    let both = tokens(KEY, &[OTHER]);
    assert!(both.read(&forge(&header, CLAIMS, KEY)).is_ok());
    assert!(both.read(&forge(&header, CLAIMS, OTHER)).is_err(), "signed with another key than it names");
    assert!(both.read(&forge(r#"{"alg":"HS256","kid":"nobody's"}"#, CLAIMS, KEY)).is_err());
    assert!(both.read(&forge(r#"{"alg":"HS256","kid":7}"#, CLAIMS, KEY)).is_err());
}

#[test]
fn no_algorithm_but_hs256_is_taken() {
    let tokens = tokens(KEY, &[]);
    for alg in ["none", "None", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "hs256", ""] {
        let token = forge(&json!({"alg": alg, "typ": "JWT"}).to_string(), CLAIMS, KEY);
        assert_eq!(tokens.read(&token), Err(TokenError::Invalid), "{alg}");
        let unsigned = &token[..=token.rfind('.').unwrap()];
        assert_eq!(tokens.read(unsigned), Err(TokenError::Invalid), "{alg} unsigned");
    }
    assert!(tokens.read(&forge(r#"{"typ":"JWT"}"#, CLAIMS, KEY)).is_err(), "no algorithm");
    assert!(tokens.read(&forge(r#"{"alg":"HS256","alg":"HS256"}"#, CLAIMS, KEY)).is_err(), "two");
    let critical = r#"{"alg":"HS256","crit":["b64"],"b64":false}"#;
    assert!(tokens.read(&forge(critical, CLAIMS, KEY)).is_err(), "an extension nobody here knows");
}

#[test]
fn the_required_claims_are_there_in_their_types() {
    assert!(read_claims(CLAIMS).is_ok());
    for (name, wrong) in [
        ("user_id", vec![json!(7), json!(null), json!(["u1"])]),
        ("username", vec![json!(7), json!(null), json!({})]),
        (
            "exp",
            vec![json!("1795377413"), json!(null), json!(true), json!([1]), json!(u64::MAX), json!(1e300)],
        ),
    ] {
        assert!(with(name, None).is_err(), "{name} is required");
        for value in wrong {
            assert!(with(name, Some(value.clone())).is_err(), "{name}: {value}");
        }
    }
}

#[test]
fn the_other_claims_have_their_types_where_they_are_there() {
    assert_eq!(with("iat", None).unwrap().issued_at, None);
    assert_eq!(with("jti", None).unwrap().id, None);
    assert_eq!(with("jti", Some(json!("no uuid"))).unwrap().id, None);
    for (name, value) in [
        ("iat", json!("now")),
        ("iat", json!(null)),
        ("iat", json!(true)),
        ("jti", json!(7)),
        ("jti", json!(null)),
    ] {
        assert!(with(name, Some(value.clone())).is_err(), "{name}: {value}");
    }
}

#[test]
fn a_date_may_have_a_fraction_which_is_cut_off() {
    assert_eq!(with("exp", Some(json!(1_795_377_413.0))).unwrap().expires_at, 1_795_377_413);
    assert_eq!(with("exp", Some(json!(1_795_377_413.9))).unwrap().expires_at, 1_795_377_413);
    assert_eq!(with("exp", Some(json!(-0.5))).unwrap().expires_at, -1);
}

#[test]
fn claims_for_others_do_not_matter() {
    for (name, value) in [
        ("aud", json!("somebody")),
        ("aud", json!(["a", "b"])),
        ("iss", json!("https://example.com")),
        ("sub", json!("another")),
        ("nbf", json!(4_000_000_000_u64)),
        ("exp", json!(0)),
        ("role", json!({"admin": [true]})),
    ] {
        assert!(with(name, Some(value.clone())).is_ok(), "{name}: {value}");
    }
}

#[test]
fn a_claim_given_twice_is_refused() {
    for name in ["user_id", "username", "exp"] {
        let value = if name == "exp" { "1795377413" } else { "\"x\"" };
        let twice = format!("{{\"{name}\":{value},{}", &CLAIMS[1..]);
        assert!(read_claims(&twice).is_err(), "{name}");
    }
    assert!(read_claims(&format!("{}}}", CLAIMS)).is_err(), "more than one object");
    assert!(read_claims("[]").is_err());
}

#[test]
fn the_form_is_three_parts_in_base64url_without_padding() {
    let tokens = tokens(KEY, &[]);
    let good = forge(HEADER, CLAIMS, KEY);
    assert!(tokens.read(&good).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    for bad in [
        String::new(),
        "..".to_owned(),
        parts[..2].join("."),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{}", parts[2]),
        format!("{good}="),
        format!("{good} "),
        format!(" {good}"),
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        good.replace('.', ".\n"),
    ] {
        assert_eq!(tokens.read(&bad), Err(TokenError::Invalid), "{bad:?}");
    }
}

#[test]
fn a_long_token_is_not_even_decoded() {
    let long = |bytes: usize| {
        let claims = format!("{{\"pad\":\"{}\",{}", "x".repeat(bytes), &CLAIMS[1..]);
        forge(HEADER, &claims, KEY)
    };
    let tokens = tokens(KEY, &[]);
    assert!(tokens.read(&long(5_900)).is_ok());
    let too_long = long(6_200);
    assert!(too_long.len() > MAX_TOKEN_BYTES);
    assert_eq!(tokens.read(&too_long), Err(TokenError::Invalid));
}

#[test]
fn no_key_shows_in_debug() {
    let tokens = tokens(KEY, &[OTHER, SHORT]);
    let shown = format!("{tokens:?} {tokens:#?}");
    for key in [KEY, OTHER, SHORT] {
        assert!(!shown.contains(key));
        assert!(!shown.contains(&format!("{:?}", key.as_bytes())[1..20]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_comes_is_answered(token in any::<String>(), header in ".{0,40}", claims in ".{0,40}") {
        let tokens = tokens(KEY, &[OTHER]);
        prop_assert!(tokens.read(&token).is_err());
        prop_assert!(tokens.read(&forge(&header, &claims, KEY)).is_err());
    }

    #[test]
    fn a_token_with_a_character_changed_is_refused(at in any::<prop::sample::Index>(), new in "[A-Za-z0-9_.-]") {
        let tokens = tokens(KEY, &[]);
        let good = tokens.sign(&claims());
        let mut changed = good.clone();
        let at = at.index(good.len());
        changed.replace_range(at..=at, &new);
        prop_assert!(changed == good || tokens.read(&changed).is_err());
    }

    #[test]
    fn any_claims_come_back(user_id in any::<String>(), username in any::<String>(), exp: i64, iat: Option<i64>, id in prop::option::of(any::<u128>())) {
        let claims = Claims {
            user_id: UserId::from_stored(user_id),
            username: Username::from_stored(username),
            expires_at: exp,
            issued_at: iat,
            id: id.map(uuid::Uuid::from_u128),
        };
        let tokens = tokens(KEY, &[]);
        prop_assert_eq!(tokens.read(&tokens.sign(&claims)), Ok(claims));
    }
}
