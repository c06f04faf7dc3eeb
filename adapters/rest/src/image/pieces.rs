//! A body in pieces, for multer.
//!
//! multer takes in all that it can get each time it is asked for anything, and holds it, however slow the store is;
//! and as long as it looks for the end of a head, it searches all it holds each time it gets more. So it gets one
//! piece of some size each time, and for a head only so many.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use hexad::domain::image::MAX_BYTES;
use hexad_http::body::{BodyError, Paced};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

/// The largest body: the largest image, and a mebibyte for other fields, headers and boundaries.
pub(super) const LARGEST: u64 = MAX_BYTES + 1024 * 1024;

/// How many pieces there are for the head of a part: a boundary and some headers.
pub(super) const HEAD: usize = 4;

/// The bytes of a piece.
const PIECE: usize = 16 * 1024;

/// What the head of a part may have.
const LARGEST_HEAD: u64 = (HEAD * PIECE) as u64;

/// The body as multer gets it: piece by piece, and no more in all than an upload may have.
pub(super) struct Pieces {
    chunks: Paced,
    held: BytesMut,
    read: u64,
    /// How many more pieces there are for what is being read.
    left: Arc<AtomicUsize>,
    given: bool,
    ended: bool,
}

impl Pieces {
    pub(super) fn new(chunks: Paced, left: Arc<AtomicUsize>) -> Self {
        Self { chunks, held: BytesMut::new(), read: 0, left, given: false, ended: false }
    }

    /// Fills the piece, or finds the end of the body.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        while !self.ended && self.held.len() < PIECE {
            match ready!(self.chunks.poll_next_unpin(cx)) {
                Some(chunk) => {
                    let chunk = chunk?;
                    self.read += chunk.len() as u64;
                    if self.read > LARGEST {
                        return Poll::Ready(Err(BodyError::TooLarge(LARGEST)));
                    }
                    self.held.extend_from_slice(&chunk);
                }
                None => self.ended = true,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn next_piece(&mut self) -> Result<Bytes, BodyError> {
        match self.left.load(Relaxed) {
            0 => return Err(BodyError::TooLarge(LARGEST_HEAD)),
            usize::MAX => {}
            left => self.left.store(left - 1, Relaxed),
        }
        let size = self.held.len().min(PIECE);
        Ok(self.held.split_to(size).freeze())
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.given {
            self.given = false;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(self.poll_fill(cx))?;
        if self.held.is_empty() {
            return Poll::Ready(None);
        }
        self.given = true;
        Poll::Ready(Some(self.next_piece()))
    }
}

#[cfg(test)]
mod tests {
    use super::{HEAD, LARGEST_HEAD, PIECE, Pieces};
    use axum::body::Body;
    use bytes::Bytes;
    use futures_util::{StreamExt, stream};
    use hexad_http::{
        Limits,
        body::{BodyError, upload},
    };
    use proptest::prelude::*;
    use std::{
        convert::Infallible,
        sync::{Arc, atomic::AtomicUsize},
        time::Duration,
    };

    fn pieces(body: Body, left: usize) -> Pieces {
        Pieces::new(upload(body, &Limits::default()), Arc::new(AtomicUsize::new(left)))
    }

    #[tokio::test]
    async fn chunks_of_any_size_become_pieces_with_the_same_bytes() {
        let sent: Vec<u8> = (0..=255).cycle().take(2 * PIECE + 100).collect();
        for size in [7, 2 * PIECE] {
            let chunks = sent.chunks(size).map(|chunk| Ok::<_, Infallible>(Bytes::copy_from_slice(chunk)));
            let body = Body::from_stream(stream::iter(chunks.collect::<Vec<_>>()));
            let pieces: Vec<_> = pieces(body, usize::MAX).map(Result::unwrap).collect().await;
            assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [PIECE, PIECE, 100]);
            assert_eq!(pieces.concat(), sent);
        }
    }

    #[tokio::test]
    async fn a_head_gets_no_more_than_its_pieces() {
        let mut pieces = pieces(Body::from(vec![b'\r'; 10 * PIECE]), HEAD);
        for _ in 0..HEAD {
            assert_eq!(pieces.next().await.unwrap().unwrap().len(), PIECE);
        }
        assert!(matches!(pieces.next().await, Some(Err(BodyError::TooLarge(LARGEST_HEAD)))));
    }

    proptest! {
        /// Whatever the body is, multer comes to an end with it: an answer, no panic, no waiting for ever.
        #[test]
        fn any_body_comes_to_an_end(body in prop::collection::vec(prop_oneof![
            Just(b"--x".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"--".to_vec()),
            Just(b"Content-Disposition: form-data; name=\"file\"; filename=\"a\"".to_vec()),
            prop::collection::vec(any::<u8>(), 0..6),
        ], 0..24)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(async {
                let mut multipart = multer::Multipart::new(pieces(Body::from(body.concat()), HEAD), "x");
                let all = async {
                    while let Ok(Some(field)) = multipart.next_field().await {
                        drop(field.bytes().await);
                    }
                };
                tokio::time::timeout(Duration::from_secs(5), all).await.expect("it waits for ever");
            });
        }
    }
}
