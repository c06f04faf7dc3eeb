//! What a source has in memory and what has become of it: pure bookkeeping.

use hexad_ports::{Content, DeliveryTag, domain::Area};
use std::collections::BTreeMap;

/// Within what messages keep their order: events of one area and subject.
type Lane = (Area, String);

/// The messages that the broker has delivered and we have not acknowledged, in the order of their arrival. There are
/// no more of them than the prefetch, so looking through all is cheap.
#[derive(Debug)]
pub(super) struct Window<M> {
    held: BTreeMap<u64, Held<M>>,
    places: u64,
    /// Rises over all connections, so that a tag of an earlier one names nothing.
    tags: u64,
}

#[derive(Debug)]
struct Held<M> {
    message: M,
    content: Content,
    /// None for what is no event of ours.
    lane: Option<Lane>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be delivered, for the first time or again.
    Ready,
    /// Delivered under this tag.
    Given(u64),
    /// Applied, behind one of its lane that is not: should that one come again, so does this.
    Done,
    /// On its way to where the poison is kept.
    Leaving,
}

/// The place of a message that is leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u64);

impl<M> Default for Window<M> {
    fn default() -> Self {
        Window { held: BTreeMap::new(), places: 0, tags: 0 }
    }
}

impl<M: Clone> Window<M> {
    /// Takes in a message.
    pub(super) fn push(&mut self, message: M, content: Content) {
        self.places += 1;
        let lane = match &content {
            Content::Event(event) => Some((event.kind.area(), event.subject.clone())),
            Content::Foreign { .. } | Content::Malformed { .. } => None,
        };
        self.held.insert(self.places, Held { message, content, lane, state: State::Ready });
    }

    /// Forgets everything: the connection is lost, and the broker delivers it again.
    pub(super) fn clear(&mut self) {
        self.held.clear();
    }

    /// Delivers up to `limit` messages, oldest first.
    pub(super) fn give(&mut self, limit: usize) -> Vec<(DeliveryTag, Content)> {
        let mut given = Vec::new();
        for held in self.held.values_mut().filter(|held| held.state == State::Ready).take(limit) {
            self.tags += 1;
            held.state = State::Given(self.tags);
            given.push((DeliveryTag(self.tags), held.content.clone()));
        }
        given
    }

    fn place(&self, tag: &DeliveryTag) -> Option<u64> {
        self.held.iter().find(|(_, held)| held.state == State::Given(tag.0)).map(|(place, _)| *place)
    }

    /// The delivery is applied. Answers the messages that may be forgotten now; they are so here.
    pub(super) fn done(&mut self, tag: &DeliveryTag) -> Vec<M> {
        let Some(place) = self.place(tag) else { return Vec::new() };
        let Some(held) = self.held.get_mut(&place) else { return Vec::new() };
        held.state = State::Done;
        match held.lane.clone() {
            Some(lane) => self.forget_done(&lane),
            None => self.held.remove(&place).map(|held| held.message).into_iter().collect(),
        }
    }

    /// The delivery is to come again, and after it every later one of its lane, whatever has become of it: so none
    /// overtakes it for good. Their deliveries no longer count.
    pub(super) fn retry(&mut self, tag: &DeliveryTag) {
        if let Some(place) = self.place(tag) {
            self.give_back(place);
        }
    }

    /// The delivery is to be kept aside: until that has succeeded or failed it neither comes again nor is forgotten.
    pub(super) fn leave(&mut self, tag: &DeliveryTag) -> Option<(Place, M)> {
        let place = self.place(tag)?;
        let held = self.held.get_mut(&place)?;
        held.state = State::Leaving;
        Some((Place(place), held.message.clone()))
    }

    /// It is kept aside. Answers the messages that may be forgotten now, itself among them.
    pub(super) fn left(&mut self, place: Place) -> Vec<M> {
        if self.held.get(&place.0).is_none_or(|held| held.state != State::Leaving) {
            return Vec::new();
        }
        let Some(held) = self.held.remove(&place.0) else { return Vec::new() };
        let mut forgotten = vec![held.message];
        if let Some(lane) = held.lane {
            forgotten.extend(self.forget_done(&lane));
        }
        forgotten
    }

    /// It could not be kept aside, and comes again.
    pub(super) fn stayed(&mut self, place: Place) {
        if self.held.get(&place.0).is_some_and(|held| held.state == State::Leaving) {
            self.give_back(place.0);
        }
    }

