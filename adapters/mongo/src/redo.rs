//! What a change has yet to do to the session documents once it is decided. It stands in the head until it is done,
//! and whoever comes first does it: doing it twice, or late, changes nothing.

use crate::{
    MongoStore,
    document::{REVISION, SessionDocument},
    failure::{Failure, is_answer, is_duplicate_key, is_path_not_viable, is_refusal},
    head::unreadable,
    undo::Before,
};
use mongodb::{
    bson::{Bson, DateTime, Document, RawDocumentBuf, doc},
    options::ReturnDocument,
};

/// How often a document is tried that is not as it should be.
const TRIES: usize = 8;

/// What is to be done, in this order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Redo {
    /// When it was decided.
    pub(crate) at: DateTime,
    /// A document to insert.
    pub(crate) insert: Option<Document>,
    /// A document to change.
    pub(crate) update: Option<Update>,
    /// The ids of documents to delete.
    pub(crate) remove: Vec<Bson>,
    /// What is to be again where this cannot be done.
    pub(crate) before: Before,
}

/// A change of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Update {
    pub(crate) id: Bson,
    /// The change of ours that the document must have reached last. It never comes back, so this is done once.
    pub(crate) from: Option<String>,
    /// Paths and what to put there. A list, since the name of a field may not be everything that a path is.
    pub(crate) set: Vec<(String, Bson)>,
    /// Paths to clear.
    pub(crate) unset: Vec<String>,
}

impl Redo {
    pub(crate) fn to_document(&self) -> Document {
        let mut fields = doc! { "at": self.at, "before": self.before.to_document() };
        if let Some(insert) = &self.insert {
            fields.insert("insert", insert.clone());
        }
        if let Some(update) = &self.update {
            let set: Vec<Document> = update
                .set
                .iter()
                .map(|(path, value)| doc! { "path": path.as_str(), "value": value.clone() })
                .collect();
            fields.insert(
                "update",
                doc! { "id": update.id.clone(), "from": update.from.clone(), "set": set, "unset": update.unset.clone() },
            );
        }
        if !self.remove.is_empty() {
            fields.insert("remove", self.remove.clone());
        }
        fields
    }

    pub(crate) fn read(fields: &Document) -> Result<Self, Failure> {
        Ok(Redo {
            at: *fields.get_datetime("at").map_err(|_| unreadable())?,
            insert: fields.get_document("insert").ok().cloned(),
            update: fields.get_document("update").ok().map(Update::read).transpose()?,
            remove: fields.get_array("remove").cloned().unwrap_or_default(),
            before: Before::read(fields.get_document("before").map_err(|_| unreadable())?)?,
        })
    }
}

impl Update {
    fn read(fields: &Document) -> Result<Self, Failure> {
        let pair = |pair: &Bson| {
            let pair = pair.as_document()?;
            Some((pair.get_str("path").ok()?.to_owned(), pair.get("value")?.clone()))
        };
        let set = fields.get_array("set").map_err(|_| unreadable())?;
        let unset = fields.get_array("unset").map_err(|_| unreadable())?;
        Ok(Update {
            id: fields.get("id").cloned().ok_or_else(unreadable)?,
            from: fields.get_str("from").ok().map(str::to_owned),
            set: set.iter().map(pair).collect::<Option<_>>().ok_or_else(unreadable)?,
            unset: unset
                .iter()
                .map(|path| path.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(unreadable)?,
        })
    }

    /// For a document whose `data` is no object any more, as another program has written it since: a new object of
    /// what would have been set in it.
    fn with_whole_data(&self) -> Self {
        let mut whole = Document::new();
        let mut set = Vec::new();
        for (path, value) in &self.set {
            match path.strip_prefix("data.") {
                Some(name) => {
                    whole.insert(name, value.clone());
                }
                None => set.push((path.clone(), value.clone())),
            }
        }
        set.push(("data".to_owned(), Bson::Document(whole)));
        let unset = self.unset.iter().filter(|path| !path.starts_with("data.")).cloned().collect();
        Update { set, unset, ..self.clone() }
    }
}

impl MongoStore {
    /// Does what is to be done, and takes it out of the head. Gives the document that was inserted or changed, where
    /// it is still there. What is refused is taken back first.
    pub(crate) async fn carry_out(
        &self,
        user: &str,
        revision: &str,
        redo: &Redo,
    ) -> Result<Option<SessionDocument>, Failure> {
        let done = match self.change_documents(user, revision, redo).await {
            Err(refused @ Failure::Refused(_)) => {
                self.take_back(user, revision, redo).await?;
                return Err(refused);
            }
            done => done?,
        };
        let this = doc! { "_id": user, "revision": revision };
        self.collections()?.heads.update_one(this, doc! { "$unset": { "redo": "" } }).await?;
        Ok(done)
    }

