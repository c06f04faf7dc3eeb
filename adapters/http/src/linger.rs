//! What is left of a body that was answered before it was read.
//!
//! Many clients send the whole body before they read a byte of the answer. To close on them resets the connection,
//! and they report a broken pipe in place of the 413 that would have told them why. HTTP/2 has a frame to stop a
//! body and keep the answer (RFC 9113, 8.1), but curl 8 for one drops the answer on it. So the rest of the body is
//! read and thrown away, within bounds, before the answer goes out.

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use futures_util::StreamExt;
use http::header;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::timeout;

/// Lends the body of a request to its handler; what the handler leaves of it comes back. Nothing of it has to be read
/// for a client that `listens` while it sends.
pub(crate) fn lend(request: Request, listens: bool) -> (Request, Leftover) {
    let slot = Arc::new(Slot::default());
    let leftover = Leftover {
        slot: Arc::clone(&slot),
        // Such a client sends nothing before it is told to, and reading the body would tell it.
        waits: request.headers().contains_key(header::EXPECT),
        listens,
    };
    let lent = request.map(|body| Body::new(Lent { body: Some(body), touched: false, slot }));
    (lent, leftover)
}

#[derive(Default)]
struct Slot(Mutex<Option<(Body, bool)>>);

struct Lent {
    body: Option<Body>,
    touched: bool,
    slot: Arc<Slot>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            *self.slot.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((body, self.touched));
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.touched = true;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

/// The way back of a body that was lent.
pub(crate) struct Leftover {
    slot: Arc<Slot>,
    waits: bool,
    listens: bool,
}

impl Leftover {
    /// Reads the rest of the body and throws it away: at most so many bytes, for at most so long.
    pub(crate) async fn drain(self, bytes: usize, time: Duration) {
        let rest = self.slot.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((body, touched)) = rest else { return };
        let most = bytes as u64;
        if self.listens || (self.waits && !touched) || body.is_end_stream() || body.size_hint().lower() > most
        {
            return;
        }
        let mut chunks = body.into_data_stream();
        let all = async {
            let mut read = 0;
            while let Some(Ok(chunk)) = chunks.next().await {
                read += chunk.len() as u64;
                if read > most {
                    return;
                }
            }
        };
        // Out of time or not: what is left now is the connection's to close.
        let _ = timeout(time, all).await;
    }
}
