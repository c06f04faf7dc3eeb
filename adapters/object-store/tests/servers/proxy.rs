//! What stands between a service and its store when the network is bad.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What goes through at once.
const PIECE: usize = 16 * 1024;

/// What happens to what goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Pass,
    /// Every connection is closed, and every new one at once.
    Cut,
    /// Connections stay open, and what is sent arrives nowhere; those that lost something end with it.
    Blackhole,
    /// Nothing is taken any more, nor given.
    Stop,
    /// The connection is closed when so many bytes have gone up.
    CutAfter(usize),
    /// The byte at that place on the way up is another one.
    Spoil(usize),
    /// All goes up, and the connection is closed at the first byte of an answer.
    LoseAnswer,
    /// No more than about 4 MB a second go up.
    Slow,
}

pub(crate) struct Proxy {
    port: u16,
    mode: Arc<watch::Sender<Mode>>,
    open: Arc<AtomicUsize>,
    went_up: Arc<AtomicUsize>,
}

/// A connection, for as long as it is open.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Proxy {
    /// A proxy before that URL, `http://host:port`.
    pub(crate) async fn start(store: &str) -> Proxy {
        let store = store.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpSocket::new_v4().unwrap();
        // Not much is under way at once, so that what is sent moves as the proxy does.
        listener.set_recv_buffer_size(64 * 1024).unwrap();
        listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = listener.listen(1_024).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mode = Arc::new(watch::Sender::new(Mode::Pass));
        let open = Arc::new(AtomicUsize::new(0));
        let went_up = Arc::new(AtomicUsize::new(0));
        let (modes, counter, up) = (Arc::clone(&mode), Arc::clone(&open), Arc::clone(&went_up));
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let (store, modes, up) = (store.clone(), modes.subscribe(), Arc::clone(&up));
                let counted = Counted(Arc::clone(&counter));
                tokio::spawn(async move {
                    connection(client, store, modes, up).await;
                    drop(counted);
                });
            }
        });
        Proxy { port, mode, open, went_up }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    pub(crate) fn cut(&self) {
        self.set(Mode::Cut);
    }

    pub(crate) fn pass(&self) {
        self.set(Mode::Pass);
    }

    /// How many bytes have gone up, on all connections.
    pub(crate) fn went_up(&self) -> usize {
        self.went_up.load(Ordering::SeqCst)
    }

    /// How many connections its clients have.
    pub(crate) fn connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

async fn connection(
    client: TcpStream,
    store: String,
    mut modes: watch::Receiver<Mode>,
    all: Arc<AtomicUsize>,
) {
    if *modes.borrow() == Mode::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(store).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (up, down) = (
        upwards(from_client, to_server, modes.clone(), &all),
        downwards(from_server, to_client, modes.clone()),
    );
    tokio::select! {
        () = up => {}
        () = down => {}
        _ = modes.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

async fn upwards(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut modes: watch::Receiver<Mode>,
    all: &AtomicUsize,
) {
    let (mut gone, mut lost) = (0, false);
    let mut buffer = vec![0; PIECE];
    while let Some(length) = next(&mut from, &mut buffer, &mut modes, &mut lost).await {
        let mode = *modes.borrow();
        let piece = &mut buffer[..length];
        match mode {
            Mode::CutAfter(bytes) if gone + length >= bytes => return,
            Mode::Spoil(at) if (gone..gone + length).contains(&at) => piece[at - gone] ^= 1,
            // One piece in one tick of the timer.
            Mode::Slow => tokio::time::sleep(Duration::from_micros(3_500)).await,
            _ => {}
        }
        gone += length;
        all.fetch_add(length, Ordering::SeqCst);
        if to.write_all(piece).await.is_err() {
            return;
        }
    }
}

async fn downwards(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut modes: watch::Receiver<Mode>) {
    let mut lost = false;
    let mut buffer = vec![0; PIECE];
    while let Some(length) = next(&mut from, &mut buffer, &mut modes, &mut lost).await {
        if *modes.borrow() == Mode::LoseAnswer || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// What is to be passed on; `None` at the end of the connection.
async fn next(
    from: &mut OwnedReadHalf,
    buffer: &mut [u8],
    modes: &mut watch::Receiver<Mode>,
    lost: &mut bool,
) -> Option<usize> {
    loop {
        let _ = modes.wait_for(|mode| *mode != Mode::Stop).await;
        let length = tokio::select! {
            length = from.read(buffer) => length.ok().filter(|length| *length > 0)?,
            _ = modes.wait_for(|mode| *mode != Mode::Blackhole), if *lost => return None,
        };
        let mode = modes.wait_for(|mode| *mode != Mode::Stop).await.ok().map(|mode| *mode);
        match mode {
            Some(Mode::Blackhole) => *lost = true,
            _ => return Some(length),
        }
    }
}
