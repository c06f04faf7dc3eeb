//! A program while it runs: started on its addresses, stopped in order.

use crate::{
    assemble::{self, Parts, PartsError},
    program::Service,
    settings::Settings,
};
use hexad_http::{App, serve};
use std::{io, net::SocketAddr};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Why a program did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// One of its adapters could not be made.
    #[error(transparent)]
    Parts(#[from] PartsError),
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

/// A part of the program ended although nobody asked it to.
#[derive(Debug, thiserror::Error)]
#[error("{} ended unexpectedly", .0.unwrap_or("a part of the program"))]
pub struct Crashed(Option<&'static str>);

/// A program that runs. Dropping it cuts everything off.
#[derive(Debug)]
pub struct Running {
    addresses: Vec<(Service, SocketAddr)>,
    stop: CancellationToken,
    servers: JoinSet<&'static str>,
    background: JoinSet<&'static str>,
}

impl Running {
    /// Makes the parts, binds every address, and serves. Call it within a tokio runtime.
    ///
    /// # Errors
    /// The first part or address that is not to be had; nothing runs then.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let mut parts = Parts::new(settings)?;
        let mut apps = Vec::new();
        for own in &settings.services {
            let app = assemble::app(own, &mut parts).await?.limits(settings.limits).build();
            let address = SocketAddr::new(settings.host, own.port);
            let failed = |source| StartError::Listen { service: own.service, address, source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let bound = listener.local_addr().map_err(failed)?;
            apps.push((own.service, bound, listener, app));
        }
        let mut running = Self {
            addresses: Vec::new(),
            stop: CancellationToken::new(),
            servers: JoinSet::new(),
            background: JoinSet::new(),
        };
        for background in parts.background {
            running.background.spawn(async move {
                background.work.await;
                background.name
            });
        }
        for (service, address, listener, app) in apps {
            running.serve(service, address, listener, app);
        }
        Ok(running)
    }

    fn serve(&mut self, service: Service, address: SocketAddr, listener: TcpListener, app: App) {
        tracing::info!(service = service.name(), %address, "listening");
        self.addresses.push((service, address));
        let stop = self.stop.clone();
        self.servers.spawn(async move {
            serve(listener, app, stop).await;
            service.name()
        });
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
    /// runs, and only after them whatever runs beside them ends.
    ///
    /// # Errors
    /// A part ended or panicked before anybody asked for the end. All others are stopped then, in the same order.
    pub async fn until_stopped(mut self) -> Result<(), Crashed> {
        let first = tokio::select! {
            // Looked at first: a server that ends because it was asked to has not crashed.
            biased;
            () = self.stop.cancelled() => None,
            Some(ended) = self.servers.join_next() => Some(ended),
            Some(ended) = self.background.join_next() => Some(ended),
        };
        let mut outcome = match first {
            None => Ok(()),
            Some(ended) => Err(Crashed(ended.ok())),
        };
        self.stop.cancel();
        while let Some(ended) = self.servers.join_next().await {
            if ended.is_err() {
                outcome = outcome.and(Err(Crashed(None)));
            }
        }
        self.background.shutdown().await;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::Running;
    use tokio::task::JoinSet;
    use tokio_util::sync::CancellationToken;

    fn idle() -> Running {
        let mut running = Running {
            addresses: Vec::new(),
            stop: CancellationToken::new(),
            servers: JoinSet::new(),
            background: JoinSet::new(),
        };
        let stop = running.stop.clone();
        running.servers.spawn(async move {
            stop.cancelled().await;
            "a server"
        });
        running
    }

    #[tokio::test]
    async fn a_stop_that_was_asked_for_is_a_good_end() {
        let mut running = idle();
        running.background.spawn(std::future::pending());
        assert!(running.stop().await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_ends_before_the_others_hear_of_the_stop_ended_well() {
        for _ in 0..500 {
            let running = idle();
            let stop = running.stopper();
            let ended = tokio::spawn(running.until_stopped());
            tokio::task::yield_now().await;
            stop.cancel();
            assert!(ended.await.unwrap().is_ok());
        }
    }

    #[tokio::test]
    async fn a_server_that_is_quick_to_stop_has_not_crashed() {
        for _ in 0..32 {
            let mut running = idle();
            running.stop.cancel();
            // The server has ended before anybody looks.
            let server = running.servers.join_next().await.unwrap().unwrap();
            running.servers.spawn(async move { server });
            tokio::task::yield_now().await;
            assert!(running.until_stopped().await.is_ok());
        }
    }

    #[tokio::test]
    async fn a_part_that_ends_by_itself_stops_the_others_and_is_named() {
        let mut running = idle();
        running.background.spawn(async { "the consumer of events" });
        let crashed = running.until_stopped().await.unwrap_err();
        assert_eq!(crashed.to_string(), "the consumer of events ended unexpectedly");
    }

    #[tokio::test]
    async fn a_panic_beside_the_services_is_a_bad_end() {
        let mut running = idle();
        running.background.spawn(async { panic!("as a test") });
        assert!(running.until_stopped().await.is_err());
    }

    #[tokio::test]
    async fn a_server_that_panics_while_it_stops_is_a_bad_end() {
        let mut running = idle();
        let stop = running.stop.clone();
        running.servers.spawn(async move {
            stop.cancelled().await;
            panic!("as a test");
        });
        assert!(running.stop().await.is_err());
    }
}
