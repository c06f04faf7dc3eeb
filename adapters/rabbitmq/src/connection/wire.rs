//! One connection, from its opening to its end.

use super::channel::OpenChannel;
use crate::{
    address::Address,
    failure::{Failure, of_handshake, of_tls},
};
use lapin::{
    AsyncTcpStream, Connection, ConnectionProperties, runtime,
    tcp::{AMQPUriTcpExt, TLSConfig},
    uri::AMQPScheme,
};
use std::{
    net::{Shutdown, TcpStream},
    os::fd::AsFd,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};
use tokio_util::task::TaskTracker;

/// How long the broker may take to agree to the end of a channel or a connection.
pub(super) const GOODBYE: Duration = Duration::from_secs(1);

/// An open connection, as those who use it see it.
pub(crate) struct Wire {
    connection: Connection,
    given_up: Notify,
    channels: TaskTracker,
}

impl Wire {
    /// Whether the connection is still there, as far as we know.
    pub(crate) fn live(&self) -> bool {
        self.connection.status().connected()
    }

    /// Whether the broker takes nothing from publishers, for want of memory or disk space.
    pub(crate) fn blocked(&self) -> bool {
        self.connection.status().blocked()
    }

    /// A new channel.
    pub(crate) async fn channel(&self) -> Result<OpenChannel, Failure> {
        let held = self.channels.token();
        Ok(OpenChannel::new(self.connection.create_channel().await?, held))
    }

    /// Ends the connection: the broker did not answer in time. While it takes nothing it is no wonder that it did
    /// not, and the connection stays.
    pub(crate) fn give_up(&self) {
        if !self.blocked() {
            self.given_up.notify_one();
        }
    }

    /// Returns when somebody has given the connection up.
    pub(crate) async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// Takes leave of the broker, after the channels.
    pub(crate) async fn close(&self) {
        self.channels.close();
        let _ = timeout(GOODBYE, self.channels.wait()).await;
        // Failing that, the socket is shut down all the same.
        let _ = timeout(GOODBYE, self.connection.close(200, "OK".into())).await;
    }
}

/// A connection's socket, of which the driver has the other handle. The driver serves a connection from a thread of
/// its own, which ends with the socket and not before: so dropping this is what ends it in every case, also where the
/// handshake hangs, or a farewell is never answered.
pub(crate) struct Socket {
    socket: TcpStream,
    thread: oneshot::Receiver<()>,
}

impl Socket {
    /// Returns when the driver is done with the connection.
    pub(crate) async fn ended(&mut self) {
        // Nothing is ever sent: the other end is dropped with the thread.
        let _ = (&mut self.thread).await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // It fails where the connection has ended already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// Opens a connection. `name` is what the broker's list of connections shows.
pub(crate) async fn open(address: &Address, name: &str, limit: Duration) -> Result<(Wire, Socket), Failure> {
    match timeout(limit, dial(address, name)).await {
        Ok(opened) => opened,
        Err(_) => Err(Failure::away(format!("no connection within {limit:?}"))),
    }
}

async fn dial(address: &Address, name: &str) -> Result<(Wire, Socket), Failure> {
    let runtime = runtime::default_runtime()?;
    let mut plain = address.uri().clone();
    plain.scheme = AMQPScheme::AMQP;
    let stream =
        plain.connect_with_config_async(TLSConfig::default(), &runtime).await.map_err(Failure::away)?;
    let AsyncTcpStream::Plain(tcp) = &stream else { return Err(Failure::away("no plain TCP stream")) };
    // Nothing lingers of a connection that was given up, on either side.
    tcp.get_ref().set_zero_linger().map_err(Failure::away)?;
    let handle = tcp.get_ref().as_fd().try_clone_to_owned().map_err(Failure::away)?;
    let stream = if address.encrypted() {
        let host = &address.uri().authority.host;
        stream.into_tls(host, TLSConfig::default()).await.map_err(|error| of_tls(&error))?
    } else {
        stream
    };

    let (alive, thread) = oneshot::channel::<()>();
    let socket = Socket { socket: TcpStream::from(handle), thread };
    let stream = Mutex::new(Some(stream));
    let connect = async move |_, _| {
        // Kept by the driver's thread as long as that lives.
        let _ = &alive;
        let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        stream.ok_or_else(|| std::io::Error::other("a connection is opened once").into())
    };
    // The driver's own recovery is off by default, and stays off: it loses confirms (lapin's issue 450).
    let properties = ConnectionProperties::default()
        .with_client_property("product".into(), "Hexad".into())
        .with_client_property("version".into(), env!("CARGO_PKG_VERSION").into())
        .with_connection_name(name.into());
    let connection = Connection::connector(address.uri().clone(), runtime, connect, properties)
        .await
        .map_err(|error| of_handshake(&error))?;
    Ok((Wire { connection, given_up: Notify::new(), channels: TaskTracker::new() }, socket))
}
