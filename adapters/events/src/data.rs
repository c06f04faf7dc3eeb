//! The `data` of an event: for each kind its fields, in the order in which they are written.

use hexad_ports::domain::{City, Dni, Email, EventKind, FirstName, LastName, SessionId, UserId, Username};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The fields of an event, ready to be written.
pub(crate) struct Fields<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Fields<'a> {
    pub(crate) fn of(kind: &'a EventKind) -> Self {
        use EventKind as E;
        Fields(match kind {
            E::UserLoggedIn { user_id, username, email } => {
                vec![
                    ("user_id", user_id.as_str()),
                    ("username", username.as_str()),
                    ("email", email.as_str()),
                ]
            }
            E::UserLoginFailed { username, reason } => vec![("username", username), ("reason", reason)],
            E::TestEvent { msg } => vec![("msg", msg)],
            E::PasswordChanged { user_id, username }
            | E::UserDisabled { user_id, username }
            | E::UserEnabled { user_id, username }
            | E::UserDeleted { user_id, username } => {
                vec![("user_id", user_id.as_str()), ("username", username.as_str())]
            }
            E::UserRegistered { id, username, first_name, last_name, dni, email, city } => vec![
                ("id", id.as_str()),
                ("username", username.as_str()),
                ("first_name", first_name.as_str()),
                ("last_name", last_name.as_str()),
                ("dni", dni.as_str()),
                ("email", email.as_str()),
                ("city", city.as_str()),
            ],
            E::UserRegistrationFailed { username, dni, email, error, details } => vec![
                ("username", username.as_str()),
                ("dni", dni.as_str()),
                ("email", email.as_str()),
                ("error", error),
                ("details", details),
            ],
            E::SessionCreated { session_id, user_id, username }
            | E::SessionUpdated { session_id, user_id, username }
            | E::SessionDeleted { session_id, user_id, username } => vec![
                ("session_id", session_id.as_str()),
                ("user_id", user_id.as_str()),
                ("username", username.as_str()),
            ],
        })
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// The fields of an event as they came.
pub(crate) struct Data(pub(crate) Map<String, Value>);

/// A field that is missing or no text.
type Unfit = &'static str;

impl Data {
    fn text(&mut self, field: &'static str) -> Result<String, Unfit> {
        match self.0.remove(field) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(field),
        }
    }

    fn session_id(&mut self) -> Result<SessionId, Unfit> {
        self.text("session_id").map(SessionId::from_stored)
    }

    fn user_id(&mut self) -> Result<UserId, Unfit> {
        self.text("user_id").map(UserId::from_stored)
    }

    fn username(&mut self) -> Result<Username, Unfit> {
        self.text("username").map(Username::from_stored)
    }

    fn email(&mut self) -> Result<Email, Unfit> {
        self.text("email").map(Email::from_stored)
    }

    fn dni(&mut self) -> Result<Dni, Unfit> {
        self.text("dni").map(Dni::from_stored)
    }
}

/// Makes an event of its fields.
pub(crate) type Reader = fn(&mut Data) -> Result<EventKind, Unfit>;

/// What reads the events of that name; `None` where the name is not ours.
pub(crate) fn reader(name: &str) -> Option<Reader> {
    use EventKind as E;
    let reader: Reader = match name {
        "UserLoggedIn" => {
            |d| Ok(E::UserLoggedIn { user_id: d.user_id()?, username: d.username()?, email: d.email()? })
        }
        "UserLoginFailed" => {
            |d| Ok(E::UserLoginFailed { username: d.text("username")?, reason: d.text("reason")? })
        }
        "TestEvent" => |d| Ok(E::TestEvent { msg: d.text("msg")? }),
        "PasswordChanged" => |d| Ok(E::PasswordChanged { user_id: d.user_id()?, username: d.username()? }),
        "UserDisabled" => |d| Ok(E::UserDisabled { user_id: d.user_id()?, username: d.username()? }),
        "UserEnabled" => |d| Ok(E::UserEnabled { user_id: d.user_id()?, username: d.username()? }),
        "UserDeleted" => |d| Ok(E::UserDeleted { user_id: d.user_id()?, username: d.username()? }),
        "UserRegistered" => |d| {
            Ok(E::UserRegistered {
                id: d.text("id").map(UserId::from_stored)?,
                username: d.username()?,
                first_name: d.text("first_name").map(FirstName::from_stored)?,
                last_name: d.text("last_name").map(LastName::from_stored)?,
                dni: d.dni()?,
                email: d.email()?,
                city: d.text("city").map(City::from_stored)?,
            })
        },
        "UserRegistrationFailed" => |d| {
            Ok(E::UserRegistrationFailed {
                username: d.username()?,
                dni: d.dni()?,
                email: d.email()?,
                error: d.text("error")?,
                details: d.text("details")?,
            })
        },
        "SessionCreated" => |d| {
            let session_id = d.session_id()?;
            Ok(E::SessionCreated { session_id, user_id: d.user_id()?, username: d.username()? })
        },
        "SessionUpdated" => |d| {
            let session_id = d.session_id()?;
            Ok(E::SessionUpdated { session_id, user_id: d.user_id()?, username: d.username()? })
        },
        "SessionDeleted" => |d| {
            let session_id = d.session_id()?;
            Ok(E::SessionDeleted { session_id, user_id: d.user_id()?, username: d.username()? })
        },
        _ => return None,
    };
    Some(reader)
}

/// Whom the event is about: the username, as everybody who makes such an event has it.
pub(crate) fn subject(kind: &EventKind) -> &str {
    match kind {
        EventKind::TestEvent { .. } => "test",
        EventKind::UserLoginFailed { username, .. } => username,
        EventKind::UserLoggedIn { username, .. }
        | EventKind::PasswordChanged { username, .. }
        | EventKind::UserDisabled { username, .. }
        | EventKind::UserEnabled { username, .. }
        | EventKind::UserDeleted { username, .. }
        | EventKind::UserRegistered { username, .. }
        | EventKind::UserRegistrationFailed { username, .. }
        | EventKind::SessionCreated { username, .. }
        | EventKind::SessionUpdated { username, .. }
        | EventKind::SessionDeleted { username, .. } => username.as_str(),
    }
}
