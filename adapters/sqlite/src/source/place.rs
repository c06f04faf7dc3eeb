//! A consumer's place in the log: who may move it, and where it is kept.

use crate::{
    SqliteStore,
    log::{EVENT_LOG, Stored},
    open::{lock_file, lock_path},
};
use hexad_ports::{Unavailable, domain::Area};
use std::{
    fs::{File, TryLockError},
    time::Duration,
};

/// How often a source that has to wait looks whether the place is free. Whoever holds it may hold it for months.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The right to read for a consumer. It ends when this is dropped, or with the process.
pub(super) struct Turn {
    _lock: File,
}

/// Waits for the right to read for the consumer, makes the consumer known, and answers where it has come to.
///
/// A lock of the operating system and no lease in the database: it needs no renewing while nothing happens, no clock,
/// and is free at once when its holder was killed.
pub(super) async fn take(
    store: &SqliteStore,
    consumer: &str,
    areas: &[Area],
) -> Result<(Turn, i64), Unavailable> {
    let turn = lock(store, consumer).await?;
    let cursor = register(store, consumer, areas).await?;
    Ok((turn, cursor))
}

async fn lock(store: &SqliteStore, consumer: &str) -> Result<Turn, Unavailable> {
    let path = lock_path(store.path(), &file_name(consumer));
    let opened = tokio::task::spawn_blocking(move || lock_file(&path)).await;
    let file = match opened {
        Ok(Ok(file)) => file,
        Ok(Err(error)) => return Err(Unavailable::new(EVENT_LOG, error)),
        Err(error) => return Err(Unavailable::new(EVENT_LOG, error)),
    };
    let mut waited = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Turn { _lock: file }),
            Err(TryLockError::Error(error)) => return Err(Unavailable::new(EVENT_LOG, error)),
            Err(TryLockError::WouldBlock) => {
                if !waited {
                    tracing::info!(consumer, "another process reads for this consumer; standing by");
                }
                waited = true;
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }
}

/// The consumer's name with everything that a file's name may not hold in hex digits, so that no two share a file.
fn file_name(consumer: &str) -> String {
    consumer.bytes().fold(String::from("consumer-"), |mut name, byte| {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            other => name.push_str(&format!("%{other:02x}")),
        }
        name
    })
}

async fn register(store: &SqliteStore, consumer: &str, areas: &[Area]) -> Result<i64, Unavailable> {
    let (own, consumer, areas) = (store.clone(), consumer.to_owned(), areas.to_vec());
    let work = async move {
        let mut change = own.database().change().await?;
        sqlx::query("INSERT INTO consumer (name, cursor) VALUES (?1, 0) ON CONFLICT (name) DO NOTHING")
            .bind(consumer.as_str())
            .execute(&mut *change)
            .await?;
        sqlx::query("DELETE FROM consumer_area WHERE consumer = ?1")
            .bind(consumer.as_str())
            .execute(&mut *change)
            .await?;
        for area in areas {
            sqlx::query("INSERT INTO consumer_area (consumer, area) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
                .bind(consumer.as_str())
                .bind(area.name())
                .execute(&mut *change)
                .await?;
        }
        let cursor = sqlx::query_scalar("SELECT cursor FROM consumer WHERE name = ?1")
            .bind(consumer.as_str())
            .fetch_one(&mut *change)
            .await?;
        change.commit().await?;
        Ok(cursor)
    };
    store.run(EVENT_LOG, work).await
}

/// Moves the consumer's place, never backwards.
pub(super) async fn save(store: &SqliteStore, consumer: &str, cursor: i64) -> Result<(), Unavailable> {
    let (own, consumer) = (store.clone(), consumer.to_owned());
    let work = async move {
        let mut change = own.database().relaxed_change().await?;
        sqlx::query("UPDATE consumer SET cursor = max(cursor, ?2) WHERE name = ?1")
            .bind(consumer)
            .bind(cursor)
            .execute(&mut *change)
            .await?;
        change.commit().await
    };
    store.run(EVENT_LOG, work).await
}

/// Keeps an event aside that can never be applied. Durable before the place moves past it.
pub(super) async fn set_aside(
    store: &SqliteStore,
    consumer: &str,
    event: &Stored,
    why: &str,
) -> Result<(), Unavailable> {
    let (own, consumer, event, why) = (store.clone(), consumer.to_owned(), event.clone(), why.to_owned());
    let work = async move {
        let mut change = own.database().change().await?;
        event.set_aside(&mut change, &consumer, &why, own.now().unix_micros()).await?;
        change.commit().await
    };
    store.run(EVENT_LOG, work).await
}
