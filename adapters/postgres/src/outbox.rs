//! The relay's view of the event log.
//!
//! The events of an area fall into parts by their subject, and a relay leases whole parts: what keeps the order for
//! every subject. Each claim has a number of its own; only who still has it can settle.

use crate::{PostgresStore, log::EVENT_LOG};
use hexad_events::Unreadable;
use hexad_ports::{
    Claim, Outbox, Outgoing, Unavailable, async_trait,
    domain::{Area, Event, EventId},
};
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use std::{collections::HashSet, time::Duration};
use uuid::Uuid;

/// The server's clock, in microseconds.
macro_rules! now {
    () => {
        "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    };
}
pub(crate) use now;

/// The parts with something to send that nobody has, those first that were longest without a relay: an event that the
/// broker never takes must not keep those of other parts waiting. What another relay is claiming now is passed over.
const FREE_PARTS: &str = concat!(
    "SELECT r.part, waiting.number FROM hexad_relay AS r
     CROSS JOIN LATERAL (
         SELECT count(*) AS number FROM (
             SELECT FROM hexad_event AS e WHERE e.area = r.area AND e.part = r.part AND e.sent_at IS NULL
             LIMIT $2) AS first) AS waiting
     WHERE r.area = $1 AND waiting.number > 0 AND r.until <= ",
    now!(),
    " ORDER BY r.fence, r.part FOR UPDATE OF r SKIP LOCKED"
);

const LEASE: &str = concat!(
    "WITH drawn AS MATERIALIZED (SELECT nextval('hexad_relay_fence') AS fence)
     UPDATE hexad_relay AS r SET fence = drawn.fence, until = $3 + ",
    now!(),
    " FROM drawn WHERE r.area = $1 AND r.part = ANY($2) RETURNING r.fence"
);

/// For each part its oldest, from its index: never more rows than twice the limit, however many wait.
const EVENTS: &str = "
    SELECT e.seq, e.id, e.subject, e.body FROM unnest($2::smallint[]) WITH ORDINALITY AS p (part, place)
    CROSS JOIN LATERAL (
        SELECT seq, id, subject, body FROM hexad_event
        WHERE area = $1 AND part = p.part AND sent_at IS NULL ORDER BY seq LIMIT $3) AS e
    ORDER BY p.place, e.seq LIMIT $3";

const SETTLE: &str = "
    WITH ours AS (
        UPDATE hexad_relay SET until = 0 WHERE area = $1 AND fence = $2 AND until > 0 RETURNING part),
    sent AS (
        UPDATE hexad_event AS e SET sent_at = $4 FROM ours
        WHERE e.id = ANY($3) AND e.area = $1 AND e.part = ours.part AND e.sent_at IS NULL)
    SELECT count(*) FROM ours";

const SET_ASIDE: &str = "
    WITH moved AS (UPDATE hexad_event SET sent_at = $3 WHERE id = $1 RETURNING id, seq, area, subject, body)
    INSERT INTO hexad_dead_event (id, seq, area, subject, body, why, at)
    SELECT id, seq, area, subject, body, $2, $3 FROM moved ON CONFLICT (id) DO NOTHING";

#[async_trait]
impl Outbox for PostgresStore {
    async fn claim(&self, area: Area, limit: usize, lease: Duration) -> Result<Claim, Unavailable> {
        let now = self.now().unix_micros();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.run(EVENT_LOG, move |connection| Box::pin(take(connection, area, limit, lease, now))).await
    }

    async fn settle(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Unavailable> {
        if claim.events.is_empty() {
            return Ok(());
        }
        let sent: HashSet<&EventId> = sent.iter().collect();
        let sent: Vec<Uuid> = claim
            .events
            .iter()
            .map(|outgoing| &outgoing.event.id)
            .filter(|id| sent.contains(id))
            .map(EventId::as_uuid)
            .collect();
        let left = sent.len() < claim.events.len();
        let fence = i64::try_from(claim.fence).unwrap_or(i64::MAX);
        let now = self.now().unix_micros();
        let parts: i64 = self
            .run(EVENT_LOG, move |connection| {
                Box::pin(async move {
                    sqlx::query_scalar(SETTLE)
                        .bind(area.name())
                        .bind(fence)
                        .bind(sent)
                        .bind(now)
                        .fetch_one(connection)
                        .await
                })
            })
            .await?;
        if parts == 0 {
            tracing::warn!(area = area.name(), "a relay's lease passed to another before it had settled");
        } else if left {
            // What came back is there for every relay, this one included.
            self.announce([area]);
        }
        Ok(())
    }

    async fn wait(&self, area: Area) {
        self.until_claimable(area).await;
    }
}

async fn take(
    connection: &mut PgConnection,
    area: Area,
    limit: i64,
    lease: Duration,
    now: i64,
) -> Result<Claim, sqlx::Error> {
    let nothing = Claim { fence: 0, events: Vec::new() };
    let mut change = connection.begin().await?;
    let free: Vec<(i16, i64)> =
        sqlx::query_as(FREE_PARTS).bind(area.name()).bind(limit).fetch_all(&mut *change).await?;
    let mut parts: Vec<i16> = Vec::new();
    let mut number = 0;
    for (part, waiting) in free {
        if number >= limit {
            break;
        }
        parts.push(part);
        number += waiting;
    }
    if parts.is_empty() {
        change.rollback().await?;
        return Ok(nothing);
    }
    // A statement of its own, after the lock on the parts: what was settled before is seen as settled.
    let rows = sqlx::query(EVENTS).bind(area.name()).bind(&parts).bind(limit).fetch_all(&mut *change).await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        let (seq, id): (i64, Uuid) = (row.try_get("seq")?, row.try_get("id")?);
        match read(row, id)? {
            Ok(event) => events.push(Outgoing { event, sequence: u64::try_from(seq).unwrap_or_default() }),
            Err(unreadable) => {
                let why = unreadable.to_string();
                sqlx::query(SET_ASIDE).bind(id).bind(&why).bind(now).execute(&mut *change).await?;
                tracing::error!(seq, area = area.name(), why, "an event was set aside");
            }
        }
    }
    if events.is_empty() {
        change.commit().await?;
        return Ok(nothing);
    }
    events.sort_by_key(|outgoing: &Outgoing| outgoing.sequence);
    let fence: i64 = sqlx::query_scalar(LEASE)
        .bind(area.name())
        .bind(&parts)
        .bind(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX / 2))
        .fetch_one(&mut *change)
        .await?;
    change.commit().await?;
    Ok(Claim { fence: u64::try_from(fence).unwrap_or_default(), events })
}

fn read(row: &PgRow, id: Uuid) -> Result<Result<Event, Unreadable>, sqlx::Error> {
    let (subject, body): (Vec<u8>, String) = (row.try_get("subject")?, row.try_get("body")?);
    let subject = String::from_utf8_lossy(&subject);
    Ok(hexad_events::restore(EventId::from_uuid(id), subject.as_ref(), body.as_bytes()))
}
