//! What every [`SessionStore`] promises.

mod applying;
mod ending;
mod keeping;
mod saving;
mod simultaneous;

pub use applying::*;
pub use ending::*;
pub use keeping::*;
pub use saving::*;
pub use simultaneous::*;

use async_trait::async_trait;
use hexad_domain::{
    Event, EventId, EventKind, Session, SessionChange, SessionData, SessionRecord, UserId, Username,
};
use hexad_ports::{Expected, Outbox, Revision, SaveSession, SessionStore};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::sample::{event, moment, to_the_millisecond};

/// An empty store of sessions.
///
/// The times of a session and of a revocation are compared to the millisecond, which is what clients see and what
/// MongoDB keeps; the times of events to the microsecond.
#[async_trait]
pub trait SessionsHarness: Send + Sync {
    /// The store. Each call MAY open another connection to the same sessions, as another process would.
    async fn store(&self) -> Arc<dyn SessionStore>;

    /// The relay's view of the events that the store keeps.
    async fn outbox(&self) -> Arc<dyn Outbox>;
}

/// The tests of a session store: `hexad_contract::sessions!(make)`, where `make` is an async function that gives a
/// [`SessionsHarness`].
#[macro_export]
macro_rules! sessions {
    ($make:expr) => {
        $crate::suite!(
            sessions,
            sessions,
            $make,
            [
                nobody_has_a_session_at_first,
                an_opened_session_comes_back,
                data_of_every_kind_come_back,
                data_fill_their_bounds,
                users_of_any_id_have_sessions_of_their_own,
                ids_of_sessions_are_never_given_twice,
                an_update_replaces_the_session,
                times_that_are_missing_stay_missing,
                a_stale_change_stores_nothing,
                a_revision_never_comes_back,
                events_are_stored_with_their_change_in_order,
                an_ended_session_is_gone_and_its_revocation_stays,
                a_revocation_needs_no_session,
                a_revocation_survives_new_sessions,
                a_cause_is_applied_once,
                applied_comes_before_stale,
                a_refused_cause_is_not_remembered,
                a_cause_counts_for_its_user,
                an_applied_cause_survives_the_session,
                of_sixteen_first_sessions_one_is_saved,
                of_sixteen_changes_of_a_revision_one_is_saved,
                of_sixteen_deliveries_of_a_cause_one_is_applied,
                sixteen_users_open_sessions_at_once,
                a_load_sees_the_whole_of_a_change,
            ]
        );
    };
}

fn ada() -> UserId {
    UserId::from_stored("5f0c1f6e-3d0b-4d7b-9a57-0d2f9c1b7a01")
}

fn data(value: Value) -> SessionData {
    SessionData::parse(value).expect("data within the bounds")
}

/// A new session of the user.
fn session(store: &dyn SessionStore, user: &UserId) -> Session {
    Session {
        id: store.new_id(),
        user_id: user.clone(),
        data: data(json!({"text": "hi"})),
        created_at: Some(moment(0)),
        updated_at: Some(moment(1)),
        connected_at: Some(moment(2)),
    }
}

fn created(session: &Session) -> Event {
    event(
        "ada",
        EventKind::SessionCreated {
            session_id: session.id.clone(),
            user_id: session.user_id.clone(),
            username: Username::from_stored("ada"),
        },
    )
}

/// An id of an incoming event.
fn cause() -> EventId {
    crate::sample::login("ada").id
}

async fn save(
    store: &dyn SessionStore,
    user: &UserId,
    expected: Expected,
    change: &SessionChange,
    cause: Option<EventId>,
) -> SaveSession {
    store.save(user, expected, change, cause, &[]).await.expect("an answer")
}

fn saved(answer: SaveSession) -> Revision {
    match answer {
        SaveSession::Saved(revision) => revision,
        other => panic!("not saved: {other:?}"),
    }
}

async fn must_open(store: &dyn SessionStore, user: &UserId) -> (Session, Revision) {
    let session = session(store, user);
    let change = SessionChange::Open(session.clone());
    let expected = Expected::from(store.load(user).await.expect("an answer").map(|(_, revision)| revision));
    let revision = saved(save(store, user, expected, &change, None).await);
    (session, revision)
}

async fn must_end(store: &dyn SessionStore, user: &UserId, expected: Expected, millis: i64) -> Revision {
    let change = SessionChange::End { revoked_through: moment(millis) };
    saved(save(store, user, expected, &change, None).await)
}

/// What is stored for a user who has something stored.
async fn loaded(store: &dyn SessionStore, user: &UserId) -> (SessionRecord, Revision) {
    store.load(user).await.expect("an answer").expect("a record")
}

/// Holds a loaded record to what was stored, times to the millisecond.
fn same(record: &SessionRecord, session: Option<&Session>, revoked_through: Option<i64>) {
    let revoked = revoked_through.map(|millis| moment(millis).unix_millis());
    assert_eq!(to_the_millisecond(record.revoked_through), revoked);
    let coarse = |session: &Session| {
        let times = [session.created_at, session.updated_at, session.connected_at].map(to_the_millisecond);
        (session.id.clone(), session.user_id.clone(), session.data.clone(), times)
    };
    assert_eq!(record.session.as_ref().map(coarse), session.map(coarse));
}
