//! A virtual host of its own for each test, and a look at what the broker has in it.

mod api;
mod proxy;

pub(crate) use proxy::Proxy;

use api::Api;
use hexad_events::{Message, decode};
use hexad_ports::{
    Clock, Content, Outgoing, Random,
    domain::{Email, Event, EventId, EventKind, Timestamp, UserId, Username},
};
use hexad_rabbitmq::{Broker, BrokerOptions, PublisherTopology, Queue, SourceTopology};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    message::BasicGetMessage,
    options::{
        BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions,
    },
    types::FieldTable,
};
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

/// A virtual host, deleted when the test ends.
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) api: Api,
    amqp: String,
    /// To look behind the ports by.
    pub(crate) channel: Channel,
    _connection: Connection,
}

impl Host {
    pub(crate) async fn new() -> Self {
        let name = format!("rabbitmq-{:x}", distinct());
        let api = Api::new();
        // One of that name may be left from a run that was killed.
        api.delete(&format!("vhosts/{name}")).await;
        api.put(&format!("vhosts/{name}"), "{}").await;
        let all = r#"{"configure":".*","write":".*","read":".*"}"#;
        api.put(&format!("permissions/{name}/{}", api.user), all).await;
        let amqp = var("HEXAD_TEST_AMQP");
        let properties = ConnectionProperties::default().with_connection_name("the test".into());
        let connection = Connection::connect(&format!("{amqp}/{name}"), properties).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        Host { name, api, amqp, channel, _connection: connection }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.amqp, self.name)
    }

    /// Its URL, by way of a proxy.
    pub(crate) fn url_by(&self, proxy: &Proxy) -> String {
        let (head, _) = self.amqp.rsplit_once('@').unwrap();
        format!("{head}@127.0.0.1:{}/{}", proxy.port(), self.name)
    }

    /// `host:port` of the broker.
    pub(crate) fn address(&self) -> String {
        self.amqp.rsplit_once('@').unwrap().1.to_owned()
    }

    pub(crate) fn broker(&self) -> Broker {
        broker_at(&self.url(), "test")
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
        let listed = self.api.get(&format!("vhosts/{}/connections", self.name)).await;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (text(&one["name"]), text(&one["client_properties"]["connection_name"])))
            .filter(|(_, given)| given != "the test")
            .collect()
    }

    /// Closes those of the connections that the broker knows of whose name has that in it, as an operator does, and
    /// answers how many there were.
    pub(crate) async fn close_connections(&self, role: &str) -> usize {
        let mut closed = 0;
        for (name, given) in self.connections().await {
            if given.contains(role) {
                let name = name.replace(' ', "%20").replace('>', "%3E");
                self.api.delete(&format!("connections/{name}")).await;
                closed += 1;
            }
        }
        closed
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let path = format!("vhosts/{}", self.name);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(self.api.delete(&path)));
    }
}

pub(crate) fn var(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: eval \"$(tests/servers env)\""))
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
