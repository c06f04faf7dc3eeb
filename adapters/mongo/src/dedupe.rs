//! Several session documents of one user, as the originals left them: shown to an operator, and deleted on demand.
//! They do no harm; one of them counts.

use crate::{
    MongoStore,
    document::{SessionDocument, id_text},
    failure::Failure,
    store::SESSION_STORE,
};
use futures_util::TryStreamExt;
use hexad_ports::{Unavailable, domain::UserId};
use mongodb::bson::{Bson, Document, doc};
use std::{fmt, time::Duration};

/// Going through all documents takes its time.
const PATIENCE: Duration = Duration::from_secs(600);

/// A session document, as an operator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSession {
    /// Its `_id` as text.
    pub id: String,
    /// Its `createdAt` as text, where there is one.
    pub created_at: Option<String>,
    /// Its `updatedAt` as text, where there is one.
    pub updated_at: Option<String>,
    key: Bson,
    updated: Option<Bson>,
}

/// A user with several session documents. Shown, it is a line for the user and one for each document.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicates {
    /// Whose they are.
    pub user: UserId,
    /// The one that counts, and stays.
    pub kept: StoredSession,
    /// The others.
    pub superfluous: Vec<StoredSession>,
}

impl fmt::Display for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (created, updated) = (self.created_at.as_deref(), self.updated_at.as_deref());
        write!(f, "{} created {} updated {}", self.id, created.unwrap_or("?"), updated.unwrap_or("?"))
    }
}

impl fmt::Display for Duplicates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whatever an id holds, it is shown on its line.
        write!(f, "user {:?}\n  keep   {}", self.user.as_str(), self.kept)?;
        self.superfluous.iter().try_for_each(|session| write!(f, "\n  delete {session}"))
    }
}

impl MongoStore {
    /// Up to `limit` users after that one, in the order of their ids, who have several session documents.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn duplicates(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Duplicates>, Unavailable> {
        let store = self.clone();
        let theirs = match after {
            Some(user) => doc! { "$gt": user.as_str() },
            None => doc! { "$gte": "" },
        };
        self.run_within(PATIENCE, SESSION_STORE, async move { store.find_duplicates(theirs, limit).await })
            .await
    }

    /// Deletes the superfluous documents as far as they are still as they were shown, and says how many it were.
    ///
    /// # Errors
    /// `Unavailable`; what was deleted before stays deleted.
    pub async fn delete_superfluous(&self, duplicates: &Duplicates) -> Result<u64, Unavailable> {
        let (store, duplicates) = (self.clone(), duplicates.clone());
        self.run(SESSION_STORE, async move { store.delete_each(&duplicates).await }).await
    }

    /// Goes through the documents in the order of the index on their users, and no further than it has to: so all
    /// pages together look at each document once.
    async fn find_duplicates(&self, theirs: Document, limit: usize) -> Result<Vec<Duplicates>, Failure> {
        let mut documents = self
            .collections()?
            .sessions
            .find(doc! { "userId": theirs })
            .projection(doc! { "_id": 0, "userId": 1 })
            .sort(doc! { "userId": 1 })
            .allow_disk_use(true)
            .await?;
        let (mut found, mut last, mut number) = (Vec::new(), String::new(), 0);
        while found.len() < limit.max(1)
            && let Some(document) = documents.try_next().await?
        {
            let Ok(user) = document.get_str("userId") else { continue };
            number = if number > 0 && user == last { number + 1 } else { 1 };
            user.clone_into(&mut last);
            if number == 2 {
                found.extend(self.duplicates_of(UserId::from_stored(user)).await?);
            }
        }
        Ok(found)
    }

    async fn duplicates_of(&self, user: UserId) -> Result<Option<Duplicates>, Failure> {
        let view = self.view(&user, None).await?;
        let Some(kept) = view.document.as_ref().map(SessionDocument::id) else { return Ok(None) };
        let (kept, superfluous): (Vec<_>, Vec<_>) = self
            .documents(&user)
            .await?
            .iter()
            .map(StoredSession::of)
            .partition(|session| session.key == kept);
        Ok(kept.into_iter().next().filter(|_| !superfluous.is_empty()).map(|kept| Duplicates {
            user,
            kept,
            superfluous,
        }))
    }

    async fn delete_each(&self, duplicates: &Duplicates) -> Result<u64, Failure> {
        let view = self.view(&duplicates.user, None).await?;
        let counts = view.document.as_ref().map(SessionDocument::id);
        let mut deleted = 0;
        for session in duplicates.superfluous.iter().filter(|session| Some(&session.key) != counts.as_ref()) {
            let mut as_shown = doc! { "_id": session.key.clone(), "userId": duplicates.user.as_str() };
            match &session.updated {
                Some(updated) => as_shown.insert("updatedAt", doc! { "$eq": updated.clone() }),
                None => as_shown.insert("updatedAt", doc! { "$exists": false }),
            };
            deleted += self.collections()?.sessions.delete_one(as_shown).await?.deleted_count;
        }
        Ok(deleted)
    }
}

impl StoredSession {
    fn of(document: &SessionDocument) -> Self {
        let text = |field| document.fields.get(field).map(id_text);
        StoredSession {
            id: id_text(&document.id()),
            created_at: text("createdAt"),
            updated_at: text("updatedAt"),
            key: document.id(),
            updated: document.fields.get("updatedAt").cloned(),
        }
    }
}
