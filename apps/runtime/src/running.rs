//! A program while it runs: started on its addresses, stopped in order.

use crate::{
    assemble::{Parts, PartsError},
    background::Background,
    preparing::Preparing,
    program::Service,
    settings::Settings,
    tasks::{Crashed, Tasks},
};
use hexad_http::{App, serve};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long what runs beside the services has to finish once they have ended.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Why a program did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// One of its adapters could not be made.
    #[error(transparent)]
    Parts(#[from] PartsError),
    /// A part is there, but cannot be used as things are.
    #[error(transparent)]
    Prepare(#[from] Crashed),
    /// The address is taken, or none of this machine's.
    #[error("{service} cannot listen on {address}")]
    Listen {
        /// Which service.
        service: Service,
        /// Where it was to listen.
        address: SocketAddr,
        /// Why it cannot.
        source: io::Error,
    },
}

/// A program that runs. Dropping it stops it too, but waits for nothing.
#[derive(Debug)]
pub struct Running {
    addresses: Vec<(Service, SocketAddr)>,
    stop: CancellationToken,
    servers: Tasks,
    /// Cancelled when the servers have ended.
    end: CancellationToken,
    /// What finishes then.
    finishing: Tasks,
    /// What is cut off then.
    background: Tasks,
    preparing: Preparing,
}

impl Running {
    /// Makes the parts, has each made ready as far as it is there, binds every address, and serves: at the latest
    /// some seconds after the beginning, whoever is missing. Call it within a tokio runtime.
    ///
    /// # Errors
    /// The first part or address that is not to be had; nothing runs then. A part that is away is no error: the
    /// services answer 503 until it is there.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let mut parts = Parts::new(settings);
        let mut apps = Vec::new();
        for own in &settings.services {
            let Some(assembly) = settings.program.assembly(own.service) else { continue };
            let app = (assembly.app)(own, &mut parts).await?;
            let app = app.limits(settings.limits).trusted_proxies(settings.trusted_proxies.clone());
            apps.push((own, app.build()));
        }
        let preparing = Preparing::begin(parts.remote, &parts.random).await?;
        let mut bound = Vec::new();
        for (own, app) in apps {
            let address = SocketAddr::new(settings.host, own.port);
            let failed = |source| StartError::Listen { service: own.service, address, source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            bound.push((own.service, address, listener, app));
        }
        let mut running = Self::new(parts.end, preparing);
        for Background { name, work, finishes } in parts.background {
            let tasks = if finishes { &mut running.finishing } else { &mut running.background };
            tasks.spawn(name, work);
        }
        for (service, address, listener, app) in bound {
            running.serve(service, address, listener, app);
        }
        Ok(running)
    }

    fn new(end: CancellationToken, preparing: Preparing) -> Self {
        Self {
            addresses: Vec::new(),
            stop: CancellationToken::new(),
            servers: Tasks::default(),
            end,
            finishing: Tasks::default(),
            background: Tasks::default(),
            preparing,
        }
    }

    fn serve(&mut self, service: Service, address: SocketAddr, listener: TcpListener, app: App) {
        tracing::info!(service = service.name(), %address, "listening");
        self.addresses.push((service, address));
        let stop = self.stop.clone();
        self.servers.spawn(service.name(), serve(listener, app, stop));
    }

    /// Where each service listens.
    #[must_use]
    pub fn addresses(&self) -> &[(Service, SocketAddr)] {
        &self.addresses
    }

    /// Asks the program to stop, once it is cancelled.
    #[must_use]
    pub fn stopper(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Stops, and waits for the end.
    ///
    /// # Errors
    /// See [`until_stopped`](Self::until_stopped).
    pub async fn stop(self) -> Result<(), Crashed> {
        self.stop.cancel();
        self.until_stopped().await
    }

    /// Runs until the [`stopper`](Self::stopper) is cancelled. Then the services stop accepting and finish what
    /// runs; only after them whatever runs beside them ends, the relays with what waits to be sent.
    ///
    /// # Errors
    /// A part ended or panicked before anybody asked for the end. All others are stopped then, in the same order.
    pub async fn until_stopped(mut self) -> Result<(), Crashed> {
        let crash = tokio::select! {
            // Looked at first: a server that ends because it was asked to has not crashed.
            biased;
            () = self.stop.cancelled() => None,
            crash = self.servers.crash() => Some(crash),
            crash = self.finishing.crash() => Some(crash),
            crash = self.background.crash() => Some(crash),
            crash = self.preparing.crash() => Some(crash),
        };
        self.stop.cancel();
        let stopped = self.servers.finish().await;
        self.end.cancel();
        // Whoever is cut off in the end loses nothing: what was not sent or applied stays where it is stored.
        let finished = timeout(LAST_WORK, self.finishing.finish()).await.unwrap_or(Ok(()));
        self.finishing.cut().await;
        self.background.cut().await;
        crash.map_or(stopped.and(finished), Err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::{LAST_WORK, Preparing, Running};
    use std::future::pending;
    use tokio_util::sync::CancellationToken;

    /// A program with one server and nothing else.
    fn one_server() -> Running {
        let mut running = Running::new(CancellationToken::new(), Preparing::default());
        running.servers.spawn("a server", running.stop.clone().cancelled_owned());
        running
    }

    #[tokio::test]
    async fn a_stop_that_was_asked_for_is_a_good_end() {
        let mut running = one_server();
        running.background.spawn("something", pending());
        assert!(running.stop().await.is_ok());
    }

    #[tokio::test]
    async fn a_server_that_is_quick_to_stop_has_not_crashed() {
        for _ in 0..32 {
            let mut running = one_server();
            running.stop.cancel();
            running.servers.spawn("a quick server", async {});
            tokio::task::yield_now().await;
            assert!(running.until_stopped().await.is_ok());
        }
    }

    #[tokio::test]
    async fn a_part_that_ends_by_itself_stops_the_others_and_is_named() {
        let mut running = one_server();
        running.background.spawn("the consumer of events", async {});
        let crashed = running.until_stopped().await.unwrap_err();
        assert_eq!(crashed.to_string(), "the consumer of events ended, which it should not");
    }

    #[tokio::test]
    async fn a_panic_beside_the_services_is_a_bad_end() {
        let mut running = one_server();
        running.background.spawn("the consumer of events", async { panic!("as a test") });
        let crashed = running.until_stopped().await.unwrap_err();
        assert_eq!(crashed.to_string(), "the consumer of events panicked");
    }

    #[tokio::test]
    async fn what_finishes_is_told_after_the_servers_have_ended_and_waited_for() {
        let mut running = one_server();
        let (stop, end) = (running.stop.clone(), running.end.clone());
        let (told, mut telling) = tokio::sync::oneshot::channel();
        running.servers.spawn("a slow server", async move {
            stop.cancelled().await;
            tokio::task::yield_now().await;
            assert!(!end.is_cancelled());
        });
        let end = running.end.clone();
        running.finishing.spawn("a relay", async move {
            end.cancelled().await;
            tokio::task::yield_now().await;
            told.send(()).unwrap();
        });
        assert!(running.stop().await.is_ok());
        assert_eq!(telling.try_recv(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_finish_is_cut_off() {
        let mut running = one_server();
        running.finishing.spawn("a relay", pending());
        let begun = tokio::time::Instant::now();
        assert!(running.stop().await.is_ok());
        assert_eq!(begun.elapsed().as_secs(), LAST_WORK.as_secs());
    }

    #[tokio::test]
    async fn a_server_that_panics_while_it_stops_is_a_bad_end() {
        let mut running = one_server();
        let stop = running.stop.clone();
        running.servers.spawn("another server", async move {
            stop.cancelled().await;
            panic!("as a test");
        });
        assert_eq!(running.stop().await.unwrap_err().to_string(), "another server panicked");
    }
}
