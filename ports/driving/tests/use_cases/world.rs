//! Every use case over one set of adapters, each port steered by faults of its own.

use hexad::{
    Auth, Consumer, Grant, Images, LastConnections, Lookup, Registrar, Relay, Sessions, Stamp,
    domain::{Area, Event, EventKind, Field, Password, RegistrationForm, Timestamp, User, UserId},
    ports::{Outbox, SessionStore, UserKey, UserStore},
};
use hexad_memory::{
    Faults, Faulty, ManualClock, Memory, MemoryBroker, MemoryImages, OpaqueTokens, SeededRandom,
    UnprotectedHasher,
};
use std::{sync::Arc, time::Duration};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) stamp: Stamp,
    /// The store itself, for looking behind the faults.
    pub(crate) memory: Arc<Memory>,
    pub(crate) broker: MemoryBroker,
    pub(crate) image_store: MemoryImages,
    pub(crate) hasher: Arc<UnprotectedHasher>,
    pub(crate) tokens: Arc<OpaqueTokens>,
    pub(crate) users_faults: Faults,
    pub(crate) log_faults: Faults,
    pub(crate) sessions_faults: Faults,
    pub(crate) outbox_faults: Faults,
    pub(crate) publisher_faults: Faults,
    pub(crate) source_faults: Faults,
    pub(crate) images_faults: Faults,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-22T18:56:53.128637Z").unwrap()));
        let random = Arc::new(SeededRandom::new(1));
        World {
            stamp: Stamp::new(clock.clone(), random.clone()),
            memory: Arc::new(Memory::new(clock.clone(), random.clone())),
            broker: MemoryBroker::new(),
            image_store: MemoryImages::new(clock.clone()),
            hasher: Arc::new(UnprotectedHasher::new(random.clone())),
            tokens: Arc::new(OpaqueTokens::new(clock.clone(), random)),
            clock,
            users_faults: Faults::default(),
            log_faults: Faults::default(),
            sessions_faults: Faults::default(),
            outbox_faults: Faults::default(),
            publisher_faults: Faults::default(),
            source_faults: Faults::default(),
            images_faults: Faults::default(),
        }
    }

    pub(crate) fn auth(&self) -> Auth {
        Auth {
            users: self.users(),
            log: self.log(),
            publisher: None,
            database: self.users(),
            hasher: self.hasher.clone(),
            tokens: self.tokens.clone(),
            stamp: self.stamp.clone(),
            token_lifetime: Duration::from_secs(3_600),
            rehash: true,
        }
    }

    pub(crate) fn auth_with_broker(&self) -> Auth {
        let broker = Faulty::new(Arc::new(self.broker.clone()), &self.publisher_faults);
        Auth { publisher: Some(Arc::new(broker)), ..self.auth() }
    }

    pub(crate) fn registrar(&self) -> Registrar {
        Registrar {
            users: self.users(),
            log: self.log(),
            hasher: self.hasher.clone(),
            stamp: self.stamp.clone(),
        }
    }

    pub(crate) fn sessions(&self) -> Sessions {
        let store = Arc::new(Faulty::new(self.memory.clone(), &self.sessions_faults));
        Sessions { store, tokens: self.tokens.clone(), stamp: self.stamp.clone() }
    }

    /// A consumer, as a newly started program has it.
    pub(crate) fn consumer(&self) -> Consumer {
        Consumer {
            source: Arc::new(Faulty::new(Arc::new(self.broker.consumer()), &self.source_faults)),
            sessions: Arc::new(Faulty::new(self.memory.clone(), &self.sessions_faults)),
            stamp: self.stamp.clone(),
        }
    }

    pub(crate) fn relay(&self, area: Area) -> Relay {
        Relay {
            outbox: Arc::new(Faulty::new(self.memory.clone(), &self.outbox_faults)),
            publisher: Arc::new(Faulty::new(Arc::new(self.broker.clone()), &self.publisher_faults)),
            area,
            batch: 100,
            lease: Duration::from_secs(30),
        }
    }

    pub(crate) fn last_connections(&self) -> LastConnections {
        LastConnections {
            lookup: Lookup { users: self.users() },
            sessions: Arc::new(Faulty::new(self.memory.clone(), &self.sessions_faults)),
            clock: self.clock.clone(),
        }
    }

    pub(crate) fn images(&self) -> Images {
        Images { store: Arc::new(Faulty::new(Arc::new(self.image_store.clone()), &self.images_faults)) }
    }

    fn users(&self) -> Arc<Faulty<Memory>> {
        Arc::new(Faulty::new(self.memory.clone(), &self.users_faults))
    }

    fn log(&self) -> Arc<Faulty<Memory>> {
        Arc::new(Faulty::new(self.memory.clone(), &self.log_faults))
    }

    /// A user with [`PASSWORD`], whose registration nobody hears of any more.
    pub(crate) async fn registered(&self, username: &str) -> User {
        let id = self.registrar().register(&form(username)).await.unwrap();
        self.told(Area::User).await;
        let store: &dyn UserStore = self.memory.as_ref();
        store.load(UserKey::Id(&id)).await.unwrap().unwrap().0
    }

    /// A user's grant, whose login nobody hears of any more.
    pub(crate) async fn logged_in(&self, username: &str) -> Grant {
        let grant = self.auth().login(username, &Password::presented(PASSWORD)).await.unwrap();
        self.told(Area::Auth).await;
        grant
    }

    /// A user's id and token.
    pub(crate) async fn bearer(&self, username: &str) -> (UserId, String) {
        let user = self.registered(username).await;
        (user.id, self.logged_in(username).await.token)
    }

    /// Takes the stored events of the area out.
    pub(crate) async fn told_events(&self, area: Area) -> Vec<Event> {
        let claim = self.memory.claim(area, usize::MAX, Duration::from_secs(60)).await.unwrap();
        let events: Vec<Event> = claim.events.iter().map(|outgoing| outgoing.event.clone()).collect();
        let ids: Vec<_> = events.iter().map(|event| event.id).collect();
        Outbox::settle(self.memory.as_ref(), area, &claim, &ids).await.unwrap();
        events
    }

    /// The same, what happened alone.
    pub(crate) async fn told(&self, area: Area) -> Vec<EventKind> {
        self.told_events(area).await.into_iter().map(|event| event.kind).collect()
    }

    pub(crate) async fn user(&self, username: &str) -> Option<User> {
        let store: &dyn UserStore = self.memory.as_ref();
        store.load(UserKey::Username(username)).await.unwrap().map(|(user, _)| user)
    }

    pub(crate) async fn record(&self, user: &UserId) -> hexad::domain::SessionRecord {
        let store: &dyn SessionStore = self.memory.as_ref();
        store.load(user).await.unwrap().map(|(record, _)| record).unwrap_or_default()
    }
}

