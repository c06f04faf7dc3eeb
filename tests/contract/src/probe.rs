//! What every [`Probe`] promises.

use crate::run::{at_once, soon};
use async_trait::async_trait;
use hexad_ports::Probe;
use std::sync::Arc;

/// A part that can be there or away.
#[async_trait]
pub trait ProbeHarness: Send + Sync {
    /// The probe. The part is there.
    async fn probe(&self) -> Arc<dyn Probe>;

    /// Takes the part away.
    async fn cut(&self);

    /// Brings the part back.
    async fn restore(&self);
}

/// The tests of a probe: `hexad_contract::probe!(make)`, where `make` is an async function that gives a
/// [`ProbeHarness`].
#[macro_export]
macro_rules! probe {
    ($make:expr) => {
        $crate::suite!(probe, probe, $make, [what_is_there_answers, what_is_away_is_said_to_be,]);
    };
}

pub async fn what_is_there_answers(harness: &dyn ProbeHarness) {
    let mut checks = Vec::new();
    for _ in 0..16 {
        let probe = harness.probe().await;
        checks.push(async move { soon("a check", probe.check()).await });
    }
    for answer in at_once(checks).await {
        answer.expect("it is there");
    }
}

pub async fn what_is_away_is_said_to_be(harness: &dyn ProbeHarness) {
    let probe = harness.probe().await;
    soon("a check", probe.check()).await.expect("it is there");
    harness.cut().await;
    let away = soon("a check", probe.check()).await.expect_err("an answer was made up");
    assert!(!away.what().is_empty());
    harness.restore().await;
    soon("recovery", async {
        while probe.check().await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
