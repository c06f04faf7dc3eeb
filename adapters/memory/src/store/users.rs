//! Users, with an index for each unique field.

use super::Memory;
use async_trait::async_trait;
use hexad_domain::{Event, Field, User, UserId};
use hexad_ports::{Expected, Revision, SaveUser, Unavailable, UserChange, UserKey, UserStore};
use std::collections::HashMap;

#[derive(Default)]
pub(super) struct UserTable {
    rows: HashMap<UserId, (User, Revision)>,
    by_username: HashMap<String, UserId>,
    by_dni: HashMap<String, UserId>,
    by_email: HashMap<String, UserId>,
}

impl UserTable {
    fn find(&self, key: UserKey<'_>) -> Option<(User, Revision)> {
        let id = match key {
            UserKey::Id(id) => Some(id),
            UserKey::Username(username) => self.by_username.get(username),
            UserKey::Email(email) => self.by_email.get(email),
        };
        self.rows.get(id?).cloned()
    }

    fn taken(&self, username: &str, dni: &str, email: &str) -> Vec<Field> {
        [
            (Field::Username, self.by_username.contains_key(username)),
            (Field::Dni, self.by_dni.contains_key(dni)),
            (Field::Email, self.by_email.contains_key(email)),
        ]
        .into_iter()
        .filter_map(|(field, taken)| taken.then_some(field))
        .collect()
    }

    fn insert(&mut self, user: User, revision: Revision) {
        self.by_username.insert(user.username.as_str().to_owned(), user.id.clone());
        self.by_dni.insert(user.dni.as_str().to_owned(), user.id.clone());
        self.by_email.insert(user.email.as_str().to_owned(), user.id.clone());
        self.rows.insert(user.id.clone(), (user, revision));
    }
}

impl Memory {
    /// Puts a user there as they are, with no event: one that another program kept before.
    ///
    /// # Errors
    /// The fields that another user has already.
    pub fn adopt_user(&self, user: User) -> Result<(), Vec<Field>> {
        let mut tables = self.tables();
        let taken = tables.users.taken(user.username.as_str(), user.dni.as_str(), user.email.as_str());
        if !taken.is_empty() {
            return Err(taken);
        }
        let revision = tables.next_revision();
        tables.users.insert(user, revision);
        Ok(())
    }
}

#[async_trait]
impl UserStore for Memory {
    async fn load(&self, key: UserKey<'_>) -> Result<Option<(User, Revision)>, Unavailable> {
        Ok(self.tables().users.find(key))
    }

    async fn taken(&self, username: &str, dni: &str, email: &str) -> Result<Vec<Field>, Unavailable> {
        Ok(self.tables().users.taken(username, dni, email))
    }

    async fn save(
        &self,
        id: &UserId,
        expected: Expected,
        change: UserChange,
        events: &[Event],
    ) -> Result<SaveUser, Unavailable> {
        let mut tables = self.tables();
        let present = tables.users.rows.get(id);
        if Expected::from(present.map(|(_, revision)| revision.clone())) != expected {
            return Ok(SaveUser::Stale);
        }
        let user = match (change, present) {
            (UserChange::Register(user), None) => {
                let taken =
                    tables.users.taken(user.username.as_str(), user.dni.as_str(), user.email.as_str());
                if !taken.is_empty() {
                    return Ok(SaveUser::Duplicate(taken));
                }
                user
            }
            (UserChange::Rehash(password), Some((user, _))) => User { password, ..user.clone() },
            (UserChange::Register(_), Some(_)) | (UserChange::Rehash(_), None) => return Ok(SaveUser::Stale),
        };
        let revision = tables.next_revision();
        tables.users.insert(user, revision.clone());
        tables.log.append(events);
        drop(tables);
        self.tell_relays();
        Ok(SaveUser::Saved(revision))
    }
}
