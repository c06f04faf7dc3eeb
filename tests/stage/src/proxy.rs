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

/// How much is read at once, about.
const PIECE: usize = 16 * 1024;
/// How much is read of a connection while nothing goes through: then its sender has to wait too.
const HELD: usize = 1024 * 1024;

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
    /// Each piece (16 KiB or less, but what was held before goes as one) waits so long before it goes on.
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

    /// From now on. What is open sees it at once; a client that connects in the same moment may still find the mode of
    /// before.
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
    let mut listener = listener;
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        if *link.modes.borrow_and_update() == Mode::Refuse {
            drop(listener);
            let port = hold(link.address);
            if link.modes.wait_for(|mode| *mode != Mode::Refuse).await.is_err() {
                return;
            }
            listener = port.listen(1024).expect("it can listen");
        }
        tokio::select! {
            accepted = listener.accept() => if let Ok((client, _)) = accepted {
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

/// A socket that has the port and does not listen: whoever connects is refused, and nobody else gets the port.
fn hold(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    // Connections of before may not have quite ended.
    socket.set_reuseaddr(true).expect("an option");
    socket.bind(address).expect("nobody else has taken the port");
    socket
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
        if matches!(*self.modes.borrow_and_update(), Mode::Cut | Mode::Refuse) {
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
        let mut buffer = Vec::with_capacity(PIECE);
        loop {
            let Ok(1..) = from.read_buf(&mut buffer).await else { return };
            let Some(mode) = self.let_go(direction, &mut from, &mut buffer).await else { return };
            match mode {
                Mode::Delay(time) => tokio::time::sleep(time).await,
                Mode::CutAfter(cut, bytes) if cut == direction && gone + buffer.len() >= bytes => {
                    buffer.truncate(bytes.saturating_sub(gone));
                    let _ = to.write_all(&buffer).await;
                    return;
                }
                _ => {}
            }
            if to.write_all(&buffer).await.is_err() {
                return;
            }
            gone += buffer.len();
            self.counts.of(direction).fetch_add(buffer.len(), Ordering::SeqCst);
            buffer.clear();
        }
    }

    /// Waits until what was read may go on, and gives the mode that lets it. Meanwhile it reads on: a client that gives
    /// up is to be seen to have closed its connection. `None` when it has.
    async fn let_go(
        &mut self,
        direction: Direction,
        from: &mut (impl AsyncReadExt + Unpin),
        buffer: &mut Vec<u8>,
    ) -> Option<Mode> {
        let free = |mode: &Mode| *mode != Mode::Blackhole && *mode != Mode::OneWay(direction);
        loop {
            tokio::select! {
                biased;
                mode = self.modes.wait_for(free) => return mode.ok().map(|mode| *mode),
                read = from.read_buf(buffer), if buffer.len() < HELD => if !matches!(read, Ok(1..)) {
                    return None;
                },
            }
        }
    }
}
