//! Publishing events.

use crate::{
    PublisherTopology,
    confirms::{ConfirmChannel, Fate, Letter},
    connection::{Link, Wire},
    declare::{Declaring, short},
    failure::Failure,
    privileges,
};
use hexad_events::{CONTENT_TYPE, Message};
use hexad_ports::{
    NotReady, Outgoing, Prepare, Publication, Publisher, Unavailable, async_trait, domain::Event,
};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Mutex, time::timeout};

/// Delivery mode of a message that the broker writes to its disk.
pub(crate) const PERSISTENT: u8 = 2;

/// Publishes events to a [`Broker`](crate::Broker): persistent, with confirms, in their order. A clone is another
/// handle on the same channel; batches that are published at the same time go one after the other.
///
/// - Until [`prepare`](Prepare::prepare) has once succeeded, and while the connection is lost, nothing is published,
///   and that is answered at once. The connection comes back by itself.
/// - An event is `Confirmed` when the broker has confirmed it, not before, and not where it came back because no queue
///   took it that should have; the queues are declared again then. Where no queue of the topology takes such events,
///   nobody reads them, and they are `Confirmed` as well.
/// - A batch takes at most [`confirm_timeout`](crate::BrokerOptions::confirm_timeout). Where not all is confirmed by
///   then, or the connection is lost in the middle, none of it counts as published.
#[derive(Clone)]
pub struct RabbitPublisher {
    shared: Arc<Shared>,
}

struct Shared {
    link: Arc<Link>,
    topology: PublisherTopology,
    confirm_timeout: Duration,
    prepared: AtomicBool,
    /// The channel, on a connection on which the topology is known to be there. Whoever publishes has it taken out,
    /// so that what ends in between leaves none that something may still arrive on.
    channel: Mutex<Option<ConfirmChannel>>,
}

impl RabbitPublisher {
    pub(crate) fn new(link: Arc<Link>, topology: PublisherTopology, confirm_timeout: Duration) -> Self {
        let shared = Shared {
            link,
            topology,
            confirm_timeout,
            prepared: AtomicBool::new(false),
            channel: Mutex::new(None),
        };
        RabbitPublisher { shared: Arc::new(shared) }
    }
}

impl Shared {
    async fn declare(&self, wire: &Wire) -> Result<(), Failure> {
        let PublisherTopology { exchange, queues } = &self.topology;
        let mut declaring = Declaring::on(wire);
        declaring.exchange(exchange).await?;
        for queue in queues {
            declaring.queue(exchange, queue).await?;
        }
        Ok(())
    }

    /// Publishes a batch; `used` tells which connection on.
    async fn publish(&self, events: &[Outgoing], used: &mut Option<Arc<Wire>>) -> Result<Vec<Fate>, Failure> {
        let mut slot = self.channel.lock().await;
        let wire = self.link.wire().await?;
        if wire.blocked() {
            return Err(Failure::blocked());
        }
        *used = Some(Arc::clone(&wire));
        let channel = match slot.take().filter(|channel| channel.serves(&wire)) {
            Some(channel) => channel,
            None => {
                self.declare(&wire).await?;
                ConfirmChannel::open(wire).await?
            }
        };
        let fates = channel.publish(&self.letters(events)?).await?;
        if !fates.iter().any(|fate| matches!(fate, Fate::Returned(_))) {
            *slot = Some(channel);
        }
        Ok(fates)
    }

    fn letters(&self, events: &[Outgoing]) -> Result<Vec<Letter>, Failure> {
        let exchange = short(&self.topology.exchange, "exchange")?;
        let letter = |outgoing: &Outgoing| {
            let message = Message::new(outgoing);
            let mandatory = self.topology.queues.iter().any(|queue| queue.takes(&message.routing_key));
            Letter {
                exchange: exchange.clone(),
                routing_key: message.routing_key.as_str().into(),
                mandatory,
                properties: properties(&outgoing.event, &message),
                body: message.body.into_bytes(),
            }
        };
        Ok(events.iter().map(letter).collect())
    }
}

fn properties(event: &Event, message: &Message) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in &message.headers {
        headers.insert((*name).into(), AMQPValue::LongString(value.as_str().into()));
    }
    let seconds = u64::try_from(event.at.unix_micros() / 1_000_000).unwrap_or_default();
    BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type(CONTENT_TYPE.into())
        .with_message_id(message.message_id.as_str().into())
        .with_type(ShortString::from(event.kind.name()))
        .with_timestamp(seconds)
        .with_app_id("hexad".into())
        .with_headers(headers)
}

#[async_trait]
impl Prepare for RabbitPublisher {
    async fn prepare(&self) -> Result<(), NotReady> {
        let wire = self.shared.link.fresh().await?;
        let ready = async {
            self.shared.declare(&wire).await?;
            // Where nothing is bound to it either, the exchange may well be one that we may not read.
            match self.shared.topology.queues.iter().any(|queue| !queue.topics.is_empty()) {
                true => privileges::publish(&wire, &self.shared.topology.exchange).await,
                false => Ok(()),
            }
        };
        match timeout(self.shared.confirm_timeout, ready).await {
            Ok(ready) => ready?,
            Err(_) => {
                wire.give_up();
                return Err(Failure::late(Some(&wire), self.shared.confirm_timeout).into());
            }
        }
        self.shared.prepared.store(true, Ordering::Release);
        Ok(())
    }
}

#[async_trait]
impl Publisher for RabbitPublisher {
    async fn publish(&self, events: &[Outgoing]) -> Vec<Publication> {
        if events.is_empty() {
            return Vec::new();
        }
        if !self.shared.prepared.load(Ordering::Acquire) {
            return all_failed(events, &Failure::away("its queues are not known to be there yet"));
        }
        let limit = self.shared.confirm_timeout;
        let mut used = None;
        match timeout(limit, self.shared.publish(events, &mut used)).await {
            Ok(Ok(fates)) => fates.into_iter().map(publication).collect(),
            Ok(Err(failure)) => all_failed(events, &failure),
            Err(_) => {
                if let Some(wire) = &used {
                    wire.give_up();
                }
                all_failed(events, &Failure::late(used.as_deref(), limit))
            }
        }
    }
}

fn all_failed(events: &[Outgoing], failure: &Failure) -> Vec<Publication> {
    events.iter().map(|_| Publication::Failed(failure.unavailable())).collect()
}

fn publication(fate: Fate) -> Publication {
    let failed = |why: String| Publication::Failed(Unavailable::new("the broker", why));
    match fate {
        Fate::Taken => Publication::Confirmed,
        Fate::Refused => failed("the broker could not take it (nack)".to_owned()),
        Fate::Returned(why) => failed(format!("no queue took it: {why}")),
    }
}
