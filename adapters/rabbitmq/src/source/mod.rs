//! Receiving events.

mod aside;
mod dead_letter;
mod feed;
mod window;

use crate::{
    Broker, SourceTopology,
    confirms::ConfirmChannel,
    connection::{Link, Wire},
    failure::Failure,
    privileges,
};
use feed::{Arrival, Feed};
use futures_util::future::{join_all, maybe_done, poll_immediate};
use hexad_events::decode;
use hexad_ports::{
    Clock, Delivery, DeliveryTag, EventSource, NotReady, Prepare, Settlement, Unavailable, async_trait,
};
use lapin::{Channel, options::BasicAckOptions, types::ShortString};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{select, sync::Notify, time::timeout};
use window::Window;

/// Receives events from a [`Broker`](crate::Broker). A clone is another handle on the same consumer; when the last is
/// dropped, what is not settled goes back to its queue, in its place.
///
/// - Until [`prepare`](Prepare::prepare) has once succeeded, and while the connection is lost,
///   [`receive`](EventSource::receive) fails at once. The connection comes back by itself; what was not acknowledged
///   before is delivered again, and settling a delivery from before settles nothing.
/// - An event that is retried comes again from memory, and with it the later ones of its subject and area; those that
///   were done are acknowledged to the broker only when no earlier one can come again. So the order holds, and no
///   message wanders between us and the broker while a store is away: at most
///   [`prefetch`](SourceTopology::prefetch) of each queue lie in memory, and the rest waits in the broker.
/// - Over several replicas the order holds where the queue has a single active consumer ([`Queue::in_order`]).
/// - While a store is away for longer than the broker lets a delivery wait (`consumer_timeout`, 30 minutes where nobody
///   has set it), the broker ends the channel; the messages go back to their places and come again.
/// - A poison message is published to the queue of dead letters with its body, properties and headers, and with headers
///   that say why, when and from where (`x-hexad-dead-…`). It is acknowledged when the broker has confirmed that; where
///   it does not, the message comes again.
///
/// [`Queue::in_order`]: crate::Queue::in_order
#[derive(Clone)]
pub struct RabbitSource {
    shared: Arc<Shared>,
}

struct Shared {
    consuming: Arc<Link>,
    publishing: Arc<Link>,
    topology: SourceTopology,
    limit: Duration,
    clock: Arc<dyn Clock>,
    prepared: AtomicBool,
    /// Held by whoever receives.
    feed: tokio::sync::Mutex<Option<Feed>>,
    state: Mutex<State>,
    returned: Notify,
    /// Dead letters go one after the other.
    dead: tokio::sync::Mutex<Option<ConfirmChannel>>,
}

#[derive(Default)]
struct State {
    window: Window<Arc<Arrival>>,
    /// Over which everything in the window came.
    on: Option<(Channel, Arc<Wire>)>,
}

