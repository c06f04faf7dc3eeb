//! The system that is written to.

use crate::ledger::Area;

/// Where the system is: its services, its broker, its stores.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The base URLs of the replicas of the registration service.
    pub user_soap: Vec<String>,
    /// Those of the auth service.
    pub auth: Vec<String>,
    /// Those of the session service.
    pub session: Vec<String>,
    /// Those of the image service; none where no uploads are to be made.
    pub image: Vec<String>,
    /// The broker, with its virtual host.
    pub amqp: String,
    /// The exchange that events are published to.
    pub exchange: String,
    /// The queues of the services' own areas that nobody else reads: they are read too.
    pub queues: Vec<(String, Area)>,
    /// The database of users.
    pub postgres: String,
    /// The database of sessions.
    pub mongo: String,
}

impl Target {
    /// The replicas of a service, by its name.
    #[must_use]
    pub fn replicas(&self, service: &str) -> &[String] {
        match service {
            "user-soap" => &self.user_soap,
            "auth" => &self.auth,
            "session" => &self.session,
            _ => &self.image,
        }
    }
}
