//! A connection that is kept: opened when it is first needed, and opened again when it is lost.

use super::wire::{self, Wire};
use crate::{BrokerOptions, address::Address, backoff::Backoff, failure::Failure};
use hexad_ports::Random;
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    select,
    sync::{Notify, watch},
    time::{Instant, sleep},
};

/// A handle on a kept connection. The connection ends when it is dropped.
pub(crate) struct Link {
    core: Arc<Core>,
}

struct Core {
    address: Arc<Address>,
    name: String,
    options: BrokerOptions,
    random: Arc<dyn Random>,
    state: watch::Sender<State>,
    kept: AtomicBool,
    /// Told when a try is wanted now.
    nudge: Notify,
    /// Whether the handle is dropped.
    dropped: watch::Sender<bool>,
}

#[derive(Clone)]
enum State {
    /// Nobody has needed it yet, or it is being opened for the first time.
    New,
    Up(Arc<Wire>),
    /// It was lost, or did not come about, at that try. The next one is under way or soon will be.
    Down(Failure, u64),
}

impl Link {
    pub(crate) fn new(
        address: Arc<Address>,
        role: &str,
        options: &BrokerOptions,
        random: Arc<dyn Random>,
    ) -> Self {
        let core = Core {
            address,
            name: format!("{} ({role})", options.name),
            options: options.clone(),
            random,
            state: watch::Sender::new(State::New),
            kept: AtomicBool::new(false),
            nudge: Notify::new(),
            dropped: watch::Sender::new(false),
        };
        Link { core: Arc::new(core) }
    }

    /// The connection, where it is open now.
    pub(crate) fn open(&self) -> Option<Arc<Wire>> {
        match &*self.core.state.borrow() {
            State::Up(wire) if wire.live() => Some(Arc::clone(wire)),
            _ => None,
        }
    }

    /// Whether anybody has needed the connection yet.
    pub(crate) fn in_use(&self) -> bool {
        self.core.kept.load(Ordering::Acquire)
    }

    /// The connection. Waits for it only where it was never tried before: while the broker is known to be away the
    /// answer comes at once.
    pub(crate) async fn wire(&self) -> Result<Arc<Wire>, Failure> {
        self.keep();
        let mut state = self.core.state.subscribe();
        let known = state.wait_for(|state| !matches!(state, State::New)).await;
        match known.as_deref() {
            Ok(State::Up(wire)) if wire.live() => Ok(Arc::clone(wire)),
            Ok(State::Down(failure, _)) => Err(failure.clone()),
            _ => Err(Failure::away("the connection was lost")),
        }
    }

    /// The connection, for which the broker is tried now where it is not open.
    pub(crate) async fn fresh(&self) -> Result<Arc<Wire>, Failure> {
        self.keep();
        let mut state = self.core.state.subscribe();
        let tried = match &*state.borrow_and_update() {
            State::Up(wire) if wire.live() => return Ok(Arc::clone(wire)),
            State::Down(_, tries) => Some(*tries),
            _ => None,
        };
        self.core.nudge.notify_one();
        let settled = state.wait_for(|state| match state {
            State::New => false,
            State::Up(wire) => wire.live(),
            State::Down(_, tries) => tried.is_none_or(|tried| *tries > tried),
        });
        match settled.await.as_deref() {
            Ok(State::Up(wire)) => Ok(Arc::clone(wire)),
            Ok(State::Down(failure, _)) => Err(failure.clone()),
            _ => Err(Failure::away("the connection was lost")),
        }
    }

    /// Sees to it that the connection is kept, from the first need on.
    fn keep(&self) {
        if !self.core.kept.swap(true, Ordering::AcqRel) {
            let keeper = Keeper(Arc::clone(&self.core));
            tokio::spawn(async move { keeper.keep().await });
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.core.dropped.send_replace(true);
    }
}

/// Keeps a connection. Where its runtime ends before it, another may begin anew.
struct Keeper(Arc<Core>);

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.state.send_replace(State::New);
        self.0.kept.store(false, Ordering::Release);
    }
}

impl Keeper {
    async fn keep(&self) {
        let core = &self.0;
        let mut dropped = core.dropped.subscribe();
        let mut dropped = pin!(async {
            let _ = dropped.wait_for(|dropped| *dropped).await;
        });
        let mut backoff = Backoff::new(core.options.longest_backoff);
        let mut said = String::new();
        for tries in 1.. {
            let opened = select! {
                opened = wire::open(&core.address, &core.name, core.options.connect_timeout) => opened,
                () = &mut dropped => return,
            };
            let failure = match opened {
                Ok((wire, mut socket)) => {
                    tracing::info!(broker = %core.address, connection = core.name, "connected");
                    said.clear();
                    let since = Instant::now();
                    let wire = Arc::new(wire);
                    core.state.send_replace(State::Up(Arc::clone(&wire)));
                    let failure = select! {
                        () = socket.ended() => Failure::away("the connection was lost"),
                        () = wire.given_up() => Failure::away("the broker did not answer in time"),
                        () = &mut dropped => {
                            wire.close().await;
                            return;
                        }
                    };
                    // One that is closed as soon as it is open is no better than none.
                    if since.elapsed() >= core.options.longest_backoff {
                        backoff.succeed();
                    }
                    failure
                }
                Err(failure) => failure,
            };
            core.state.send_replace(State::Down(failure.clone(), tries));
            let why = failure.to_string();
            if said != why {
                tracing::warn!(broker = %core.address, connection = core.name, error = why, "not connected");
                said = why;
            }
            select! {
                () = sleep(backoff.fail(core.random.as_ref())) => {}
                () = core.nudge.notified() => {}
                () = &mut dropped => return,
            }
        }
    }
}
