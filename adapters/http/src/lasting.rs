//! Answers that last for as long as their clients like.

use http::Extensions;
use tokio_util::sync::CancellationToken;

/// In the extensions of a request: tells its handler that the server begins to stop, so that what would last ends by
/// itself.
#[derive(Clone, Debug, Default)]
pub struct Stopping(CancellationToken);

impl Stopping {
    pub(crate) fn on(shutdown: &CancellationToken) -> Self {
        Self(shutdown.clone())
    }

    /// That of the request; one that never begins where there is no server.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Returns once the server has begun to stop.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }
}

/// In the extensions of an answer: its body may be silent for as long as it likes, and its connection does not stand
/// still for that. Whether its client is still there, the pings of HTTP/2 tell.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;
