//! Four of the six services as HTTP and JSON: [`auth`], [`session`], [`image`] and [`connected`].
//!
//! Each has a `router`, its routes over a use case and nothing else, and an `app`, which puts the routes into the
//! [`App`](hexad_http::App) that all services share, with what this service has of its own: the name of the member
//! in its problem documents that the original service used, its health routes, and its methods for CORS.
//!
//! ```
//! use hexad::{LastConnections, Lookup, domain::Timestamp};
//! use hexad_http::{Health, Limits, Origins, RequestIds, serve};
//! use hexad_memory::{ManualClock, Memory, SeededRandom};
//! use std::sync::Arc;
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main]
//! # async fn main() -> std::io::Result<()> {
//! let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
//! let store = Arc::new(Memory::new(clock.clone(), Arc::new(SeededRandom::new(1))));
//! let lookup = Lookup { users: store.clone() };
//! let last_connections = LastConnections { lookup, sessions: store.clone(), clock };
//!
//! let health = Health::new(hexad::Health::default().with_store("users", store));
//! let ids = RequestIds::new(1);
//! let app = hexad_rest::connected::app(Arc::new(last_connections), &health, ids, Origins::Closed)
//!     .limits(Limits::default())
//!     .build();
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let shutdown = CancellationToken::new();
//! let server = tokio::spawn(serve(listener, app, shutdown.clone()));
//! shutdown.cancel();
//! server.await?;
//! # Ok(())
//! # }
//! ```
//!
//! Handlers only translate: a request into the question that a use case takes, its answer into a response, its
//! error into a [`Problem`](hexad_http::Problem). Each says in its annotation what it takes and answers: the router and
//! the service's OpenAPI document (`GET /openapi.json`, and as a page `GET /docs`) are both made of that.

mod answer;
pub mod auth;
pub mod connected;
mod description;
pub mod image;
pub mod session;

pub use description::text_of;
