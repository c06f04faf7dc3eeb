//! What stands between a client and a server when the network is bad.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What happens to what goes through, on all connections and from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It goes through.
    Pass,
    /// Nobody listens: a new connection is refused, and those that are open are reset.
    Refuse,
    /// Open connections are reset, and a new one is as soon as it is accepted.
    Cut,
    /// Connections are accepted and stay open, and nothing goes through.
    Blackhole,
    /// Nothing goes through in that direction.
    OneWay(Direction),
    /// Each piece (16 KiB at most) waits so long before it goes on.
    Delay(Duration),
    /// A connection is reset when so many of its bytes have gone in that direction.
    CutAfter(Direction, usize),
}

/// A TCP proxy on a loopback port of its own. Dropping it resets what goes through it.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    counts: Arc<Counts>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Counts {
    open: AtomicUsize,
    up: AtomicUsize,
    down: AtomicUsize,
}

impl Counts {
    fn of(&self, direction: Direction) -> &AtomicUsize {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }
}

impl Proxy {
    /// A proxy before the server at that address, `host:port`. It passes everything on.
    ///
    /// # Panics
    /// Where no port is to be had.
    pub async fn start(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mode = watch::Sender::new(Mode::Pass);
        let counts = Arc::new(Counts::default());
        let accepting = tokio::spawn(accept(
            listener,
            Link { server: server.to_owned(), address, modes: mode.subscribe(), counts: Arc::clone(&counts) },
        ));
        Proxy { address, mode, counts, accepting }
    }

    /// Where it listens: `host:port`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// How many connections are open: each is one of a client, and one to the server.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.counts.open.load(Ordering::SeqCst)
    }

    /// How many bytes have gone in that direction, on all connections.
    #[must_use]
    pub fn passed(&self, direction: Direction) -> usize {
        self.counts.of(direction).load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[derive(Clone)]
struct Link {
    server: String,
    address: SocketAddr,
    modes: watch::Receiver<Mode>,
    counts: Arc<Counts>,
}

async fn accept(listener: TcpListener, mut link: Link) {
    let mut listener = Some(listener);
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        let mode = *link.modes.borrow_and_update();
        if mode == Mode::Refuse {
            listener = None;
            if link.modes.changed().await.is_err() {
                return;
            }
            continue;
        }
        let open = match &listener {
            Some(open) => open,
            None => listener.insert(listen_again(link.address)),
        };
        tokio::select! {
            accepted = open.accept() => if let Ok((client, _)) = accepted {
                let link = link.clone();
                connections.spawn(async move { link.carry(client).await });
            },
            changed = link.modes.changed() => if changed.is_err() {
                return;
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// On the same port, although connections of before may not have quite ended.
fn listen_again(address: SocketAddr) -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option");
    socket.bind(address).expect("nobody else has taken the port");
    socket.listen(1024).expect("it can listen")
}

/// A connection, for as long as it is open.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(open: &'a AtomicUsize) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Counted(open)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Link {
    async fn carry(mut self, client: TcpStream) {
        let _open = Counted::new(&self.counts.open);
        // Closing then resets, as a network that breaks does.
        let _ = client.set_zero_linger();
        if *self.modes.borrow_and_update() == Mode::Cut {
            return;
        }
        let Ok(server) = TcpStream::connect(&self.server).await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true), server.set_zero_linger());
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let (up, down) = (self.clone(), self.clone());
        tokio::select! {
            () = up.pump(Direction::Up, from_client, to_server) => {}
            () = down.pump(Direction::Down, from_server, to_client) => {}
            _ = self.modes.wait_for(|mode| matches!(mode, Mode::Cut | Mode::Refuse)) => {}
        }
    }

    async fn pump(
        mut self,
        direction: Direction,
        mut from: impl AsyncReadExt + Unpin,
        mut to: impl AsyncWriteExt + Unpin,
    ) {
        let mut gone = 0;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
            let held = |mode: &Mode| matches!(mode, Mode::Blackhole) || *mode == Mode::OneWay(direction);
            let Ok(mode) = self.modes.wait_for(|mode| !held(mode)).await.map(|mode| *mode) else { return };
            let mut piece = &buffer[..length];
            match mode {
                Mode::Delay(time) => tokio::time::sleep(time).await,
                Mode::CutAfter(cut, bytes) if cut == direction && gone + length >= bytes => {
                    piece = &piece[..bytes.saturating_sub(gone).min(length)];
                    let _ = to.write_all(piece).await;
                    return;
                }
                _ => {}
            }
            if to.write_all(piece).await.is_err() {
                return;
            }
            gone += length;
            self.counts.of(direction).fetch_add(length, Ordering::SeqCst);
        }
    }
}
