//! Telling the end of a body from one that was stopped.
//!
//! HTTP/2 ends a body with a flag, or stops it with a reset. hyper takes a reset without an error for an end (RFC 9113,
//! 8.1, allows one to a server that has answered already, and to nobody else), and half an upload would pass for a whole
//! one.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The stream of a request was reset before the body's end.
#[derive(Debug, thiserror::Error)]
#[error("the stream was reset")]
struct Stopped;

/// The body of an HTTP/2 request: it ends, or it fails.
pub(crate) struct Whole<B> {
    body: B,
    over: bool,
}

impl<B> Whole<B> {
    pub(crate) fn new(body: B) -> Self {
        Self { body, over: false }
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin> Body for Whole<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.over {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.over = !matches!(frame, Some(Ok(_)));
        Poll::Ready(match frame {
            None if !self.body.is_end_stream() => Some(Err(Stopped.into())),
            frame => frame.map(|frame| frame.map_err(Into::into)),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
