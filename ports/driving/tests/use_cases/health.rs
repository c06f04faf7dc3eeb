//! Whether the parts that a service needs are there.

use crate::world::{World, run};
use hexad::{
    Health, Report,
    domain::Timestamp,
    ports::{Probe, Unavailable, async_trait},
};
use hexad_memory::{Fault, Faulty};
use std::sync::Arc;

#[test]
fn a_missing_store_is_named_and_a_missing_broker_is_no_illness() {
    run(async {
        let world = World::new();
        let probe = |faults| Arc::new(Faulty::new(world.memory.clone(), faults));
        let health = Health::default()
            .with_store("users", probe(&world.users_faults))
            .with_store("sessions", probe(&world.sessions_faults));
        assert_eq!(health.check().await, Report { missing: vec![], broker: None });
        let health = health.with_broker(probe(&world.publisher_faults));
        assert_eq!(health.check().await, Report { missing: vec![], broker: Some(true) });
        world.publisher_faults.every("check", Fault::BeforeEffect);
        let report = health.check().await;
        assert_eq!(report, Report { missing: vec![], broker: Some(false) });
        assert!(report.is_healthy(), "events wait in the store");
        world.sessions_faults.every("check", Fault::BeforeEffect);
        let report = health.check().await;
        assert_eq!(report.missing, ["sessions"]);
        assert!(!report.is_healthy());
        world.sessions_faults.recover();
        assert!(health.check().await.is_healthy());
    });
}

/// A part that never answers.
struct Hangs;

#[async_trait]
impl Probe for Hangs {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        std::future::pending().await
    }
}

#[test]
fn a_part_that_hangs_is_missing_by_itself_and_hides_none_of_the_others() {
    run(async {
        let world = World::new();
        let there = world.memory.clone();
        let health = Health::default()
            .with_store("before", Arc::new(Hangs))
            .with_store("users", there.clone())
            .with_store("after", Arc::new(Hangs))
            .with_broker(there);
        let report = health.check_within(|| std::future::ready(())).await;
        assert_eq!(report, Report { missing: vec!["before", "after"], broker: Some(true) });
        let report = health.with_broker(Arc::new(Hangs)).check_within(|| std::future::ready(())).await;
        assert_eq!(report.broker, Some(false));
    });
}
