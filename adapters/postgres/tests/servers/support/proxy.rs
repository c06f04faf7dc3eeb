//! A network that can fail, between a store and its server.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    /// It carries everything.
    Whole,
    /// It closes every connection, old and new.
    Cut,
    /// It swallows everything, of connections that stay open.
    Black,
}

/// A port that leads to a server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    network: watch::Sender<Network>,
    open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (network, seen) = watch::channel(Network::Whole);
        let open: Arc<AtomicUsize> = Arc::default();
        let count = Arc::clone(&open);
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (seen, count) = (seen.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    carry(client, server, seen).await;
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Proxy { port, network, open, task }
    }

    pub(crate) fn set(&self, network: Network) {
        self.network.send_replace(network);
    }

    /// How many connections its clients hold open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Ends when the client has closed, or the network was cut. What was in a black network once never moves again.
async fn carry(mut client: TcpStream, server: SocketAddr, mut seen: watch::Receiver<Network>) {
    let present = *seen.borrow_and_update();
    match present {
        Network::Whole => {
            let Ok(mut upstream) = TcpStream::connect(server).await else { return };
            let black = tokio::select! {
                _ = copy_bidirectional(&mut client, &mut upstream) => false,
                network = seen.wait_for(|network| *network != Network::Whole) => {
                    network.is_ok_and(|network| *network == Network::Black)
                }
            };
            if black {
                swallow(client, seen).await;
            }
        }
        Network::Cut => {}
        Network::Black => swallow(client, seen).await,
    }
}

async fn swallow(mut client: TcpStream, mut seen: watch::Receiver<Network>) {
    let mut nowhere = tokio::io::sink();
    tokio::select! {
        _ = tokio::io::copy(&mut client, &mut nowhere) => {}
        _ = seen.wait_for(|network| *network == Network::Cut) => {}
    }
}
