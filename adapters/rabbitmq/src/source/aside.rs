//! Keeping messages aside that can never be applied.

use super::{
    Shared, dead_letter,
    feed::{self, Arrival},
    window::Place,
};
use crate::{
    confirms::{ConfirmChannel, Fate},
    connection::Wire,
    declare::short,
    failure::Failure,
};
use hexad_ports::DeliveryTag;
use std::sync::Arc;
use tokio::time::timeout;

impl Shared {
    /// Publishes the message to the queue of dead letters, and acknowledges it when that is confirmed.
    pub(super) async fn poison(&self, tag: &DeliveryTag, why: &str) -> Result<(), Failure> {
        let mut used = None;
        match timeout(self.limit, self.try_to_keep(tag, why, &mut used)).await {
            Ok(kept) => kept,
            Err(_) => {
                if let Some(wire) = &used {
                    wire.give_up();
                }
                Err(Failure::late(used.as_deref(), self.limit))
            }
        }
    }

    /// `used` tells the connection that is waited for.
    async fn try_to_keep(
        &self,
        tag: &DeliveryTag,
        why: &str,
        used: &mut Option<Arc<Wire>>,
    ) -> Result<(), Failure> {
        let (left, on) = {
            let mut state = self.state();
            (state.window.leave(tag), state.on.clone())
        };
        let Some((place, message)) = left else { return Ok(()) };
        let staying = Staying { shared: self, place: Some(place) };
        self.keep(&message, why, used).await?;
        *used = on.as_ref().map(|(_, wire)| Arc::clone(wire));
        self.acknowledge(on, &staying.left()).await
    }

    async fn keep(&self, message: &Arrival, why: &str, used: &mut Option<Arc<Wire>>) -> Result<(), Failure> {
        let queue = short(&self.topology.dead, "queue")?;
        let mut slot = self.dead.lock().await;
        let wire = self.publishing.wire().await?;
        if wire.blocked() {
            return Err(Failure::blocked());
        }
        *used = Some(Arc::clone(&wire));
        let channel = match slot.take().filter(|channel| channel.serves(&wire)) {
            Some(channel) => channel,
            None => {
                feed::declare_dead(&wire, &self.topology).await?;
                ConfirmChannel::open(wire).await?
            }
        };
        let letter = dead_letter::letter(message, queue, why, self.clock.now());
        match channel.publish(std::slice::from_ref(&letter)).await?.as_slice() {
            [Fate::Taken] => {
                *slot = Some(channel);
                Ok(())
            }
            other => Err(Failure::away(format!("a dead letter was not taken: {other:?}"))),
        }
    }
}

/// A message that is being kept aside: it comes again where that fails, or nobody waits for it any more.
struct Staying<'a> {
    shared: &'a Shared,
    place: Option<Place>,
}

impl Staying<'_> {
    /// It is kept. Answers the messages that may be forgotten.
    fn left(mut self) -> Vec<Arc<Arrival>> {
        self.place.take().map(|place| self.shared.state().window.left(place)).unwrap_or_default()
    }
}

impl Drop for Staying<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.shared.state().window.stayed(place);
            self.shared.returned.notify_one();
        }
    }
}
