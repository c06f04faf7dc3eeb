//! Relaying stored events to a broker.

use crate::Error;
use hexad_domain::{Area, EventId};
use hexad_ports::{Claim, Outbox, Publication, Publisher, Unavailable};
use std::{collections::HashSet, sync::Arc, time::Duration};

/// What one pass of a relay did.
#[derive(Debug)]
pub enum Pass {
    /// There was nothing to send.
    Idle,
    /// So many events were sent, and the broker took all it was given.
    Sent(usize),
    /// So many were sent; the broker did not take the others, which stay stored.
    Held(usize, Unavailable),
}

/// Sends the stored events of one area to a broker, each at least once, in order for each subject. Any number of
/// relays may work on one outbox.
pub struct Relay {
    /// The stored events.
    pub outbox: Arc<dyn Outbox>,
    /// Where they go.
    pub publisher: Arc<dyn Publisher>,
    /// Whose events this relay sends.
    pub area: Area,
    /// The most events of one pass.
    pub batch: usize,
    /// How long a pass may take before another relay takes its events over.
    pub lease: Duration,
}

impl Relay {
    /// Sends what is stored now, up to one batch. Never waits for more: that is [`wait`](Self::wait).
    ///
    /// # Errors
    /// `Unavailable` where the outbox is away.
    pub async fn pass(&self) -> Result<Pass, Error> {
        let claim = self.outbox.claim(self.area, self.batch, self.lease).await?;
        if claim.events.is_empty() {
            return Ok(Pass::Idle);
        }
        let publications = self.publisher.publish(&claim.events).await;
        let (sent, failure) = sort(&claim, publications);
        // Marked only now, after the confirm: a crash in between sends an event again, and never none.
        self.outbox.settle(self.area, &claim, &sent).await?;
        Ok(match failure {
            None => Pass::Sent(sent.len()),
            Some(unavailable) => Pass::Held(sent.len(), unavailable),
        })
    }

    /// Returns when there may be something to send.
    pub async fn wait(&self) {
        self.outbox.wait(self.area).await;
    }
}

/// What was sent: the confirmed events that follow no failed one of their subject. What follows one is sent again
/// after it, so that nobody who reads in order and knows ids sees an earlier event last.
fn sort(claim: &Claim, publications: Vec<Publication>) -> (Vec<EventId>, Option<Unavailable>) {
    let mut sent = Vec::new();
    let mut held: HashSet<&str> = HashSet::new();
    let mut failure = None;
    let mut publications = publications.into_iter();
    for outgoing in &claim.events {
        let subject = outgoing.event.subject.as_str();
        match publications.next() {
            Some(Publication::Confirmed) if !held.contains(subject) => sent.push(outgoing.event.id),
            Some(Publication::Confirmed) => {}
            Some(Publication::Failed(unavailable)) => {
                held.insert(subject);
                failure.get_or_insert(unavailable);
            }
            None => {
                held.insert(subject);
                failure
                    .get_or_insert_with(|| Unavailable::new("the broker", "it gave no answer for an event"));
            }
        }
    }
    (sent, failure)
}
