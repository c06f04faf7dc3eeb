//! Users.

use crate::{City, Dni, Email, FirstName, LastName, PasswordHash, Registration, UserId, Username};

/// A user as a store keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who it is, for ever.
    pub id: UserId,
    /// The name to log in with; unique.
    pub username: Username,
    /// The hash of the password.
    pub password: PasswordHash,
    /// The given name.
    pub first_name: FirstName,
    /// The family name.
    pub last_name: LastName,
    /// The national identity document; unique.
    pub dni: Dni,
    /// The mail address; unique.
    pub email: Email,
    /// The city.
    pub city: City,
}

impl User {
    /// The user that a registration makes, once the password is hashed.
    pub fn register(id: UserId, registration: Registration, password: PasswordHash) -> Self {
        let Registration { username, first_name, last_name, dni, email, city, password: _ } = registration;
        User { id, username, password, first_name, last_name, dni, email, city }
    }
}
