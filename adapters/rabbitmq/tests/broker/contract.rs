//! What the ports promise.

use crate::support::{DEAD, EXCHANGE, Host, INBOX, everything, inbox, outgoing};
use hexad_contract::{OpenSourceHarness, ProbeHarness, PublisherHarness, SourceHarness};
use hexad_ports::{EventSource, Prepare, Probe, Publication, Publisher, async_trait, domain::Event};
use hexad_rabbitmq::{Broker, PublisherTopology, Queue};
use hexad_stage::{Mode, Proxy};
use std::sync::{Arc, Mutex};

struct Place {
    host: Host,
    proxy: Proxy,
    broker: Broker,
    taken: Mutex<Vec<Event>>,
}

async fn place() -> Place {
    let host = Host::new().await;
    let proxy = host.proxy().await;
    let broker = host.broker_by(&proxy);
    let place = Place { host, proxy, broker, taken: Mutex::default() };
    place.broker.publisher(everything()).prepare().await.unwrap();
    place
}

#[async_trait]
impl PublisherHarness for Place {
    async fn publisher(&self) -> Arc<dyn Publisher> {
        let queues = vec![Queue::plain("taken", &["#"])];
        let publisher = self.broker.publisher(PublisherTopology { exchange: EXCHANGE.to_owned(), queues });
        publisher.prepare().await.unwrap();
        Arc::new(publisher)
    }

    async fn taken(&self) -> Vec<Event> {
        let new = self.host.events("taken").await;
        let mut taken = self.taken.lock().unwrap();
        taken.extend(new);
        taken.clone()
    }

    async fn cut(&self) {
        self.proxy.set(Mode::Cut);
    }

    async fn restore(&self) {
        self.proxy.set(Mode::Pass);
    }
}

#[async_trait]
impl SourceHarness for Place {
    async fn source(&self) -> Arc<dyn EventSource> {
        let source = self.host.broker().source(inbox(64));
        source.prepare().await.unwrap();
        Arc::new(source)
    }

    async fn tell(&self, events: &[Event]) {
        let publisher = self.broker.publisher(everything());
        publisher.prepare().await.unwrap();
        for publication in publisher.publish(&outgoing(events)).await {
            assert!(matches!(publication, Publication::Confirmed), "{publication:?}");
        }
    }

    async fn kept_aside(&self) -> usize {
        self.host.waiting(DEAD).await as usize
    }
}

#[async_trait]
impl OpenSourceHarness for Place {
    async fn tell_foreign(&self, name: &str) {
        let body = format!(r#"{{"event":"{name}","data":{{}},"timestamp":"2026-11-22T18:56:51Z"}}"#);
        self.host.send(INBOX, body.as_bytes()).await;
    }

    async fn tell_nonsense(&self) {
        self.host.send(INBOX, b"\xff\x00 no event").await;
    }
}

#[async_trait]
impl ProbeHarness for Place {
    async fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(self.broker.clone())
    }

    async fn cut(&self) {
        self.proxy.set(Mode::Cut);
    }

    async fn restore(&self) {
        self.proxy.set(Mode::Pass);
    }
}

hexad_contract::publisher!(place);
hexad_contract::source!(place);
hexad_contract::open_source!(place);
hexad_contract::probe!(place);
