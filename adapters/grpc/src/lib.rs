//! The image service over gRPC: `hexad.image.v1.ImageDelivery`, with server reflection and the standard health service,
//! on the port where the service speaks HTTP.
//!
//! ```
//! use hexad::{Images, domain::Timestamp};
//! use hexad_grpc::image;
//! use hexad_http::{App, Health, RequestIds, image::PublicUrl, serve};
//! use hexad_memory::{ManualClock, MemoryImages};
//! use std::sync::Arc;
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main]
//! # async fn main() -> std::io::Result<()> {
//! let store = Arc::new(MemoryImages::new(Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH))));
//! let health = Health::new(hexad::Health::default().with_store("images", store.clone()));
//! let images = Arc::new(Images { store });
//!
//! // The routes of HTTP, if there are any.
//! let app = App::builder("image", axum::Router::new(), RequestIds::new(1));
//! let app = image::beside(app, images, PublicUrl::default(), &health).build();
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
//! Methods only translate: messages into the question that a use case takes, its answer into messages, its error into
//! the status of its line of the table, with the line's name in the metadata `hexad-code`. Messages are not compressed:
//! images are already, and what cannot be unpacked cannot burst.

mod deadline;
mod front;
mod health;
pub mod image;
pub mod proto;
mod reflection;
mod status;
