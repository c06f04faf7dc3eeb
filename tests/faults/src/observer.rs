//! Whoever reads the queues, from before the first write.

use crate::{
    Target,
    ledger::{Area, Arrival, Queue},
};
use futures_util::{Stream, StreamExt, stream::SelectAll};
use hexad_domain::Timestamp;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind,
    message::Delivery,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ExchangeDeclareOptions, QueueBindOptions,
        QueueDeclareOptions, QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable},
};
use serde_json::Value;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{task::JoinHandle, time::sleep};

/// How many messages of a queue may be on their way to us. What is not acknowledged comes again.
const PREFETCH: u16 = 500;

/// How long until a lost connection is tried again.
const PAUSE: Duration = Duration::from_millis(200);

type Messages = Pin<Box<dyn Stream<Item = (usize, lapin::Result<Delivery>)> + Send>>;

/// Reads every event from a queue of its own, bound to all topics, and besides from the queues of the services' areas.
pub struct Observer {
    queues: Vec<Queue>,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    reading: JoinHandle<()>,
    amqp: String,
}

impl Observer {
    /// Begins: every event that is published from now on arrives.
    ///
    /// # Panics
    /// Where the queues cannot be declared.
    pub async fn begin(target: &Target, own: &str) -> Self {
        let all = Queue { name: own.to_owned(), area: None };
        let areas = target.queues.iter().map(|(name, area)| Queue { name: name.clone(), area: Some(*area) });
        let queues: Vec<Queue> = std::iter::once(all).chain(areas).collect();
        declare(target, &queues).await.expect("the queues can be declared");
        let arrivals = Arc::default();
        let reading = tokio::spawn(read(target.amqp.clone(), queues.clone(), Arc::clone(&arrivals)));
        Observer { queues, arrivals, reading, amqp: target.amqp.clone() }
    }

    /// What is read.
    #[must_use]
    pub fn queues(&self) -> Vec<Queue> {
        self.queues.clone()
    }

    /// What has arrived so far.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().expect("nobody panics with it").clone()
    }

    /// How many messages have arrived so far, those of one area.
    #[must_use]
    pub fn count(&self, of: impl Fn(&Arrival) -> bool) -> usize {
        self.arrivals.lock().expect("nobody panics with it").iter().filter(|arrival| of(arrival)).count()
    }

    /// Forgets what has arrived: a new round begins.
    pub fn forget(&self) {
        let mut arrivals = self.arrivals.lock().expect("nobody panics with it");
        arrivals.clear();
        arrivals.shrink_to(4096);
    }

    /// Ends the reading, and takes the queue of its own away again.
    pub async fn end(self) {
        self.reading.abort();
        if let Ok(connection) = connect(&self.amqp).await
            && let Ok(channel) = connection.create_channel().await
        {
            // Where it cannot be taken away, an operator sees it by its name.
            let own = self.queues[0].name.as_str().into();
            let _ = channel.queue_delete(own, QueueDeleteOptions::default()).await;
            let _ = connection.close(200, "OK".into()).await;
        }
    }
}

async fn connect(amqp: &str) -> lapin::Result<Connection> {
    let properties = ConnectionProperties::default().with_connection_name("hexad-faults".into());
    Connection::connect(amqp, properties).await
}

async fn declare(target: &Target, queues: &[Queue]) -> lapin::Result<()> {
    let connection = connect(&target.amqp).await?;
    let channel = connection.create_channel().await?;
    let exchange = target.exchange.as_str();
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(exchange.into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
    for queue in queues {
        let topic = match queue.area {
            None => "#",
            Some(Area::Auth) => "auth.#",
            Some(Area::User) => "user.#",
            Some(Area::Session) => "session.#",
        };
        let (name, durable) = (queue.name.as_str(), QueueDeclareOptions::durable());
        channel.queue_declare(name.into(), durable, FieldTable::default()).await?;
        let bind = QueueBindOptions::default();
        channel.queue_bind(name.into(), exchange.into(), topic.into(), bind, FieldTable::default()).await?;
    }
    connection.close(200, "OK".into()).await
}

/// Reads for ever, over any number of connections.
async fn read(amqp: String, queues: Vec<Queue>, arrivals: Arc<Mutex<Vec<Arrival>>>) {
    loop {
        // Whatever ended it: what was not acknowledged comes again.
        let _ = read_on_one_connection(&amqp, &queues, &arrivals).await;
        sleep(PAUSE).await;
    }
}

async fn read_on_one_connection(
    amqp: &str,
    queues: &[Queue],
    arrivals: &Mutex<Vec<Arrival>>,
) -> lapin::Result<()> {
    let connection = connect(amqp).await?;
    let mut messages: SelectAll<Messages> = SelectAll::new();
    for (place, queue) in queues.iter().enumerate() {
        messages.push(consume(&connection.create_channel().await?, queue, place).await?);
    }
    while let Some((queue, message)) = messages.next().await {
        let message = message?;
        if let Some(arrival) = arrival(queue, &message) {
            arrivals.lock().expect("nobody panics with it").push(arrival);
        }
        message.acker.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}

async fn consume(channel: &Channel, queue: &Queue, place: usize) -> lapin::Result<Messages> {
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    let consumer = channel
        .basic_consume(
            queue.name.as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    // Its channel lives as long as it does.
    let channel = channel.clone();
    Ok(Box::pin(consumer.map(move |message| {
        let _ = &channel;
        (place, message)
    })))
}

/// `None` where it is no event of ours: somebody else uses the exchange too.
fn arrival(queue: usize, message: &Delivery) -> Option<Arrival> {
    let key = message.routing_key.as_str();
    let area = Area::of_routing_key(key)?;
    let id = message.properties.message_id().as_ref()?.as_str().to_owned();
    let body: Value = serde_json::from_slice(&message.data).ok()?;
    let text = |name: &str| body["data"][name].as_str().unwrap_or_default().to_owned();
    let sequence = header(&message.properties, "cloudEvents:sequence")?;
    let mut digest = DefaultHasher::new();
    (key, &message.data, &sequence).hash(&mut digest);
    for name in ["cloudEvents:id", "cloudEvents:type", "cloudEvents:source", "cloudEvents:time"] {
        header(&message.properties, name).hash(&mut digest);
    }
    Some(Arrival {
        queue,
        id,
        area,
        kind: body["event"].as_str()?.to_owned(),
        username: text("username"),
        user_id: if area == Area::User { text("id") } else { text("user_id") },
        session_id: text("session_id"),
        at: Timestamp::parse(body["timestamp"].as_str()?)?.unix_micros(),
        sequence: sequence.parse().ok()?,
        fingerprint: digest.finish(),
    })
}

fn header(properties: &BasicProperties, name: &str) -> Option<String> {
    match properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
}
