//! A derivation with its caller, and what the schedule knows of it.

use super::{Account, Request, pending::Pending};
use crate::{
    Derived, Task,
    stream::Stream,
    task::{Streams, assemble},
};
use std::time::Instant;

pub(super) struct Job {
    /// `None` while what follows the derivation runs.
    pub(super) pending: Option<Box<dyn Pending>>,
    /// `None` while a thread has it.
    streams: Vec<Option<Box<Stream>>>,
    bytes: usize,
    /// The work to reckon with.
    pub(super) work: u64,
    pub(super) account: Option<Account>,
    pub(super) since: Instant,
    /// Whether it has had a lane.
    pub(super) begun: bool,
}

impl Job {
    pub(super) fn new(task: Task, request: Request, pending: Box<dyn Pending>, since: Instant) -> Self {
        let mut job = Job {
            pending: None,
            streams: vec![],
            bytes: 0,
            work: request.work,
            account: request.account,
            since,
            begun: false,
        };
        job.go_on(task, pending);
        job
    }

    /// Another derivation, for the same caller.
    pub(super) fn go_on(&mut self, task: Task, pending: Box<dyn Pending>) {
        self.work = self.work.max(task.work());
        let (streams, bytes): (Streams, usize) = task.into_parts();
        self.streams = streams.into_iter().map(Some).collect();
        self.bytes = bytes;
        self.pending = Some(pending);
    }

    fn is_here(&self) -> bool {
        self.streams.iter().all(Option::is_some)
    }

    /// Whether nobody waits for it any more, though threads may have parts of it.
    pub(super) fn is_unwanted(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| !pending.is_wanted())
    }

    /// Whether nobody waits for it any more, and no thread has a part of it.
    pub(super) fn is_abandoned(&self) -> bool {
        self.is_unwanted() && self.is_here()
    }

    /// Whether its derivation is made, and nothing has followed yet.
    pub(super) fn is_done(&self) -> bool {
        self.pending.is_some()
            && self.streams.iter().all(|stream| stream.as_ref().is_some_and(|s| s.is_done()))
    }

    /// How many streams are not at their end, those that a thread has included.
    pub(super) fn open(&self) -> usize {
        self.streams.iter().filter(|stream| stream.as_ref().is_none_or(|stream| !stream.is_done())).count()
    }

    /// The places of the streams that can go on.
    pub(super) fn ready(&self) -> impl Iterator<Item = usize> {
        let is_ready = |stream: &Option<Box<Stream>>| stream.as_ref().is_some_and(|stream| !stream.is_done());
        self.streams.iter().enumerate().filter(move |(_, stream)| is_ready(stream)).map(|(place, _)| place)
    }

    pub(super) fn lend(&mut self, place: usize) -> Option<Box<Stream>> {
        self.streams.get_mut(place)?.take()
    }

    pub(super) fn take_back(&mut self, place: usize, stream: Box<Stream>) {
        if let Some(empty) = self.streams.get_mut(place) {
            *empty = Some(stream);
        }
    }

    /// The caller and what was derived, once it is.
    pub(super) fn finish(&mut self) -> Option<(Box<dyn Pending>, Derived)> {
        if !self.is_done() {
            return None;
        }
        let pending = self.pending.take()?;
        let streams = std::mem::take(&mut self.streams);
        Some((pending, assemble(streams.iter().flatten(), self.bytes)))
    }
}