    async fn change_documents(
        &self,
        user: &str,
        revision: &str,
        redo: &Redo,
    ) -> Result<Option<SessionDocument>, Failure> {
        // First what makes room, should `userId` be unique.
        if !redo.remove.is_empty() {
            let gone = doc! { "_id": { "$in": redo.remove.clone() }, "userId": user };
            self.collections()?.sessions.delete_many(gone).await?;
        }
        let mut done = None;
        if let Some(fields) = &redo.insert {
            done = self.put(fields).await?;
        }
        if let Some(update) = &redo.update {
            done = self.reach(user, revision, update).await?;
        }
        Ok(done)
    }

    /// Inserts the document, unless that was done, and gives it as it is there.
    async fn put(&self, fields: &Document) -> Result<Option<SessionDocument>, Failure> {
        let sessions = &self.collections()?.sessions;
        let raw = RawDocumentBuf::try_from(fields)?;
        match sessions.insert_one(&raw).await {
            Ok(_) => Ok(Some(SessionDocument::read(&raw)?)),
            Err(error) if is_duplicate_key(&error) => {
                let there = sessions.find_one(doc! { "_id": fields.get("_id").cloned() }).await?;
                there.as_deref().map(SessionDocument::read).transpose()
            }
            Err(error) if is_refusal(&error) => Err(Failure::Refused(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Brings the document to the revision, and gives it as it is there; `None` where it has left it again, or is
    /// gone, as another program deleted it.
    async fn reach(
        &self,
        user: &str,
        revision: &str,
        update: &Update,
    ) -> Result<Option<SessionDocument>, Failure> {
        let mut update = update.clone();
        for _ in 0..TRIES {
            match self.apply(&update).await {
                Ok(Some(changed)) => return Ok(Some(changed)),
                Ok(None) => {}
                Err(Failure::Driver(error)) if is_path_not_viable(&error) => {
                    update = update.with_whole_data();
                    continue;
                }
                Err(failure) => return Err(failure),
            }
            let collections = self.collections()?;
            let Some(raw) = collections.sessions.find_one(doc! { "_id": update.id.clone() }).await? else {
                return Ok(None);
            };
            let present = SessionDocument::read(&raw)?;
            if present.revision() == Some(revision) {
                return Ok(Some(present));
            }
            // As long as this is left to do no later change can have come. Then the document is not as it was when
            // the change was decided on: it was restored from an older copy, or read from a server that lagged.
            let pending = doc! { "_id": user, "revision": revision, "redo": { "$exists": true } };
            if collections.heads.find_one(pending).projection(doc! { "_id": 1 }).await?.is_none() {
                return Ok(None);
            }
            update.from = present.revision().map(str::to_owned);
        }
        Err(Failure::Content("the session's document never stood still".to_owned()))
    }

    async fn apply(&self, update: &Update) -> Result<Option<SessionDocument>, Failure> {
        let set: Document = update.set.iter().cloned().collect();
        let unset: Document = update.unset.iter().map(|path| (path.clone(), Bson::from(""))).collect();
        let mut change = doc! { "$set": set };
        if !unset.is_empty() {
            change.insert("$unset", unset);
        }
        let sessions = &self.collections()?.sessions;
        // A document that was never changed by us has no revision, which `null` finds.
        let this = doc! { "_id": update.id.clone(), REVISION: update.from.clone() };
        let changed = sessions
            .find_one_and_update(this.clone(), change.clone())
            .return_document(ReturnDocument::After)
            .await;
        match changed {
            Ok(changed) => changed.map(|raw| SessionDocument::read(&raw)).transpose(),
            // To this command one error is like another. An update tells apart what it refuses and what it cannot do.
            Err(failed) if is_answer(&failed) && !is_path_not_viable(&failed) => {
                match sessions.update_one(this, change).await {
                    Ok(_) => Ok(None),
                    Err(error) if is_refusal(&error) => Err(Failure::Refused(error)),
                    Err(_) => Err(failed.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }
}
