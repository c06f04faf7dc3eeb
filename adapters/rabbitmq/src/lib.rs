//! Events of Hexad over RabbitMQ.

mod broker;
mod options;
mod publisher;
mod source;
mod topology;

pub use broker::Broker;
pub use options::BrokerOptions;
pub use publisher::RabbitPublisher;
pub use source::RabbitSource;
pub use topology::{PublisherTopology, Queue, SourceTopology};