impl RabbitSource {
    pub(crate) fn new(broker: &Broker, topology: SourceTopology) -> Self {
        let shared = Shared {
            consuming: Arc::clone(&broker.consuming),
            publishing: Arc::clone(&broker.publishing),
            topology,
            limit: broker.options.confirm_timeout,
            clock: Arc::clone(&broker.clock),
            prepared: AtomicBool::new(false),
            feed: tokio::sync::Mutex::default(),
            state: Mutex::default(),
            returned: Notify::new(),
            dead: tokio::sync::Mutex::default(),
        };
        RabbitSource { shared: Arc::new(shared) }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to consume, on the connection of now. What came over another is void.
    async fn begin(&self) -> Result<Feed, Failure> {
        self.forget();
        let wire = self.consuming.wire().await?;
        match timeout(self.limit, Feed::begin(Arc::clone(&wire), &self.topology)).await {
            Ok(feed) => {
                let feed = feed?;
                self.state().on = Some((feed.channel().clone(), wire));
                Ok(feed)
            }
            Err(_) => {
                wire.give_up();
                Err(Failure::late(Some(&wire), self.limit))
            }
        }
    }

    /// The connection is lost: what came over it is void, and comes again over the next.
    fn forget(&self) {
        let mut state = self.state();
        state.window.clear();
        state.on = None;
    }

    fn take_in(&self, arrival: Arrival) {
        let delivery = &arrival.delivery;
        let message_id = delivery.properties.message_id().as_ref().map(ShortString::as_str);
        let content = decode(&delivery.data, message_id);
        self.state().window.push(Arc::new(arrival), content);
    }

    async fn receive(&self, limit: usize) -> Result<Vec<Delivery>, Failure> {
        let mut slot = self.feed.lock().await;
        loop {
            let feed = match slot.take().filter(Feed::live) {
                Some(feed) => slot.insert(feed),
                None => slot.insert(self.begin().await?),
            };
            let mut over = None;
            while let Some(arrival) = feed.next_now() {
                match arrival {
                    Ok(arrival) => self.take_in(arrival),
                    Err(failure) => {
                        over = Some(failure);
                        break;
                    }
                }
            }
            if over.is_none() {
                let given = self.state().window.give(limit);
                if !given.is_empty() {
                    return Ok(given.into_iter().map(|(tag, content)| Delivery { tag, content }).collect());
                }
                over = select! {
                    arrival = feed.next() => match arrival {
                        Ok(arrival) => {
                            self.take_in(arrival);
                            None
                        }
                        Err(failure) => Some(failure),
                    },
                    () = self.returned.notified() => None,
                };
            }
            if let Some(failure) = over {
                *slot = None;
                self.forget();
                return Err(failure);
            }
        }
    }

    /// Acknowledges what may be forgotten. `on` is what it came over.
    async fn acknowledge(
        &self,
        on: Option<(Channel, Arc<Wire>)>,
        messages: &[Arc<Arrival>],
    ) -> Result<(), Failure> {
        let Some((channel, wire)) = on.filter(|_| !messages.is_empty()) else { return Ok(()) };
        let mut acks = Vec::with_capacity(messages.len());
        for message in messages {
            let tag = message.delivery.delivery_tag;
            let mut ack = Box::pin(maybe_done(channel.basic_ack(tag, BasicAckOptions::default())));
            // The first poll puts it in line: from here on nothing is lost by being dropped.
            let _ = poll_immediate(&mut ack).await;
            acks.push(ack);
        }
        if timeout(self.limit, join_all(acks.iter_mut().map(|ack| ack.as_mut()))).await.is_err() {
            wire.give_up();
            return Err(Failure::late(Some(&wire), self.limit));
        }
        for mut ack in acks {
            if let Some(sent) = ack.as_mut().take_output() {
                sent?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Prepare for RabbitSource {
    async fn prepare(&self) -> Result<(), NotReady> {
        let shared = &self.shared;
        let wire = shared.consuming.fresh().await?;
        let ready = async {
            feed::declare(&wire, &shared.topology).await?;
            for queue in &shared.topology.queues {
                privileges::consume(&wire, queue.name()).await?;
            }
            privileges::put_aside(&wire).await
        };
        match timeout(shared.limit, ready).await {
            Ok(ready) => ready?,
            Err(_) => {
                wire.give_up();
                return Err(Failure::late(Some(&wire), shared.limit).into());
            }
        }
        shared.prepared.store(true, Ordering::Release);
        Ok(())
    }
}

#[async_trait]
impl EventSource for RabbitSource {
    async fn receive(&self, limit: usize) -> Result<Vec<Delivery>, Unavailable> {
        if !self.shared.prepared.load(Ordering::Acquire) {
            return Err(Failure::away("its queues are not known to be there yet").into());
        }
        Ok(self.shared.receive(limit.max(1)).await?)
    }

    async fn settle(&self, tag: &DeliveryTag, settlement: Settlement) -> Result<(), Unavailable> {
        let shared = &self.shared;
        match settlement {
            Settlement::Done => {
                let (forgotten, on) = {
                    let mut state = shared.state();
                    (state.window.done(tag), state.on.clone())
                };
                shared.acknowledge(on, &forgotten).await?;
            }
            Settlement::Retry => {
                shared.state().window.retry(tag);
                shared.returned.notify_one();
            }
            Settlement::Poison { why } => shared.poison(tag, &why).await?,
        }
        Ok(())
    }
}
