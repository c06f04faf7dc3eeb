//! Accepting connections, and letting go of them.

use crate::{app::App, connection, forwarding::Peer};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long to wait after the operating system had no connection to give: descriptors come back in time.
const RETRY_ACCEPT: Duration = Duration::from_millis(100);

/// Serves a service on a listener, HTTP/1.1 and HTTP/2 (prior knowledge) alike, until `shutdown` is cancelled.
///
/// Then it stops accepting, lets running requests end within [`Limits::shutdown`](crate::Limits::shutdown), cuts
/// the rest, and returns.
pub async fn serve(listener: TcpListener, app: App, shutdown: CancellationToken) {
    let open = Arc::new(Semaphore::new(app.limits().connections));
    let tasks = Tasks::default();
    loop {
        let next = async {
            let place = Arc::clone(&open).acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            next = next => next,
        };
        let (app, shutdown, workers) = (app.clone(), shutdown.clone(), tasks.clone());
        tasks.spawn(async move {
            connection::run(stream, peer, app, workers, shutdown).await;
            drop(place);
        });
    }
    // From here on the operating system refuses connections.
    drop(listener);
    tasks.finish(app.limits().shutdown).await;
}

/// The next connection. What goes wrong with one of them, or for want of descriptors, ends nothing.
async fn accept(listener: &TcpListener) -> (TcpStream, Peer) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Answers are written whole: to wait for more would only delay them.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "no TCP_NODELAY");
                }
                return (stream, Peer(address));
            }
            Err(error) if of_one_connection(&error) => tracing::debug!(%error, "a connection ended early"),
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                sleep(RETRY_ACCEPT).await;
            }
        }
    }
}

/// Whether an error of `accept` is about the connection that it would have returned (`accept(2)`).
fn of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// The tasks of a server: they can be waited for and cut.
#[derive(Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    cut: CancellationToken,
}

impl Tasks {
    fn spawn(&self, task: impl Future<Output: Send> + Send + 'static) {
        self.tracker.spawn(self.cut.clone().run_until_cancelled_owned(task));
    }

    async fn finish(self, limit: Duration) {
        self.tracker.close();
        if timeout(limit, self.tracker.wait()).await.is_err() {
            tracing::warn!(tasks = self.tracker.len(), "cutting what still runs");
            self.cut.cancel();
            self.tracker.wait().await;
        }
    }
}

// The streams of an HTTP/2 connection are tasks of their own, and are to end with the server too.
impl<F> hyper::rt::Executor<F> for Tasks
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.spawn(task);
    }
}
