//! All images, as a stream that is made while its client takes it.

use crate::{
    proto::{Image, ListImagesRequest},
    status,
};
use futures_util::{Stream, TryStreamExt, stream};
use hexad::{
    Error, Images, Listing,
    domain::image::ImageName,
    ports::{ImageMeta, Unavailable},
};
use hexad_http::{Code, Problem, image::Base, in_time};
use std::{collections::VecDeque, mem, sync::Arc, vec};
use tokio_util::task::AbortOnDropHandle;
use tonic::Status;
use tracing::{Instrument, Span};

/// How many images are looked at at once: on a store behind a network each look is a question of its own.
const LOOKS: usize = 16;

/// The longest name that any store may hold, in bytes: that of S3.
const LONGEST: usize = 1024;

/// The images that were asked for, one by one. Nothing is asked of the store that the client is not about to take.
pub(super) async fn stream(
    images: Arc<Images>,
    base: Base,
    asked: &ListImagesRequest,
) -> Result<impl Stream<Item = Result<Image, Status>> + Send + use<>, Status> {
    let mut listing = images.listing(cursor(&asked.cursor)?);
    let left = match asked.limit {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    // A client that has seen nothing yet hears soon that the store is away.
    let names = in_time(listing.page(left)).await.map_err(|error| status::of(&error.into()))?;
    // The call's span is left when its answer begins.
    let span = Span::current();
    let asking = Asking { images, begun: false, span: span.clone() };
    let all = All { asking, listing: Some(listing), names: names.into_iter(), looks: VecDeque::new(), left };
    let described = stream::try_unfold(all, move |mut all| {
        let base = base.clone();
        async move { Ok::<_, Error>(all.next().await?.map(|meta| (describe(&base, meta), all))) }
    });
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

/// All images, and how far they are given.
struct All {
    asking: Asking,
    /// `None` while it is asked for a page.
    listing: Option<Listing>,
    /// Those of the page that nobody has looked at.
    names: vec::IntoIter<ImageName>,
    /// Those that are being looked at, in their order.
    looks: VecDeque<Asked<Option<ImageMeta>>>,
    /// How many the client still takes.
    left: usize,
}

impl All {
    async fn next(&mut self) -> Result<Option<ImageMeta>, Error> {
        while self.left > 0 {
            let most = self.left.min(LOOKS).saturating_sub(self.looks.len());
            for name in self.names.by_ref().take(most) {
                self.looks.push_back(self.asking.look(name));
            }
            match self.looks.pop_front() {
                Some(look) => {
                    // Some go away between the list and the look.
                    if let Some(meta) = answer(look).await? {
                        self.left -= 1;
                        return Ok(Some(meta));
                    }
                }
                // Those that were named were not enough.
                None => {
                    let Some(listing) = self.listing.take() else { return Ok(None) };
                    let (listing, names) = answer(self.asking.page(listing, self.left)).await?;
                    if names.is_empty() {
                        return Ok(None);
                    }
                    self.listing = Some(listing);
                    self.names = names.into_iter();
                }
            }
        }
        Ok(None)
    }
}

/// A question that the store is asked in a task of its own: one that waits for a slow reader would run out of its time.
type Asked<T> = AbortOnDropHandle<Result<T, Error>>;

struct Asking {
    images: Arc<Images>,
    /// Whether an image was looked at.
    begun: bool,
    span: Span,
}

impl Asking {
    fn look(&mut self, name: ImageName) -> Asked<Option<ImageMeta>> {
        let images = Arc::clone(&self.images);
        let begun = mem::replace(&mut self.begun, true);
        self.ask(async move {
            if begun {
                return images.listed(&name).await;
            }
            // The client has seen nothing yet.
            match in_time(images.head(name.as_str())).await {
                Err(Error::ImageNotFound) => Ok(None),
                looked => looked.map(Some),
            }
        })
    }

    fn page(&self, mut listing: Listing, most: usize) -> Asked<(Listing, Vec<ImageName>)> {
        self.ask(async move {
            let names = listing.page(most).await?;
            Ok((listing, names))
        })
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Asked<T> {
        AbortOnDropHandle::new(tokio::spawn(question.instrument(self.span.clone())))
    }
}

async fn answer<T>(asked: Asked<T>) -> Result<T, Error> {
    asked.await.map_err(|error| Unavailable::new("the image store", error))?
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
