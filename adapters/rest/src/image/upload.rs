//! A file in a `multipart/form-data` body (RFC 7578).

use axum::extract::Request;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use hexad::{Images, Uploaded, domain::image::MAX_BYTES};
use hexad_http::{
    Code, Problem,
    body::{BodyError, Paced, limits_of, upload},
};
use http::{HeaderMap, header};
use http_body::Body as _;
use multer::{Field, Multipart};
use percent_encoding::percent_decode_str;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// The largest body: the largest image, and a mebibyte for other fields, headers and boundaries.
const LARGEST: u64 = MAX_BYTES + 1024 * 1024;

/// How much is gathered before multer sees it. It searches all it holds of a head each time it gets more, so many
/// small pieces would cost it quadratic time.
const PIECE: usize = 64 * 1024;

/// Takes the image out of the request, while it arrives, and stores it.
pub(super) async fn receive(images: &Images, request: Request) -> Result<Uploaded, Problem> {
    let (parts, body) = request.into_parts();
    let Some(boundary) = boundary(&parts.headers)? else { return Err(no_file()) };
    if body.size_hint().lower() > LARGEST {
        return Err(too_large());
    }
    let limits = limits_of(&parts.extensions);
    let pieces = Gathered::new(upload(body, &limits));
    let mut multipart = Multipart::new(pieces, boundary);
    while let Some(field) = multipart.next_field().await.map_err(problem)? {
        let name = (field.name() == Some("file")).then(|| file_name(&field)).flatten();
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            let bytes = field.map_err(|error| Box::new(problem(error)) as Box<_>);
            return Ok(images.upload(&name, Box::pin(bytes)).await?);
        }
    }
    Err(no_file())
}

fn no_file() -> Problem {
    Problem::new(Code::NoFile, "No file provided")
}

fn too_large() -> Problem {
    Problem::new(Code::TooLarge, "The image is larger than 20 MiB.")
}

/// The boundary of a multipart body; `None` where the body is none.
fn boundary(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(content_type) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    match multer::parse_boundary(content_type) {
        Ok(boundary) if !boundary.is_empty() => Ok(Some(boundary)),
        Ok(_) | Err(multer::Error::NoBoundary) => {
            Err(Problem::malformed("The multipart body names no boundary."))
        }
        Err(_) => Ok(None),
    }
}

/// What the sender calls its file. Browsers, curl and Python's requests write the name in UTF-8; some clients write
/// `filename*` (RFC 8187) instead, against RFC 7578, and the original understood it.
fn file_name(field: &Field<'_>) -> Option<String> {
    if let Some(name) = field.file_name() {
        return Some(name.to_owned());
    }
    let disposition = field.headers().get(header::CONTENT_DISPOSITION)?.to_str().ok()?;
    let extended =
        disposition.split(';').find_map(|parameter| parameter.trim().strip_prefix("filename*="))?;
    let (charset, rest) = extended.trim().split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    charset
        .eq_ignore_ascii_case("utf-8")
        .then(|| percent_decode_str(encoded).decode_utf8_lossy().into_owned())
}

/// What multer says, as a problem. What the body itself says comes first.
fn problem(error: multer::Error) -> Problem {
    match error {
        multer::Error::StreamReadFailed(source) => match source.downcast_ref::<BodyError>() {
            Some(BodyError::TooLarge(_)) => too_large(),
            Some(error) => Problem::from(error),
            None => Problem::malformed("The body was cut off."),
        },
        _ => Problem::malformed("The body is not valid multipart/form-data, or ends too early."),
    }
}

/// The body in pieces of some size, one for each time it is asked, and no more in all than an upload may have.
///
/// Without the pause after each piece multer would take in all that has arrived, however slow the store is.
struct Gathered {
    chunks: Paced,
    held: BytesMut,
    read: u64,
    given: bool,
    ended: bool,
}

impl Gathered {
    fn new(chunks: Paced) -> Self {
        Self { chunks, held: BytesMut::new(), read: 0, given: false, ended: false }
    }

    fn give(&mut self) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.given = true;
        Poll::Ready(Some(Ok(self.held.split().freeze())))
    }
}

impl Stream for Gathered {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.given {
            self.given = false;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while !self.ended {
            match ready!(self.chunks.poll_next_unpin(cx)) {
                Some(Ok(chunk)) => {
                    self.read += chunk.len() as u64;
                    if self.read > LARGEST {
                        self.ended = true;
                        return Poll::Ready(Some(Err(BodyError::TooLarge(LARGEST))));
                    }
                    self.held.extend_from_slice(&chunk);
                    if self.held.len() >= PIECE {
                        return self.give();
                    }
                }
                Some(Err(error)) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => self.ended = true,
            }
        }
        if self.held.is_empty() { Poll::Ready(None) } else { self.give() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gathered, PIECE};
    use axum::body::Body;
    use bytes::Bytes;
    use futures_util::{StreamExt, stream};
    use hexad_http::{Limits, body::upload};
    use proptest::prelude::*;
    use std::convert::Infallible;

    #[tokio::test]
    async fn many_small_chunks_become_few_pieces_with_the_same_bytes() {
        let sent: Vec<u8> = (0..=255).cycle().take(2 * PIECE + 100).collect();
        let chunks: Vec<_> =
            sent.chunks(7).map(|chunk| Ok::<_, Infallible>(Bytes::copy_from_slice(chunk))).collect();
        let body = Body::from_stream(stream::iter(chunks));
        let pieces: Vec<_> =
            Gathered::new(upload(body, &Limits::default())).map(Result::unwrap).collect().await;
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces.concat(), sent);
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
                let pieces = Gathered::new(upload(Body::from(body.concat()), &Limits::default()));
                let mut multipart = multer::Multipart::new(pieces, "x");
                let all = async { while let Ok(Some(field)) = multipart.next_field().await { drop(field.bytes().await) } };
                tokio::time::timeout(std::time::Duration::from_secs(5), all).await.expect("it waits for ever");
            });
        }
    }
}
