//! `kill -9` of one program or another, at any moment and under load: after each restart all that had been answered
//! is read back.
//!
//! `HEXAD_KILLS` says how often (12 where it is not set), `HEXAD_SEED` which programs and when. The seed of a run is
//! printed with its figures; the same seed kills the same programs in the same order.

mod ledger;
mod load;
mod read_back;

use hexad_system_tests::{PROGRAMS, Service, count, eventually, start_all};
use ledger::Ledger;
use load::Load;
use std::{
    collections::{BTreeMap, HashMap},
    env,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

/// How many clients write at once.
const CLIENTS: u64 = 6;

/// In one of so many rounds all programs are killed at once, as when the machine goes.
const ALL_AT_ONCE_IN: u32 = 10;

/// Where the services are now. They move with each restart.
#[derive(Clone, Default)]
pub(crate) struct Places(Arc<RwLock<HashMap<&'static str, Service>>>);

impl Places {
    pub(crate) fn of(&self, service: &str) -> Service {
        self.0.read().unwrap()[service].clone()
    }

    fn put(&self, service: &'static str, at: Service) {
        self.0.write().unwrap().insert(service, at);
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_no_answered_write_is_lost() {
    let kills = number("HEXAD_KILLS").unwrap_or(12);
    let seed = number("HEXAD_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
    println!("crash run: seed {seed}, {kills} kills");
    let mut choice = fastrand::Rng::with_seed(seed);
    let begun = Instant::now();
    // Longer than any run: its last reads use tokens of its beginning.
    let mut programs = start_all(&[("TOKEN_TTL", "24h")]);
    let places = Places::default();
    for (_, service, _) in PROGRAMS {
        places.put(service, programs.service(service).clone());
    }
    let ledger = Arc::new(Ledger::default());
    let load = Load::start(CLIENTS, seed, &places, &ledger);

    let mut killed: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut slowest_start, mut slowest_event, mut read) = (Duration::ZERO, Duration::ZERO, 0);
    while killed.values().sum::<u64>() < kills {
        let victims: Vec<_> = match choice.u32(0..ALL_AT_ONCE_IN) {
            0 => PROGRAMS.map(|(_, service, _)| service).to_vec(),
            _ => vec![PROGRAMS[choice.usize(0..PROGRAMS.len())].1],
        };
        let after = ledger.answered() + choice.u64(5..30);
        load.go_on();
        eventually("the load to be answered", async || {
            (ledger.answered() >= after || load.has_failed()).then_some(())
        })
        .await;
        if load.has_failed() {
            break;
        }
        // Not always just after an answer: that is the one moment at which nobody would mind.
        tokio::time::sleep(Duration::from_micros(choice.u64(0..20_000))).await;
        for service in &victims {
            programs.kill(service);
            *killed.entry(service).or_default() += 1;
        }
        let starting = Instant::now();
        for service in &victims {
            programs.launch(service);
        }
        for service in victims {
            places.put(service, programs.listening(service));
        }
        slowest_start = slowest_start.max(starting.elapsed());
        load.pause().await;
        let outcome = read_back::all(&places, &ledger).await;
        read += outcome.read;
        slowest_event = slowest_event.max(outcome.slowest_event);
        assert_eq!(outcome.lost, [""; 0], "seed {seed}, after {killed:?}");
    }
    // It says what failed, if something did.
    load.stop().await;
    read += read_back::every_login(&places, &ledger).await;

    let data = programs.data_dir();
    let users = count(&data, "SELECT count(*) FROM \"user\"").await;
    let logins = "SELECT count(*) FROM event WHERE json_extract(body, '$.event') = 'UserLoggedIn'";
    let logins = u64::try_from(count(&data, logins).await).unwrap();
    assert!(logins >= ledger.logins() + ledger.people().len() as u64, "{logins} events of logins; {ledger}");
    let told =
        count(&data, "SELECT count(*) FROM event WHERE json_extract(body, '$.event') = 'UserRegistered'")
            .await;
    assert_eq!(users, told, "each registration and its event are one");
    assert_eq!(
        count(&data, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'").await,
        1
    );
    programs.stop();
    println!(
        "seed {seed}: {} kills ({killed:?}); {ledger}; {read} reads, none of which missed a write; slowest restart \
         {} ms, slowest login to arrive after one {} ms; {} s in all",
        killed.values().sum::<u64>(),
        slowest_start.as_millis(),
        slowest_event.as_millis(),
        begun.elapsed().as_secs()
    );
}
