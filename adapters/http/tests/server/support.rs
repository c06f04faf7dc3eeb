//! A server on a port of its own, and a client that sends exactly the bytes it is told to.

use axum::Router;
use hexad_http::{App, AppBuilder, Health, Limits, RequestIds, serve};
use serde_json::Value;
use std::{collections::HashMap, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// How long any one step of a test may take. Only a broken server comes near it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A moment that a test does not notice and a limit can be.
pub(crate) const MOMENT: Duration = Duration::from_millis(150);

pub(crate) async fn soon<T>(step: impl Future<Output = T>) -> T {
    timeout(PATIENCE, step).await.expect("a step of the test never ended")
}

pub(crate) fn app(routes: Router) -> AppBuilder {
    App::builder("test", routes, RequestIds::new(1))
        .health(&Health::new(hexad::Health::default()), &["/health"])
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) running: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(app: App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(serve(listener, app, shutdown.clone()));
        Self { address, shutdown, running }
    }

    pub(crate) async fn with(routes: Router, limits: Limits) -> Self {
        Self::start(app(routes).limits(limits).build()).await
    }

    pub(crate) async fn connect(&self) -> Client {
        Client { stream: TcpStream::connect(self.address).await.unwrap(), read: Vec::new() }
    }

    /// Sends one request on a connection of its own.
    pub(crate) async fn ask(&self, request: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(request.as_bytes()).await;
        client.answer().await
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        soon(self.running).await.unwrap();
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        soon(self.stream.write_all(bytes)).await.unwrap();
    }

    /// One answer with an announced length.
    pub(crate) async fn answer(&mut self) -> Answer {
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break self.read.drain(..end + 4).collect::<Vec<_>>();
            }
            assert!(self.more().await, "the connection ended before an answer");
        };
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: HashMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        while self.read.len() < length {
            assert!(self.more().await, "the connection ended within an answer");
        }
        Answer { status, headers, body: self.read.drain(..length).collect() }
    }

    async fn more(&mut self) -> bool {
        soon(self.stream.read_buf(&mut self.read)).await.unwrap() > 0
    }

    /// Waits for the server to close, and gives what it sent before.
    pub(crate) async fn end(mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.read);
        loop {
            match soon(self.stream.read_buf(&mut rest)).await {
                Ok(0) => return rest,
                Ok(_) => {}
                // Closed with bytes of ours unread.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return rest,
                Err(error) => panic!("{error}"),
            }
        }
    }
}
