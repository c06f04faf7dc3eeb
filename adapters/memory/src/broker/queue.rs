//! What waits in a broker, who has it and what has become of it: pure bookkeeping.

use super::DeadLetter;
use hexad_domain::{Area, Event};
use hexad_ports::{Content, Delivery, DeliveryTag, Settlement};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Within what messages keep their order: events of one area and subject.
type Lane = (Area, String);

#[derive(Default)]
pub(super) struct Queue {
    /// By place in the queue, which a message keeps when it is to be delivered again.
    messages: BTreeMap<u64, Message>,
    /// The places of each lane's messages.
    lanes: HashMap<Lane, BTreeSet<u64>>,
    /// The places of the messages that a consumer has, by consumer and tag.
    held: BTreeMap<(u64, u64), u64>,
    dead: Vec<DeadLetter>,
    places: u64,
    tags: u64,
    consumers: u64,
}

struct Message {
    content: Content,
    /// None for what is no event of ours.
    lane: Option<Lane>,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    /// To be delivered, for the first time or again.
    Ready,
    /// A consumer has it, under this tag.
    Held { consumer: u64, tag: u64 },
    /// Applied, behind one of its lane that is not: should that one come again, so does this.
    Done,
}

impl Queue {
    /// The number of a new consumer.
    pub(super) fn join(&mut self) -> u64 {
        self.consumers += 1;
        self.consumers
    }

    pub(super) fn push(&mut self, content: Content) {
        self.places += 1;
        let lane = lane_of(&content);
        if let Some(lane) = &lane {
            self.lanes.entry(lane.clone()).or_default().insert(self.places);
        }
        self.messages.insert(self.places, Message { content, lane, state: State::Ready });
    }

    /// Gives up to `limit` messages to the consumer, oldest first. The later ones of a lane wait where another
    /// consumer has an earlier one.
    pub(super) fn take(&mut self, consumer: u64, limit: usize) -> Vec<Delivery> {
        let mut waiting: HashSet<&Lane> = HashSet::new();
        let mut deliveries = Vec::new();
        for (place, Message { content, lane, state }) in &mut self.messages {
            if deliveries.len() == limit {
                break;
            }
            match *state {
                State::Held { consumer: holder, .. } if holder != consumer => waiting.extend(lane.as_ref()),
                State::Held { .. } | State::Done => {}
                State::Ready if lane.as_ref().is_some_and(|lane| waiting.contains(lane)) => {}
                State::Ready => {
                    self.tags += 1;
                    *state = State::Held { consumer, tag: self.tags };
                    self.held.insert((consumer, self.tags), *place);
                    deliveries.push(Delivery { tag: DeliveryTag(self.tags), content: content.clone() });
                }
            }
        }
        deliveries
    }

    /// Settles a delivery of the consumer, if it is still out.
    pub(super) fn settle(&mut self, consumer: u64, tag: &DeliveryTag, settlement: Settlement) {
        let Some(place) = self.held.remove(&(consumer, tag.0)) else { return };
        match settlement {
            Settlement::Retry => self.give_back(place),
            Settlement::Done => self.finish(place),
            Settlement::Poison { why } => {
                if let Some(message) = self.messages.get(&place) {
                    self.dead.push(DeadLetter { content: message.content.clone(), why });
                }
                self.forget(place);
            }
        }
    }

    /// Gives back all that the consumer has.
    pub(super) fn leave(&mut self, consumer: u64) {
        while let Some((&held, &place)) = self.held.range((consumer, 0)..=(consumer, u64::MAX)).next() {
            self.held.remove(&held);
            self.give_back(place);
        }
    }

    /// What is not settled for good, oldest first.
    pub(super) fn unsettled(&self) -> Vec<Content> {
        self.messages.values().map(|message| message.content.clone()).collect()
    }

    pub(super) fn dead(&mut self) -> &mut Vec<DeadLetter> {
        &mut self.dead
    }

    /// The message is to come again, and after it every later one of its lane, whatever has become of it: so none
    /// overtakes it for good. Their deliveries no longer count.
    fn give_back(&mut self, place: u64) {
        let lane = self.messages.get(&place).and_then(|message| message.lane.as_ref());
        let behind = lane.and_then(|lane| self.lanes.get(lane)).map(|places| places.range(place + 1..));
        for place in std::iter::once(&place).chain(behind.into_iter().flatten()) {
            let Some(message) = self.messages.get_mut(place) else { continue };
            if let State::Held { consumer, tag } = message.state {
                self.held.remove(&(consumer, tag));
            }
            message.state = State::Ready;
        }
    }

