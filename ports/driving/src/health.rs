//! Whether the parts that a service needs are there.

use hexad_ports::Probe;
use std::sync::Arc;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The stores that did not answer, by name.
    pub missing: Vec<&'static str>,
    /// Whether the broker answers; `None` where none is configured.
    pub broker: Option<bool>,
}

impl Report {
    /// Whether the service can do its work. Without the broker it can: events wait in the store.
    pub fn is_healthy(&self) -> bool {
        self.missing.is_empty()
    }
}

/// Checks a service's stores, and its broker.
#[derive(Clone, Default)]
pub struct Health {
    stores: Vec<(&'static str, Arc<dyn Probe>)>,
    broker: Option<Arc<dyn Probe>>,
}

impl Health {
    /// Adds a store, by the name that a report gives it.
    #[must_use]
    pub fn with_store(mut self, name: &'static str, probe: Arc<dyn Probe>) -> Self {
        self.stores.push((name, probe));
        self
    }

    /// Sets the broker.
    #[must_use]
    pub fn with_broker(mut self, probe: Arc<dyn Probe>) -> Self {
        self.broker = Some(probe);
        self
    }

    /// Asks every part, one after the other.
    pub async fn check(&self) -> Report {
        Report { broker: self.check_broker().await, ..self.check_stores().await }
    }

    /// Asks the stores alone; the report says nothing of a broker.
    pub async fn check_stores(&self) -> Report {
        let mut report = Report::default();
        for (name, probe) in &self.stores {
            if let Err(error) = probe.check().await {
                tracing::warn!(part = name, cause = %error.what(), "a store does not answer");
                report.missing.push(name);
            }
        }
        report
    }

    /// Asks the broker alone: apart from the stores, so that one that hangs does not hide that they are well.
    pub async fn check_broker(&self) -> Option<bool> {
        match &self.broker {
            Some(broker) => Some(broker.check().await.is_ok()),
            None => None,
        }
    }

    /// What to say where the check itself takes too long: nothing answered.
    pub fn overdue(&self) -> Report {
        Report {
            missing: self.stores.iter().map(|(name, _)| *name).collect(),
            broker: self.broker.as_ref().map(|_| false),
        }
    }
}
