//! Registering users.

use crate::{Error, Stamp};
use hexad_domain::{Dni, Email, EventKind, Field, RegistrationForm, User, UserId, Username};
use hexad_ports::{EventLog, Expected, PasswordHasher, SaveUser, UserChange, UserStore};
use std::sync::Arc;

/// Registers users.
pub struct Registrar {
    /// The users.
    pub users: Arc<dyn UserStore>,
    /// Where refused registrations are told.
    pub log: Arc<dyn EventLog>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Time and ids.
    pub stamp: Stamp,
}

impl Registrar {
    /// Registers a user and tells of it, both or neither.
    ///
    /// # Errors
    /// `Fields` naming every offending field, `Duplicate`, `Busy`, `Unavailable`.
    pub async fn register(&self, form: &RegistrationForm) -> Result<UserId, Error> {
        let registration = form.validate()?;
        let (username, dni, email) =
            (registration.username.clone(), registration.dni.clone(), registration.email.clone());
        // Only to spare the hash: between two at once the store's own constraint decides, below.
        let taken = self.users.taken(username.as_str(), dni.as_str(), email.as_str()).await?;
        if !taken.is_empty() {
            return self.refuse(username, dni, email, taken).await;
        }
        let hash = self.hasher.hash(&registration.password).await?;
        let id = UserId::from_random(self.stamp.random());
        let user = User::register(id.clone(), registration, hash);
        let event = self.stamp.event(username.as_str(), EventKind::registered(&user));
        match self.users.save(&id, Expected::Absent, UserChange::Register(user), &[event]).await? {
            SaveUser::Saved(_) => Ok(id),
            SaveUser::Duplicate(fields) => self.refuse(username, dni, email, fields).await,
            // Only the id can be there already, and it is made of 122 random bits.
            SaveUser::Stale => Err(Error::contended()),
        }
    }

    async fn refuse<T>(
        &self,
        username: Username,
        dni: Dni,
        email: Email,
        taken: Vec<Field>,
    ) -> Result<T, Error> {
        let subject = username.as_str().to_owned();
        let kind = EventKind::registration_failed(username, dni, email, &taken);
        self.log.append(&[self.stamp.event(&subject, kind)]).await?;
        Err(Error::Duplicate(taken))
    }
}
