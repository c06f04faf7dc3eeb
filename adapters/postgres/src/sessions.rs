//! Sessions, and what was revoked.

use crate::{PostgresStore, key, log};
use hexad_ports::{
    Expected, Revision, SaveSession, SessionStore, Unavailable, async_trait,
    domain::{
        Event, EventId, Session, SessionChange, SessionData, SessionId, SessionRecord, Timestamp, UserId,
    },
};
use serde_json::Value;
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use std::fmt::Write;

const SESSION_STORE: &str = "the session store";

#[async_trait]
impl SessionStore for PostgresStore {
    /// 24 hex digits, as the ids of session documents always were: the second, then 64 random bits.
    fn new_id(&self) -> SessionId {
        let second = u32::try_from(self.now().unix_seconds().rem_euclid(1 << 32)).unwrap_or_default();
        let random = u64::from_be_bytes(self.random());
        let mut id = String::with_capacity(24);
        // Writing to a String cannot fail.
        let _ = write!(id, "{second:08x}{random:016x}");
        SessionId::from_stored(id)
    }

    async fn load(&self, user: &UserId) -> Result<Option<(SessionRecord, Revision)>, Unavailable> {
        let user = user.clone();
        self.run(SESSION_STORE, move |connection| {
            Box::pin(async move {
                let found = sqlx::query(
                    "SELECT s.id, s.data::text AS data, s.created_at, s.updated_at, s.connected_at, r.through,
                            greatest(s.revision, r.revision) AS revision
                     FROM (SELECT $1::bytea AS user_key) AS who
                     LEFT JOIN hexad_session AS s ON s.user_key = who.user_key
                     LEFT JOIN hexad_revocation AS r ON r.user_key = who.user_key",
                )
                .bind(key::user_key(&user))
                .fetch_one(connection)
                .await?;
                read(&user, &found)
            })
        })
        .await
    }

    async fn save(
        &self,
        user: &UserId,
        expected: Expected,
        change: &SessionChange,
        cause: Option<EventId>,
        events: &[Event],
    ) -> Result<SaveSession, Unavailable> {
        let saving = Saving {
            key: key::user_key(user),
            lock: key::session_lock(user),
            expected,
            change: change.clone(),
            cause,
            events: events.to_vec(),
            now: self.now(),
        };
        let store = self.clone();
        self.run(SESSION_STORE, move |connection| {
            Box::pin(async move {
                let saved = saving.save(connection).await?;
                if matches!(saved, SaveSession::Saved(_)) {
                    store.announce(log::areas(&saving.events));
                }
                Ok(saved)
            })
        })
        .await
    }
}

/// One change of one user's record.
struct Saving {
    key: Vec<u8>,
    lock: i64,
    expected: Expected,
    change: SessionChange,
    cause: Option<EventId>,
    events: Vec<Event>,
    now: Timestamp,
}

impl Saving {
    async fn save(&self, connection: &mut PgConnection) -> Result<SaveSession, sqlx::Error> {
        let mut change = connection.begin().await?;
        // A user without a row has nothing else to lock. In a statement of its own: the next one sees what whoever
        // had the lock before has committed.
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(self.lock).execute(&mut *change).await?;
        let (applied, present): (bool, Option<i64>) = sqlx::query_as(
            "SELECT EXISTS (SELECT FROM hexad_applied WHERE user_key = $1 AND event_id = $2),
                    greatest((SELECT revision FROM hexad_session WHERE user_key = $1),
                             (SELECT revision FROM hexad_revocation WHERE user_key = $1))",
        )
        .bind(&self.key)
        .bind(self.cause.map(|cause| cause.as_uuid()))
        .fetch_one(&mut *change)
        .await?;
        if applied || !self.expects(present) {
            change.rollback().await?;
            return Ok(if applied { SaveSession::AlreadyApplied } else { SaveSession::Stale });
        }
        if let Some(cause) = self.cause {
            self.note_applied(&mut change, cause).await?;
        }
        let revision = match &self.change {
            SessionChange::Open(session) | SessionChange::Update(session) => {
                self.write(&mut change, session).await?
            }
            SessionChange::End { revoked_through } => self.end(&mut change, *revoked_through).await?,
        };
        log::insert(&mut change, &self.events).await?;
        change.commit().await?;
        Ok(SaveSession::Saved(Revision::new(revision.to_string())))
    }

    fn expects(&self, present: Option<i64>) -> bool {
        match (present, &self.expected) {
            (None, Expected::Absent) => true,
            (Some(present), Expected::At(revision)) => revision.as_str() == present.to_string(),
            _ => false,
        }
    }

    async fn note_applied(&self, connection: &mut PgConnection, cause: EventId) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT INTO hexad_applied (user_key, event_id, applied_at) VALUES ($1, $2, $3)")
            .bind(&self.key)
            .bind(cause.as_uuid())
            .bind(self.now.unix_micros())
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn write(&self, connection: &mut PgConnection, session: &Session) -> Result<i64, sqlx::Error> {
        let data = serde_json::to_string(session.data.as_object())
            .map_err(|error| sqlx::Error::Encode(error.into()))?;
        sqlx::query_scalar(
            "INSERT INTO hexad_session (user_key, id, data, created_at, updated_at, connected_at, revision)
             VALUES ($1, $2, $3::json, $4, $5, $6, nextval('hexad_session_revision'))
             ON CONFLICT (user_key) DO UPDATE SET
                 id = excluded.id, data = excluded.data, created_at = excluded.created_at,
                 updated_at = excluded.updated_at, connected_at = excluded.connected_at,
                 revision = excluded.revision
             RETURNING revision",
        )
        .bind(&self.key)
        .bind(session.id.as_str())
        .bind(data)
        .bind(session.created_at.map(Timestamp::unix_micros))
        .bind(session.updated_at.map(Timestamp::unix_micros))
        .bind(session.connected_at.map(Timestamp::unix_micros))
        .fetch_one(connection)
        .await
    }

    /// The session's row goes; the revocation stays, and never moves backwards.
    async fn end(&self, connection: &mut PgConnection, through: Timestamp) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(
            "WITH gone AS (DELETE FROM hexad_session WHERE user_key = $1)
             INSERT INTO hexad_revocation AS present (user_key, through, revision)
             VALUES ($1, $2, nextval('hexad_session_revision'))
             ON CONFLICT (user_key) DO UPDATE SET
                 through = greatest(present.through, excluded.through), revision = excluded.revision
             RETURNING revision",
        )
        .bind(&self.key)
        .bind(through.unix_micros())
        .fetch_one(connection)
        .await
    }
}

fn read(user: &UserId, found: &PgRow) -> Result<Option<(SessionRecord, Revision)>, sqlx::Error> {
    let moment = |column| {
        Ok::<_, sqlx::Error>(found.try_get::<Option<i64>, _>(column)?.and_then(Timestamp::from_unix_micros))
    };
    let Some(revision) = found.try_get::<Option<i64>, _>("revision")? else { return Ok(None) };
    let session = match found.try_get::<Option<String>, _>("id")? {
        Some(id) => Some(Session {
            id: SessionId::from_stored(id),
            user_id: user.clone(),
            data: SessionData::from_stored(
                serde_json::from_str(&found.try_get::<String, _>("data")?).unwrap_or(Value::Null),
            ),
            created_at: moment("created_at")?,
            updated_at: moment("updated_at")?,
            connected_at: moment("connected_at")?,
        }),
        None => None,
    };
    let record = SessionRecord { session, revoked_through: moment("through")? };
    Ok(Some((record, Revision::new(revision.to_string()))))
}
