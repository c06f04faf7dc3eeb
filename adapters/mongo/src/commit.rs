//! A change, as one conditional update of the user's head.

use crate::{
    MongoStore, data,
    document::{self, REVISION},
    failure::{Failure, is_duplicate_key},
    head::{Named, event_id},
    lease,
    redo::{Redo, Update},
    store::{date, hex},
    undo::Before,
    view::View,
};
use hexad_ports::domain::{Event, EventId, Session, SessionChange, SessionData, UserId};
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::collections::BTreeSet;

/// With more members to change, the data are replaced whole: an update of thousands of paths is slow.
const MOST_PATHS: usize = 200;

/// What a change makes of a head.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) revision: String,
    pub(crate) redo: Option<Redo>,
    session: Option<Named>,
    through: Option<DateTime>,
    events: Vec<Document>,
    sequence: i64,
    applied: Option<Document>,
    due: DateTime,
}

impl MongoStore {
    /// What the change makes of what is there.
    pub(crate) fn plan(
        &self,
        user: &UserId,
        view: &View,
        change: &SessionChange,
        cause: Option<EventId>,
        events: &[Event],
    ) -> Commit {
        let now = self.now();
        let revision = hex(&self.random::<12>());
        // Never given before, even where a head was forgotten meanwhile: the clock has gone on since.
        let last = view.head.as_ref().map_or(0, |head| head.sequence).max(now.unix_micros());
        let before = Before {
            session: view.head.as_ref().and_then(|head| head.session.clone()),
            sequence: last,
            cause: cause.map(event_id),
        };
        let redo = |insert, update, remove| Redo { at: date(now), insert, update, remove, before };
        let (session, redo, through) = match (change, &view.document) {
            (SessionChange::End { revoked_through }, _) => {
                let gone = (!view.ids.is_empty()).then(|| redo(None, None, view.ids.clone()));
                (None, gone, Some(date(*revoked_through)))
            }
            (SessionChange::Update(session), Some(present)) => {
                let (set, unset) = difference(user, present, session, &revision);
                let from = present.revision().map(str::to_owned);
                let update = Update { id: present.id(), from, set, unset };
                let named = Named { id: present.id(), revision: revision.clone() };
                (Some(named), Some(redo(None, Some(update), Vec::new())), None)
            }
            (SessionChange::Open(session) | SessionChange::Update(session), _) => {
                let fields = document::new(session, &revision);
                let id = fields.get("_id").cloned().unwrap_or(Bson::Null);
                let others = view.ids.iter().filter(|other| **other != id).cloned().collect();
                (Some(Named { id, revision: revision.clone() }), Some(redo(Some(fields), None, others)), None)
            }
        };
        let numbered: Vec<Document> = (last.saturating_add(1)..)
            .zip(events)
            .map(|(sequence, event)| {
                doc! {
                    "id": event_id(event.id),
                    "key": lease::key_of(event),
                    "sequence": sequence,
                    "subject": event.subject.as_str(),
                    "body": hexad_events::encode(event),
                }
            })
            .collect();
        let keep = self.options().keep_applied.min(self.options().keep_revocations);
        Commit {
            revision,
            redo,
            session,
            through,
            sequence: last.saturating_add(i64::try_from(numbered.len()).unwrap_or_default()),
            events: numbered,
            applied: cause.map(|cause| doc! { "id": event_id(cause), "at": date(now) }),
            due: date(now.saturating_add(keep)),
        }
    }

    /// Changes the head, if it is still as it was seen. This is the moment of the change: all of it or nothing.
    pub(crate) async fn commit(&self, user: &UserId, view: &View, commit: &Commit) -> Result<bool, Failure> {
        let heads = &self.collections()?.heads;
        let Some(head) = &view.head else {
            return match heads.insert_one(commit.first(user)).await {
                Ok(_) => Ok(true),
                Err(error) if is_duplicate_key(&error) => Ok(false),
                Err(error) => Err(error.into()),
            };
        };
        let mut expected = doc! {
            "_id": user.as_str(),
            "revision": head.revision.as_str(),
            "redo": { "$exists": false },
        };
        if let Some(applied) = &commit.applied {
            expected.insert("applied.id", doc! { "$ne": applied.get("id").cloned() });
        }
        if let Some(place) = self.last_place(commit.events.len()) {
            expected.insert(place, doc! { "$exists": false });
        }
        Ok(heads.update_one(expected, commit.update(self.options().applied_events)).await?.matched_count == 1)
    }

    /// The place in the list of events that must be free so that so many more have room.
    pub(crate) fn last_place(&self, more: usize) -> Option<String> {
        let most = usize::try_from(self.options().waiting_events).unwrap_or(usize::MAX);
        (more > 0).then(|| format!("events.{}", most.saturating_sub(more)))
    }
}

