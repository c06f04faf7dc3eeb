//! A program while it runs: started on its addresses, stopped in order.

use crate::{
    assemble::{Parts, PartsError},
    program::Service,
    settings::Settings,
    tasks::{Crashed, Tasks},
};
use hexad_http::{App, serve};
use std::{io, net::SocketAddr};
use tokio::net::TcpListener;
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

/// A program that runs. Dropping it stops it too, but waits for nothing.
#[derive(Debug)]
pub struct Running {
    addresses: Vec<(Service, SocketAddr)>,
    stop: CancellationToken,
    servers: Tasks,
    background: Tasks,
}

impl Running {
    /// Makes the parts, binds every address, and serves. Call it within a tokio runtime.
    ///
    /// # Errors
    /// The first part or address that is not to be had; nothing runs then.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let mut parts = Parts::new(settings);
        let mut apps = Vec::new();
        for own in &settings.services {
            let Some(assembly) = settings.program.assembly(own.service) else { continue };
            let app = (assembly.app)(own, &mut parts).await?.limits(settings.limits).build();
            let address = SocketAddr::new(settings.host, own.port);
            let failed = |source| StartError::Listen { service: own.service, address, source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let bound = listener.local_addr().map_err(failed)?;
            apps.push((own.service, bound, listener, app));
        }
        let mut running = Self {
            addresses: Vec::new(),
            stop: CancellationToken::new(),
            servers: Tasks::default(),
            background: Tasks::default(),
        };
        for background in parts.background {
            running.background.spawn(background.name, background.work);
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
    /// runs, and only after them whatever runs beside them ends.
    ///
    /// # Errors
    /// A part ended or panicked before anybody asked for the end. All others are stopped then, in the same order.
    pub async fn until_stopped(mut self) -> Result<(), Crashed> {
        let crash = tokio::select! {
            // Looked at first: a server that ends because it was asked to has not crashed.
            biased;
            () = self.stop.cancelled() => None,
            crash = self.servers.crash() => Some(crash),
            crash = self.background.crash() => Some(crash),
        };
        self.stop.cancel();
        let stopped = self.servers.finish().await;
        self.background.cut().await;
        crash.map_or(stopped, Err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::{Running, Tasks};
    use std::future::pending;
    use tokio_util::sync::CancellationToken;

    /// A program with one server and nothing else.
    fn one_server() -> Running {
        let mut servers = Tasks::default();
        let stop = CancellationToken::new();
        servers.spawn("a server", stop.clone().cancelled_owned());
        Running { addresses: Vec::new(), stop, servers, background: Tasks::default() }
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
