//! A channel, from its opening to its end.

use super::wire::GOODBYE;
use lapin::Channel;
use std::ops::Deref;
use tokio::{runtime::Handle, time::timeout};
use tokio_util::task::task_tracker::TaskTrackerToken;

/// A channel that is closed when this is dropped, and whose connection waits for that before it is closed itself. The
/// driver would close it too, but takes a connection for broken on which that fails.
pub(crate) struct OpenChannel {
    channel: Channel,
    /// Until it ends.
    held: Option<TaskTrackerToken>,
}

impl OpenChannel {
    pub(super) fn new(channel: Channel, held: TaskTrackerToken) -> Self {
        OpenChannel { channel, held: Some(held) }
    }

    /// Closes the channel, and only then drops what depends on it.
    pub(crate) fn end(&mut self, rest: impl Send + 'static) {
        let Some(held) = self.held.take() else { return };
        // Without a runtime the connection has ended with it.
        let Ok(runtime) = Handle::try_current() else { return };
        let channel = self.channel.clone();
        runtime.spawn(async move {
            let _ = timeout(GOODBYE, channel.close(200, "OK".into())).await;
            drop(rest);
            drop(held);
        });
    }
}

impl Deref for OpenChannel {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.channel
    }
}

impl Drop for OpenChannel {
    fn drop(&mut self) {
        self.end(());
    }
}
