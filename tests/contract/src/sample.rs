//! Users, events and texts to try an adapter with.

use hexad_domain::{
    City, Dni, Email, Event, EventId, EventKind, FirstName, LastName, PasswordHash, SessionId, Timestamp,
    User, UserId, Username,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// Texts that adapters get wrong: each is text, and comes back as it went in.
pub(crate) const ODD_TEXTS: [&str; 18] = [
    "O'Brien",
    "\"quoted\"",
    "100%",
    "under_score",
    "back\\slash",
    "semi; DROP TABLE \"user\"; --",
    "$where.a.b",
    "new\nline\ttab\r\n",
    "\u{1}\u{1f}\u{7f}\u{85}",
    " leading and trailing ",
    "ñandú ß ı İ",
    "日本語",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "e\u{301} and \u{e9}",
    "\u{202e}right to left\u{200f}",
    "\u{fffd}\u{ffff}\u{10ffff}",
    "<tag attr='&amp;'>",
    "null",
];

/// A number that no other call has given.
pub(crate) fn unique() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(1);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// A moment that no store may round to whole milliseconds unseen.
pub(crate) fn moment(millis_later: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_795_373_813_128_637 + millis_later * 1_000).expect("a moment")
}

/// A moment as every store of sessions keeps it.
pub(crate) fn to_the_millisecond(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::unix_millis)
}

pub(crate) fn user_id() -> UserId {
    UserId::from_random(
        u128::from(unique()).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes(),
    )
}

/// A user who shares nothing with any other but the given name.
pub(crate) fn user(username: &str) -> User {
    let number = unique();
    User {
        id: user_id(),
        username: Username::from_stored(username),
        password: PasswordHash::from_stored(format!("$pbkdf2-sha256$i=1,l=32$c2FsdA${number}")),
        first_name: FirstName::from_stored("Ada"),
        last_name: LastName::from_stored("Lovelace"),
        dni: Dni::from_stored(format!("{number}X")),
        email: Email::from_stored(format!("user-{number}@example.com")),
        city: City::from_stored("London"),
    }
}

pub(crate) fn registered(user: &User) -> Event {
    event(user.username.as_str(), EventKind::registered(user))
}

pub(crate) fn event(subject: &str, kind: EventKind) -> Event {
    let number = unique();
    let at = moment(i64::try_from(number).expect("a small number"));
    let mut random = [7; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    Event { id: EventId::new(at, random), at, subject: subject.to_owned(), kind }
}

pub(crate) fn login(subject: &str) -> Event {
    event(
        subject,
        EventKind::UserLoggedIn {
            user_id: UserId::from_stored(format!("id of {subject}")),
            username: Username::from_stored(subject),
            email: Email::from_stored("ada@example.com"),
        },
    )
}

/// An event of each kind, with that text wherever a text may be any.
pub(crate) fn every_kind(text: &str) -> Vec<EventKind> {
    let user_id = || UserId::from_stored(text);
    let username = || Username::from_stored(text);
    let email = || Email::from_stored(text);
    let session_id = || SessionId::from_stored(text);
    vec![
        EventKind::UserLoggedIn { user_id: user_id(), username: username(), email: email() },
        EventKind::UserLoginFailed { username: text.to_owned(), reason: text.to_owned() },
        EventKind::TestEvent { msg: text.to_owned() },
        EventKind::PasswordChanged { user_id: user_id(), username: username() },
        EventKind::UserDisabled { user_id: user_id(), username: username() },
        EventKind::UserEnabled { user_id: user_id(), username: username() },
        EventKind::UserDeleted { user_id: user_id(), username: username() },
        EventKind::UserRegistered {
            id: user_id(),
            username: username(),
            first_name: FirstName::from_stored(text),
            last_name: LastName::from_stored(text),
            dni: Dni::from_stored(text),
            email: email(),
            city: City::from_stored(text),
        },
        EventKind::UserRegistrationFailed {
            username: username(),
            dni: Dni::from_stored(text),
            email: email(),
            error: text.to_owned(),
            details: text.to_owned(),
        },
        EventKind::SessionCreated { session_id: session_id(), user_id: user_id(), username: username() },
        EventKind::SessionUpdated { session_id: session_id(), user_id: user_id(), username: username() },
        EventKind::SessionDeleted { session_id: session_id(), user_id: user_id(), username: username() },
    ]
}
