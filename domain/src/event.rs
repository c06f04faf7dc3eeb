//! Events: what happened, told to whoever listens.

use crate::{
    City, Dni, Email, EventId, Field, FirstName, LastName, SessionId, Timestamp, User, UserId, Username,
};

/// The part of the system that an event comes from. Order is kept for each user within one area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Logins, passwords, accounts.
    Auth,
    /// Registrations.
    User,
    /// Sessions.
    Session,
}

impl Area {
    /// Every area.
    pub const ALL: [Area; 3] = [Area::Auth, Area::User, Area::Session];

    /// The area's name, the first part of a routing key.
    pub const fn name(self) -> &'static str {
        match self {
            Area::Auth => "auth",
            Area::User => "user",
            Area::Session => "session",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id, by which a consumer knows it again.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// Whom it is about: events of one area with one subject are delivered in the order of their commits.
    pub subject: String,
    /// What happened.
    pub kind: EventKind,
}

/// What happened, with what is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the wire's own names and say what they are")]
pub enum EventKind {
    /// A login succeeded.
    UserLoggedIn { user_id: UserId, username: Username, email: Email },
    /// A login was refused. The name is what was given, perhaps nobody's.
    UserLoginFailed { username: String, reason: String },
    /// Somebody tries whether events arrive.
    TestEvent { msg: String },
    /// A user has a new password.
    PasswordChanged { user_id: UserId, username: Username },
    /// A user may no longer log in.
    UserDisabled { user_id: UserId, username: Username },
    /// A user may log in again.
    UserEnabled { user_id: UserId, username: Username },
    /// A user is gone.
    UserDeleted { user_id: UserId, username: Username },
    /// A user registered.
    UserRegistered {
        id: UserId,
        username: Username,
        first_name: FirstName,
        last_name: LastName,
        dni: Dni,
        email: Email,
        city: City,
    },
    /// A registration was refused since it names what another user has.
    UserRegistrationFailed { username: Username, dni: Dni, email: Email, error: String, details: String },
    /// A session was opened.
    SessionCreated { session_id: SessionId, user_id: UserId, username: Username },
    /// A session's data changed, or its owner opened it again.
    SessionUpdated { session_id: SessionId, user_id: UserId, username: Username },
    /// A session ended.
    SessionDeleted { session_id: SessionId, user_id: UserId, username: Username },
}

impl EventKind {
    /// The event that tells of a registration.
    pub fn registered(user: &User) -> Self {
        EventKind::UserRegistered {
            id: user.id.clone(),
            username: user.username.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            dni: user.dni.clone(),
            email: user.email.clone(),
            city: user.city.clone(),
        }
    }

    /// The event that tells of a registration refused as a duplicate. Names the fields, never what a store said.
    pub fn registration_failed(username: Username, dni: Dni, email: Email, duplicates: &[Field]) -> Self {
        let names: Vec<&str> = duplicates.iter().map(|field| field.name()).collect();
        EventKind::UserRegistrationFailed {
            username,
            dni,
            email,
            error: "Duplicate entry detected".to_owned(),
            details: names.join(", "),
        }
    }

    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            EventKind::UserLoggedIn { .. } => "UserLoggedIn",
            EventKind::UserLoginFailed { .. } => "UserLoginFailed",
            EventKind::TestEvent { .. } => "TestEvent",
            EventKind::PasswordChanged { .. } => "PasswordChanged",
            EventKind::UserDisabled { .. } => "UserDisabled",
            EventKind::UserEnabled { .. } => "UserEnabled",
            EventKind::UserDeleted { .. } => "UserDeleted",
            EventKind::UserRegistered { .. } => "UserRegistered",
            EventKind::UserRegistrationFailed { .. } => "UserRegistrationFailed",
            EventKind::SessionCreated { .. } => "SessionCreated",
            EventKind::SessionUpdated { .. } => "SessionUpdated",
            EventKind::SessionDeleted { .. } => "SessionDeleted",
        }
    }

    /// The area it comes from.
    pub const fn area(&self) -> Area {
        match self {
            EventKind::UserLoggedIn { .. }
            | EventKind::UserLoginFailed { .. }
            | EventKind::TestEvent { .. }
            | EventKind::PasswordChanged { .. }
            | EventKind::UserDisabled { .. }
            | EventKind::UserEnabled { .. }
            | EventKind::UserDeleted { .. } => Area::Auth,
            EventKind::UserRegistered { .. } | EventKind::UserRegistrationFailed { .. } => Area::User,
            EventKind::SessionCreated { .. }
            | EventKind::SessionUpdated { .. }
            | EventKind::SessionDeleted { .. } => Area::Session,
        }
    }
}
