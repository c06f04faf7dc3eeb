//! A file in a `multipart/form-data` body (RFC 7578).

use super::{
    disposition::Disposition,
    pieces::{HEAD, LARGEST, Pieces},
};
use axum::extract::Request;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};
use hexad::{Images, Uploaded};
use hexad_http::{
    Code, Problem,
    body::{BodyError, limits_of, upload},
};
use http::{HeaderMap, header};
use http_body::Body as _;
use multer::{Field, Multipart};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// How many parts may come before the file.
const PARTS: usize = 100;

/// Takes the image out of the request, while it arrives, and stores it.
pub(super) async fn receive(images: &Images, request: Request) -> Result<Uploaded, Problem> {
    let (parts, body) = request.into_parts();
    let Some(boundary) = boundary(&parts.headers)? else { return Err(no_file()) };
    if body.size_hint().lower() > LARGEST {
        return Err(too_large());
    }
    let left = Arc::new(AtomicUsize::new(HEAD));
    let pieces = Pieces::new(upload(body, &limits_of(&parts.extensions)), Arc::clone(&left));
    let mut multipart = Multipart::new(pieces, boundary);
    for _ in 0..PARTS {
        left.store(HEAD, Relaxed);
        let Some(mut field) = multipart.next_field().await.map_err(problem)? else { return Err(no_file()) };
        left.store(usize::MAX, Relaxed);
        if let Some(name) = file_name(field.headers()) {
            let bytes = bytes(field, multipart, left).map_err(|error| Box::new(problem(error)) as Box<_>);
            return Ok(images.upload(&name, Box::pin(bytes)).await?);
        }
        while field.chunk().await.map_err(problem)?.is_some() {}
    }
    Err(Problem::malformed("The body has too many parts."))
}

/// The bytes of a file, which end well only if what ends them is a boundary. For multer they end wherever one seems to
/// begin, and what does not go on as one it finds when it is asked for the next part: asked too late, it would have cut
/// the image short.
fn bytes(
    file: Field<'static>,
    multipart: Multipart<'static>,
    left: Arc<AtomicUsize>,
) -> impl Stream<Item = multer::Result<Bytes>> + Send {
    stream::try_unfold((Some(file), multipart), move |(file, mut multipart)| {
        let left = Arc::clone(&left);
        async move {
            let Some(mut file) = file else { return Ok(None) };
            if let Some(chunk) = file.chunk().await? {
                return Ok(Some((chunk, (Some(file), multipart))));
            }
            // multer gives out one part at a time.
            drop(file);
            left.store(HEAD, Relaxed);
            multipart.next_field().await?;
            Ok(None)
        }
    })
}

fn no_file() -> Problem {
    Problem::new(Code::NoFile, "No file provided")
}

pub(super) fn too_large() -> Problem {
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

/// What the sender calls the file that this part is; `None` where it is another part, or a file that was not chosen.
fn file_name(headers: &HeaderMap) -> Option<String> {
    // Browsers, curl and Python's requests write the name in UTF-8.
    let disposition = std::str::from_utf8(headers.get(header::CONTENT_DISPOSITION)?.as_bytes()).ok()?;
    let Disposition { name, file_name } = Disposition::parse(disposition);
    file_name.filter(|file_name| name.as_deref() == Some("file") && !file_name.is_empty())
}

/// What multer says, as a problem. What the body itself says comes first.
fn problem(error: multer::Error) -> Problem {
    match error {
        multer::Error::StreamReadFailed(source) => match source.downcast_ref::<BodyError>() {
            Some(BodyError::TooLarge(LARGEST)) => too_large(),
            Some(BodyError::TooLarge(_)) => Problem::malformed("The head of a part is too long."),
            Some(error) => Problem::from(error),
            None => Problem::malformed("The body was cut off."),
        },
        _ => Problem::malformed("The body is not valid multipart/form-data, or ends too early."),
    }
}