impl Commit {
    /// The number of the first of its events.
    fn since(&self) -> Option<i64> {
        self.events.first().and_then(|event| event.get_i64("sequence").ok())
    }

    /// The parts that its events belong to: one, as long as they are of one subject.
    fn waiting(&self) -> Vec<String> {
        let keys: BTreeSet<&str> = self.events.iter().filter_map(|event| event.get_str("key").ok()).collect();
        keys.into_iter().map(str::to_owned).collect()
    }

    fn first(&self, user: &UserId) -> Document {
        let mut fields = doc! {
            "_id": user.as_str(),
            "revision": self.revision.as_str(),
            "sequence": self.sequence,
            "due": self.due,
        };
        if let Some(session) = &self.session {
            fields.insert("session", session.to_bson());
        }
        if let Some(through) = self.through {
            fields.insert("through", through);
        }
        if let Some(applied) = &self.applied {
            fields.insert("applied", vec![applied.clone()]);
        }
        if let Some(since) = self.since() {
            fields.insert("events", self.events.clone());
            fields.insert("waiting", self.waiting());
            fields.insert("since", since);
        }
        if let Some(redo) = &self.redo {
            fields.insert("redo", redo.to_document());
        }
        fields
    }

    fn update(&self, most_applied: u32) -> Document {
        let mut set = doc! { "revision": self.revision.as_str(), "sequence": self.sequence };
        let mut unset = Document::new();
        match &self.session {
            Some(session) => set.insert("session", session.to_bson()),
            None => unset.insert("session", ""),
        };
        if let Some(redo) = &self.redo {
            set.insert("redo", redo.to_document());
        }
        let mut push = Document::new();
        if let Some(applied) = &self.applied {
            let newest = -i64::from(most_applied.max(1));
            push.insert("applied", doc! { "$each": [applied.clone()], "$slice": newest });
        }
        let (mut least, mut add) = (doc! { "due": self.due }, Document::new());
        if let Some(since) = self.since() {
            push.insert("events", doc! { "$each": self.events.clone() });
            add.insert("waiting", doc! { "$each": self.waiting() });
            least.insert("since", since);
        }
        let mut change = doc! { "$set": set, "$min": least };
        if let Some(through) = self.through {
            // It never moves backwards.
            change.insert("$max", doc! { "through": through });
        }
        for (operator, fields) in [("$unset", unset), ("$push", push), ("$addToSet", add)] {
            if !fields.is_empty() {
                change.insert(operator, fields);
            }
        }
        change
    }
}

/// What to set and what to clear in a document so that it holds the session. What is as it should be is not touched:
/// not by a merge that another program's write comes before, and not in its type.
fn difference(
    user: &UserId,
    present: &document::SessionDocument,
    wanted: &Session,
    revision: &str,
) -> (Vec<(String, Bson)>, Vec<String>) {
    let was = present.session(user);
    let mut set = vec![(REVISION.to_owned(), Bson::from(revision))];
    let mut unset = Vec::new();
    for ((name, old), (_, new)) in document::times(&was).into_iter().zip(document::times(wanted)) {
        match new {
            _ if old.map(date) == new.map(date) => {}
            Some(new) => set.push((name.to_owned(), date(new).into())),
            None => unset.push(name.to_owned()),
        }
    }
    if was.data != wanted.data {
        difference_of_data(present.fields.get("data"), &was.data, &wanted.data, &mut set, &mut unset);
    }
    (set, unset)
}

fn difference_of_data(
    stored: Option<&Bson>,
    was: &SessionData,
    wanted: &SessionData,
    set: &mut Vec<(String, Bson)>,
    unset: &mut Vec<String>,
) {
    let (was, wanted_members) = (was.as_object(), wanted.as_object());
    let changed: Vec<_> =
        wanted_members.iter().filter(|(name, value)| was.get(*name) != Some(*value)).collect();
    let gone: Vec<_> = was.keys().filter(|name| !wanted_members.contains_key(*name)).collect();
    let by_paths =
        changed.iter().map(|(name, _)| *name).chain(gone.iter().copied()).all(|name| is_path(name))
            && changed.len() + gone.len() <= MOST_PATHS;
    match stored {
        Some(Bson::Document(members)) if by_paths => {
            for (name, value) in changed {
                let grafted =
                    members.get(name).map_or_else(|| data::to_bson(value), |old| data::graft(old, value));
                set.push((format!("data.{name}"), grafted));
            }
            unset.extend(gone.into_iter().map(|name| format!("data.{name}")));
        }
        stored => {
            let stored = stored.unwrap_or(&Bson::Null);
            set.push(("data".to_owned(), data::graft(stored, &wanted.to_value())));
        }
    }
}

/// Whether the name of a member can be part of a path.
fn is_path(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('$') && !name.contains('.')
}
