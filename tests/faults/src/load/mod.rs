//! Clients that write, many at a time, and note what they sent and what was answered.

mod client;
mod people;
mod requests;

use crate::{
    Target,
    ledger::{Deed, Micros, Write},
    stores::Away,
};
use client::Client;
pub(crate) use client::Distinct;
use people::People;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    sync::{RwLock, watch},
    task::JoinHandle,
};

/// How many clients write at once: more than the writes that must be in flight at each kill.
pub const CLIENTS: usize = 72;

/// How long a client waits for an answer. No service takes longer than 5 s to say that it cannot.
const PATIENCE: Duration = Duration::from_secs(15);

/// Now, in microseconds since the Unix epoch.
#[must_use]
pub fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Micros::try_from(since.as_micros()).unwrap_or(Micros::MAX)
}

/// What the names of a run's people begin with: unlike those of any run before it on the same stores, and short, as a
/// `dni` has 20 characters at most.
#[must_use]
pub fn run_name() -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut seconds = usize::try_from(now() / 1_000_000).unwrap_or_default();
    let mut name = "f".to_owned();
    for _ in 0..6 {
        name.push(char::from(DIGITS[seconds % DIGITS.len()]));
        seconds /= DIGITS.len();
    }
    name + "-"
}

/// The answer that took longest to say that a service, or what it needs, is away.
#[derive(Debug, Clone, Default)]
pub struct Slowest {
    /// How long it took.
    pub time: Duration,
    /// What was asked for; `None` where there was no such answer.
    pub deed: Option<Deed>,
    /// What it says.
    pub says: String,
}

/// What all clients of a round share.
pub(crate) struct Shared {
    pub(crate) target: Target,
    pub(crate) http: reqwest::Client,
    pub(crate) people: Mutex<People>,
    pub(crate) writes: Mutex<Vec<Write>>,
    pub(crate) slowest: Mutex<Slowest>,
    in_flight: AtomicUsize,
    ended: AtomicU64,
}

/// A client that keeps its connections, and waits so long and no longer.
///
/// # Errors
/// Where TLS cannot be set up.
pub fn http() -> Result<reqwest::Client, Away> {
    Ok(reqwest::Client::builder().timeout(PATIENCE).pool_max_idle_per_host(CLIENTS).build()?)
}

/// The clients of a round.
pub struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
    running: watch::Sender<bool>,
    /// Held by each client for the time of a request, so that whoever holds it alone knows that none is on its way.
    busy: Arc<RwLock<()>>,
}

impl Load {
    /// The clients, and people for them whose names begin so: registered, logged in, with a session each. Nobody
    /// writes yet.
    ///
    /// # Panics
    /// Where the system does not bring that about: it is not at rest.
    pub async fn prepare(target: &Target, http: &reqwest::Client, prefix: &str, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            target: target.clone(),
            http: http.clone(),
            people: Mutex::new(People::named(prefix)),
            writes: Mutex::default(),
            slowest: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
        });
        shared.populate(seed).await;
        Load { shared, clients: Vec::new(), running: watch::Sender::new(true), busy: Arc::default() }
    }

    /// All clients write from now on.
    pub fn start(&mut self, seed: u64) {
        for number in 0..CLIENTS {
            let choice = fastrand::Rng::with_seed(seed.wrapping_mul(1009).wrapping_add(number as u64));
            let client = Client { shared: Arc::clone(&self.shared), choice };
            self.clients.push(tokio::spawn(client.run(self.running.subscribe(), Arc::clone(&self.busy))));
        }
    }

    /// How many writes are on their way now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Ordering::SeqCst)
    }

    /// How many writes have come to an end, answered or not.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.shared.ended.load(Ordering::SeqCst)
    }

    /// Lets what is on its way come to its end, and returns every write, and the longest that a service took to say that it is unavailable.
    ///
    /// # Panics
    /// Where a client did.
    pub async fn stop(self) -> (Vec<Write>, Slowest) {
        self.running.send_replace(false);
        drop(self.busy.write().await);
        for client in self.clients {
            client.await.expect("a client goes on whatever it is answered");
        }
        let writes = std::mem::take(&mut *self.shared.writes.lock().expect("nobody panics with it"));
        let slowest = self.shared.slowest.lock().expect("nobody panics with it").clone();
        (writes, slowest)
    }
}

/// A write that is on its way, counted as long as it is.
pub(crate) struct InFlight<'a>(&'a Shared);

impl<'a> InFlight<'a> {
    pub(crate) fn begin(shared: &'a Shared) -> Self {
        shared.in_flight.fetch_add(1, Ordering::SeqCst);
        InFlight(shared)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}
