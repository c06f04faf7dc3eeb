//! Whether the server is there.

use crate::{MongoStore, failure::Failure};
use hexad_ports::{Probe, Unavailable, async_trait, domain::Timestamp};
use mongodb::bson::doc;

const DATABASE: &str = "the database of sessions";

#[async_trait]
impl Probe for MongoStore {
    /// Asks the server that takes writes, and answers with its clock, to the millisecond.
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        let store = self.clone();
        self.run(DATABASE, async move { store.server_now().await }).await
    }
}

impl MongoStore {
    /// The clock of the server that takes writes.
    pub(crate) async fn server_now(&self) -> Result<Timestamp, Failure> {
        let hello = self.collections()?.client.database("admin").run_command(doc! { "hello": 1 }).await?;
        match hello.get_datetime("localTime") {
            Ok(at) => Timestamp::from_unix_millis(at.timestamp_millis())
                .ok_or_else(|| Failure::Content("its clock is out of range".to_owned())),
            Err(_) => Ok(self.now()),
        }
    }
}
