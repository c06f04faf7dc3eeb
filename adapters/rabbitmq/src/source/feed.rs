//! A consumer on one connection.

use crate::{
    Queue, SourceTopology,
    connection::{OpenChannel, Wire},
    declare::{Declaring, short},
    failure::Failure,
};
use futures_util::{
    FutureExt, StreamExt, stream,
    stream::{BoxStream, SelectAll},
};
use lapin::{
    Channel, Consumer,
    message::Delivery,
    options::{BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use std::sync::Arc;

/// A message as the broker delivered it.
#[derive(Debug)]
pub(super) struct Arrival {
    /// The queue that it was in.
    pub(super) queue: Arc<str>,
    pub(super) delivery: Delivery,
}

/// What the broker delivers over one channel.
pub(super) struct Feed {
    wire: Arc<Wire>,
    channel: OpenChannel,
    /// Ends with `None` where one of the consumers ends.
    arrivals: SelectAll<BoxStream<'static, Option<Result<Arrival, lapin::Error>>>>,
}

impl Feed {
    /// Begins to consume, from queues that are there or are made.
    pub(super) async fn begin(wire: Arc<Wire>, topology: &SourceTopology) -> Result<Self, Failure> {
        declare(&wire, topology).await?;
        let channel = wire.channel().await?;
        channel.basic_qos(topology.prefetch.max(1), BasicQosOptions::default()).await?;
        let mut feed = Feed { wire, channel, arrivals: SelectAll::new() };
        for queue in &topology.queues {
            let consumer = feed
                .channel
                .basic_consume(
                    short(&queue.name, "queue")?,
                    // The broker finds a name.
                    "".into(),
                    BasicConsumeOptions::default(),
                    FieldTable::default(),
                )
                .await?;
            feed.arrivals.push(arrivals(consumer, queue.name.as_str().into()));
        }
        Ok(feed)
    }

    pub(super) fn live(&self) -> bool {
        self.wire.live() && self.channel.status().connected()
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The next message. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Arrival, Failure> {
        match self.arrivals.next().await {
            Some(Some(arrival)) => Ok(arrival?),
            _ => Err(Failure::away(
                "the broker ended the consumer: the connection is lost, or a queue deleted",
            )),
        }
    }

    /// The next message, if there is one now.
    pub(super) fn next_now(&mut self) -> Option<Result<Arrival, Failure>> {
        self.next().now_or_never()
    }
}

/// The channel ends, and only then its consumers: so the broker takes back what is not acknowledged before it gives
/// anything to the next consumer.
impl Drop for Feed {
    fn drop(&mut self) {
        let arrivals = std::mem::take(&mut self.arrivals);
        self.channel.end(arrivals);
    }
}

fn arrivals(
    consumer: Consumer,
    queue: Arc<str>,
) -> BoxStream<'static, Option<Result<Arrival, lapin::Error>>> {
    consumer
        .map(move |delivered| Some(delivered.map(|delivery| Arrival { queue: Arc::clone(&queue), delivery })))
        .chain(stream::once(async { None }))
        .boxed()
}

/// Sees to it that the queues are there, that of the dead letters included.
pub(super) async fn declare(wire: &Wire, topology: &SourceTopology) -> Result<(), Failure> {
    let mut declaring = Declaring::on(wire);
    if topology.queues.iter().any(|queue| !queue.topics.is_empty()) {
        declaring.exchange(&topology.exchange).await?;
    }
    for queue in &topology.queues {
        declaring.queue(&topology.exchange, queue).await?;
    }
    declare_dead(wire, topology).await
}

/// Sees to it that the queue of the dead letters is there.
pub(super) async fn declare_dead(wire: &Wire, topology: &SourceTopology) -> Result<(), Failure> {
    let queue = Queue::plain(topology.dead.as_str(), &[]);
    Declaring::on(wire).queue(&topology.exchange, &queue).await
}
