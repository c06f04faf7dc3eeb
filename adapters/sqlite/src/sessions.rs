//! Sessions, and what was revoked.

use crate::{SqliteStore, database::Change, log, row};
use hexad_ports::{
    Expected, Revision, SaveSession, SessionStore, Unavailable, async_trait,
    domain::{
        Event, EventId, Session, SessionChange, SessionData, SessionId, SessionRecord, Timestamp, UserId,
    },
};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use std::fmt::Write;

const SESSION_STORE: &str = "the session store";

#[async_trait]
impl SessionStore for SqliteStore {
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
        let (store, user) = (self.clone(), user.clone());
        self.run(SESSION_STORE, async move {
            let found = sqlx::query(
                "SELECT s.id, s.data, s.created_at, s.updated_at, s.connected_at, r.through,
                        max(coalesce(s.revision, 0), coalesce(r.revision, 0)) AS revision
                 FROM (SELECT ?1 AS user_id) AS who
                 LEFT JOIN session AS s ON s.user_id = who.user_id
                 LEFT JOIN revocation AS r ON r.user_id = who.user_id",
            )
            .bind(user.as_str())
            .fetch_one(store.database().reader())
            .await?;
            read(&user, &found)
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
        let (store, user, change, events) = (self.clone(), user.clone(), change.clone(), events.to_vec());
        self.run(SESSION_STORE, async move {
            let mut transaction = store.database().change().await?;
            let refused = match cause {
                Some(cause) if !note_applied(&mut transaction, &user, cause, store.now()).await? => {
                    Some(SaveSession::AlreadyApplied)
                }
                _ if !is_at(&mut transaction, &user, &expected).await? => Some(SaveSession::Stale),
                _ => None,
            };
            if let Some(refused) = refused {
                transaction.rollback().await?;
                return Ok(refused);
            }
            let revision = next_revision(&mut transaction).await?;
            match &change {
                SessionChange::Open(session) | SessionChange::Update(session) => {
                    write(&mut transaction, &user, session, revision).await?;
                }
                SessionChange::End { revoked_through } => {
                    end(&mut transaction, &user, *revoked_through, revision).await?;
                }
            }
            log::insert(&mut transaction, &events).await?;
            store.commit(transaction).await?;
            Ok(SaveSession::Saved(Revision::new(revision.to_string())))
        })
        .await
    }
}

fn read(user: &UserId, found: &SqliteRow) -> Result<Option<(SessionRecord, Revision)>, sqlx::Error> {
    let revision = row::number(found, "revision")?.unwrap_or_default();
    let session = match row::optional_text(found, "id")? {
        Some(id) => Some(Session {
            id: SessionId::from_stored(id),
            user_id: user.clone(),
            data: SessionData::from_stored(
                serde_json::from_str(&row::text(found, "data")?).unwrap_or(Value::Null),
            ),
            created_at: row::moment(found, "created_at")?,
            updated_at: row::moment(found, "updated_at")?,
            connected_at: row::moment(found, "connected_at")?,
        }),
        None => None,
    };
    let record = SessionRecord { session, revoked_through: row::moment(found, "through")? };
    Ok((revision != 0).then(|| (record, Revision::new(revision.to_string()))))
}

/// Notes that the event is applied to the user; false where it has been before.
async fn note_applied(
    transaction: &mut Change,
    user: &UserId,
    cause: EventId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query(
        "INSERT INTO applied_event (user_id, event_id, applied_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(user.as_str())
    .bind(cause.as_uuid().into_bytes().to_vec())
    .bind(now.unix_micros())
    .execute(&mut **transaction)
    .await?;
    Ok(noted.rows_affected() == 1)
}

async fn is_at(transaction: &mut Change, user: &UserId, expected: &Expected) -> Result<bool, sqlx::Error> {
    let present: Option<i64> = sqlx::query_scalar(
        "SELECT max(revision) FROM (SELECT revision FROM session WHERE user_id = ?1
                                    UNION ALL SELECT revision FROM revocation WHERE user_id = ?1)",
    )
    .bind(user.as_str())
    .fetch_one(&mut **transaction)
    .await?;
    Ok(match (present, expected) {
        (None, Expected::Absent) => true,
        (Some(present), Expected::At(revision)) => revision.as_str() == present.to_string(),
        _ => false,
    })
}

async fn next_revision(transaction: &mut Change) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("UPDATE session_revision SET latest = latest + 1 RETURNING latest")
        .fetch_one(&mut **transaction)
        .await
}

async fn write(
    transaction: &mut Change,
    user: &UserId,
    session: &Session,
    revision: i64,
) -> Result<(), sqlx::Error> {
    let data =
        serde_json::to_string(session.data.as_object()).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "INSERT INTO session (user_id, id, data, created_at, updated_at, connected_at, revision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (user_id) DO UPDATE SET
             id = excluded.id, data = excluded.data, created_at = excluded.created_at,
             updated_at = excluded.updated_at, connected_at = excluded.connected_at, revision = excluded.revision",
    )
    .bind(user.as_str())
    .bind(session.id.as_str())
    .bind(data)
    .bind(session.created_at.map(Timestamp::unix_micros))
    .bind(session.updated_at.map(Timestamp::unix_micros))
    .bind(session.connected_at.map(Timestamp::unix_micros))
    .bind(revision)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// The session's row goes; the revocation stays, and never moves backwards.
async fn end(
    transaction: &mut Change,
    user: &UserId,
    through: Timestamp,
    revision: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM session WHERE user_id = ?1")
        .bind(user.as_str())
        .execute(&mut **transaction)
        .await?;
    sqlx::query(
        "INSERT INTO revocation (user_id, through, revision) VALUES (?1, ?2, ?3)
         ON CONFLICT (user_id) DO UPDATE SET
             through = max(through, excluded.through), revision = excluded.revision",
    )
    .bind(user.as_str())
    .bind(through.unix_micros())
    .bind(revision)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
