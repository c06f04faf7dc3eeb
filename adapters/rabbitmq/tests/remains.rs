//! What is left of connections that ended: nothing. In a process of its own, as it counts that of all of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hexad_contract::run;
use hexad_ports::{
    Clock, EventSource, NotReady, Outgoing, Prepare, Publication, Publisher, Random,
    domain::{Event, EventId, EventKind, Timestamp},
};
use hexad_rabbitmq::{Broker, BrokerOptions, PublisherTopology, Queue, SourceTopology};
use hexad_stage::{Mode, Proxy};
use std::{collections::HashSet, fs, sync::Arc, time::Duration};
use tokio::time::{interval, timeout};

struct Fixed;
impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}
impl Random for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

/// How many TCP sockets this process has open, and how many threads of the driver.
fn remains() -> (usize, usize) {
    // The tenth column of each row is the number that the socket has as a file (proc(5)).
    let tcp = fs::read_to_string("/proc/self/net/tcp").unwrap();
    let tcp: HashSet<&str> = tcp.lines().filter_map(|row| row.split_whitespace().nth(9)).collect();
    let files =
        fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let sockets = files.filter(|file| {
        let name = file.to_string_lossy();
        name.strip_prefix("socket:[")
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|number| tcp.contains(number))
    });
    let threads = fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("comm")).ok());
    (sockets.count(), threads.filter(|name| name.starts_with("lapin-io")).count())
}

/// Waits until no more is left than that.
async fn come_to(most: (usize, usize)) {
    let mut ticks = interval(Duration::from_millis(20));
    let waiting = timeout(Duration::from_secs(10), async {
        while remains().0 > most.0 || remains().1 > most.1 {
            ticks.tick().await;
        }
    });
    assert!(waiting.await.is_ok(), "sockets and threads: {:?} and no more than {most:?} were", remains());
}

fn broker(url: &str) -> Broker {
    let options = BrokerOptions {
        connect_timeout: Duration::from_millis(300),
        confirm_timeout: Duration::from_millis(300),
        ..BrokerOptions::default()
    };
    Broker::new(url, options, Arc::new(Fixed), Arc::new(Fixed)).unwrap()
}

fn topology() -> PublisherTopology {
    PublisherTopology { exchange: "domain-events".to_owned(), queues: vec![Queue::plain("in", &["#"])] }
}

fn inbox() -> SourceTopology {
    SourceTopology {
        exchange: "domain-events".to_owned(),
        queues: vec![Queue::plain("in", &["#"])],
        dead: "in.dead".to_owned(),
        prefetch: 8,
    }
}

fn event() -> Outgoing {
    let event = Event {
        id: EventId::new(Timestamp::UNIX_EPOCH, [1; 10]),
        at: Timestamp::UNIX_EPOCH,
        subject: "test".to_owned(),
        kind: EventKind::TestEvent { msg: "hello".to_owned() },
    };
    Outgoing { event, sequence: 1 }
}

/// One test, as what another left at the same time would count.
#[test]
fn nothing_is_left_of_connections_however_they_end() {
    of_connections();
    of_a_runtime();
}

fn of_connections() {
    run(async {
        let host = hexad_stage::rabbitmq().await;
        let proxy = Proxy::start(&host.address).await;
        let url = host.through(&proxy.address());
        // The listener of the proxy, and what the management API's client keeps for a while.
        let before = remains();
        assert_eq!(before.1, 0);

        // A broker that accepts and says nothing: the handshake hangs, again and again.
        proxy.set(Mode::Blackhole);
        let silent = broker(&url);
        let publisher = silent.publisher(topology());
        for _ in 0..5 {
            let prepared = publisher.prepare().await;
            assert!(matches!(prepared, Err(NotReady::Away(_))), "{prepared:?}");
        }
        drop((silent, publisher));
        proxy.set(Mode::Cut);
        come_to(before).await;

        // Connections that hang in the middle of publishing and consuming, and are then cut.
        for end in [Mode::Cut, Mode::Blackhole, Mode::Pass] {
            proxy.set(Mode::Pass);
            let patient =
                Broker::new(&url, BrokerOptions::default(), Arc::new(Fixed), Arc::new(Fixed)).unwrap();
            patient.publisher(topology()).prepare().await.unwrap();
            drop(patient);
            let broker = broker(&url);
            let (publisher, source) = (broker.publisher(topology()), broker.source(inbox()));
            while publisher.prepare().await.is_err() || source.prepare().await.is_err() {}
            assert!(matches!(publisher.publish(&[event()]).await.as_slice(), [Publication::Confirmed]));
            source.receive(1).await.unwrap();
            proxy.set(end);
            if end != Mode::Pass {
                for _ in 0..5 {
                    let published = publisher.publish(&[event()]).await;
                    assert!(matches!(published.as_slice(), [Publication::Failed(_)]), "{published:?}");
                }
            }
            drop((broker, publisher, source));
            if end == Mode::Blackhole {
                // The farewell is not answered. What the proxy itself holds on to ends with this.
                let mut ticks = interval(Duration::from_millis(20));
                while remains().1 > 0 {
                    ticks.tick().await;
                }
                proxy.set(Mode::Cut);
            }
            come_to(before).await;
        }
    });
}

/// A runtime that ends takes its connections with it.
fn of_a_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let kept = runtime.block_on(async {
        let host = hexad_stage::rabbitmq().await;
        let broker =
            Broker::new(&host.url, BrokerOptions::default(), Arc::new(Fixed), Arc::new(Fixed)).unwrap();
        let (publisher, source) = (broker.publisher(topology()), broker.source(inbox()));
        publisher.prepare().await.unwrap();
        source.prepare().await.unwrap();
        (broker, publisher, source)
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    drop(kept);
    run(async {
        let mut ticks = interval(Duration::from_millis(20));
        timeout(Duration::from_secs(10), async {
            while remains().1 > 0 {
                ticks.tick().await;
            }
        })
        .await
        .expect("the driver's threads end");
    });
}
