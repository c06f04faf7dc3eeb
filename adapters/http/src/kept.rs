//! A body that keeps something for as long as it is on its way.

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::sync::OwnedSemaphorePermit;

/// What a body keeps, until its last byte is out or nobody wants it any more.
pub(crate) trait Keep: Unpin {
    /// The body has moved: a frame, its end, or an error.
    fn moved(&self) {}
}

/// A place among the concurrent requests, free again when the answer is out.
impl Keep for OwnedSemaphorePermit {}

/// A body, and what it keeps.
pub(crate) struct Kept<B, K> {
    body: B,
    keeps: K,
}

impl<B, K> Kept<B, K> {
    pub(crate) fn new(body: B, keeps: K) -> Self {
        Self { body, keeps }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin, K: Keep> HttpBody for Kept<B, K> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.keeps.moved();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
