//! Every kind of event, with what its data has. A test holds each against what is really written.

use hexad_ports::domain::Area;

/// A kind of event, in words.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) area: Area,
    pub(super) says: &'static str,
    /// Whether a service of ours sends it.
    pub(super) sent: bool,
    /// Whether the session service does something about it.
    pub(super) ends_or_opens_a_session: bool,
    /// The fields of its data, each with what it says.
    pub(super) fields: &'static [(&'static str, &'static str)],
}

impl Kind {
    /// What it is routed by.
    pub(super) fn routing_key(&self) -> String {
        format!("{}.{}", self.area.name(), self.name)
    }
}

const USER_ID: (&str, &str) = ("user_id", "The user's id.");
const USERNAME: (&str, &str) = ("username", "The user's name.");
const SESSION_ID: (&str, &str) = ("session_id", "The session's id.");
const DNI: (&str, &str) = ("dni", "The number of their identity document.");
const EMAIL: (&str, &str) = ("email", "Their email address.");

/// What tells of a user and nothing else.
const OF_A_USER: &[(&str, &str)] = &[USER_ID, USERNAME];
/// What tells of a session.
const OF_A_SESSION: &[(&str, &str)] = &[SESSION_ID, USER_ID, USERNAME];

/// All of them, in the order of the areas.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "UserLoggedIn",
        area: Area::Auth,
        says: "A user has logged in.",
        sent: true,
        ends_or_opens_a_session: true,
        fields: &[USER_ID, USERNAME, EMAIL],
    },
    Kind {
        name: "UserLoginFailed",
        area: Area::Auth,
        says: "A login was refused.",
        sent: true,
        ends_or_opens_a_session: false,
        fields: &[
            ("username", "What was given as the name, perhaps nobody's."),
            ("reason", "`Invalid credentials`."),
        ],
    },
    Kind {
        name: "TestEvent",
        area: Area::Auth,
        says: "Somebody tries whether events arrive.",
        sent: true,
        ends_or_opens_a_session: false,
        fields: &[("msg", "A greeting.")],
    },
    Kind {
        name: "PasswordChanged",
        area: Area::Auth,
        says: "A user has a new password.",
        sent: false,
        ends_or_opens_a_session: true,
        fields: OF_A_USER,
    },
    Kind {
        name: "UserDisabled",
        area: Area::Auth,
        says: "A user may no longer log in.",
        sent: false,
        ends_or_opens_a_session: true,
        fields: OF_A_USER,
    },
    Kind {
        name: "UserEnabled",
        area: Area::Auth,
        says: "A user may log in again.",
        sent: false,
        ends_or_opens_a_session: false,
        fields: OF_A_USER,
    },
    Kind {
        name: "UserDeleted",
        area: Area::Auth,
        says: "A user is gone.",
        sent: false,
        ends_or_opens_a_session: true,
        fields: OF_A_USER,
    },
    Kind {
        name: "UserRegistered",
        area: Area::User,
        says: "Somebody has registered.",
        sent: true,
        ends_or_opens_a_session: false,
        fields: &[
            ("id", "The new user's id."),
            USERNAME,
            ("first_name", "Their first name."),
            ("last_name", "Their last name."),
            DNI,
            EMAIL,
            ("city", "Where they live."),
        ],
    },
    Kind {
        name: "UserRegistrationFailed",
        area: Area::User,
        says: "A registration was refused, since it names what another user has.",
        sent: true,
        ends_or_opens_a_session: false,
        fields: &[
            ("username", "The name that was asked for."),
            DNI,
            EMAIL,
            ("error", "`Duplicate entry detected`."),
            ("details", "The fields that another user has, separated by commas."),
        ],
    },
    Kind {
        name: "SessionCreated",
        area: Area::Session,
        says: "A session was opened.",
        sent: true,
        ends_or_opens_a_session: false,
        fields: OF_A_SESSION,
    },
    Kind {
        name: "SessionUpdated",
        area: Area::Session,
        says: "The data of a session has changed, or its owner has opened it again.",
        sent: true,
        ends_or_opens_a_session: false,
        fields: OF_A_SESSION,
    },
    Kind {
        name: "SessionDeleted",
        area: Area::Session,
        says: "A session was ended.",
        sent: true,
        ends_or_opens_a_session: false,
        fields: OF_A_SESSION,
    },
];
