//! What is known of a user, seen as it was at one moment although it stands in several documents.

use crate::{MongoStore, document::SessionDocument, failure::Failure, head::Head};
use futures_util::TryStreamExt;
use hexad_ports::{
    Revision,
    domain::{EventId, SessionChange, SessionRecord, UserId},
};
use mongodb::bson::{Bson, RawDocumentBuf, doc};

/// How often a view is taken anew since something changed meanwhile. Each time somebody else's change has succeeded.
const TRIES: usize = 64;

/// What is known of a user.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) head: Option<Head>,
    /// The session, where one is open.
    pub(crate) document: Option<SessionDocument>,
    /// The ids of all documents that bear the user's id: the session's, and what originals or stalled processes left.
    pub(crate) ids: Vec<Bson>,
}

impl View {
    /// Changes with the head, and with the document: an original may write that one beside us.
    pub(crate) fn revision(&self) -> Option<Revision> {
        match (&self.head, &self.document) {
            (None, None) => None,
            (head, document) => Some(join(
                head.as_ref().map_or("0", |head| &head.revision),
                document.as_ref().map_or("0", SessionDocument::digest),
            )),
        }
    }

    pub(crate) fn record(&self, user: &UserId) -> SessionRecord {
        SessionRecord {
            session: self.document.as_ref().map(|document| document.session(user)),
            revoked_through: self.head.as_ref().and_then(|head| head.through),
        }
    }
}

/// The revision after a change that left this document.
pub(crate) fn revision_after(
    head: &str,
    change: &SessionChange,
    document: Option<&SessionDocument>,
) -> Revision {
    match (change, document) {
        (_, Some(document)) => join(head, document.digest()),
        (SessionChange::End { .. }, None) => join(head, "0"),
        // Another program has deleted it in this very moment. Whoever goes on from here has to look first.
        (_, None) => join(head, "gone"),
    }
}

fn join(head: &str, digest: &str) -> Revision {
    Revision::new(format!("{head}.{digest}"))
}

/// Which of a user's documents is the session: the newest. Of ours only the one counts that the head names: another is
/// of a session that ended, and a process that stood still for long may have left it. Those that others wrote all count;
/// one that is newer than ours, and than the last connection that ours knows of, takes its place.
fn choose<'a>(head: Option<&Head>, documents: &'a [SessionDocument]) -> Option<&'a SessionDocument> {
    let named = head.and_then(|head| head.session.as_ref());
    let ours = documents.iter().find(|document| named.is_some_and(|named| named.id == document.id()));
    let theirs = documents
        .iter()
        .filter(|document| head.is_none() || document.revision().is_none())
        .max_by_key(|document| document.age());
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if theirs.created() > ours.created().max(ours.connected()) => Some(theirs),
        (Some(ours), _) => Some(ours),
        (None, theirs) => theirs,
    }
}

/// Whether the documents may be of another moment than the head: then the head is looked at once more.
fn doubtful(head: Option<&Head>, documents: &[SessionDocument]) -> bool {
    let named = head.and_then(|head| head.session.as_ref());
    let is_named = |document: &SessionDocument| {
        named.is_some_and(|named| {
            named.id == document.id() && Some(named.revision.as_str()) == document.revision()
        })
    };
    let complete = named.is_none() || documents.iter().any(is_named);
    !complete || documents.iter().any(|document| document.revision().is_some() && !is_named(document))
}

impl MongoStore {
    /// What is known of the user, once nothing is left to do. With a cause, whether it has been applied.
    pub(crate) async fn view(&self, user: &UserId, cause: Option<EventId>) -> Result<View, Failure> {
        for _ in 0..TRIES {
            let head = self.head(user, cause).await?;
            if let Some(unfinished) = head.as_ref().filter(|head| head.redo.is_some()) {
                self.finish(user.as_str(), unfinished).await?;
                continue;
            }
            let documents = self.documents(user).await?;
            if doubtful(head.as_ref(), &documents) {
                let again = self.head(user, None).await?;
                if head.as_ref().map(|head| &head.revision) != again.as_ref().map(|head| &head.revision) {
                    continue;
                }
            }
            let ids = documents.iter().map(SessionDocument::id).collect();
            let document = match choose(head.as_ref(), &documents) {
                Some(chosen) if documents.len() > 1 => match self.document(user, &chosen.id()).await? {
                    Some(whole) => Some(whole),
                    None => continue,
                },
                chosen => chosen.cloned(),
            };
            return Ok(View { head, document, ids });
        }
        Err(Failure::Content("other changes of the session always came in between".to_owned()))
    }

    async fn head(&self, user: &UserId, cause: Option<EventId>) -> Result<Option<Head>, Failure> {
        let found = self
            .collections()?
            .heads
            .find_one(doc! { "_id": user.as_str() })
            .projection(Head::projection(cause))
            .await?;
        found.as_ref().map(Head::read).transpose()
    }

    /// The documents that bear the user's id. Where there are several, they come without their data: an original may
    /// have left any number.
    pub(crate) async fn documents(&self, user: &UserId) -> Result<Vec<SessionDocument>, Failure> {
        let sessions = &self.collections()?.sessions;
        let theirs = doc! { "userId": user.as_str() };
        let mut found: Vec<RawDocumentBuf> =
            sessions.find(theirs.clone()).limit(2).await?.try_collect().await?;
        if found.len() > 1 {
            found = sessions.find(theirs).projection(doc! { "data": 0 }).await?.try_collect().await?;
        }
        found.iter().map(|raw| SessionDocument::read(raw)).collect()
    }

    async fn document(&self, user: &UserId, id: &Bson) -> Result<Option<SessionDocument>, Failure> {
        let this = doc! { "_id": id.clone(), "userId": user.as_str() };
        let found = self.collections()?.sessions.find_one(this).await?;
        found.as_deref().map(SessionDocument::read).transpose()
    }
}
