//! Events of Hexad over RabbitMQ: AMQP 0-9-1 with its extensions.
//!
//! A [`Broker`] gives [`RabbitPublisher`]s and [`RabbitSource`]s. None of them opens a connection before it is needed;
//! each is made ready by [`Prepare`](hexad_ports::Prepare), which declares what is missing of its topology.
//!
//! ```no_run
//! use hexad_ports::{Clock, EventSource, Prepare, Random, Settlement, domain::Timestamp};
//! use hexad_rabbitmq::{Broker, BrokerOptions, PublisherTopology, Queue, SourceTopology};
//! use std::sync::Arc;
//!
//! # async fn example(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<(), Box<dyn std::error::Error>> {
//! let options = BrokerOptions { name: "session-service".to_owned(), ..BrokerOptions::default() };
//! let broker = Broker::new("amqp://guest:guest@localhost/", options, clock, random)?;
//! let logins = Queue::in_order("session-service.events", &["auth.#"]);
//!
//! let publisher = broker.publisher(PublisherTopology {
//!     exchange: "domain-events".to_owned(),
//!     queues: vec![Queue::plain("auth-events", &["auth.#"]), logins.clone()],
//! });
//! publisher.prepare().await?;
//!
//! let source = broker.source(SourceTopology {
//!     exchange: "domain-events".to_owned(),
//!     queues: vec![logins],
//!     dead: "session-service.events.dead".to_owned(),
//!     prefetch: 128,
//! });
//! source.prepare().await?;
//! for delivery in source.receive(10).await? {
//!     source.settle(&delivery.tag, Settlement::Done).await?;
//! }
//! # Ok(())
//! # }
//! ```

mod address;
mod backoff;
mod broker;
mod confirms;
mod connection;
mod declare;
mod failure;
mod options;
mod privileges;
mod publisher;
mod source;
mod topology;

pub use broker::Broker;
pub use options::BrokerOptions;
pub use publisher::RabbitPublisher;
pub use source::RabbitSource;
pub use topology::{PublisherTopology, Queue, SourceTopology};
