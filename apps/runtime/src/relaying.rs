//! Sending stored events to the broker, for as long as the program runs and a moment longer.

use crate::backoff::Backoff;
use hexad::{
    Pass, Relay,
    domain::Area,
    ports::{Outbox, Publisher, Random, error_chain},
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The most events of one pass: enough that the confirms of a batch cost little each, and few enough that a batch of
/// the largest events is some megabytes.
const BATCH: usize = 500;

/// A pass claims, publishes and settles, each within four seconds; after that and some more another relay takes over
/// what a killed one has claimed.
const LEASE: Duration = Duration::from_secs(15);

/// The relay of an area.
pub(crate) fn relay(area: Area, outbox: Arc<dyn Outbox>, publisher: Arc<dyn Publisher>) -> Relay {
    Relay { outbox, publisher, area, batch: BATCH, lease: LEASE }
}

/// What is known of an outage that is not over.
#[derive(Default)]
struct Outage {
    backoff: Backoff,
    /// Whether it was told that events wait.
    told: bool,
    /// Whether the broker has not taken all that it was given, and was given nothing since.
    refused: bool,
    /// How many were sent since the broker and the store answer again.
    sent: usize,
}

impl Outage {
    /// The broker took all that it was given.
    fn sent(&mut self, count: usize) {
        self.backoff.succeed();
        self.refused = false;
        self.count(count);
    }

    /// The broker took so many of what it was given, perhaps none. Whatever it took, the next try waits longer: what is
    /// refused is given to it again and again.
    fn held(&mut self, count: usize) {
        self.refused = true;
        self.count(count);
    }

    fn count(&mut self, sent: usize) {
        if self.told {
            self.sent += sent;
        }
    }

    /// There was nothing to send. Where the broker refused before, that says nothing of it: others may have what waits.
    fn idle(&mut self, area: Area) {
        if self.refused {
            return;
        }
        self.backoff.succeed();
        if std::mem::take(&mut self.told) {
            let sent = std::mem::take(&mut self.sent);
            tracing::info!(area = area.name(), sent, "events are sent again, and those that waited are sent");
        }
    }

    /// How long to wait for the next try.
    fn goes_on(&mut self, area: Area, error: &dyn std::error::Error, random: &dyn Random) -> Duration {
        let error = error_chain(error);
        if std::mem::replace(&mut self.told, true) {
            tracing::debug!(area = area.name(), error, "events still wait");
        } else {
            tracing::warn!(
                area = area.name(),
                error,
                "events cannot be sent; they wait where they are stored"
            );
        }
        self.backoff.fail(random)
    }
}

/// Sends what is stored, as fast as the broker takes it and without a pause, then waits for more. Where the broker or
/// the store is away it tries again and again. At the end it sends what waits, and ends where nothing does or where
/// that cannot be sent now.
pub(crate) async fn run(relay: Relay, random: Arc<dyn Random>, end: CancellationToken) {
    let mut outage = Outage::default();
    loop {
        let pause = match relay.pass().await {
            Ok(Pass::Sent(count)) => {
                outage.sent(count);
                continue;
            }
            Ok(Pass::Idle) => {
                outage.idle(relay.area);
                None
            }
            Ok(Pass::Held(count, unavailable)) => {
                outage.held(count);
                Some(outage.goes_on(relay.area, &unavailable, random.as_ref()))
            }
            Err(error) => Some(outage.goes_on(relay.area, &error, random.as_ref())),
        };
        if end.is_cancelled() {
            return;
        }
        tokio::select! {
            // What was stored up to the end is looked for once more.
            () = end.cancelled() => {}
            () = async { match pause {
                None => relay.wait().await,
                Some(pause) => sleep(pause).await,
            } } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Outage, relay, run};
    use crate::ambient::{OsRandom, SystemClock};
    use hexad::{
        Stamp,
        domain::{Area, EventKind},
        ports::{EventLog, Outgoing, Publication, Publisher, Unavailable, async_trait},
    };
    use hexad_memory::{Fault, Faults, Faulty, Memory, MemoryBroker};
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };
    use tokio::time::sleep;
    use tokio_util::sync::CancellationToken;

    struct World {
        store: Arc<Memory>,
        broker: MemoryBroker,
        faults: Faults,
        end: CancellationToken,
    }

    impl World {
        fn new() -> Self {
            let store = Arc::new(Memory::new(Arc::new(SystemClock), Arc::new(OsRandom)));
            let (broker, faults) = (MemoryBroker::new(), Faults::default());
            Self { store, broker, faults, end: CancellationToken::new() }
        }

        async fn happen(&self, count: usize) {
            let stamp = Stamp::new(Arc::new(SystemClock), Arc::new(OsRandom));
            let event = |_| stamp.event("test", EventKind::TestEvent { msg: "m".into() });
            self.store.append(&(0..count).map(event).collect::<Vec<_>>()).await.unwrap();
        }

        fn start(&self) -> tokio::task::JoinHandle<()> {
            let broker = Faulty::new(Arc::new(self.broker.clone()), &self.faults);
            let relay = relay(Area::Auth, self.store.clone(), Arc::new(broker));
            tokio::spawn(run(relay, Arc::new(OsRandom), self.end.clone()))
        }

        async fn sent(&self, count: usize) {
            let all = async {
                while self.broker.unsettled().len() < count {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), all).await.unwrap();
            assert_eq!(self.broker.unsettled().len(), count);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_stored_is_sent_and_so_is_what_is_stored_later() {
        let world = World::new();
        world.happen(1_201).await;
        let relaying = world.start();
        world.sent(1_201).await;
        world.happen(2).await;
        world.sent(1_203).await;
        world.end.cancel();
        relaying.await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn after_an_outage_all_is_sent() {
        let world = World::new();
        world.faults.next("publish", 2, Fault::BeforeEffect);
        world.happen(1_003).await;
        let relaying = world.start();
        world.sent(1_003).await;
        world.end.cancel();
        relaying.await.unwrap();
    }

    #[tokio::test]
    async fn at_the_end_what_waits_is_sent_or_left() {
        let world = World::new();
        world.happen(2).await;
        world.end.cancel();
        world.start().await.unwrap();
        world.sent(2).await;

        world.happen(1).await;
        world.faults.every("publish", Fault::BeforeEffect);
        world.start().await.unwrap();
        world.sent(2).await;
    }

    #[test]
    fn an_outage_is_told_once_and_its_end_with_what_it_held() {
        let mut outage = Outage::default();
        let away = Unavailable::new("the broker", "away");
        outage.goes_on(Area::Auth, &away, &OsRandom);
        outage.held(5);
        outage.goes_on(Area::Auth, &away, &OsRandom);
        outage.sent(7);
        assert!(outage.told && outage.sent == 12);
        outage.idle(Area::Auth);
        assert!(!outage.told && outage.sent == 0);
    }

    #[test]
    fn a_relay_with_nothing_to_do_knows_nothing_of_the_broker() {
        let mut outage = Outage::default();
        outage.held(0);
        outage.goes_on(Area::Auth, &Unavailable::new("the broker", "away"), &OsRandom);
        // Another relay holds what waits.
        outage.idle(Area::Auth);
        assert!(outage.told, "the outage is not over");
        outage.sent(1);
        outage.idle(Area::Auth);
        assert!(!outage.told);
    }

    /// A broker that takes nothing, and counts how often it was asked to.
    #[derive(Default)]
    struct Refusing(AtomicUsize);

    #[async_trait]
    impl Publisher for Refusing {
        async fn publish(&self, events: &[Outgoing]) -> Vec<Publication> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let refused = |_| Publication::Failed(Unavailable::new("the broker", "away"));
            events.iter().map(refused).collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_broker_that_is_away_is_asked_less_and_less_often() {
        let world = World::new();
        world.happen(1).await;
        let broker = Arc::new(Refusing::default());
        let relay = relay(Area::Auth, world.store.clone(), broker.clone());
        let relaying = tokio::spawn(run(relay, Arc::new(OsRandom), world.end.clone()));
        sleep(Duration::from_secs(60)).await;
        relaying.abort();
        let tries = broker.0.load(Ordering::Relaxed);
        assert!((30..=70).contains(&tries), "one in one or two seconds at last, and {tries} in a minute");
    }
}
