//! Logging in, and what a token tells.

use crate::{Error, Stamp};
use hexad_domain::{Claims, Event, EventKind, Password, Timestamp, User};
use hexad_ports::{
    EventLog, Expected, Outgoing, PasswordHasher, Probe, Publication, Publisher, Revision, Tokens,
    Unavailable, UserChange, UserKey, UserStore, Verdict,
};
use std::{sync::Arc, time::Duration};

/// The most characters of a refused name that its event keeps: no user's name or address is longer.
const LONGEST_NAME: usize = 120;

/// What a login gives.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The token.
    pub token: String,
    /// How long it is valid.
    pub expires_in: Duration,
}

/// Checks passwords, issues tokens, and reads them.
pub struct Auth {
    /// The users.
    pub users: Arc<dyn UserStore>,
    /// Where logins are told.
    pub log: Arc<dyn EventLog>,
    /// Takes a test event at once, where there is a broker. Without one it is stored, like any other event.
    pub publisher: Option<Arc<dyn Publisher>>,
    /// The user store's own clock.
    pub database: Arc<dyn Probe>,
    /// Compares passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Signs and reads tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Time and ids.
    pub stamp: Stamp,
    /// How long a token is valid.
    pub token_lifetime: Duration,
    /// Whether a hash of an older format or cost is made anew at a login. Not while a program that knows only the
    /// old format reads the same users.
    pub rehash: bool,
}

impl Auth {
    /// Checks a name (a username or, where no username equals it, an email) and a password, and grants a token.
    /// Either outcome is stored as an event before it is told.
    ///
    /// # Errors
    /// `InvalidCredentials`, `Busy`, `Unavailable`.
    pub async fn login(&self, name: &str, password: &Password) -> Result<Grant, Error> {
        let found = self.find(name).await?;
        let stored = found.as_ref().map(|(user, _)| &user.password);
        let verdict = self.hasher.verify(password, stored).await?;
        let (Some((user, revision)), Verdict::Match { outdated }) = (&found, verdict) else {
            let subject = found.as_ref().map_or(name, |(user, _)| user.username.as_str());
            self.log.append(&[self.refused(name, subject)]).await?;
            return Err(Error::InvalidCredentials);
        };
        let kind = EventKind::UserLoggedIn {
            user_id: user.id.clone(),
            username: user.username.clone(),
            email: user.email.clone(),
        };
        // The login happens when the token is issued, at one moment: a revocation weighs both by it.
        let now = self.stamp.now();
        let claims = Claims::issue(user, now, self.token_lifetime, self.stamp.random());
        self.log.append(&[self.stamp.event_at(now, user.username.as_str(), kind)]).await?;
        if outdated && self.rehash {
            self.renew_hash(user, revision, password).await;
        }
        Ok(Grant { token: self.tokens.sign(&claims), expires_in: self.token_lifetime })
    }

    /// The user that the token speaks for.
    ///
    /// # Errors
    /// `TokenMissing`, `TokenExpired`, `TokenInvalid`, `UserNotFound`, `Unavailable`.
    pub async fn profile(&self, token: Option<&str>) -> Result<User, Error> {
        let claims = authenticate(self.tokens.as_ref(), &self.stamp, token)?;
        let found = self.users.load(UserKey::Id(&claims.user_id)).await?;
        found.map(|(user, _)| user).ok_or(Error::UserNotFound)
    }

    /// Sends a test event, for whoever wants to see events arrive: answered once the broker has confirmed it, without a
    /// broker once it is stored.
    ///
    /// # Errors
    /// `Unavailable`. The event may arrive all the same.
    pub async fn send_test_event(&self) -> Result<Event, Error> {
        let kind = EventKind::TestEvent { msg: "This is a test event from the auth service".to_owned() };
        let event = self.stamp.event("test", kind);
        let Some(publisher) = &self.publisher else {
            self.log.append(std::slice::from_ref(&event)).await?;
            return Ok(event);
        };
        // It passes by the store, which numbers all others. Its time in microseconds rises too.
        let sequence = u64::try_from(event.at.unix_micros()).unwrap_or_default();
        let outgoing = Outgoing { event: event.clone(), sequence };
        match publisher.publish(std::slice::from_ref(&outgoing)).await.pop() {
            Some(Publication::Confirmed) => Ok(event),
            Some(Publication::Failed(unavailable)) => Err(unavailable.into()),
            None => Err(Unavailable::new("the broker", "it gave no answer for an event").into()),
        }
    }

    /// The user store's own clock: proof that it answers.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn database_time(&self) -> Result<Timestamp, Error> {
        Ok(self.database.check().await?)
    }

    async fn find(&self, name: &str) -> Result<Option<(User, Revision)>, Error> {
        // No store can hold U+0000 in a text, and some refuse even to look for it.
        if name.contains('\0') {
            return Ok(None);
        }
        match self.users.load(UserKey::Username(name)).await? {
            Some(found) => Ok(Some(found)),
            None => Ok(self.users.load(UserKey::Email(name)).await?),
        }
    }

    fn refused(&self, name: &str, subject: &str) -> Event {
        let short =
            |text: &str| text.replace('\0', "\u{fffd}").chars().take(LONGEST_NAME).collect::<String>();
        let kind =
            EventKind::UserLoginFailed { username: short(name), reason: "Invalid credentials".to_owned() };
        self.stamp.event(&short(subject), kind)
    }

    /// Best effort: the login is good without it, and the next login tries again.
    async fn renew_hash(&self, user: &User, revision: &Revision, password: &Password) {
        let Ok(hash) = self.hasher.hash(password).await else { return };
        let expected = Expected::At(revision.clone());
        if let Err(error) = self.users.save(&user.id, expected, UserChange::Rehash(hash), &[]).await {
            tracing::warn!(error = %error, "a password hash was not renewed");
        }
    }
}

/// The claims of a token that is there, ours and in time.
pub(crate) fn authenticate(tokens: &dyn Tokens, stamp: &Stamp, token: Option<&str>) -> Result<Claims, Error> {
    let claims = tokens.read(token.ok_or(Error::TokenMissing)?).map_err(|_| Error::TokenInvalid)?;
    if claims.has_expired(stamp.now()) { Err(Error::TokenExpired) } else { Ok(claims) }
}
