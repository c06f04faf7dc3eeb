//! The proxy does to connections what it says.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a failed expectation is a failed test"
)]

use hexad_stage::{Direction, Mode, Proxy};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// A server that sends back what it is sent.
async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = peer.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    address
}

async fn said(client: &mut TcpStream, text: &[u8]) -> std::io::Result<Vec<u8>> {
    client.write_all(text).await?;
    let mut heard = vec![0; text.len()];
    client.read_exact(&mut heard).await?;
    Ok(heard)
}

/// Waits until that many connections are open.
async fn open(proxy: &Proxy, count: usize) {
    let there = async {
        while proxy.connections() != count {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), there).await.unwrap();
}

#[tokio::test]
async fn what_is_open_is_counted_and_can_be_cut() {
    let proxy = Proxy::start(&echo().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said(&mut client, b"one").await.unwrap(), b"one");
    assert_eq!((proxy.connections(), proxy.passed(Direction::Up)), (1, 3));
    proxy.set(Mode::Cut);
    assert!(said(&mut client, b"two").await.is_err());
    open(&proxy, 0).await;
    let mut late = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(said(&mut late, b"three").await.is_err());
    proxy.set(Mode::Pass);
    let mut again = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said(&mut again, b"four").await.unwrap(), b"four");
}

#[tokio::test]
async fn refusing_is_that_nobody_listens() {
    let proxy = Proxy::start(&echo().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said(&mut client, b"one").await.unwrap(), b"one");
    proxy.set(Mode::Refuse);
    assert!(said(&mut client, b"two").await.is_err());
    open(&proxy, 0).await;
    let refused = async {
        loop {
            if let Err(refused) = TcpStream::connect(proxy.address()).await {
                return refused.kind();
            }
        }
    };
    let refused = timeout(Duration::from_secs(10), refused).await.unwrap();
    assert_eq!(refused, std::io::ErrorKind::ConnectionRefused);
    proxy.set(Mode::Pass);
    let back = async {
        loop {
            if let Ok(mut client) = TcpStream::connect(proxy.address()).await {
                return said(&mut client, b"three").await.unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(timeout(Duration::from_secs(10), back).await.unwrap(), b"three");
}

#[tokio::test]
async fn what_is_held_in_one_direction_arrives_when_it_is_let_go() {
    let proxy = Proxy::start(&echo().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.set(Mode::OneWay(Direction::Down));
    client.write_all(b"held").await.unwrap();
    let mut heard = [0; 4];
    let up = async {
        while proxy.passed(Direction::Up) < 4 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), up).await.unwrap();
    assert_eq!(proxy.passed(Direction::Down), 0);
    proxy.set(Mode::Pass);
    client.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"held");
}

#[tokio::test]
async fn a_connection_is_cut_after_so_many_bytes() {
    let proxy = Proxy::start(&echo().await).await;
    proxy.set(Mode::CutAfter(Direction::Up, 5));
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said(&mut client, b"1234").await.unwrap(), b"1234");
    assert!(said(&mut client, b"5678").await.is_err());
}

#[tokio::test]
async fn a_client_that_gives_up_in_a_black_hole_leaves_nothing() {
    let proxy = Proxy::start(&echo().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said(&mut client, b"one").await.unwrap(), b"one");
    proxy.set(Mode::Blackhole);
    assert!(timeout(Duration::from_millis(100), said(&mut client, b"two")).await.is_err());
    assert_eq!(proxy.connections(), 1);
    drop(client);
    open(&proxy, 0).await;
    assert_eq!(proxy.passed(Direction::Up), 3);
}

#[tokio::test]
async fn a_delay_is_at_least_that_long() {
    let proxy = Proxy::start(&echo().await).await;
    proxy.set(Mode::Delay(Duration::from_millis(50)));
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let started = tokio::time::Instant::now();
    assert_eq!(said(&mut client, b"one").await.unwrap(), b"one");
    // Once there, and once back.
    assert!(started.elapsed() >= Duration::from_millis(100));
}
