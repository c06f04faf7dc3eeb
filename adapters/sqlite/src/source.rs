//! The events of other services, read from the log that all share.

mod place;
mod window;

use crate::{
    SqliteStore,
    log::{EVENT_LOG, Stored},
};
use hexad_events::Unreadable;
use hexad_ports::{
    Content, Delivery, DeliveryTag, EventSource, Settlement, Unavailable, async_trait, domain::Area,
};
use sqlx::SqlitePool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use window::Window;

/// The most events that are held in memory, delivered and not settled or settled behind one that is not.
const MOST_HELD: usize = 512;

/// Reads the events of some areas in the order of their commits, from where the consumer of that name has come to.
///
/// - A new consumer begins with the oldest event that is still kept. An area that is added later is read from the
///   consumer's present place on.
/// - One source at a time reads for a consumer, over all processes: it holds a lock of the operating system until it
///   is dropped or its process ends, and others wait in [`receive`](EventSource::receive) to take over.
/// - The place is written when all deliveries are settled, and on the way through a long stretch. After a crash, and
///   after a `settle` that failed, events are delivered again: whoever applies them has to know their ids.
/// - A poison event is kept in the table `dead_event`, durably, before the place moves past it.
pub struct SqliteEventSource {
    store: SqliteStore,
    consumer: String,
    areas: Vec<Area>,
    /// Held by whoever receives, with the lock on the consumer's place once it was taken.
    turn: tokio::sync::Mutex<Option<place::Turn>>,
    window: Mutex<Window>,
    returned: Notify,
}

impl SqliteEventSource {
    pub(crate) fn new(store: SqliteStore, consumer: String, areas: &[Area]) -> Self {
        SqliteEventSource {
            store,
            consumer,
            areas: areas.to_vec(),
            turn: tokio::sync::Mutex::default(),
            window: Mutex::default(),
            returned: Notify::new(),
        }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads on in the log, as far as memory allows.
    async fn read_on(&self, limit: usize) -> Result<(), Unavailable> {
        let (read_to, room) = {
            let window = self.window();
            if window.ready() >= limit {
                return Ok(());
            }
            (window.read_to(), limit.min(MOST_HELD.saturating_sub(window.held())))
        };
        if room == 0 {
            return Ok(());
        }
        let (events, read_to) = self.read_after(read_to, room).await?;
        self.window().extend(events, read_to);
        Ok(())
    }

    /// Up to `room` events of our areas after that number, and up to where the log is known with them.
    async fn read_after(&self, after: i64, room: usize) -> Result<(Vec<Stored>, i64), Unavailable> {
        let (store, areas) = (self.store.clone(), self.areas.clone());
        self.store
            .run(EVENT_LOG, async move { read_after(store.database().reader(), &areas, after, room).await })
            .await
    }

    /// Writes the consumer's place where that is due.
    async fn save_place(&self) -> Result<(), Unavailable> {
        let Some(cursor) = self.window().to_save() else { return Ok(()) };
        place::save(&self.store, &self.consumer, cursor).await?;
        self.window().saved(cursor);
        Ok(())
    }

    async fn settle_for_good(&self, event: &Stored, poison: Option<&str>) -> Result<(), Unavailable> {
        if let Some(why) = poison {
            place::set_aside(&self.store, &self.consumer, event, why).await?;
        }
        self.window().settle(event.seq);
        self.save_place().await
    }
}

#[async_trait]
impl EventSource for SqliteEventSource {
    async fn receive(&self, limit: usize) -> Result<Vec<Delivery>, Unavailable> {
        let limit = limit.clamp(1, MOST_HELD);
        let mut turn = self.turn.lock().await;
        if turn.is_none() {
            let (taken, cursor) = place::take(&self.store, &self.consumer, &self.areas).await?;
            *self.window() = Window::at(cursor);
            *turn = Some(taken);
        }
        loop {
            let seen = self.store.version().await?;
            self.read_on(limit).await?;
            let given = self.window().give(limit);
            if !given.is_empty() {
                return Ok(given.into_iter().map(deliver).collect());
            }
            self.save_place().await?;
            tokio::select! {
                changed = self.store.changed(seen) => changed?,
                () = self.returned.notified() => {}
            }
        }
    }

    async fn settle(&self, tag: &DeliveryTag, settlement: Settlement) -> Result<(), Unavailable> {
        let Some(event) = self.window().given(tag).cloned() else { return Ok(()) };
        let settled = match &settlement {
            Settlement::Done => self.settle_for_good(&event, None).await,
            Settlement::Poison { why } => self.settle_for_good(&event, Some(why)).await,
            Settlement::Retry => {
                self.window().retry(event.seq);
                self.returned.notify_one();
                Ok(())
            }
        };
        // The consumer will not settle the rest of what it holds either: all of it comes again.
        if settled.is_err() {
            self.window().take_back();
            self.returned.notify_one();
        }
        settled
    }
}

fn deliver((tag, stored): (DeliveryTag, Stored)) -> Delivery {
    let content = match stored.event() {
        Ok(event) => Content::Event(event),
        Err(Unreadable::Foreign { name }) => Content::Foreign { name },
        Err(Unreadable::Malformed { why }) => Content::Malformed { why },
    };
    Delivery { tag, content }
}

async fn read_after(
    reader: &SqlitePool,
    areas: &[Area],
    after: i64,
    room: usize,
) -> Result<(Vec<Stored>, i64), sqlx::Error> {
    // Read first: numbers rise in the order of the commits, so nothing appears below it any more.
    let newest: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM event").fetch_one(reader).await?;
    let newest = newest.unwrap_or_default().max(after);
    let area = |index: usize| areas.get(index).map_or("", |area| area.name());
    let rows = sqlx::query(
        "SELECT seq, id, area, subject, body FROM event
         WHERE seq > ?1 AND seq <= ?2 AND area IN (?3, ?4, ?5) ORDER BY seq LIMIT ?6",
    )
    .bind(after)
    .bind(newest)
    .bind(area(0))
    .bind(area(1))
    .bind(area(2))
    .bind(i64::try_from(room).unwrap_or(i64::MAX))
    .fetch_all(reader)
    .await?;
    let events = rows.iter().map(Stored::from_row).collect::<Result<Vec<_>, _>>()?;
    let known_to = match events.last() {
        Some(last) if events.len() == room => last.seq,
        _ => newest,
    };
    Ok((events, known_to))
}
