//! The standard health service, `grpc.health.v1.Health`, over the check that HTTP answers with.

use crate::{front, status};
use axum::{Router, middleware::map_request};
use futures_util::{Stream, StreamExt, stream};
use hexad_http::{Code, Problem, Quiet, Stopping};
use std::{pin::Pin, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use tonic::{Request, Response, Status};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus,
    health_server::{Health as Methods, HealthServer},
};

/// The paths of its methods. They are served whatever the bound on concurrent requests says.
pub(crate) const PATHS: [&str; 2] = ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"];

/// How often the parts are asked for those who watch. All of them ask at the same moments, and so share one check.
const EVERY: Duration = Duration::from_secs(5);

/// How many may watch at once.
const WATCHES: usize = 64;

/// The largest request: the name of a service, of any length that one could have.
const LARGEST: usize = 4 * 1024;

/// Answers for the whole server, by the empty name, and for one service.
struct Health {
    health: hexad_http::Health,
    service: &'static str,
    watches: Arc<Semaphore>,
    begun: Instant,
}

/// The routes of health, where only this service is known besides the whole server.
pub(crate) fn routes(health: hexad_http::Health, service: &'static str) -> Router {
    let watches = Arc::new(Semaphore::new(WATCHES));
    let methods = Health { health, service, watches, begun: Instant::now() };
    let server = HealthServer::new(methods).max_decoding_message_size(LARGEST);
    let routes =
        PATHS.into_iter().fold(Router::new(), |routes, path| routes.route_service(path, server.clone()));
    routes.layer(map_request(front::short))
}

impl Health {
    fn knows(&self, service: &str) -> bool {
        service.is_empty() || service == self.service
    }
}

#[tonic::async_trait]
impl Methods for Health {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !self.knows(&request.get_ref().service) {
            return Err(Status::not_found("There is no such service."));
        }
        Ok(Response::new(answer(serving(&self.health).await)))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let place = Arc::clone(&self.watches).try_acquire_owned();
        let place = place.map_err(|_| {
            status::of(&Problem::new(Code::Busy, "Too many watch the health of this server."))
        })?;
        let watch = Watch {
            // A service that is not known may be one day, by the protocol.
            health: self.knows(&request.get_ref().service).then(|| self.health.clone()),
            told: None,
            begun: self.begun,
            stopping: Stopping::of(request.extensions()),
            _place: place,
        };
        let changes = stream::unfold(Some(watch), |watch| async { Some(watch?.next().await) });
        let mut response = Response::new(changes.boxed());
        response.extensions_mut().insert(Quiet);
        Ok(response)
    }
}

/// Somebody who wants to hear of every change.
struct Watch {
    health: Option<hexad_http::Health>,
    told: Option<ServingStatus>,
    begun: Instant,
    stopping: Stopping,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    /// The next change, at once where nothing was told yet; or the end, when the server stops.
    async fn next(mut self) -> (Result<HealthCheckResponse, Status>, Option<Self>) {
        loop {
            let status = match &self.health {
                Some(health) => serving(health).await,
                None => ServingStatus::ServiceUnknown,
            };
            if self.told != Some(status) {
                self.told = Some(status);
                return (Ok(answer(status)), Some(self));
            }
            tokio::select! {
                () = self.stopping.begun() => {
                    let stops = Problem::new(Code::Unavailable, "The server stops.");
                    return (Err(status::of(&stops)), None);
                }
                () = sleep_until(next_moment(self.begun)) => {}
            }
        }
    }
}

/// The next of the moments at which everybody asks.
fn next_moment(begun: Instant) -> Instant {
    let rounds = begun.elapsed().as_millis() / EVERY.as_millis() + 1;
    begun + EVERY * u32::try_from(rounds).unwrap_or(u32::MAX)
}

async fn serving(health: &hexad_http::Health) -> ServingStatus {
    match health.report().await.is_healthy() {
        true => ServingStatus::Serving,
        false => ServingStatus::NotServing,
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
