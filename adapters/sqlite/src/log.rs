//! The event log: rows that are only ever added, marked as sent, and deleted when nobody owes them any more.

use crate::{SqliteStore, database::Change, row};
use hexad_events::Unreadable;
use hexad_ports::{
    EventLog, Unavailable, async_trait,
    domain::{Event, EventId},
};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

pub(crate) const EVENT_LOG: &str = "the event log";

#[async_trait]
impl EventLog for SqliteStore {
    async fn append(&self, events: &[Event]) -> Result<(), Unavailable> {
        if events.is_empty() {
            return Ok(());
        }
        let (store, events) = (self.clone(), events.to_vec());
        self.run(EVENT_LOG, async move {
            let mut change = store.database().change().await?;
            insert(&mut change, &events).await?;
            store.commit(change).await
        })
        .await
    }
}

/// Adds events to the log as part of a change. One that is there already (the outcome of an earlier try was unknown)
/// stays as it is.
pub(crate) async fn insert(change: &mut Change, events: &[Event]) -> Result<(), sqlx::Error> {
    for event in events {
        sqlx::query(
            "INSERT INTO event (id, area, subject, at, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING",
        )
        .bind(event.id.as_uuid().into_bytes().to_vec())
        .bind(event.kind.area().name())
        .bind(event.subject.as_str())
        .bind(event.at.unix_micros())
        .bind(hexad_events::encode(event))
        .execute(&mut **change)
        .await?;
    }
    Ok(())
}

/// A row of the log.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) seq: i64,
    pub(crate) subject: String,
    id: Vec<u8>,
    area: String,
    body: String,
}

impl Stored {
    /// From a row with the columns `seq, id, area, subject, body`.
    pub(crate) fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Stored {
            seq: row::number(row, "seq")?.unwrap_or_default(),
            subject: row::text(row, "subject")?,
            id: row::bytes(row, "id")?,
            area: row::text(row, "area")?,
            body: row::text(row, "body")?,
        })
    }

    #[cfg(test)]
    pub(crate) fn sample(seq: i64, subject: &str) -> Self {
        Stored {
            seq,
            subject: subject.to_owned(),
            id: Vec::new(),
            area: "auth".to_owned(),
            body: String::new(),
        }
    }

    pub(crate) fn event(&self) -> Result<Event, Unreadable> {
        let id = Uuid::from_slice(&self.id)
            .map_err(|_| Unreadable::Malformed { why: "the event's id is no UUID".to_owned() })?;
        hexad_events::restore(EventId::from_uuid(id), self.subject.as_str(), self.body.as_bytes())
    }

    /// Keeps the event aside for an operator, on behalf of a reader who can do nothing with it.
    pub(crate) async fn set_aside(
        &self,
        change: &mut Change,
        reader: &str,
        why: &str,
        at: i64,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO dead_event (reader, seq, event_id, area, subject, body, why, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (reader, seq) DO NOTHING",
        )
        .bind(reader)
        .bind(self.seq)
        .bind(self.id.as_slice())
        .bind(self.area.as_str())
        .bind(self.subject.as_str())
        .bind(self.body.as_str())
        .bind(why)
        .bind(at)
        .execute(&mut **change)
        .await?;
        tracing::error!(reader, seq = self.seq, area = %self.area, why, "an event was set aside");
        Ok(())
    }
}
