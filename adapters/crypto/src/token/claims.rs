//! Claims as a token writes them.

use hexad_ports::domain::{Claims, UserId, Username};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Unexpected, Visitor},
};
use std::fmt;
use uuid::Uuid;

/// Who issues our tokens.
const ISSUER: &str = "hexad";

/// The claims that we make. The first three are those of the originals, under their names.
#[derive(Serialize)]
pub(super) struct Made<'a> {
    user_id: &'a str,
    username: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    iss: &'static str,
    sub: &'a str,
}

impl<'a> Made<'a> {
    pub(super) fn of(claims: &'a Claims) -> Self {
        Made {
            user_id: claims.user_id.as_str(),
            username: claims.username.as_str(),
            exp: claims.expires_at,
            iat: claims.issued_at,
            jti: claims.id.map(|id| id.to_string()),
            iss: ISSUER,
            sub: claims.user_id.as_str(),
        }
    }

    /// Claims to try a key with.
    pub(super) fn sample() -> Self {
        Made { user_id: "", username: "", exp: 0, iat: None, jti: None, iss: ISSUER, sub: "" }
    }
}

/// The claims that we read. A claim given twice is refused (RFC 7519, section 4).
#[derive(Deserialize)]
pub(super) struct Presented {
    user_id: String,
    username: String,
    exp: NumericDate,
    #[serde(default, deserialize_with = "present")]
    iat: Option<NumericDate>,
    #[serde(default, deserialize_with = "present")]
    jti: Option<String>,
}

impl From<Presented> for Claims {
    fn from(presented: Presented) -> Self {
        Claims {
            user_id: UserId::from_stored(presented.user_id),
            username: Username::from_stored(presented.username),
            expires_at: presented.exp.0,
            issued_at: presented.iat.map(|date| date.0),
            id: presented.jti.and_then(|id| Uuid::try_parse(&id).ok()),
        }
    }
}

/// A claim that need not be there, but has its type where it is: `null` is no text and no number.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Seconds since the Unix epoch (RFC 7519, section 2). A fraction, which PyJWT writes for a `float`, is cut off
/// towards the past, so that no token is valid longer than it says.
#[derive(Clone, Copy)]
struct NumericDate(i64);

/// Up to here a float tells whole seconds apart.
const LARGEST_FLOAT: f64 = 9_007_199_254_740_992.0;

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Seconds).map(NumericDate)
    }
}

struct Seconds;

impl Visitor<'_> for Seconds {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<i64, E> {
        Ok(seconds)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<i64, E> {
        i64::try_from(seconds).map_err(|_| E::invalid_value(Unexpected::Unsigned(seconds), &self))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<i64, E> {
        if seconds.abs() <= LARGEST_FLOAT {
            Ok(seconds.floor() as i64)
        } else {
            Err(E::invalid_value(Unexpected::Float(seconds), &self))
        }
    }
}
