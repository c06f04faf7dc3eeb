//! The server goes away and comes back.

use crate::support::{Place, ada, open};
use hexad_contract::ProbeHarness;
use hexad_mongo::{MongoOptions, MongoStore};
use hexad_ports::{
    Expected, Prepare, Probe, SessionStore, async_trait,
    domain::{SessionChange, Timestamp},
};
use hexad_stage::{Mode, Proxy};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// A store behind a proxy.
struct Behind {
    place: Place,
    proxy: Proxy,
}

impl Behind {
    async fn new() -> Self {
        let place = Place::new();
        let proxy = Proxy::start(&place.database.address).await;
        Behind { place, proxy }
    }

    fn unprepared(&self) -> MongoStore {
        self.place.unprepared(&self.place.database.through(&self.proxy.address()), MongoOptions::default())
    }

    async fn store(&self) -> MongoStore {
        let store = self.unprepared();
        store.prepare().await.expect("a store");
        store
    }
}

#[async_trait]
impl ProbeHarness for Behind {
    async fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(self.store().await)
    }

    async fn cut(&self) {
        self.proxy.set(Mode::Refuse);
    }

    async fn restore(&self) {
        self.proxy.set(Mode::Pass);
    }
}

hexad_contract::probe!(Behind::new);

const ANSWER: Duration = Duration::from_millis(4_500);
const RECOVERY: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_in_time_and_ends_with_its_cause() {
    for mode in [Mode::Refuse, Mode::Cut, Mode::Blackhole] {
        let behind = Behind::new().await;
        let store = behind.store().await;
        let (_, opened) = open(&store, &behind.place.clock, &ada()).await;
        behind.proxy.set(mode);
        let end = SessionChange::End { revoked_through: Timestamp::UNIX_EPOCH };
        for _ in 0..2 {
            let begun = Instant::now();
            let ada = ada();
            let (load, save, check) = tokio::join!(
                store.load(&ada),
                store.save(&ada, Expected::At(opened.clone()), &end, None, &[]),
                store.check(),
            );
            assert!(load.is_err() && save.is_err() && check.is_err(), "{mode:?}");
            assert!(begun.elapsed() < ANSWER, "{mode:?} {:?}", begun.elapsed());
        }
        behind.proxy.set(Mode::Pass);
        let begun = Instant::now();
        while store.load(&ada()).await.is_err() {
            assert!(begun.elapsed() < RECOVERY, "{mode:?}");
        }
        assert!(begun.elapsed() < RECOVERY, "{mode:?} {:?}", begun.elapsed());
        assert!(behind.proxy.connections() <= 14, "{mode:?} {}", behind.proxy.connections());
        drop(store);
        let begun = Instant::now();
        while behind.proxy.connections() > 0 {
            assert!(begun.elapsed() < RECOVERY, "{} connections are left", behind.proxy.connections());
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_starts_before_its_server_becomes_ready_when_it_comes() {
    let behind = Behind::new().await;
    behind.proxy.set(Mode::Refuse);
    let store = behind.unprepared();
    assert!(store.prepare().await.is_err());
    behind.proxy.set(Mode::Pass);
    store.prepare().await.expect("ready");
    open(&store, &behind.place.clock, &ada()).await;
}
