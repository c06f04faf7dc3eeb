//! One connection beside the others that hears of commits, by any process.

use crate::watch::Signals;
use hexad_ports::domain::Area;
use sqlx::{
    ConnectOptions, PgConnection,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Where commits are announced; what is said there is an area's name.
pub(crate) const CHANNEL: &str = "hexad_event";

/// How long nothing may be heard before the server is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(10);
/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_secs(4);
/// Pauses between tries to get there again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The task that listens. It ends with this.
pub(crate) struct Listener {
    task: JoinHandle<()>,
}

impl Listener {
    pub(crate) fn begin(address: PgConnectOptions, signals: Arc<Signals>) -> Self {
        Listener { task: tokio::spawn(listen(address, signals)) }
    }

    /// It has, where the runtime that it was begun on has.
    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(address: PgConnectOptions, signals: Arc<Signals>) {
    // sqlx's listener takes its connection from a pool: one of its own, with that one connection.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ANSWER)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(address.clone());
    let mut pause = FIRST_PAUSE;
    loop {
        match PgListener::connect_with(&pool).await {
            Ok(mut listener) => {
                listener.eager_reconnect(false);
                let ending = match timeout(ANSWER, listener.listen(CHANNEL)).await {
                    Ok(Ok(())) => {
                        pause = FIRST_PAUSE;
                        // What was committed while nobody listened is found by looking.
                        signals.wake_all();
                        hear(&mut listener, &signals).await
                    }
                    Ok(Err(_)) => Ending::Closed,
                    Err(_) => Ending::Dead,
                };
                if let Ending::Dead = ending {
                    bury(&mut listener, &address).await;
                }
            }
            Err(error) => tracing::debug!(%error, "the database cannot be listened to"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

enum Ending {
    /// The connection was closed.
    Closed,
    /// It is there, but nothing comes of it.
    Dead,
}

async fn hear(listener: &mut PgListener, signals: &Signals) -> Ending {
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(heard))) => match Area::ALL.into_iter().find(|area| area.name() == heard.payload()) {
                Some(area) => signals.wake(area),
                None => signals.wake_all(),
            },
            Ok(Ok(None) | Err(_)) => return Ending::Closed,
            Err(_) => match timeout(ANSWER, sqlx::query("SELECT 1").execute(&mut *listener)).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return Ending::Closed,
                Err(_) => return Ending::Dead,
            },
        }
    }
}

/// Gives the listener a living connection for its dead one. Dropped, it takes leave of the server, and on a dead
/// connection would wait for the answer as long as the system keeps that open.
async fn bury(listener: &mut PgListener, address: &PgConnectOptions) {
    let mut pause = FIRST_PAUSE;
    loop {
        if let Ok(Ok(mut living)) = timeout(ANSWER, address.connect()).await {
            let dead: Result<&mut PgConnection, _> = sqlx::Acquire::acquire(&mut *listener).await;
            if let Ok(dead) = dead {
                std::mem::swap(dead, &mut living);
            }
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
