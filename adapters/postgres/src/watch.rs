//! Noticing that events were stored, by this process or another.
//!
//! A commit is announced after it was made: within a transaction, `NOTIFY` would take a lock of the whole server to
//! the end of the commit, one commit at a time. Many announcements become one statement. One that is lost with its
//! process is made up for by the poll.

use crate::{
    PostgresStore,
    listener::{CHANNEL, Listener},
    log::EVENT_LOG,
    outbox::now,
};
use hexad_ports::{Unavailable, domain::Area};
use std::{
    collections::BTreeSet,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// When the first lease ends on a part that has something to send (0 where nobody has it), and the present time.
const NEXT: &str = concat!(
    "SELECT min(r.until), ",
    now!(),
    " FROM hexad_relay AS r
     CROSS JOIN LATERAL (
         SELECT FROM hexad_event AS e WHERE e.area = r.area AND e.part = r.part AND e.sent_at IS NULL
         LIMIT 1) AS waiting
     WHERE r.area = $1"
);

/// Wakes those who wait for events.
#[derive(Default)]
pub(crate) struct Signals {
    auth: Notify,
    user: Notify,
    session: Notify,
}

impl Signals {
    fn of(&self, area: Area) -> &Notify {
        match area {
            Area::Auth => &self.auth,
            Area::User => &self.user,
            Area::Session => &self.session,
        }
    }

    pub(crate) fn wake(&self, area: Area) {
        self.of(area).notify_waiters();
    }

    pub(crate) fn wake_all(&self) {
        Area::ALL.into_iter().for_each(|area| self.wake(area));
    }
}

/// What a store knows of those who wait.
pub(crate) struct Watch {
    poll: Duration,
    signals: Arc<Signals>,
    /// Begun by the first who waits.
    listener: Mutex<Option<Listener>>,
    telling: Mutex<Telling>,
}

/// What other processes have yet to be told, and whether a task is at it.
#[derive(Default)]
struct Telling {
    areas: BTreeSet<Area>,
    at_it: bool,
}

impl Watch {
    pub(crate) fn new(poll: Duration) -> Self {
        Watch { poll, signals: Arc::default(), listener: Mutex::default(), telling: Mutex::default() }
    }

    fn telling(&self) -> MutexGuard<'_, Telling> {
        self.telling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PostgresStore {
    /// Events of these areas were committed.
    pub(crate) fn announce(&self, areas: impl IntoIterator<Item = Area>) {
        let mut telling = self.watch().telling();
        for area in areas {
            self.watch().signals.wake(area);
            telling.areas.insert(area);
        }
        if telling.areas.is_empty() || mem::replace(&mut telling.at_it, true) {
            return;
        }
        let store = self.clone();
        tokio::spawn(async move {
            while let Some(areas) = store.untold() {
                // Those who were not told look by themselves.
                let _ = store.tell(areas).await;
            }
        });
    }

    fn untold(&self) -> Option<Vec<&'static str>> {
        let mut telling = self.watch().telling();
        let areas: Vec<_> = mem::take(&mut telling.areas).into_iter().map(Area::name).collect();
        telling.at_it = !areas.is_empty();
        telling.at_it.then_some(areas)
    }

    async fn tell(&self, areas: Vec<&'static str>) -> Result<(), Unavailable> {
        self.run(EVENT_LOG, move |connection| {
            Box::pin(async move {
                sqlx::query("SELECT pg_notify($1, area) FROM unnest($2::text[]) AS area")
                    .bind(CHANNEL)
                    .bind(areas)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Returns when a claim would give something, or when whether it would cannot be told now.
    pub(crate) async fn until_claimable(&self, area: Area) {
        let watch = self.watch();
        loop {
            // Asked for before the look, so that nothing slips in between.
            let signal = watch.signals.of(area).notified();
            tokio::pin!(signal);
            signal.as_mut().enable();
            let Ok(next) = self.next_claim(area).await else {
                return tokio::time::sleep(watch.poll).await;
            };
            if next.is_zero() {
                return;
            }
            self.listen();
            let _ = timeout(next.min(watch.poll), signal).await;
        }
    }

    /// How long it is until there is something to claim, as far as it is known.
    async fn next_claim(&self, area: Area) -> Result<Duration, Unavailable> {
        let (until, now): (Option<i64>, i64) = self
            .run(EVENT_LOG, move |connection| {
                Box::pin(async move { sqlx::query_as(NEXT).bind(area.name()).fetch_one(connection).await })
            })
            .await?;
        Ok(until.map_or(Duration::MAX, |until| {
            Duration::from_micros(until.saturating_sub(now).try_into().unwrap_or_default())
        }))
    }

    fn listen(&self) {
        let watch = self.watch();
        let mut listener = watch.listener.lock().unwrap_or_else(PoisonError::into_inner);
        if listener.as_ref().is_none_or(Listener::has_ended) {
            *listener = Some(Listener::begin(self.address().clone(), Arc::clone(&watch.signals)));
        }
    }
}
