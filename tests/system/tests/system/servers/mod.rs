//! The services on PostgreSQL, MongoDB, RabbitMQ and MinIO.

mod away;
mod image_grpc;
mod journey;
mod mistakes;

use hexad_stage::{Bucket, Database, MongoDatabase, Proxy, VirtualHost};
use hexad_system_tests::Suite;

/// The four servers, with a place for this test alone on each.
pub(crate) struct Servers {
    pub(crate) postgres: Database,
    pub(crate) mongo: MongoDatabase,
    pub(crate) rabbitmq: VirtualHost,
    pub(crate) s3: Bucket,
}

impl Servers {
    pub(crate) async fn new() -> Self {
        Self {
            postgres: hexad_stage::postgres().await,
            mongo: hexad_stage::mongo(),
            rabbitmq: hexad_stage::rabbitmq().await,
            s3: hexad_stage::s3(),
        }
    }

    /// The settings that lead to them.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HOST", "127.0.0.1".to_owned()),
            ("DATABASE_URL", self.postgres.url.clone()),
            ("MONGO_URI", self.mongo.uri.clone()),
            ("AMQP_URL", self.rabbitmq.url.clone()),
            ("AWS_ENDPOINT_URL", self.s3.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", self.s3.access_key.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.s3.secret_key.clone()),
            ("AWS_BUCKET_NAME", self.s3.name.clone()),
        ]
    }

    /// The six services on them.
    pub(crate) async fn suite(&self) -> Suite {
        self.suite_with(&[]).await
    }

    /// The same, with these settings in place of theirs.
    pub(crate) async fn suite_with(&self, settings: &[(&'static str, &str)]) -> Suite {
        let own = self.settings();
        let all = own.iter().map(|(name, value)| (*name, value.as_str())).chain(settings.iter().copied());
        Suite::with(&all.collect::<Vec<_>>()).await
    }
}

/// A proxy before the server at that address, through which nobody gets at first.
pub(crate) async fn closed(address: &str) -> Proxy {
    let proxy = Proxy::start(address).await;
    proxy.set(hexad_stage::Mode::Refuse);
    proxy
}
