//! What a source has read from the log and what has become of it: pure bookkeeping.

use crate::log::Stored;
use hexad_ports::DeliveryTag;
use std::collections::BTreeMap;

/// How far the cursor may run ahead of what is saved.
const LONG_STRETCH: i64 = 64;

/// The part of the log that is being worked on. Events enter in their order; the cursor follows behind the oldest
/// that is not settled.
#[derive(Debug, Default)]
pub(super) struct Window {
    entries: BTreeMap<i64, Entry>,
    /// Everything up to here has been read.
    read_to: i64,
    /// Everything up to here is known to be settled, durably.
    saved: i64,
    /// Whether anything was settled since then.
    unsaved: bool,
    next_tag: u64,
}

#[derive(Debug)]
struct Entry {
    event: Stored,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be delivered, for the first time or again.
    Ready,
    /// Delivered under this tag.
    Given(u64),
    /// Settled, behind one that is not.
    Settled,
}

impl Window {
    /// Begins behind a cursor.
    pub(super) fn at(cursor: i64) -> Self {
        Window { read_to: cursor, saved: cursor, ..Window::default() }
    }

    pub(super) fn read_to(&self) -> i64 {
        self.read_to
    }

    /// How many events are held in memory.
    pub(super) fn held(&self) -> usize {
        self.entries.len()
    }

    /// How many can be delivered at once.
    pub(super) fn ready(&self) -> usize {
        self.entries.values().filter(|entry| entry.state == State::Ready).count()
    }

    /// Takes in what was read; nothing else that concerns the consumer stands in the log up to `read_to`.
    pub(super) fn extend(&mut self, events: Vec<Stored>, read_to: i64) {
        for event in events {
            self.entries.insert(event.seq, Entry { event, state: State::Ready });
        }
        self.read_to = self.read_to.max(read_to);
    }

    /// Delivers up to `limit` events, oldest first.
    pub(super) fn give(&mut self, limit: usize) -> Vec<(DeliveryTag, Stored)> {
        let mut given = Vec::new();
        for entry in self.entries.values_mut().filter(|entry| entry.state == State::Ready).take(limit) {
            self.next_tag += 1;
            entry.state = State::Given(self.next_tag);
            given.push((DeliveryTag(self.next_tag), entry.event.clone()));
        }
        given
    }

    /// The event that is out under this tag; `None` where the delivery is settled, or was taken back.
    pub(super) fn given(&self, tag: &DeliveryTag) -> Option<&Stored> {
        self.entries.values().find(|entry| entry.state == State::Given(tag.0)).map(|entry| &entry.event)
    }

    /// The event needs no more.
    pub(super) fn settle(&mut self, seq: i64) {
        if let Some(entry) = self.entries.get_mut(&seq) {
            entry.state = State::Settled;
            self.unsaved = true;
        }
        while let Some(first) = self.entries.first_entry().filter(|first| first.get().state == State::Settled)
        {
            first.remove();
        }
    }

    /// The event is to come again, and after it every later one of its subject, whatever has become of it: so
    /// none overtakes it for good. Their deliveries no longer count.
    pub(super) fn retry(&mut self, seq: i64) {
        let Some(subject) = self.entries.get(&seq).map(|entry| entry.event.subject.clone()) else { return };
        for (_, entry) in self.entries.range_mut(seq..).filter(|(_, entry)| entry.event.subject == subject) {
            entry.state = State::Ready;
        }
    }

    /// Takes every delivery back.
    pub(super) fn take_back(&mut self) {
        for entry in self.entries.values_mut().filter(|entry| matches!(entry.state, State::Given(_))) {
            entry.state = State::Ready;
        }
    }

    /// Where the cursor should stand, if that is worth a write: when all that was given out is settled, or after a
    /// long stretch. Events of no concern alone are not worth one each: they are soon passed over again.
    pub(super) fn to_save(&self) -> Option<i64> {
        let cursor = self.cursor();
        let out = self.entries.values().any(|entry| matches!(entry.state, State::Given(_)));
        let moved = cursor - self.saved;
        (moved >= LONG_STRETCH || (moved > 0 && self.unsaved && !out)).then_some(cursor)
    }

    /// The cursor stands there, durably.
    pub(super) fn saved(&mut self, cursor: i64) {
        self.saved = self.saved.max(cursor);
        self.unsaved = self.cursor() > self.saved && self.unsaved;
    }

    fn cursor(&self) -> i64 {
        self.entries.first_key_value().map_or(self.read_to, |(first, _)| first - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(subjects: &[&str]) -> Window {
        let mut window = Window::at(0);
        let events = (1..).zip(subjects).map(|(seq, subject)| Stored::sample(seq, subject)).collect();
        window.extend(events, i64::try_from(subjects.len()).unwrap());
        window
    }

    fn seqs(given: &[(DeliveryTag, Stored)]) -> Vec<i64> {
        given.iter().map(|(_, event)| event.seq).collect()
    }

    #[test]
    fn the_cursor_waits_for_the_oldest() {
        let mut window = window(&["a", "b", "c"]);
        assert_eq!(seqs(&window.give(2)), [1, 2]);
        window.settle(2);
        assert_eq!((window.cursor(), window.to_save()), (0, None));
        window.settle(1);
        assert_eq!((window.cursor(), window.to_save()), (2, Some(2)), "the third is not given out");
        window.saved(2);
        assert_eq!(window.to_save(), None);
    }

    #[test]
    fn a_retry_brings_back_the_later_ones_of_its_subject_alone() {
        let mut window = window(&["a", "b", "a", "a"]);
        let first = window.give(3);
        window.settle(3);
        window.settle(2);
        window.retry(1);
        assert_eq!(window.given(&first[0].0).map(|event| event.seq), None, "its old delivery counts no more");
        assert_eq!(seqs(&window.give(9)), [1, 3, 4]);
    }

    #[test]
    fn what_was_taken_back_is_given_again_in_order() {
        let mut window = window(&["a", "b", "c"]);
        assert_eq!(seqs(&window.give(3)), [1, 2, 3]);
        window.settle(1);
        window.take_back();
        assert_eq!(seqs(&window.give(3)), [2, 3]);
    }

    #[test]
    fn only_a_long_stretch_without_anything_of_concern_is_worth_a_write() {
        let mut window = Window::at(5);
        window.extend(Vec::new(), 6);
        assert_eq!(window.to_save(), None);
        window.extend(Vec::new(), 90);
        assert_eq!(window.to_save(), Some(90));
    }
}
