//! Whether a service can do its work, as HTTP tells it.

use axum::{
    Json,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use hexad::Report;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, json};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::sleep;

/// How long a part may take to answer where nothing else is said.
const DEFAULT_LIMIT: Duration = Duration::from_secs(2);

/// A check that is under way, for all who wait for it.
type Running = Shared<BoxFuture<'static, Report>>;

/// A health check with a time-out for each part: a store that hangs is as good as away.
///
/// Whoever asks while a check is under way is told what it finds: as health is answered whatever the bound on requests
/// says, a crowd that asks for it costs the stores no more than one. Clones share their checks; nothing is kept once a
/// check is done.
#[derive(Clone)]
pub struct Health {
    check: Arc<hexad::Health>,
    limit: Duration,
    running: Arc<Mutex<Option<WeakShared<BoxFuture<'static, Report>>>>>,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Health {
    /// A check in which each part may take 2 s.
    #[must_use]
    pub fn new(check: hexad::Health) -> Self {
        Self { check: Arc::new(check), limit: DEFAULT_LIMIT, running: Arc::default() }
    }

    /// The same check with another time-out.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, running: Arc::default(), ..self }
    }

    /// What the check finds that is under way, or else one that begins now, for a service that tells it in words of
    /// its own.
    pub async fn report(&self) -> Report {
        self.running().await
    }

    fn running(&self) -> Running {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is done may still be held by a caller that has not looked yet.
        let under_way = running.as_ref().and_then(WeakShared::upgrade).filter(|check| check.peek().is_none());
        under_way.unwrap_or_else(|| {
            let (check, limit) = (Arc::clone(&self.check), self.limit);
            let begun = async move { check.check_within(|| sleep(limit)).await }.boxed().shared();
            *running = begun.downgrade();
            begun
        })
    }

    /// A route that answers with the report as JSON: 200 `{"status":"healthy"}`, or 503
    /// `{"status":"unhealthy","missing":[…]}`; with `"broker":"up"` or `"down"` where there is one to be.
    pub fn route(&self) -> MethodRouter {
        let health = self.clone();
        get(move || async move { answer(&health.report().await) })
    }
}

fn answer(report: &Report) -> Response {
    let mut document = Map::new();
    let (status, word) = if report.is_healthy() {
        (StatusCode::OK, "healthy")
    } else {
        document.insert("missing".into(), json!(report.missing));
        (StatusCode::SERVICE_UNAVAILABLE, "unhealthy")
    };
    document.insert("status".into(), json!(word));
    if let Some(up) = report.broker {
        document.insert("broker".into(), json!(if up { "up" } else { "down" }));
    }
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, no_store, Json(document)).into_response()
}