/// Names of the events, which say enough where the rest was looked at elsewhere.
pub(crate) fn names(told: &[EventKind]) -> Vec<&'static str> {
    told.iter().map(EventKind::name).collect()
}

/// A registration of somebody who shares nothing with those of other names.
pub(crate) fn form(username: &str) -> RegistrationForm {
    filled([
        (Field::Username, username),
        (Field::Password, PASSWORD),
        (Field::FirstName, "Ada"),
        (Field::LastName, "Lovelace"),
        (Field::Dni, &format!("{username}-dni")),
        (Field::Email, &format!("{username}@example.com")),
        (Field::City, "London"),
    ])
}

pub(crate) fn filled<'a>(fields: impl IntoIterator<Item = (Field, &'a str)>) -> RegistrationForm {
    let mut form = RegistrationForm::default();
    for (field, value) in fields {
        form.give(field, value);
    }
    form
}

/// Runs these at the same moment, each on a thread of its own.
pub(crate) fn at_once<T: Send>(count: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(count);
    let (start, run) = (&start, &run);
    std::thread::scope(|scope| {
        let begin = |number| {
            scope.spawn(move || {
                start.wait();
                run(number)
            })
        };
        let threads: Vec<_> = (0..count).map(begin).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Runs a test that has a minute.
pub(crate) fn run(test: impl Future<Output = ()> + Send + 'static) {
    let (done, finished) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        pollster::block_on(test);
        let _ = done.send(());
    });
    if let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = finished.recv_timeout(Duration::from_secs(60)) {
        panic!("the test hung");
    }
    if let Err(failure) = thread.join() {
        std::panic::resume_unwind(failure);
    }
}
