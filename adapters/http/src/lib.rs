//! The HTTP server that every Hexad service shares.
//!
//! A service gives its routes to an [`App`], which does around them what all services have in common, and
//! [`serve`] puts it on a listener:
//!
//! ```
//! use axum::{Router, routing::get};
//! use hexad_http::{App, Code, Health, Limits, Problem, RequestIds, serve};
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main]
//! # async fn main() -> std::io::Result<()> {
//! let routes = Router::new()
//!     .route("/hello", get(|| async { "hello" }))
//!     .route("/secret", get(|| async { Problem::new(Code::TokenMissing, "Token is missing") }));
//! let health = Health::new(hexad::Health::default());
//! let app = App::builder("example", routes, RequestIds::new(1))
//!     .compat("message")
//!     .health(&health, &["/health"])
//!     .limits(Limits { connections: 100, ..Limits::default() })
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
//! A service may speak a second [`Protocol`] on its port, in the same bounds.
//!
//! For handlers there are [`JsonObject`], [`Query`], [`PathParam`] and [`Bearer`] to extract, and [`Problem`] to
//! answer with; every error is a line of the one table in [`Code`].
//!
//! What is not even HTTP never becomes a request, nor does a head of more than twice its bound: hyper answers them by
//! itself with a bare 400 or 431, without a request id and without a body.

mod app;
mod bearer;
pub mod body;
mod code;
mod connection;
mod cors;
mod deadline;
mod error;
mod forwarding;
mod grpc;
mod health;
pub mod image;
mod json;
mod kept;
mod lasting;
mod limits;
mod linger;
mod origin;
pub mod page;
mod problem;
mod query;
mod request_id;
mod server;
mod whole;

pub use app::{App, AppBuilder, Protocol, Refused};
pub use bearer::Bearer;
pub use code::{Code, Row};
pub use cors::{Cors, Origins};
pub use deadline::{Untimed, in_time};
pub use forwarding::{NoProxies, Peer, TrustedProxies, client_address};
pub use grpc::GrpcStatus;
pub use health::Health;
pub use json::JsonObject;
pub use lasting::{Quiet, Stopping};
pub use limits::Limits;
pub use origin::origin;
pub use problem::{FieldProblem, PROBLEM_JSON, Problem};
pub use query::{PathParam, Query};
pub use request_id::{RequestId, RequestIds, X_REQUEST_ID};
pub use server::serve;
