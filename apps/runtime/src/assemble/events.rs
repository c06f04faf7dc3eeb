//! Events on their way, as the settings choose it: over the broker, or out of the embedded store.

use super::{Parts, PartsError, seam};
use crate::{
    background::{Background, consume},
    preparing::Mistaken,
    relaying,
    settings::{Server, SessionPlace},
};
use hexad::{
    Consumer,
    domain::Area,
    ports::{EventSource, Outbox, Publisher, SessionStore},
};
use hexad_rabbitmq::{Broker, BrokerOptions, PublisherTopology, Queue, SourceTopology};
use std::sync::Arc;

/// The name under which the session service keeps its place in the embedded log.
const CONSUMER: &str = "session-service.events";

/// The queues of the originals, which have no arguments.
const SEED: [&str; 3] = ["auth-events", "user-events", "session-events"];

impl Parts<'_> {
    /// The broker, where one is configured.
    fn broker(&mut self) -> Result<Option<(Broker, Server)>, PartsError> {
        let Some(server) = self.settings.broker.clone() else { return Ok(None) };
        if let Some(broker) = self.made.find() {
            return Ok(Some((broker, server)));
        }
        let options = BrokerOptions {
            name: self.settings.program.name().to_owned(),
            confirm_timeout: self.settings.patience.broker,
            ..BrokerOptions::default()
        };
        let url = server.url.reveal();
        let broker = Broker::new(url, options, Arc::clone(&self.clock), Arc::clone(&self.random))
            .map_err(|mistake| Mistaken::new(&server.names, mistake))?;
        Ok(Some((self.made.keep(broker), server)))
    }

    /// The health of a service that sends or receives events.
    pub(super) fn with_broker(&mut self, health: hexad::Health) -> Result<hexad::Health, PartsError> {
        Ok(match self.broker()? {
            Some((broker, _)) => health.with_broker(Arc::new(broker)),
            None => health,
        })
    }

    /// Has the stored events of an area sent to the broker, where there is one, and answers with its publisher.
    pub(super) fn relay(
        &mut self,
        area: Area,
        outbox: Arc<dyn Outbox>,
        own: Option<&String>,
    ) -> Result<Option<Arc<dyn Publisher>>, PartsError> {
        let Some((broker, server)) = self.broker()? else {
            let embedded = match area {
                Area::Session => self.settings.session_place == SessionPlace::Embedded,
                Area::Auth | Area::User => self.settings.postgres.is_none(),
            };
            if !embedded {
                tracing::warn!(area = area.name(), "there is no broker: events wait in the database for one");
            }
            return Ok(None);
        };
        let mut queues: Vec<Queue> =
            own.map(|name| Queue::plain(name, &[&format!("{}.#", area.name())])).into_iter().collect();
        if area == Area::Auth {
            // A login before the session service's first start waits for it there.
            queues.extend(
                self.session_queues().into_iter().filter(|queue| own.is_none_or(|own| own != queue.name())),
            );
        }
        let exchange = self.settings.events.exchange.clone();
        let publisher = Arc::new(broker.publisher(PublisherTopology { exchange, queues }));
        self.prepare("the broker (to publish)", publisher.clone(), server.names);
        let publisher = seam::publisher(publisher);
        let relay = relaying::relay(area, outbox, Arc::clone(&publisher));
        let work = relaying::run(relay, Arc::clone(&self.random), self.end.clone());
        self.background.push(Background::finishing("a relay of events", work));
        Ok(Some(publisher))
    }

    /// The queues that the session service consumes. Everybody who declares one describes it alike.
    fn session_queues(&self) -> Vec<Queue> {
        let events = &self.settings.events;
        let topics: Vec<&str> = events.session_topics.iter().map(String::as_str).collect();
        let queue = |name: &String| match SEED.contains(&name.as_str()) {
            true => Queue::plain(name, &topics),
            false => Queue::in_order(name, &topics),
        };
        events.session_queues.iter().map(queue).collect()
    }

    /// Has what happens to users applied to sessions.
    pub(super) async fn consume(&mut self, sessions: Arc<dyn SessionStore>) -> Result<(), PartsError> {
        let Some(source) = self.source().await? else { return Ok(()) };
        let consumer = Consumer { source: seam::event_source(source), sessions, stamp: self.stamp() };
        let work = consume(consumer, Arc::clone(&self.random), self.end.clone());
        self.background.push(Background::finishing("the consumer of events", work));
        Ok(())
    }

    async fn source(&mut self) -> Result<Option<Arc<dyn EventSource>>, PartsError> {
        let events = &self.settings.events;
        if let Some((broker, server)) = self.broker()? {
            let Some(first) = events.session_queues.first() else {
                tracing::warn!("SESSION_EVENTS_QUEUE is none: logins open no sessions");
                return Ok(None);
            };
            let source = Arc::new(broker.source(SourceTopology {
                exchange: events.exchange.clone(),
                queues: self.session_queues(),
                dead: events.session_dead_queue.clone().unwrap_or_else(|| format!("{first}.dead")),
                prefetch: events.session_prefetch,
            }));
            self.prepare("the broker (to consume)", source.clone(), server.names);
            return Ok(Some(source));
        }
        if self.settings.postgres.is_some() {
            tracing::warn!(
                "there is PostgreSQL but no broker: logins wait there as events and open no sessions"
            );
            return Ok(None);
        }
        let log = self.embedded().await?;
        Ok(Some(Arc::new(log.event_source(CONSUMER, &[Area::Auth]))))
    }
}
