//! Looking users up.

use crate::Error;
use hexad_domain::User;
use hexad_ports::{UserKey, UserStore};
use std::sync::Arc;

/// Finds users by their name.
pub struct Lookup {
    /// The users.
    pub users: Arc<dyn UserStore>,
}

impl Lookup {
    /// The user with exactly that username, case included.
    ///
    /// # Errors
    /// `UserNotFound`, `Unavailable`.
    pub async fn by_username(&self, username: &str) -> Result<User, Error> {
        // No store can hold U+0000 in a text, and some refuse even to look for it.
        if username.contains('\0') {
            return Err(Error::UserNotFound);
        }
        let found = self.users.load(UserKey::Username(username)).await?;
        found.map(|(user, _)| user).ok_or(Error::UserNotFound)
    }
}
