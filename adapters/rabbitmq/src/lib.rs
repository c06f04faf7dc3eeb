//! Events of Hexad over RabbitMQ.
