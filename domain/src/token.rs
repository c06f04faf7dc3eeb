//! What a token claims, when it was issued, and what it may reach.

use crate::values::uuid_v7;
use crate::{Identity, Timestamp, User, UserId, Username};
use std::time::Duration;
use uuid::Uuid;

/// The claims of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whose token it is.
    pub user_id: UserId,
    /// The user's name.
    pub username: Username,
    /// The moment from which it is no longer valid, in whole seconds since the Unix epoch (RFC 7519, `exp`).
    pub expires_at: i64,
    /// When it was issued, in whole seconds since the Unix epoch (`iat`). Tokens of older programs have none.
    pub issued_at: Option<i64>,
    /// The token's own id (`jti`). Ours is a UUID of version 7, which tells the moment of issue in milliseconds.
    pub id: Option<Uuid>,
}

impl Claims {
    /// How far past `exp` a token is still taken: not at all. Clocks of one deployment are kept in step by NTP, and
    /// a client renews its token well before.
    pub const LEEWAY: Duration = Duration::ZERO;

    /// What tokens of programs that tell neither `jti` nor `iat` were valid for.
    const USUAL_LIFETIME: Duration = Duration::from_secs(3600);

    /// The claims of a new token for the user.
    pub fn issue(user: &User, now: Timestamp, lifetime: Duration, random: [u8; 10]) -> Self {
        Claims {
            user_id: user.id.clone(),
            username: user.username.clone(),
            expires_at: now.saturating_add(lifetime).unix_seconds(),
            issued_at: Some(now.unix_seconds()),
            id: Some(uuid_v7(now, random)),
        }
    }

    /// Whether it has expired (RFC 7519, section 4.1.4: not valid on or after `exp`).
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now.saturating_sub(Self::LEEWAY).unix_seconds() >= self.expires_at
    }

    /// When it was issued: what its `jti` tells, else `iat`, else one hour before `exp`.
    pub fn issue_time(&self) -> Timestamp {
        self.time_of_id()
            .or_else(|| self.issued_at.and_then(Timestamp::from_unix_seconds))
            .or_else(|| {
                Timestamp::from_unix_seconds(self.expires_at)
                    .map(|exp| exp.saturating_sub(Self::USUAL_LIFETIME))
            })
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn time_of_id(&self) -> Option<Timestamp> {
        let id = self.id.filter(|id| id.get_version_num() == 7)?;
        let millis = i64::try_from(id.as_u128() >> 80).ok()?;
        Timestamp::from_unix_millis(millis)
    }

    /// Whether it reaches what belongs to that user: its own user's things alone.
    pub fn may_reach(&self, owner: &UserId) -> bool {
        self.user_id == *owner
    }

    /// Whom it speaks for.
    pub fn identity(&self) -> Identity {
        Identity { user_id: self.user_id.clone(), username: self.username.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(expires_at: i64, issued_at: Option<i64>, id: Option<Uuid>) -> Claims {
        Claims {
            user_id: UserId::from_stored("u1"),
            username: Username::from_stored("ada"),
            expires_at,
            issued_at,
            id,
        }
    }

    #[test]
    fn the_time_of_issue_is_that_of_the_id_else_iat_else_an_hour_before_exp() {
        let millis = 1_700_000_000_123;
        let id = uuid_v7(Timestamp::from_unix_millis(millis).unwrap(), [7; 10]);
        let v4 = uuid::Builder::from_random_bytes([7; 16]).into_uuid();
        assert_eq!(claims(1_700_003_600, Some(5), Some(id)).issue_time().unix_millis(), millis);
        assert_eq!(
            claims(1_700_003_600, Some(1_700_000_001), Some(v4)).issue_time().unix_millis(),
            1_700_000_001_000
        );
        assert_eq!(claims(1_700_003_600, None, None).issue_time().unix_millis(), 1_700_000_000_000);
        assert_eq!(claims(i64::MAX, None, None).issue_time(), Timestamp::UNIX_EPOCH, "as old as can be");
    }

    #[test]
    fn a_token_is_expired_on_its_exp() {
        let token = claims(100, None, None);
        assert!(!token.has_expired(Timestamp::from_unix_millis(99_999).unwrap()));
        assert!(token.has_expired(Timestamp::from_unix_millis(100_000).unwrap()));
    }

    #[test]
    fn it_reaches_its_own_user_alone() {
        let token = claims(100, None, None);
        assert!(token.may_reach(&UserId::from_stored("u1")));
        assert!(!token.may_reach(&UserId::from_stored("u2")));
    }
}
