//! The event log: rows that are only ever added, marked as sent, and deleted when they are old.

use crate::{PostgresStore, key};
use hexad_ports::{
    EventLog, Unavailable, async_trait,
    domain::{Area, Event},
};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

pub(crate) const EVENT_LOG: &str = "the event log";

#[async_trait]
impl EventLog for PostgresStore {
    async fn append(&self, events: &[Event]) -> Result<(), Unavailable> {
        if events.is_empty() {
            return Ok(());
        }
        let (store, events) = (self.clone(), events.to_vec());
        self.run(EVENT_LOG, move |connection| {
            Box::pin(async move {
                insert(connection, &events).await?;
                store.announce(areas(&events));
                Ok(())
            })
        })
        .await
    }
}

/// The areas that these events are in.
pub(crate) fn areas(events: &[Event]) -> impl Iterator<Item = Area> {
    events.iter().map(|event| event.kind.area())
}

/// Adds events to the log, all in one statement and as the last one of their transaction: from here to the commit
/// nobody else can number an event of the same subjects, which is what makes the numbers rise in the order of the
/// commits. The locks are taken in one order by everybody, so that no two wait for each other.
///
/// An event that is there already (the outcome of an earlier try was unknown) stays as it is.
pub(crate) async fn insert(connection: &mut PgConnection, events: &[Event]) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    let locks: BTreeSet<i64> =
        events.iter().map(|event| key::subject_lock(event.kind.area(), &event.subject)).collect();
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.as_uuid()).collect();
    let areas: Vec<&str> = areas(events).map(Area::name).collect();
    let parts: Vec<i16> = events.iter().map(|event| key::part(&event.subject)).collect();
    let subjects: Vec<&[u8]> = events.iter().map(|event| event.subject.as_bytes()).collect();
    let moments: Vec<i64> = events.iter().map(|event| event.at.unix_micros()).collect();
    let bodies: Vec<String> = events.iter().map(hexad_events::encode).collect();
    sqlx::query(
        "WITH held AS MATERIALIZED (
             SELECT count(pg_advisory_xact_lock(lock)) AS locks FROM unnest($1::bigint[]) AS lock)
         INSERT INTO hexad_event (id, seq, area, part, subject, at, body)
         SELECT id, nextval('hexad_event_seq'), area, part, subject, at, body
         FROM (SELECT told.* FROM held
               CROSS JOIN unnest($2::uuid[], $3::text[], $4::smallint[], $5::bytea[], $6::bigint[], $7::text[])
                   WITH ORDINALITY AS told (id, area, part, subject, at, body, place)
               WHERE held.locks > 0 ORDER BY told.place) AS told
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(locks.into_iter().collect::<Vec<i64>>())
    .bind(ids)
    .bind(areas)
    .bind(parts)
    .bind(subjects)
    .bind(moments)
    .bind(bodies)
    .execute(connection)
    .await?;
    Ok(())
}
