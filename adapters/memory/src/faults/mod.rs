//! Making ports fail, or wait, when told to.

mod ports;

use crate::lock::lock;
use event_listener::Event as Signal;
use hexad_ports::Unavailable;
use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex},
};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does nothing: the part is away.
    BeforeEffect,
    /// It does what it was asked, and the answer is lost: the connection broke, or the caller's time was over.
    AfterEffect,
}

/// Steers any number of [`Faulty`] ports: which calls fail, and which wait. A clone steers the same ports.
///
/// A call is named by the port's method (`"save"`, `"settle"`); what an image's stream gives is named `"bytes"`.
///
/// ```
/// use hexad_memory::{Fault, Faults, Faulty, ManualClock, Memory, SeededRandom};
/// use hexad_ports::{Probe, domain::Timestamp};
/// use std::sync::Arc;
///
/// # pollster::block_on(async {
/// let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
/// let store = Arc::new(Memory::new(clock, Arc::new(SeededRandom::new(1))));
/// let faults = Faults::default();
/// let faulty = Faulty::new(store, &faults);
///
/// faults.next("check", 1, Fault::BeforeEffect);
/// assert!(faulty.check().await.is_err());
/// assert!(faulty.check().await.is_ok());
/// # });
/// ```
#[derive(Clone, Default)]
pub struct Faults {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    plan: Mutex<Plan>,
    released: Signal,
    arrived: Signal,
}

#[derive(Default)]
struct Plan {
    rules: Vec<Rule>,
    held: Vec<Hold>,
    waiting: usize,
}

struct Rule {
    method: Option<&'static str>,
    /// How many calls are left to fail; `None` for all.
    left: Option<usize>,
    fault: Fault,
}

/// What calls wait: those of one method, or all.
struct Hold {
    method: Option<&'static str>,
}

fn concerns(method: Option<&'static str>, called: &'static str) -> bool {
    method.is_none_or(|method| method == called)
}

impl Faults {
    /// The next so many calls of the method fail, after those that earlier rules make fail.
    pub fn next(&self, method: &'static str, calls: usize, fault: Fault) {
        self.add(Rule { method: Some(method), left: Some(calls), fault });
    }

    /// The next so many calls fail, whatever their method.
    pub fn next_of_any(&self, calls: usize, fault: Fault) {
        self.add(Rule { method: None, left: Some(calls), fault });
    }

    /// Every call of the method fails, until [`recover`](Self::recover).
    pub fn every(&self, method: &'static str, fault: Fault) {
        self.add(Rule { method: Some(method), left: None, fault });
    }

    /// Every call fails, until [`recover`](Self::recover): the part is away.
    pub fn every_call(&self, fault: Fault) {
        self.add(Rule { method: None, left: None, fault });
    }

    /// No call fails any more. Those that wait go on waiting.
    pub fn recover(&self) {
        lock(&self.shared.plan).rules.clear();
    }

    /// Calls of the method wait before they do anything, until [`release`](Self::release): the part is slow.
    pub fn hold(&self, method: &'static str) {
        lock(&self.shared.plan).held.push(Hold { method: Some(method) });
    }

    /// Every call waits before it does anything, until [`release`](Self::release).
    pub fn hold_every_call(&self) {
        lock(&self.shared.plan).held.push(Hold { method: None });
    }

    /// No call waits any more.
    pub fn release(&self) {
        lock(&self.shared.plan).held.clear();
        self.shared.released.notify(usize::MAX);
    }

    /// Returns once so many calls wait at the same time.
    pub async fn until_waiting(&self, calls: usize) {
        loop {
            let arrived = self.shared.arrived.listen();
            if lock(&self.shared.plan).waiting >= calls {
                return;
            }
            arrived.await;
        }
    }

    fn add(&self, rule: Rule) {
        lock(&self.shared.plan).rules.push(rule);
    }

    /// What is planned for this call, if anything.
    fn draw(&self, method: &'static str) -> Option<Fault> {
        let mut plan = lock(&self.shared.plan);
        let rule =
            plan.rules.iter_mut().find(|rule| concerns(rule.method, method) && rule.left != Some(0))?;
        rule.left = rule.left.map(|left| left - 1);
        let fault = rule.fault;
        plan.rules.retain(|rule| rule.left != Some(0));
        Some(fault)
    }

    fn is_held(&self, method: &'static str) -> bool {
        lock(&self.shared.plan).held.iter().any(|hold| concerns(hold.method, method))
    }

    /// Waits for as long as calls of this method are held.
    async fn pass(&self, method: &'static str) {
        if !self.is_held(method) {
            return;
        }
        let _waiting = Waiting::begin(&self.shared);
        loop {
            let released = self.shared.released.listen();
            if !self.is_held(method) {
                return;
            }
            released.await;
        }
    }

    /// Makes a call as planned; `lost` says how it fails.
    async fn call<T, E>(
        &self,
        method: &'static str,
        effect: impl Future<Output = Result<T, E>>,
        lost: impl FnOnce() -> E,
    ) -> Result<T, E> {
        self.pass(method).await;
        match self.draw(method) {
            None => effect.await,
            Some(Fault::BeforeEffect) => Err(lost()),
            Some(Fault::AfterEffect) => {
                effect.await?;
                Err(lost())
            }
        }
    }
}

/// One call that waits. It no longer does when its caller gives up, either.
struct Waiting<'a>(&'a Shared);

impl<'a> Waiting<'a> {
    fn begin(shared: &'a Shared) -> Self {
        lock(&shared.plan).waiting += 1;
        shared.arrived.notify(usize::MAX);
        Waiting(shared)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.0.plan).waiting -= 1;
    }
}

/// A port that fails and waits as its [`Faults`] say, and else does what the port inside does.
///
/// It is whatever ports its inside is: over a [`Memory`](crate::Memory) a user store, a session store, an event log
/// and an outbox at once; over an `Arc<dyn UserStore>` of any adapter a user store.
///
/// A publisher that fails confirms nothing, a hasher is busy, a maker of tokens reads none; a wait that fails ends. An
/// event source that fails to settle a delivery gives it again, as one must.
pub struct Faulty<P: ?Sized> {
    inside: Arc<P>,
    faults: Faults,
}

impl<P: ?Sized> Faulty<P> {
    /// The port inside, steered by these faults.
    pub fn new(inside: Arc<P>, faults: &Faults) -> Self {
        Faulty { inside, faults: faults.clone() }
    }
}

impl<P: ?Sized> Clone for Faulty<P> {
    fn clone(&self) -> Self {
        Faulty { inside: Arc::clone(&self.inside), faults: self.faults.clone() }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = lock(&self.shared.plan);
        f.debug_struct("Faults").field("rules", &plan.rules.len()).field("waiting", &plan.waiting).finish()
    }
}

fn planned() -> Unavailable {
    Unavailable::new("a faulty part", "this failure was asked for")
}