    fn give_back(&mut self, place: u64) {
        let Some(held) = self.held.get_mut(&place) else { return };
        held.state = State::Ready;
        let Some(lane) = held.lane.clone() else { return };
        for (_, later) in self.held.range_mut(place..) {
            if later.lane.as_ref() == Some(&lane) && later.state != State::Leaving {
                later.state = State::Ready;
            }
        }
    }

    /// Forgets what is applied and has no earlier message of its lane before it.
    fn forget_done(&mut self, lane: &Lane) -> Vec<M> {
        let done: Vec<u64> = self
            .held
            .iter()
            .filter(|(_, held)| held.lane.as_ref() == Some(lane))
            .take_while(|(_, held)| held.state == State::Done)
            .map(|(place, _)| *place)
            .collect();
        done.iter().filter_map(|place| self.held.remove(place)).map(|held| held.message).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hexad_ports::domain::{Event, EventId, EventKind, Timestamp};

    const NONE: [u8; 0] = [];

    /// A window with a message for each subject, each named by its number from 1 on.
    fn window(subjects: &[&str]) -> Window<u8> {
        let mut window = Window::default();
        for (number, subject) in (1..).zip(subjects) {
            let event = Event {
                id: EventId::new(Timestamp::UNIX_EPOCH, [number; 10]),
                at: Timestamp::UNIX_EPOCH,
                subject: (*subject).to_owned(),
                kind: EventKind::TestEvent { msg: number.to_string() },
            };
            window.push(number, Content::Event(event));
        }
        window
    }

    fn numbers(given: &[(DeliveryTag, Content)]) -> Vec<u8> {
        given
            .iter()
            .map(|(_, content)| match content {
                Content::Event(Event { kind: EventKind::TestEvent { msg }, .. }) => msg.parse().unwrap(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_is_done_behind_an_earlier_one_of_its_lane_is_kept_until_that_is() {
        let mut window = window(&["a", "b", "a", "a"]);
        let given = window.give(9);
        assert_eq!(window.done(&given[2].0), NONE);
        assert_eq!(window.done(&given[1].0), [2]);
        assert_eq!(window.done(&given[0].0), [1, 3]);
        assert_eq!(window.done(&given[0].0), NONE, "a delivery is settled once");
        assert_eq!(window.done(&given[3].0), [4]);
        assert!(window.held.is_empty());
    }

    #[test]
    fn a_retry_brings_back_the_later_ones_of_its_lane_alone() {
        let mut window = window(&["a", "b", "a", "a"]);
        let given = window.give(3);
        assert_eq!(window.done(&given[2].0), NONE);
        window.retry(&given[0].0);
        assert_eq!(window.done(&given[0].0), NONE, "its old delivery counts no more");
        assert_eq!(numbers(&window.give(9)), [1, 3, 4]);
    }

    #[test]
    fn what_leaves_is_forgotten_when_it_is_kept_aside_with_what_waited_for_it() {
        let mut window = window(&["a", "a", "b"]);
        let given = window.give(9);
        let (place, message) = window.leave(&given[0].0).unwrap();
        assert_eq!((message, window.leave(&given[0].0)), (1, None));
        assert_eq!(window.done(&given[1].0), NONE);
        assert_eq!(window.left(place), [1, 2]);
        assert_eq!(window.left(place), NONE);
    }

    #[test]
    fn what_could_not_leave_comes_again_before_the_later_ones() {
        let mut window = window(&["a", "a", "b"]);
        let given = window.give(9);
        let (place, _) = window.leave(&given[0].0).unwrap();
        window.done(&given[1].0);
        window.stayed(place);
        assert_eq!(numbers(&window.give(9)), [1, 2]);
    }

    #[test]
    fn an_earlier_retry_does_not_bring_back_what_is_leaving() {
        let mut window = window(&["a", "a"]);
        let given = window.give(9);
        let (place, _) = window.leave(&given[1].0).unwrap();
        window.retry(&given[0].0);
        assert_eq!(numbers(&window.give(9)), [1]);
        assert_eq!(window.left(place), [2]);
    }

    #[test]
    fn a_tag_of_before_the_connection_was_lost_names_nothing() {
        let mut window = window(&["a"]);
        let before = window.give(9);
        let (place, _) = window.leave(&before[0].0).unwrap();
        window.clear();
        window.push(7, Content::Foreign { name: "CartEmptied".to_owned() });
        let after = window.give(9);
        assert_eq!(window.done(&before[0].0), NONE);
        assert_eq!(window.left(place), NONE);
        assert_eq!(window.done(&after[0].0), [7]);
    }
}
