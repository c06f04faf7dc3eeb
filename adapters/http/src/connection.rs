//! One connection, from its first byte to its last, with an eye on the clock.
//!
//! hyper times the head of an HTTP/1 request and pings an HTTP/2 peer. It does not time what comes before it knows
//! the version (a silent connection, half an HTTP/2 preface), an HTTP/2 connection without requests, or a client
//! that takes no bytes of its answer: that is watched here.

use crate::{
    app::App,
    forwarding::Peer,
    kept::{Keep, Kept},
    lasting::{Quiet, Stopping},
    limits::Limits,
    server::Tasks,
    whole::Whole,
};
use axum::body::Body;
use http::{Request, Response, Version};
use hyper::{body::Incoming, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use std::{
    convert::Infallible,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::Notify,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

/// How often an HTTP/2 peer is asked whether it is still there, and how long it may take to answer.
const PING: Duration = Duration::from_secs(20);
/// What an HTTP/2 stream and its connection may send ahead of being read.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// The largest frame: what a body comes in costs something for each.
const FRAME: u32 = 64 * 1024;
/// The most headers of an HTTP/1 request, far beyond what any client sends: the bound that counts is that in bytes,
/// but hyper wants one of this kind too.
const MOST_HEADERS: usize = 512;
/// The smallest buffer that hyper takes for an HTTP/1 connection.
const LEAST_BUFFER: usize = 8192;

/// Serves a connection until it ends, breaks a time-out, or the server shuts down.
pub(crate) async fn run(stream: TcpStream, peer: Peer, app: App, tasks: Tasks, shutdown: CancellationToken) {
    let limits = *app.limits();
    let activity = Arc::new(Activity::default());
    let stopping = Stopping::on(&shutdown);
    let service = Tracking { app, peer, activity: Arc::clone(&activity), stopping };
    let builder = builder(&limits, tasks);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut closing = None;
    loop {
        let deadline = activity.deadline(&limits);
        let until = closing.map_or(deadline, |closing: Instant| closing.min(deadline));
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            () = shutdown.cancelled(), if closing.is_none() => {
                closing = Some(Instant::now() + limits.shutdown);
                connection.as_mut().graceful_shutdown();
            }
            () = activity.changed.notified() => {}
            () = sleep_until(until) => {
                // The deadline may have moved while this one was waited for.
                let now = Instant::now();
                if closing.is_some_and(|closing| closing <= now) {
                    return;
                }
                if activity.deadline(&limits) > now {
                    continue;
                }
                if !activity.is_idle() || closing.is_some() {
                    tracing::debug!("a connection stood still for too long");
                    return;
                }
                // An idle peer is told, so that it does not send into a closing connection.
                closing = Some(now + limits.header_time);
                activity.touch();
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

fn builder(limits: &Limits, tasks: Tasks) -> auto::Builder<Tasks> {
    let mut builder = auto::Builder::new(tasks);
    // Twice the bound, so that what is over it can be answered. On HTTP/1 a head that fills the buffer is too large:
    // with hyper-util the one is the bound of the other.
    let most = limits.header_bytes.saturating_mul(2);
    let head = usize::try_from(most).unwrap_or(usize::MAX);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(head.max(LEAST_BUFFER))
        .max_headers(MOST_HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(most)
        .max_frame_size(FRAME)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    builder
}

/// What happens on a connection, for whoever watches the clock.
struct Activity {
    state: Mutex<State>,
    /// Told whenever a request begins or ends, as the deadline may come closer then.
    changed: Notify,
}

struct State {
    /// Whether the head of a request has come at all.
    begun: bool,
    /// Requests whose answer is not out.
    open: usize,
    /// Those of them whose answer may be silent.
    quiet: usize,
    /// When something moved last.
    last: Instant,
}

impl Default for Activity {
    fn default() -> Self {
        let state = State { begun: false, open: 0, quiet: 0, last: Instant::now() };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }
}

impl Activity {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deadline(&self, limits: &Limits) -> Instant {
        let state = self.state();
        let patience = match (state.begun, state.open) {
            (false, _) => limits.header_time,
            (true, 0) => limits.idle,
            // Nothing is expected to move.
            (true, open) if open == state.quiet => return Instant::now() + limits.stall,
            (true, _) => limits.stall,
        };
        state.last + patience
    }

    /// Whether requests came and all are answered.
    fn is_idle(&self) -> bool {
        let state = self.state();
        state.begun && state.open == 0
    }

    fn touch(&self) {
        self.state().last = Instant::now();
    }
}

/// An open request; when the last clone of its `Arc` goes, it is answered.
struct Open(Arc<Activity>);

impl Open {
    fn begin(activity: &Arc<Activity>) -> Arc<Self> {
        {
            let mut state = activity.state();
            state.begun = true;
            state.open += 1;
            state.last = Instant::now();
        }
        activity.changed.notify_one();
        Arc::new(Self(Arc::clone(activity)))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        {
            let mut state = self.0.state();
            state.open = state.open.saturating_sub(1);
            state.last = Instant::now();
        }
        self.0.changed.notify_one();
    }
}

/// A body of the request or of its answer keeps it open, and its every chunk is a sign of life.
impl Keep for Arc<Open> {
    fn moved(&self) {
        self.0.touch();
    }
}

/// An answer on its way that may be silent.
struct Silent(Arc<Activity>);

impl Silent {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.state().quiet += 1;
        activity.changed.notify_one();
        Self(Arc::clone(activity))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        {
            let mut state = self.0.state();
            state.quiet = state.quiet.saturating_sub(1);
            state.last = Instant::now();
        }
        self.0.changed.notify_one();
    }
}

/// An open request, and whether its answer may be silent.
struct Answering {
    open: Arc<Open>,
    _silent: Option<Silent>,
}

impl Keep for Answering {
    fn moved(&self) {
        self.open.moved();
    }
}

/// The service as a connection calls it, with each request counted while it is open.
struct Tracking {
    app: App,
    peer: Peer,
    activity: Arc<Activity>,
    stopping: Stopping,
}

impl Service<Request<Incoming>> for Tracking {
    type Response = Response<Kept<Body, Answering>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let (app, activity) = (self.app.clone(), Arc::clone(&self.activity));
        let open = Open::begin(&activity);
        request.extensions_mut().insert(self.peer);
        request.extensions_mut().insert(self.stopping.clone());
        Box::pin(async move {
            let version = request.version();
            let request = request.map(|body| match version {
                Version::HTTP_2 => Body::new(Kept::new(Whole::new(body), Arc::clone(&open))),
                _ => Body::new(Kept::new(body, Arc::clone(&open))),
            });
            let response = app.handle(request).await;
            let silent = response.extensions().get::<Quiet>().map(|Quiet| Silent::begin(&activity));
            Ok(response.map(|body| Kept::new(body, Answering { open, _silent: silent })))
        })
    }
}
