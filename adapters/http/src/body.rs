//! Reading bodies within their bounds.

use crate::{code::Code, limits::Limits, problem::Problem};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http_body::Body as _;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// Why a body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It stood still, or took longer than it may.
    #[error("the body came too slowly")]
    TooSlow,
    /// It is larger than this many bytes.
    #[error("the body has more than {0} bytes")]
    TooLarge(u64),
    /// It ended before its end.
    #[error("the body was cut off")]
    Cut(#[source] axum::Error),
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        Problem::from(&error)
    }
}

impl From<&BodyError> for Problem {
    fn from(error: &BodyError) -> Self {
        match error {
            BodyError::TooSlow => Problem::new(Code::RequestTimeout, "The body came too slowly."),
            BodyError::TooLarge(limit) => {
                Problem::new(Code::TooLarge, format!("The body may have at most {limit} bytes."))
            }
            BodyError::Cut(_) => Problem::malformed("The body was cut off."),
        }
    }
}

/// The bounds that a request came in with: those of its server, else the defaults.
#[must_use]
pub fn limits_of(extensions: &http::Extensions) -> Arc<Limits> {
    extensions.get::<Arc<Limits>>().cloned().unwrap_or_default()
}

/// Reads a whole body of at most [`Limits::body_bytes`].
///
/// # Errors
///
/// When it is too large, too slow (standing still for [`Limits::body_idle`] or taking [`Limits::body_total`]), or cut.
pub async fn read(body: Body, limits: &Limits) -> Result<Bytes, BodyError> {
    let most = limits.body_bytes as u64;
    // A length that was announced needs no reading to be refused.
    if body.size_hint().lower() > most {
        return Err(BodyError::TooLarge(most));
    }
    let mut chunks = bounded(body, limits);
    let mut whole = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        whole.extend_from_slice(&chunk?);
    }
    Ok(whole.freeze())
}

/// A body as a stream, within the bounds of one that is [`read`] whole.
#[must_use]
pub fn bounded(body: Body, limits: &Limits) -> Bounded {
    let chunks = Paced::new(body, limits.body_idle, Some(limits.body_total));
    Bounded { chunks, most: limits.body_bytes as u64, read: 0 }
}

/// The chunks of a body, with an end to waiting for them and to their number.
#[derive(Debug)]
pub struct Bounded {
    chunks: Paced,
    most: u64,
    read: u64,
}

impl Stream for Bounded {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(Pin::new(&mut self.chunks).poll_next(cx));
        if let Some(Ok(chunk)) = &chunk {
            self.read = self.read.saturating_add(chunk.len() as u64);
            if self.read > self.most {
                return Poll::Ready(Some(Err(BodyError::TooLarge(self.most))));
            }
        }
        Poll::Ready(chunk)
    }
}

/// A body as a stream for an upload: it may take as long as it wants while it moves.
#[must_use]
pub fn upload(body: Body, limits: &Limits) -> Paced {
    Paced::new(body, limits.body_idle, None)
}

/// The chunks of a body, with an end to waiting for them.
///
/// Only waiting for the client counts as standing still, not the time that the reader takes between two chunks.
#[derive(Debug)]
pub struct Paced {
    body: Body,
    idle: Duration,
    deadline: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    waiting: bool,
}

impl Paced {
    fn new(body: Body, idle: Duration, total: Option<Duration>) -> Self {
        let now = Instant::now();
        let deadline = total.map(|total| now + total);
        Self { body, idle, deadline, timer: Box::pin(sleep_until(now + idle)), waiting: false }
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match Pin::new(&mut this.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.waiting = false;
                    // Trailers carry nothing that a service reads.
                    if let Ok(data) = frame.into_data()
                        && !data.is_empty()
                    {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(BodyError::Cut(error)))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => break,
            }
        }
        if !this.waiting {
            this.waiting = true;
            let idle = Instant::now() + this.idle;
            let until = this.deadline.map_or(idle, |deadline| deadline.min(idle));
            this.timer.as_mut().reset(until);
        }
        this.timer.as_mut().poll(cx).map(|()| Some(Err(BodyError::TooSlow)))
    }
}

#[cfg(test)]
mod tests {
    use super::{BodyError, read, upload};
    use crate::limits::Limits;
    use axum::body::Body;
    use bytes::Bytes;
    use futures_util::{StreamExt, stream};
    use std::{convert::Infallible, time::Duration};
    use tokio::time::{Instant, sleep};

    /// A body of `chunks` chunks of ten bytes, each `pause` after the one before.
    fn slow(chunks: usize, pause: Duration) -> Body {
        Body::from_stream(stream::unfold(0, move |sent| async move {
            if sent == chunks {
                return None;
            }
            sleep(pause).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"0123456789")), sent + 1))
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stands_still_is_given_up_after_the_idle_time() {
        let begun = Instant::now();
        let answer = read(slow(2, Duration::from_secs(16)), &Limits::default()).await;
        assert!(matches!(answer, Err(BodyError::TooSlow)));
        assert_eq!(begun.elapsed().as_secs(), 15);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_moves_is_given_up_after_the_whole_time() {
        let begun = Instant::now();
        let answer = read(slow(1000, Duration::from_secs(7)), &Limits::default()).await;
        assert!(matches!(answer, Err(BodyError::TooSlow)));
        assert_eq!(begun.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_goes_on_as_long_as_it_moves() {
        let begun = Instant::now();
        let chunks = upload(slow(50, Duration::from_secs(14)), &Limits::default()).collect::<Vec<_>>().await;
        assert_eq!(chunks.iter().filter(|chunk| chunk.is_ok()).count(), 50);
        assert_eq!(begun.elapsed().as_secs(), 700);
        let mut chunks = upload(slow(2, Duration::from_secs(16)), &Limits::default());
        assert!(matches!(chunks.next().await, Some(Err(BodyError::TooSlow))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_its_time_costs_the_client_nothing() {
        let mut chunks = upload(slow(2, Duration::from_secs(1)), &Limits::default());
        assert!(matches!(chunks.next().await, Some(Ok(_))));
        sleep(Duration::from_secs(100)).await;
        assert!(matches!(chunks.next().await, Some(Ok(_))));
        assert!(chunks.next().await.is_none());
    }

    #[tokio::test]
    async fn the_size_is_bounded_with_and_without_an_announced_length() {
        let limits = Limits { body_bytes: 20, ..Limits::default() };
        assert_eq!(read(Body::from(vec![b'x'; 20]), &limits).await.unwrap().len(), 20);
        assert!(matches!(read(Body::from(vec![b'x'; 21]), &limits).await, Err(BodyError::TooLarge(20))));
        assert_eq!(read(slow(2, Duration::ZERO), &limits).await.unwrap().len(), 20);
        assert!(matches!(read(slow(3, Duration::ZERO), &limits).await, Err(BodyError::TooLarge(20))));
    }
}
