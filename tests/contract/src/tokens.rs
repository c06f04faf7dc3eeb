//! What every [`Tokens`] promises.

use crate::{
    run::at_once,
    sample::{ODD_TEXTS, moment, user},
};
use hexad_domain::{Claims, UserId, Username};
use hexad_ports::{TokenError, Tokens};
use std::{collections::HashSet, sync::Arc, time::Duration};

/// Two makers of tokens that share no key.
pub trait TokensHarness: Send + Sync {
    /// The maker that is tried.
    fn tokens(&self) -> Arc<dyn Tokens>;

    /// Another, of the same kind.
    fn stranger(&self) -> Arc<dyn Tokens>;
}

/// The tests of a maker of tokens: `hexad_contract::tokens!(make)`, where `make` is an async function that gives a
/// [`TokensHarness`].
#[macro_export]
macro_rules! tokens {
    ($make:expr) => {
        $crate::suite!(
            tokens,
            tokens,
            $make,
            [
                what_is_signed_is_read,
                names_of_every_kind_are_read,
                whether_it_has_expired_is_for_others_to_say,
                a_token_fits_a_header,
                no_two_tokens_are_the_same,
                no_other_maker_is_believed,
                a_changed_token_is_invalid,
                what_is_no_token_is_invalid,
                tokens_are_read_side_by_side,
            ]
        );
    };
}

fn claims(number: u8) -> Claims {
    Claims::issue(&user("ada"), moment(i64::from(number)), Duration::from_secs(3600), [number; 10])
}

pub async fn what_is_signed_is_read(harness: &dyn TokensHarness) {
    let tokens = harness.tokens();
    let claims: Vec<Claims> = (0..20).map(claims).collect();
    let signed: Vec<String> = claims.iter().map(|claims| tokens.sign(claims)).collect();
    for (claims, token) in claims.iter().zip(&signed) {
        assert_eq!(tokens.read(token).as_ref(), Ok(claims));
    }
}

pub async fn names_of_every_kind_are_read(harness: &dyn TokensHarness) {
    let tokens = harness.tokens();
    for text in ODD_TEXTS.into_iter().chain(["", "\0"]) {
        let claims =
            Claims { user_id: UserId::from_stored(text), username: Username::from_stored(text), ..claims(1) };
        assert_eq!(tokens.read(&tokens.sign(&claims)), Ok(claims));
    }
}

pub async fn whether_it_has_expired_is_for_others_to_say(harness: &dyn TokensHarness) {
    let tokens = harness.tokens();
    for expires_at in [0, 1, 1_000_000_000, 32_503_680_000] {
        let claims = Claims { expires_at, ..claims(1) };
        assert_eq!(tokens.read(&tokens.sign(&claims)), Ok(claims));
    }
}

pub async fn a_token_fits_a_header(harness: &dyn TokensHarness) {
    let token = harness.tokens().sign(&claims(1));
    // RFC 6750, section 2.1: b64token.
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    assert!((1..4_096).contains(&token.len()) && token.bytes().all(allowed), "{token}");
}

pub async fn no_two_tokens_are_the_same(harness: &dyn TokensHarness) {
    let tokens = harness.tokens();
    let signed: HashSet<String> = (0..100).map(|number| tokens.sign(&claims(number))).collect();
    assert_eq!(signed.len(), 100);
}

pub async fn no_other_maker_is_believed(harness: &dyn TokensHarness) {
    let token = harness.stranger().sign(&claims(1));
    assert_eq!(harness.tokens().read(&token), Err(TokenError::Invalid));
}

pub async fn a_changed_token_is_invalid(harness: &dyn TokensHarness) {
    let tokens = harness.tokens();
    let token = tokens.sign(&claims(1));
    for position in 0..token.len() {
        for other in ['A', 'z', '0', '.', '=', ' '] {
            let mut changed = token.clone();
            changed.replace_range(position..=position, other.encode_utf8(&mut [0; 4]));
            if changed != token {
                assert_eq!(tokens.read(&changed), Err(TokenError::Invalid), "{changed}");
            }
        }
        assert_eq!(tokens.read(&token[..position]), Err(TokenError::Invalid));
    }
    for (before, after) in
        [("", " "), (" ", ""), ("", "A"), ("", "="), ("", "."), ("", "\0"), ("Bearer ", "")]
    {
        let changed = format!("{before}{token}{after}");
        assert_eq!(tokens.read(&changed), Err(TokenError::Invalid), "{changed:?}");
    }
    assert!(tokens.read(&token).is_ok(), "only the changed ones are invalid");
}

pub async fn what_is_no_token_is_invalid(harness: &dyn TokensHarness) {
    let tokens = harness.tokens();
    let long = "a".repeat(1_000_000);
    let dots = ".".repeat(100_000);
    // The last is {"alg":"none"}, {"user_id":"x","username":"x","exp":9999999999} and no signature.
    let unsigned = "eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoieCIsInVzZXJuYW1lIjoieCIsImV4cCI6OTk5OTk5OTk5OX0.";
    for text in ODD_TEXTS.into_iter().chain(["", ".", "..", "a.b.c", "\0", &long, &dots, unsigned]) {
        assert_eq!(tokens.read(text), Err(TokenError::Invalid));
    }
}

pub async fn tokens_are_read_side_by_side(harness: &dyn TokensHarness) {
    let rounds = (0..16).map(|number| {
        let tokens = harness.tokens();
        async move {
            for _ in 0..50 {
                let claims = claims(number);
                assert_eq!(tokens.read(&tokens.sign(&claims)), Ok(claims));
            }
        }
    });
    at_once(rounds).await;
}
