//! Whether a service can do its work, as HTTP tells it.

use axum::{
    Json,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use hexad::Report;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, json};
use std::{fmt, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How long a check may take where nothing else is said.
const DEFAULT_LIMIT: Duration = Duration::from_secs(2);

/// A health check with a time-out of its own: a store that hangs is as good as away.
#[derive(Clone)]
pub struct Health {
    check: Arc<hexad::Health>,
    limit: Duration,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Health {
    /// A check that may take 2 s.
    #[must_use]
    pub fn new(check: hexad::Health) -> Self {
        Self { check: Arc::new(check), limit: DEFAULT_LIMIT }
    }

    /// The same check with another time-out.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Looks now, for a service that tells it in words of its own.
    pub async fn report(&self) -> Report {
        let stores = timeout(self.limit, self.check.check_stores());
        let broker = timeout(self.limit, self.check.check_broker());
        let (stores, broker) = tokio::join!(stores, broker);
        let overdue = self.check.overdue();
        Report {
            broker: broker.unwrap_or(overdue.broker),
            missing: stores.map_or(overdue.missing, |report| report.missing),
        }
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
