//! A proxy that fails in the ways in which networks do.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Everything passes.
    Open,
    /// Connections are cut, and new ones at once.
    Cut,
    /// Connections stay, new ones are accepted, and nothing passes.
    Hole,
}

/// Forwards connections from a port of its own.
pub(crate) struct Proxy {
    at: SocketAddr,
    mode: watch::Sender<Mode>,
    open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mode = watch::Sender::new(Mode::Open);
        let open = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(accept(listener, target, mode.clone(), Arc::clone(&open)));
        Proxy { at, mode, open, task }
    }

    pub(crate) fn port(&self) -> u16 {
        self.at.port()
    }

    /// How many connections clients have open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    pub(crate) fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
    }

    pub(crate) fn hole(&self) {
        self.mode.send_replace(Mode::Hole);
    }

    pub(crate) fn restore(&self) {
        self.mode.send_replace(Mode::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: String, mode: watch::Sender<Mode>, open: Arc<AtomicUsize>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        let (target, mode, open) = (target.clone(), mode.subscribe(), Arc::clone(&open));
        open.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let mut cut = mode.clone();
            tokio::select! {
                () = forward(client, &target, mode) => {}
                _ = cut.wait_for(|mode| *mode == Mode::Cut) => {}
            }
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// Forwards until one side is gone, and then both are.
async fn forward(client: TcpStream, target: &str, mode: watch::Receiver<Mode>) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::select! {
        () = pump(&mut from_client, &mut to_server, mode.clone()) => {}
        () = pump(&mut from_server, &mut to_client, mode) => {}
    }
}

async fn pump(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut mode: watch::Receiver<Mode>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(read) = from.read(&mut buffer).await else { return };
        if read == 0 || mode.wait_for(|mode| *mode == Mode::Open).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
