//! All images, as a stream that is made while its client takes it.

use crate::{
    proto::{Image, ListImagesRequest},
    status,
};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use hexad::{
    Error, Images,
    domain::image::ImageName,
    ports::{ImageMeta, Unavailable},
};
use hexad_http::{Code, Problem, image::Base, in_time};
use std::{future::ready, sync::Arc};
use tokio_util::task::AbortOnDropHandle;
use tonic::Status;
use tracing::{Instrument, Span};

/// What is asked for at once: some hundred kilobytes of names. A folder is read from its beginning for each page, so
/// fewer and larger ones are cheaper.
const PAGE: usize = 10_000;

/// How many images are looked at at once: on a store behind a network each look is a question of its own.
const LOOKS: usize = 16;

/// The longest name that any store may hold, in bytes: that of S3.
const LONGEST: usize = 1024;

/// The images that were asked for, one by one. Nothing is asked of the store that the client is not about to take.
pub(super) fn stream(
    images: Arc<Images>,
    base: Base,
    asked: &ListImagesRequest,
) -> Result<impl Stream<Item = Result<Image, Status>> + Send + use<>, Status> {
    let after = cursor(&asked.cursor)?;
    let limit = match asked.limit {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    // The call's span is left when its answer begins.
    let span = Span::current();
    let (asking, looking) = (Arc::clone(&images), span.clone());
    let described = names(images, after, limit.min(PAGE), span.clone())
        .map(move |name| {
            let (images, span) = (Arc::clone(&asking), looking.clone());
            async move { asked_of_store(span, look(images, name?)).await }
        })
        .buffered(LOOKS)
        // Those that went away between the list and the look.
        .try_filter_map(|meta| ready(Ok(meta)))
        .take(limit)
        .map_ok(move |meta| describe(&base, meta));
    // That it broke off is in the log with its cause, and in the trailers without.
    Ok(described.map_err(move |error| span.in_scope(|| status::of(&error.into()))))
}

/// The cursor is the last name that the client has seen: whatever name a store may hold.
fn cursor(cursor: &str) -> Result<Option<ImageName>, Status> {
    if cursor.len() > LONGEST || cursor.contains('\0') {
        let bad = Problem::new(Code::InvalidCursor, "cursor must be the name of an image.");
        return Err(status::of(&bad));
    }
    Ok((!cursor.is_empty()).then(|| ImageName::from_stored(cursor.to_owned())))
}

/// All names from there on, so many at a time.
fn names(
    images: Arc<Images>,
    after: Option<ImageName>,
    page: usize,
    span: Span,
) -> impl Stream<Item = Result<ImageName, Error>> + Send {
    let pages = stream::try_unfold(Some((after, true)), move |next| {
        let (images, span) = (Arc::clone(&images), span.clone());
        async move {
            let Some((after, first)) = next else { return Ok(None) };
            let question = async move {
                let names = images.list(after.as_ref(), page);
                // A client that has seen nothing yet hears soon that the store is away.
                if first { in_time(names).await } else { names.await }
            };
            let names = asked_of_store(span, question).await?;
            let last = names.last().filter(|_| names.len() == page).cloned();
            Ok::<_, Error>(Some((names, last.map(|last| (Some(last), false)))))
        }
    });
    pages.map_ok(|names| stream::iter(names.into_iter().map(Ok))).try_flatten()
}

/// Asks the store in a task of its own: a question that waits for a slow reader would run out of its time.
async fn asked_of_store<T: Send + 'static>(
    span: Span,
    question: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let asking = AbortOnDropHandle::new(tokio::spawn(question.instrument(span)));
    asking.await.map_err(|error| Unavailable::new("the image store", error))?
}

async fn look(images: Arc<Images>, name: ImageName) -> Result<Option<ImageMeta>, Error> {
    match in_time(images.head(name.as_str())).await {
        Err(Error::ImageNotFound) => Ok(None),
        looked => looked.map(Some),
    }
}

fn describe(base: &Base, meta: ImageMeta) -> Image {
    let media_type = meta.format.map_or("application/octet-stream", |format| format.media_type());
    Image {
        url: base.url_of(&meta.name),
        name: meta.name.to_string(),
        content_type: media_type.to_owned(),
        size: meta.size,
        sha256: meta.sha256.unwrap_or_default(),
    }
}
