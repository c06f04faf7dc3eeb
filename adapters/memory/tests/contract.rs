//! The suites of every port.
#![allow(clippy::unwrap_used, clippy::panic)]

use hexad_contract::{
    AdoptedUsersHarness, EventsHarness, HasherHarness, ImagesHarness, OpenSourceHarness, ProbeHarness,
    PublisherHarness, RandomHarness, SessionsHarness, SourceHarness, TokensHarness, UsersHarness,
};
use hexad_memory::{
    Fault, Faults, Faulty, ManualClock, Memory, MemoryBroker, MemoryImages, OpaqueTokens, SeededRandom,
    UnprotectedHasher,
};
use hexad_ports::{
    Bytes, Content, EventLog, EventSource, ImageStore, Outbox, Outgoing, PasswordHasher, Probe, Publisher,
    Random, SessionStore, Tokens, UserStore, async_trait,
    domain::{Event, Timestamp, User, image::ImageName},
};
use std::{sync::Arc, time::Duration};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::parse("2026-11-22T18:56:53.128637Z").unwrap()))
}

fn random() -> Arc<SeededRandom> {
    Arc::new(SeededRandom::new(4))
}

struct Store {
    memory: Memory,
    clock: Arc<ManualClock>,
}

async fn store() -> Store {
    let clock = clock();
    Store { memory: Memory::new(clock.clone(), random()), clock }
}

#[async_trait]
impl UsersHarness for Store {
    async fn store(&self) -> Arc<dyn UserStore> {
        Arc::new(self.memory.clone())
    }

    async fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(self.memory.clone())
    }
}

#[async_trait]
impl AdoptedUsersHarness for Store {
    async fn leave(&self, user: &User) {
        self.memory.adopt_user(user.clone()).unwrap();
    }
}

#[async_trait]
impl SessionsHarness for Store {
    async fn store(&self) -> Arc<dyn SessionStore> {
        Arc::new(self.memory.clone())
    }

    async fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(self.memory.clone())
    }
}

#[async_trait]
impl EventsHarness for Store {
    async fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(self.memory.clone())
    }

    async fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(self.memory.clone())
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

hexad_contract::users!(store);
hexad_contract::adopted_users!(store);
hexad_contract::adopted_ids!(store);
hexad_contract::sessions!(store);
hexad_contract::events!(store);

/// A broker that can be taken away. Memory itself never fails: the outage is that of [`Faulty`] around it, so what the
/// suite says of outages is tried of the decorator alone.
struct Broker {
    broker: MemoryBroker,
    faults: Faults,
}

async fn broker() -> Broker {
    Broker { broker: MemoryBroker::new(), faults: Faults::default() }
}

#[async_trait]
impl PublisherHarness for Broker {
    async fn publisher(&self) -> Arc<dyn Publisher> {
        Arc::new(Faulty::new(Arc::new(self.broker.clone()), &self.faults))
    }

    async fn taken(&self) -> Vec<Event> {
        let event = |content| match content {
            Content::Event(event) => event,
            other => panic!("{other:?}"),
        };
        self.broker.unsettled().into_iter().map(event).collect()
    }

    async fn cut(&self) {
        self.faults.every_call(Fault::BeforeEffect);
    }

    async fn restore(&self) {
        self.faults.recover();
    }
}

#[async_trait]
impl SourceHarness for Broker {
    async fn source(&self) -> Arc<dyn EventSource> {
        Arc::new(self.broker.consumer())
    }

    async fn tell(&self, events: &[Event]) {
        let outgoing: Vec<Outgoing> =
            events.iter().map(|event| Outgoing { event: event.clone(), sequence: 1 }).collect();
        self.broker.publish(&outgoing).await;
    }

    async fn kept_aside(&self) -> usize {
        self.broker.dead_letters().len()
    }
}

#[async_trait]
impl OpenSourceHarness for Broker {
    async fn tell_foreign(&self, name: &str) {
        self.broker.deliver(Content::Foreign { name: name.to_owned() });
    }

    async fn tell_nonsense(&self) {
        self.broker.deliver(Content::Malformed { why: "nonsense".to_owned() });
    }
}

hexad_contract::publisher!(broker);
hexad_contract::source!(broker);
hexad_contract::open_source!(broker);

async fn images() -> MemoryImagesHarness {
    MemoryImagesHarness(MemoryImages::new(clock()))
}

struct MemoryImagesHarness(MemoryImages);

#[async_trait]
impl ImagesHarness for MemoryImagesHarness {
    async fn store(&self) -> Arc<dyn ImageStore> {
        Arc::new(self.0.clone())
    }

    async fn leave(&self, name: &ImageName, bytes: &Bytes) -> bool {
        self.0.adopt(name.clone(), bytes.clone());
        true
    }

    async fn staged(&self) -> usize {
        self.0.staged()
    }
}

hexad_contract::images!(images);

#[test]
fn an_adopted_image_is_served_without_a_format() {
    let images = MemoryImages::new(clock());
    let name = ImageName::parse("cat.png").unwrap();
    images.adopt(name.clone(), Bytes::from_static(b"x"));
    let meta = pollster::block_on(images.head(&name)).unwrap().unwrap();
    assert_eq!((meta.size, meta.format), (1, None));
}

struct Hasher(Arc<UnprotectedHasher>);

async fn hasher() -> Hasher {
    Hasher(Arc::new(UnprotectedHasher::new(random())))
}

#[async_trait]
impl HasherHarness for Hasher {
    async fn hasher(&self) -> Arc<dyn PasswordHasher> {
        self.0.clone()
    }
}

hexad_contract::hasher!(hasher);

struct Makers(Arc<OpaqueTokens>);

async fn makers() -> Makers {
    Makers(Arc::new(OpaqueTokens::new(clock(), random())))
}

impl TokensHarness for Makers {
    fn tokens(&self) -> Arc<dyn Tokens> {
        self.0.clone()
    }

    fn stranger(&self) -> Arc<dyn Tokens> {
        Arc::new(OpaqueTokens::new(clock(), Arc::new(SeededRandom::new(5))))
    }
}

hexad_contract::tokens!(makers);

struct Seeded(Arc<SeededRandom>);

async fn seeded() -> Seeded {
    Seeded(random())
}

impl RandomHarness for Seeded {
    fn random(&self) -> Arc<dyn Random> {
        self.0.clone()
    }
}

hexad_contract::random!(seeded);

/// As with the broker, the outage is that of [`Faulty`] alone.
struct Probed {
    probe: Arc<dyn Probe>,
    faults: Faults,
}

async fn probed() -> Probed {
    Probed { probe: Arc::new(store().await.memory), faults: Faults::default() }
}

#[async_trait]
impl ProbeHarness for Probed {
    async fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(Faulty::new(Arc::clone(&self.probe), &self.faults))
    }

    async fn cut(&self) {
        self.faults.every("check", Fault::BeforeEffect);
    }

    async fn restore(&self) {
        self.faults.recover();
    }
}

hexad_contract::probe!(probed);
