//! Processes that share a file, and are killed while they write to it.

use crate::support::{Place, SteeredClock, event, login, open, user};
use hexad_ports::{
    EventLog, EventSource, Expected, Probe, SaveUser, UserChange, UserKey, UserStore,
    domain::{Area, EventKind, User, UserId},
};
use hexad_sqlite::SqliteStore;
use std::{
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};

const ROLE: &str = "HEXAD_SQLITE_TEST_ROLE";
const FILE: &str = "HEXAD_SQLITE_TEST_FILE";

/// This test program once more, as a process of its own that plays a role.
struct Other {
    process: Child,
    says: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(role: &str, path: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::another_process", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(FILE, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("another process");
        let says = BufReader::new(process.stdout.take().unwrap()).lines();
        Other { process, says }
    }

    /// The next thing that it says, past what the test program says around it.
    fn hear(&mut self) -> Option<String> {
        loop {
            let line = self.says.next()?.unwrap();
            if let Some((_, said)) = line.split_once("@ ") {
                return Some(said.to_owned());
            }
        }
    }

    fn go(&mut self) {
        self.process.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }

    /// `kill -9`, and what it had still said.
    fn kill(mut self) -> Vec<String> {
        self.process.kill().unwrap();
        let rest = std::iter::from_fn(|| self.hear()).collect();
        self.process.wait().unwrap();
        rest
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n@ {what}").and_then(|()| out.flush()).expect("somebody listens");
}

fn wait_for_go() {
    say("ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// No test, but what the tests below start as another process. Plays no role when nobody gave it one.
#[test]
fn another_process() {
    let (Ok(role), Some(path)) = (std::env::var(ROLE), std::env::var_os(FILE)) else { return };
    let path = Path::new(&path);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match role.as_str() {
        "open" => {
            wait_for_go();
            let store = runtime.block_on(open(path, SteeredClock::new()));
            runtime.block_on(store.check()).unwrap();
            say("open");
        }
        "register" => {
            let store = runtime.block_on(open(path, SteeredClock::new()));
            wait_for_go();
            runtime.block_on(async {
                let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(register_as_ada(store.clone()))).collect();
                for task in tasks {
                    say(&task.await.unwrap());
                }
            });
        }
        "write" => runtime.block_on(async {
            let store = open(path, SteeredClock::new()).await;
            loop {
                let user = user(&format!("user-{}", UserId::from_random(crate::support::distinct())));
                assert!(matches!(register(&store, &user).await, SaveUser::Saved(_)));
                say(user.id.as_str());
            }
        }),
        "login" => runtime.block_on(async {
            let store = open(path, SteeredClock::new()).await;
            wait_for_go();
            store.append(&[login(SteeredClock::new().as_ref(), "ada")]).await.unwrap();
            say("told");
        }),
        "consume" => runtime.block_on(async {
            let source = open(path, SteeredClock::new()).await.event_source("consumer", &Area::ALL);
            source.receive(1).await.unwrap();
            say("received");
            std::future::pending().await
        }),
        other => panic!("no role is called {other}"),
    }
}

async fn register(store: &SqliteStore, user: &User) -> SaveUser {
    let told = event(SteeredClock::new().as_ref(), user.username.as_str(), EventKind::registered(user));
    store
        .save(&user.id, Expected::Absent, UserChange::Register(user.clone()), &[told])
        .await
        .expect("an answer")
}

async fn register_as_ada(store: SqliteStore) -> String {
    format!("{:?}", register(&store, &user("ada")).await)
}

#[test]
fn six_processes_make_the_file_at_the_same_moment() {
    for _ in 0..5 {
        let place = Place::new();
        let mut others: Vec<Other> = (0..6).map(|_| Other::start("open", &place.path())).collect();
        for other in &mut others {
            assert_eq!(other.hear().as_deref(), Some("ready"));
        }
        for other in &mut others {
            other.go();
        }
        for other in &mut others {
            assert_eq!(other.hear().as_deref(), Some("open"));
            assert_eq!(other.hear(), None);
        }
    }
}

#[tokio::test]
async fn of_sixteen_registrations_from_two_processes_one_wins() {
    let place = Place::new();
    let mut others = [Other::start("register", &place.path()), Other::start("register", &place.path())];
    for other in &mut others {
        assert_eq!(other.hear().as_deref(), Some("ready"));
    }
    for other in &mut others {
        other.go();
    }
    let answers: Vec<String> =
        others.iter_mut().flat_map(|other| std::iter::from_fn(|| other.hear())).collect();
    assert_eq!(answers.len(), 16, "{answers:?}");
    let of = |answer: &str| answers.iter().filter(|given| given.starts_with(answer)).count();
    assert_eq!((of("Saved"), of("Duplicate([Username])")), (1, 15), "{answers:?}");
    assert_eq!(place.count(r#"SELECT count(*) FROM "user""#).await, 1);
    assert_eq!(place.count("SELECT count(*) FROM event").await, 1);
}

#[tokio::test]
async fn what_a_killed_process_had_answered_is_there() {
    let place = Place::new();
    let mut answered = Vec::new();
    for round in 0..8 {
        let mut other = Other::start("write", &place.path());
        let mut beside = Other::start("write", &place.path());
        for _ in 0..=3 * round {
            answered.extend(other.hear());
        }
        answered.extend(other.kill());
        answered.extend(beside.hear());
        answered.extend(beside.kill());
        let store = place.store().await;
        for id in &answered {
            let id = UserId::from_stored(id.as_str());
            assert!(store.load(UserKey::Id(&id)).await.unwrap().is_some(), "round {round}: {id} is lost");
        }
        let users = place.count(r#"SELECT count(*) FROM "user""#).await;
        assert_eq!(users, place.count("SELECT count(*) FROM event").await, "a change and its event are one");
        let integrity: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut place.behind().await).await.unwrap();
        assert_eq!(integrity, "ok");
    }
    assert!(answered.len() > 80, "only {}", answered.len());
}

#[tokio::test]
async fn a_login_in_another_process_arrives_within_a_second() {
    let place = Place::new();
    let store = place.store().await;
    let source = Arc::new(store.event_source("consumer", &[Area::Auth]));
    let mut other = Other::start("login", &place.path());
    assert_eq!(other.hear().as_deref(), Some("ready"));
    let waiting = tokio::spawn({
        let source = Arc::clone(&source);
        async move { source.receive(1).await.map(|deliveries| (deliveries.len(), std::time::Instant::now())) }
    });
    let (told, said) = tokio::task::spawn_blocking(move || {
        other.go();
        let said = other.hear();
        (std::time::Instant::now(), said)
    })
    .await
    .unwrap();
    assert_eq!(said.as_deref(), Some("told"));
    let (received, at) = waiting.await.unwrap().unwrap();
    assert_eq!(received, 1);
    assert!(at.saturating_duration_since(told).as_millis() < 1_000);
}

#[tokio::test]
async fn what_a_killed_consumer_had_not_settled_goes_to_the_next() {
    let place = Place::new();
    let store = place.store().await;
    let told = crate::support::tell_login(&store, place.clock.as_ref(), "ada").await;
    let mut other = Other::start("consume", &place.path());
    assert_eq!(other.hear().as_deref(), Some("received"));
    let source = store.event_source("consumer", &Area::ALL);
    let standing_by = tokio::spawn(async move { source.receive(1).await });
    other.kill();
    let received = tokio::time::timeout(std::time::Duration::from_secs(5), standing_by).await;
    let deliveries = received.expect("it takes over").unwrap().unwrap();
    assert_eq!(deliveries[0].content, hexad_ports::Content::Event(told));
}
