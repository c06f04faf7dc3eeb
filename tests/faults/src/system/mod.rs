//! A system of our own to break: the programs, two replicas of each, the servers, and a bad network in between.

mod build;
mod replica;
mod servers;

pub use build::programs;
pub use replica::{Ended, Replica};
pub use servers::{SERVERS, Servers};

use crate::{Target, ledger::Area};
use hexad_stage::{Mode, Proxy};
use std::{collections::BTreeMap, path::Path};

/// The services that write, each with its program and the servers that it speaks to.
pub const SERVICES: [(&str, &str, &[&str]); 4] = [
    ("user-soap", "user-soap-service", &["postgres", "rabbitmq"]),
    ("auth", "auth-service", &["postgres", "rabbitmq"]),
    ("session", "session-service", &["mongo", "rabbitmq"]),
    ("image", "image-service", &["s3"]),
];

/// How many replicas each has.
pub const REPLICAS: usize = 2;

const KEY: &str = "the key that every service of the fault runs signs with";

/// The whole of it.
pub struct System {
    /// The programs that run.
    pub replicas: Vec<Replica>,
    /// Where it is, for clients and observers, who see a good network.
    pub target: Target,
    /// The servers.
    pub servers: Servers,
    links: BTreeMap<(&'static str, &'static str), Proxy>,
}

impl System {
    /// Starts the programs of that folder on servers that run, with a database, a virtual host and a bucket of its
    /// own; logs go into the folder `logs`.
    ///
    /// # Panics
    /// Where something of it cannot be started.
    pub async fn start(programs: &Path, servers: Servers, logs: &Path) -> Self {
        let users = hexad_stage::postgres().await;
        let sessions = hexad_stage::mongo();
        let broker = hexad_stage::rabbitmq().await;
        let bucket = hexad_stage::s3();
        let endpoint = bucket.endpoint.trim_start_matches("http://").to_owned();
        let mut links = BTreeMap::new();
        let mut replicas = Vec::new();
        let mut target = Target {
            amqp: broker.url.clone(),
            exchange: "domain-events".to_owned(),
            queues: [
                ("user-events", Area::User),
                ("auth-events", Area::Auth),
                ("session-events", Area::Session),
            ]
            .map(|(name, area)| (name.to_owned(), area))
            .to_vec(),
            postgres: users.url.clone(),
            mongo: sessions.uri.clone(),
            ..Target::default()
        };
        for (service, program, needs) in SERVICES {
            let mut settings: Vec<(String, String)> = Vec::new();
            let mut set = |name: &str, value: String| settings.push((name.to_owned(), value));
            for server in needs {
                let address = match *server {
                    "postgres" => &users.address,
                    "rabbitmq" => &broker.address,
                    "mongo" => &sessions.address,
                    _ => &endpoint,
                };
                let proxy = Proxy::start(address).await;
                let through = proxy.address();
                match *server {
                    "postgres" => set("DATABASE_URL", users.through(&through)),
                    "rabbitmq" => set("AMQP_URL", broker.through(&through)),
                    "mongo" => set("MONGO_URI", sessions.through(&through)),
                    _ => {
                        set("AWS_ENDPOINT_URL", format!("http://{through}"));
                        set("AWS_ACCESS_KEY_ID", bucket.access_key.clone());
                        set("AWS_SECRET_ACCESS_KEY", bucket.secret_key.clone());
                        set("AWS_REGION", "us-east-1".to_owned());
                        set("AWS_BUCKET_NAME", bucket.name.clone());
                        set("IMAGE_PUBLIC_URL", format!("{}/{}", bucket.endpoint, bucket.name));
                    }
                }
                links.insert((service, *server), proxy);
            }
            set("SECRET_KEY", KEY.to_owned());
            // The least that is accepted: what a hash costs is not the subject here.
            set("PASSWORD_ITERATIONS", "100000".to_owned());
            set("HOST", "127.0.0.1".to_owned());
            // What the driver says of each queue that it looks for, and what every look at a missing store gives, tells nothing.
            set("LOG", "warn,lapin=off,hexad::health=error".to_owned());
            for number in 1..=REPLICAS {
                let replica = Replica::new(service, number, programs.join(program), settings.clone(), logs);
                match service {
                    "user-soap" => &mut target.user_soap,
                    "auth" => &mut target.auth,
                    "session" => &mut target.session,
                    _ => &mut target.image,
                }
                .push(replica.url());
                replicas.push(replica);
            }
        }
        let mut system = System { replicas, target, servers, links };
        for replica in &mut system.replicas {
            replica.start(&[]);
        }
        system
    }

    /// Waits until every program says that it is healthy.
    ///
    /// # Panics
    /// Where one does not.
    pub async fn healthy(&mut self, http: &reqwest::Client) {
        for replica in &mut self.replicas {
            replica.healthy(http).await;
        }
    }

    /// What the network between a service and a server does from now on.
    pub fn network(&self, service: &str, server: &str, mode: Mode) {
        let link = self.links.iter().find(|((from, to), _)| *from == service && *to == server);
        link.expect("they speak to each other").1.set(mode);
    }

    /// Which services speak to which servers.
    #[must_use]
    pub fn links(&self) -> Vec<(&'static str, &'static str)> {
        self.links.keys().copied().collect()
    }

    /// The places of a service's replicas.
    #[must_use]
    pub fn of(&self, service: &str) -> Vec<usize> {
        let places = self.replicas.iter().enumerate();
        places.filter(|(_, replica)| replica.service == service).map(|(place, _)| place).collect()
    }
}
