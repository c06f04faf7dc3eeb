//! Failures between the ports and their adapters, for the fault runs of `tests/faults`. Never part of a release.
//!
//! Two variables say what is to happen; without them every part is as it is:
//!
//! - `HEXAD_FAIL_POINT`: the process aborts where it comes by a [`Point`] for the n-th time, `before-mark:17`. Several
//!   are separated by commas.
//! - `HEXAD_MUTANT`: the program makes one of the classic mistakes, a [`Mutant`], for the runs to find it out.
//!
//! One process is one service here: a mutant that publishes does so through the one publisher of its program.

mod plan;
mod relay;
mod source;
mod stores;
#[cfg(test)]
mod tests;

use hexad::ports::{EventLog, EventSource, Outbox, Publisher, SessionStore, UserStore};
use plan::Plan;
use std::{
    io::{self, Write},
    process,
    sync::{Arc, OnceLock},
};

/// A port with a plan of failures around it.
struct Planned<P: ?Sized> {
    inside: Arc<P>,
    plan: Arc<Plan>,
}

impl<P: ?Sized> Planned<P> {
    fn new(inside: Arc<P>, plan: Arc<Plan>) -> Arc<Self> {
        Arc::new(Planned { inside, plan })
    }
}

/// The plan of this process. A misspelt one ends it: a run that tests nothing looks like one that finds nothing.
fn plan() -> Arc<Plan> {
    static PLAN: OnceLock<Arc<Plan>> = OnceLock::new();
    let made = PLAN.get_or_init(|| {
        let given = |name: &str| std::env::var(name).unwrap_or_default();
        match Plan::parse(&given("HEXAD_FAIL_POINT"), &given("HEXAD_MUTANT"), Box::new(end)) {
            Ok(plan) => Arc::new(plan),
            Err(error) => {
                let _ = writeln!(io::stderr(), "{error}");
                process::exit(2)
            }
        }
    });
    Arc::clone(made)
}

/// As `kill -9` does, with a word before on where it was: nothing is flushed, closed or given back.
fn end(reached: &str) {
    let _ = writeln!(io::stderr(), "fail point reached: {reached}");
    process::abort()
}

pub(crate) fn user_store(part: Arc<dyn UserStore>) -> Arc<dyn UserStore> {
    Planned::new(part, plan())
}

pub(crate) fn session_store(part: Arc<dyn SessionStore>) -> Arc<dyn SessionStore> {
    Planned::new(part, plan())
}

pub(crate) fn event_log(part: Arc<dyn EventLog>) -> Arc<dyn EventLog> {
    Planned::new(part, plan())
}

pub(crate) fn outbox(part: Arc<dyn Outbox>) -> Arc<dyn Outbox> {
    Planned::new(part, plan())
}

pub(crate) fn publisher(part: Arc<dyn Publisher>) -> Arc<dyn Publisher> {
    let plan = plan();
    let planned: Arc<dyn Publisher> = Planned::new(part, Arc::clone(&plan));
    plan.publish_through(&planned);
    planned
}

pub(crate) fn event_source(part: Arc<dyn EventSource>) -> Arc<dyn EventSource> {
    Planned::new(part, plan())
}