    fn finish(&mut self, place: u64) {
        let Some(message) = self.messages.get_mut(&place) else { return };
        message.state = State::Done;
        match message.lane.clone() {
            Some(lane) => self.forget_done(&lane),
            None => self.forget(place),
        }
    }

    /// Forgets what is applied and has no earlier message of its lane before it.
    fn forget_done(&mut self, lane: &Lane) {
        let Some(places) = self.lanes.get_mut(lane) else { return };
        while let Some(first) = places.first()
            && self.messages.get(first).is_none_or(|message| matches!(message.state, State::Done))
        {
            self.messages.remove(first);
            places.pop_first();
        }
        if places.is_empty() {
            self.lanes.remove(lane);
        }
    }

    fn forget(&mut self, place: u64) {
        if let Some(Message { lane: Some(lane), .. }) = self.messages.remove(&place) {
            self.forget_done(&lane);
        }
    }
}

fn lane_of(content: &Content) -> Option<Lane> {
    match content {
        Content::Event(Event { subject, kind, .. }) => Some((kind.area(), subject.clone())),
        Content::Foreign { .. } | Content::Malformed { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hexad_domain::{EventId, EventKind, Timestamp};

    /// A queue with one message for each subject, named by its place.
    fn queue(subjects: &[&str]) -> Queue {
        let mut queue = Queue::default();
        for (place, subject) in (1..).zip(subjects) {
            queue.push(Content::Event(Event {
                id: EventId::new(Timestamp::UNIX_EPOCH, [place; 10]),
                at: Timestamp::UNIX_EPOCH,
                subject: (*subject).to_owned(),
                kind: EventKind::TestEvent { msg: place.to_string() },
            }));
        }
        queue
    }

    fn place(content: &Content) -> u64 {
        match content {
            Content::Event(Event { kind: EventKind::TestEvent { msg }, .. }) => msg.parse().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn places(deliveries: &[Delivery]) -> Vec<u64> {
        deliveries.iter().map(|delivery| place(&delivery.content)).collect()
    }

    fn unsettled(queue: &Queue) -> Vec<u64> {
        queue.unsettled().iter().map(place).collect()
    }

    #[test]
    fn a_lane_waits_while_another_consumer_has_an_earlier_one() {
        let mut queue = queue(&["ada", "ada", "grace"]);
        let (one, other) = (queue.join(), queue.join());
        let first = queue.take(one, 1);
        assert_eq!(places(&queue.take(other, 9)), [3]);
        queue.settle(one, &first[0].tag, Settlement::Done);
        assert_eq!(places(&queue.take(other, 9)), [2]);
    }

    #[test]
    fn a_retry_takes_back_the_later_ones_so_that_two_consumers_cannot_apply_them_in_turn() {
        let mut queue = queue(&["ada", "ada", "grace"]);
        let (one, other) = (queue.join(), queue.join());
        let held = queue.take(one, 3);
        queue.settle(one, &held[0].tag, Settlement::Retry);
        assert_eq!(places(&queue.take(other, 1)), [1]);
        queue.settle(one, &held[1].tag, Settlement::Done);
        assert_eq!(unsettled(&queue), [1, 2, 3], "its delivery counts no more");
        assert_eq!(places(&queue.take(one, 9)), Vec::<u64>::new(), "the second waits for the first");
    }

    #[test]
    fn what_a_consumer_leaves_comes_again_with_what_was_done_behind_it() {
        let mut queue = queue(&["ada", "grace", "ada", "ada"]);
        let (one, other) = (queue.join(), queue.join());
        let held = queue.take(one, 9);
        for done in [&held[1], &held[2]] {
            queue.settle(one, &done.tag, Settlement::Done);
        }
        queue.leave(one);
        assert_eq!(places(&queue.take(other, 9)), [1, 3, 4]);
    }

    #[test]
    fn nothing_is_kept_of_what_is_settled() {
        let mut queue = queue(&["ada", "ada", "ada", "grace"]);
        queue.push(Content::Foreign { name: "CartEmptied".to_owned() });
        let one = queue.join();
        let held = queue.take(one, 9);
        for done in [&held[1], &held[4], &held[2], &held[3]] {
            queue.settle(one, &done.tag, Settlement::Done);
        }
        assert_eq!(unsettled(&queue), [1, 2, 3]);
        queue.settle(one, &held[0].tag, Settlement::Poison { why: "a test".to_owned() });
        assert!(queue.messages.is_empty() && queue.lanes.is_empty() && queue.held.is_empty());
        assert_eq!(queue.dead().len(), 1);
    }
}
