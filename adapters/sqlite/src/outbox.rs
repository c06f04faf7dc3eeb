//! The relay's view of the event log.
//!
//! One relay at a time works on an area: its lease is a row with a number that rises with every claim. That keeps
//! the order for every subject with nothing more to know.

use crate::{
    SqliteStore,
    log::{EVENT_LOG, Stored},
};
use hexad_ports::{
    Claim, Outbox, Outgoing, Unavailable, async_trait,
    domain::{Area, EventId},
};
use std::{collections::HashSet, time::Duration};

/// Under this name events that no relay can read are kept aside.
const READER: &str = "relay";

#[async_trait]
impl Outbox for SqliteStore {
    /// Nothing while another claim on the area is held.
    async fn claim(&self, area: Area, limit: usize, lease: Duration) -> Result<Claim, Unavailable> {
        // Most often there is nothing, and then nothing need be written.
        if !self.claimable(area).await? {
            return Ok(Claim { fence: 0, events: Vec::new() });
        }
        let store = self.clone();
        self.run(EVENT_LOG, async move { store.take(area, limit, lease).await }).await
    }

    async fn settle(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Unavailable> {
        if claim.events.is_empty() {
            return Ok(());
        }
        let (store, claim, sent) = (self.clone(), claim.clone(), sent.to_vec());
        self.run(EVENT_LOG, async move { store.mark(area, &claim, &sent).await }).await
    }

    async fn wait(&self, area: Area) {
        loop {
            let Ok(seen) = self.version().await else { return self.watch().pause().await };
            match self.claimable(area).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(_) => return self.watch().pause().await,
            }
            if self.changed(seen).await.is_err() {
                return self.watch().pause().await;
            }
        }
    }
}

impl SqliteStore {
    /// Whether a claim would give something, or has to make the area known as one that has a relay.
    async fn claimable(&self, area: Area) -> Result<bool, Unavailable> {
        let store = self.clone();
        self.run(EVENT_LOG, async move {
            sqlx::query_scalar(
                "SELECT NOT EXISTS (SELECT 1 FROM relay WHERE area = ?1)
                     OR (EXISTS (SELECT 1 FROM event WHERE area = ?1 AND sent_at IS NULL)
                         AND NOT EXISTS (SELECT 1 FROM relay WHERE area = ?1 AND until > ?2))",
            )
            .bind(area.name())
            .bind(store.now().unix_micros())
            .fetch_one(store.database().reader())
            .await
        })
        .await
    }

    async fn take(&self, area: Area, limit: usize, lease: Duration) -> Result<Claim, sqlx::Error> {
        let now = self.now();
        let mut change = self.database().relaxed_change().await?;
        sqlx::query("INSERT INTO relay (area, fence, until) VALUES (?1, 0, 0) ON CONFLICT (area) DO NOTHING")
            .bind(area.name())
            .execute(&mut *change)
            .await?;
        let rows = sqlx::query(
            "SELECT seq, id, area, subject, body FROM event
             WHERE area = ?1 AND sent_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM relay WHERE area = ?1 AND until > ?2)
             ORDER BY seq LIMIT ?3",
        )
        .bind(area.name())
        .bind(now.unix_micros())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut *change)
        .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            let stored = Stored::from_row(row)?;
            match stored.event() {
                Ok(event) => {
                    events.push(Outgoing { event, sequence: u64::try_from(stored.seq).unwrap_or_default() });
                }
                Err(unreadable) => {
                    stored.set_aside(&mut change, READER, &unreadable.to_string(), now.unix_micros()).await?;
                    mark_sent(&mut change, stored.seq, now.unix_micros()).await?;
                }
            }
        }
        let fence: Option<i64> = sqlx::query_scalar(
            "UPDATE relay SET fence = fence + 1, until = ?2 WHERE area = ?1 AND ?3 RETURNING fence",
        )
        .bind(area.name())
        .bind(now.saturating_add(lease).unix_micros())
        .bind(!events.is_empty())
        .fetch_optional(&mut *change)
        .await?;
        change.commit().await?;
        Ok(Claim { fence: fence.and_then(|fence| u64::try_from(fence).ok()).unwrap_or_default(), events })
    }

    async fn mark(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), sqlx::Error> {
        let sent: HashSet<&EventId> = sent.iter().collect();
        let mut change = self.database().relaxed_change().await?;
        let ours = sqlx::query("UPDATE relay SET until = 0 WHERE area = ?1 AND fence = ?2")
            .bind(area.name())
            .bind(i64::try_from(claim.fence).unwrap_or(i64::MAX))
            .execute(&mut *change)
            .await?;
        if ours.rows_affected() == 0 {
            tracing::warn!(area = area.name(), "a relay's lease passed to another before it had settled");
            return change.rollback().await;
        }
        let now = self.now().unix_micros();
        for outgoing in claim.events.iter().filter(|outgoing| sent.contains(&outgoing.event.id)) {
            mark_sent(&mut change, i64::try_from(outgoing.sequence).unwrap_or(i64::MAX), now).await?;
        }
        self.commit(change).await
    }
}

async fn mark_sent(change: &mut crate::database::Change, seq: i64, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE event SET sent_at = ?2 WHERE seq = ?1")
        .bind(seq)
        .bind(now)
        .execute(&mut **change)
        .await?;
    Ok(())
}
