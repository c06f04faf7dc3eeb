//! A virtual host of its own for each test, and a look at what the broker has in it.

use hexad_events::{Message, decode};
use hexad_ports::{
    Clock, Content, Outgoing, Random,
    domain::{Email, Event, EventId, EventKind, Timestamp, UserId, Username},
};
use hexad_rabbitmq::{Broker, BrokerOptions, PublisherTopology, Queue, SourceTopology};
use hexad_stage::{Proxy, VirtualHost};
use http::Method;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    message::BasicGetMessage,
    options::{
        BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions,
    },
    types::FieldTable,
};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{interval, timeout};

pub(crate) const EXCHANGE: &str = "domain-events";
pub(crate) const INBOX: &str = "session-service.events";
pub(crate) const DEAD: &str = "session-service.events.dead";

/// A virtual host of the test's own.
pub(crate) struct Host {
    pub(crate) stage: VirtualHost,
    /// To look behind the ports by.
    pub(crate) channel: Channel,
    _connection: Connection,
}

impl Host {
    pub(crate) async fn new() -> Self {
        let stage = hexad_stage::rabbitmq().await;
        let properties = ConnectionProperties::default().with_connection_name("the test".into());
        let connection = Connection::connect(&stage.url, properties).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        Host { stage, channel, _connection: connection }
    }

    /// Who the tests are to the broker.
    pub(crate) fn user(&self) -> &str {
        self.stage.url.strip_prefix("amqp://").unwrap().split(':').next().unwrap()
    }

    pub(crate) async fn get(&self, what: &str) -> Value {
        self.stage.api(Method::GET, &format!("/{what}/{}", self.stage.name), &Value::Null).await
    }

    pub(crate) async fn proxy(&self) -> Proxy {
        Proxy::start(&self.stage.address).await
    }

    pub(crate) fn broker_by(&self, proxy: &Proxy) -> Broker {
        broker_at(&self.stage.through(&proxy.address()), "test")
    }

    pub(crate) fn broker(&self) -> Broker {
        broker_at(&self.stage.url, "test")
    }

    /// A message as another program sends it: through the default exchange, without an id.
    pub(crate) async fn send(&self, queue: &str, body: &[u8]) {
        self.send_with(queue, body, BasicProperties::default()).await;
    }

    pub(crate) async fn send_with(&self, queue: &str, body: &[u8], properties: BasicProperties) {
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let confirm = self.channel.basic_publish("".into(), queue.into(), options, body, properties).await;
        let confirmation = confirm.unwrap().await.unwrap();
        assert!(confirmation.is_ack() && confirmation.take_message().is_none(), "no queue took it");
    }

    /// Takes the oldest message out of a queue.
    pub(crate) async fn take(&self, queue: &str) -> Option<BasicGetMessage> {
        let message = self.channel.basic_get(queue.into(), BasicGetOptions::default()).await.unwrap()?;
        self.channel.basic_ack(message.delivery.delivery_tag, BasicAckOptions::default()).await.unwrap();
        Some(message)
    }

    /// Takes all events out of a queue.
    pub(crate) async fn events(&self, queue: &str) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(message) = self.take(queue).await {
            events.push(event_in(&message));
        }
        events
    }

    /// How many messages wait in a queue for a consumer.
    pub(crate) async fn waiting(&self, queue: &str) -> u32 {
        self.look(queue).await.message_count()
    }

    pub(crate) async fn look(&self, queue: &str) -> lapin::Queue {
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        self.channel.queue_declare(queue.into(), passive, FieldTable::default()).await.unwrap()
    }

    /// The connections that the broker has for this virtual host, but that of the test: each one's own name, and the
    /// one that the client gave it.
    pub(crate) async fn connections(&self) -> Vec<(String, String)> {
        let path = format!("/vhosts/{}/connections", self.stage.name);
        let listed = self.stage.api(Method::GET, &path, &Value::Null).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (text(&one["name"]), text(&one["client_properties"]["connection_name"])))
            .filter(|(name, given)| !name.is_empty() && !given.is_empty() && given != "the test")
            .collect()
    }

    /// Closes those of the connections that the broker knows of whose name has that in it, as an operator does, and
    /// answers how many there were.
    pub(crate) async fn close_connections(&self, role: &str) -> usize {
        let mut closed = 0;
        for (name, given) in self.connections().await {
            if given.contains(role) {
                let name = name.replace(' ', "%20").replace('>', "%3E").replace(':', "%3A");
                self.stage.api(Method::DELETE, &format!("/connections/{name}"), &Value::Null).await;
                closed += 1;
            }
        }
        closed
    }
}

pub(crate) fn broker_at(url: &str, name: &str) -> Broker {
    let options = BrokerOptions { name: name.to_owned(), ..BrokerOptions::default() };
    Broker::new(url, options, Arc::new(Stopped), Arc::new(Middling)).unwrap()
}

pub(crate) struct Stopped;
impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

pub(crate) struct Middling;
impl Random for Middling {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(128);
    }
}

/// The topology of a publisher that fills the consumer's queue and one of the originals'.
pub(crate) fn everything() -> PublisherTopology {
    let queues = vec![Queue::plain("auth-events", &["auth.#"]), Queue::in_order(INBOX, &["#"])];
    PublisherTopology { exchange: EXCHANGE.to_owned(), queues }
}

pub(crate) fn inbox(prefetch: u16) -> SourceTopology {
    SourceTopology {
        exchange: EXCHANGE.to_owned(),
        queues: vec![Queue::in_order(INBOX, &["#"])],
        dead: DEAD.to_owned(),
        prefetch,
    }
}

/// A number that no other call gives, in this process or another that runs now.
pub(crate) fn distinct() -> u128 {
    static LAST: AtomicU64 = AtomicU64::new(1);
    (u128::from(std::process::id()) << 64) | u128::from(LAST.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn login(username: &str) -> Event {
    let at = Timestamp::from_unix_micros(1_795_373_811_837_633).unwrap();
    let kind = EventKind::UserLoggedIn {
        user_id: UserId::from_stored("u1"),
        username: Username::from_stored(username),
        email: Email::from_stored("ada@example.org"),
    };
    let id = EventId::from_uuid(uuid::Uuid::from_u128(distinct()));
    Event { id, at, subject: username.to_owned(), kind }
}

pub(crate) fn outgoing(events: &[Event]) -> Vec<Outgoing> {
    events.iter().zip(1..).map(|(event, sequence)| Outgoing { event: event.clone(), sequence }).collect()
}

/// What the originals send for that event.
pub(crate) fn body(event: &Event) -> String {
    Message::new(&Outgoing { event: event.clone(), sequence: 1 }).body
}

fn event_in(message: &BasicGetMessage) -> Event {
    let delivery = &message.delivery;
    let id = delivery.properties.message_id().as_ref().map(|id| id.as_str());
    match decode(&delivery.data, id) {
        Content::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

/// Looks until there is something to be seen, and fails where there is nothing in time.
pub(crate) async fn eventually<T>(
    what: &str,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let looking = async {
        let mut ticks = interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    timeout(limit, looking).await.unwrap_or_else(|_| panic!("{what}: not within {limit:?}"))
}
