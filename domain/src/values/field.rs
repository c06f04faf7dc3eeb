//! The fields of a registration, and what can be wrong with one.

use std::fmt;

/// A field of a user, by the name that every face and every store uses for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The name a user logs in with.
    Username,
    /// The password, in clear only while it is on its way to the hash.
    Password,
    /// The given name.
    FirstName,
    /// The family name.
    LastName,
    /// The number of the national identity document.
    Dni,
    /// The mail address.
    Email,
    /// The city of residence.
    City,
}

impl Field {
    /// Every field, in the order in which faults name them.
    pub const ALL: [Field; 7] = [
        Field::Username,
        Field::Password,
        Field::FirstName,
        Field::LastName,
        Field::Dni,
        Field::Email,
        Field::City,
    ];

    /// The field's name on every wire and in every store.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Username => "username",
            Field::Password => "password",
            Field::FirstName => "first_name",
            Field::LastName => "last_name",
            Field::Dni => "dni",
            Field::Email => "email",
            Field::City => "city",
        }
    }

    /// The field of that name, compared exactly.
    pub fn by_name(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.name() == name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with a field. The order is the order of importance: an answer that has room for one names the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// It is not there, or empty.
    Missing,
    /// It is there more than once.
    Repeated,
    /// It is there, and its rule refuses it.
    Invalid,
}

impl Problem {
    /// The problem's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Problem::Missing => "missing",
            Problem::Repeated => "repeated",
            Problem::Invalid => "invalid",
        }
    }
}

/// One field that was refused. Holds no value of it: a password may be among them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {says}")]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// The kind of problem.
    pub problem: Problem,
    /// What the rule wants, for a person to read after the field's name.
    pub says: &'static str,
}

impl FieldError {
    /// The field is not there or empty.
    pub const fn missing(field: Field) -> Self {
        FieldError { field, problem: Problem::Missing, says: "is missing" }
    }

    /// The field is there more than once.
    pub const fn repeated(field: Field) -> Self {
        FieldError { field, problem: Problem::Repeated, says: "is given more than once" }
    }

    /// The field's rule refuses the value.
    pub const fn invalid(field: Field, says: &'static str) -> Self {
        FieldError { field, problem: Problem::Invalid, says }
    }
}

/// Every field that was refused, at least one, in the order of [`Field::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// These errors, which must be one or more.
    pub(crate) fn of(errors: Vec<FieldError>) -> Self {
        FieldErrors(errors)
    }

    /// The refused fields.
    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }

    /// The gravest problem among them: what an answer with room for one code says.
    pub fn problem(&self) -> Problem {
        self.0.iter().map(|error| error.problem).min().unwrap_or(Problem::Invalid)
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        FieldErrors(vec![error])
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}
