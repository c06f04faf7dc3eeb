//! What a caller waits on.

use super::{Reason, Refused};
use futures_channel::oneshot::Receiver;
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// What a ticket is answered with.
pub(super) type Answer<T> = Result<T, Refused>;

/// The caller's end of a derivation: a future for any executor. Whoever drops it gives the derivation up.
#[must_use = "a derivation is given up when its ticket is dropped"]
pub struct Ticket<T>(Receiver<Answer<T>>);

impl<T> Ticket<T> {
    pub(super) fn new(answer: Receiver<Answer<T>>) -> Self {
        Ticket(answer)
    }

    /// Waits for the result, on this thread.
    ///
    /// # Errors
    /// Where there is none, for the reason that it says.
    pub fn wait(self) -> Result<T, Refused> {
        pollster::block_on(self)
    }
}

impl<T> Future for Ticket<T> {
    type Output = Result<T, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Only what panics lets go of its end without an answer; how long the rest takes does not matter to it.
        let failed = Refused { reason: Reason::Failed, retry_after: Duration::ZERO };
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(failed)))
    }
}

impl<T> fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}
