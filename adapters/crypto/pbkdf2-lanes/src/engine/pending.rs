//! What follows a derivation, and who waits for it.

use super::{Refused, ticket::Answer};
use crate::{Derived, Task};
use futures_channel::oneshot::Sender;
use std::fmt;

/// What follows a derivation.
pub enum Next<T> {
    /// The result.
    Done(T),
    /// A further derivation, and what follows that.
    More(Task, Box<dyn FnOnce(Derived) -> Next<T> + Send>),
}

impl<T> fmt::Debug for Next<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Next::Done(_) => "Done",
            Next::More(..) => "More",
        })
    }
}

/// A caller of any type of result.
pub(super) trait Pending: Send {
    /// Whether anybody still waits.
    fn is_wanted(&self) -> bool;
    /// Takes what was derived: answers, or says what is to be derived next.
    fn go_on(self: Box<Self>, derived: Derived) -> Option<(Task, Box<dyn Pending>)>;
    /// Answers without a result.
    fn refuse(self: Box<Self>, refused: Refused);
}

pub(super) struct Call<T> {
    pub(super) then: Box<dyn FnOnce(Derived) -> Next<T> + Send>,
    pub(super) answer: Sender<Answer<T>>,
}

impl<T: Send + 'static> Pending for Call<T> {
    fn is_wanted(&self) -> bool {
        !self.answer.is_canceled()
    }

    fn go_on(self: Box<Self>, derived: Derived) -> Option<(Task, Box<dyn Pending>)> {
        match (self.then)(derived) {
            Next::Done(result) => {
                // Where the caller has gone meanwhile, nobody misses the answer.
                drop(self.answer.send(Ok(result)));
                None
            }
            Next::More(task, then) => Some((task, Box::new(Call { then, answer: self.answer }))),
        }
    }

    fn refuse(self: Box<Self>, refused: Refused) {
        drop(self.answer.send(Err(refused)));
    }
}
