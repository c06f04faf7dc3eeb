//! All images in the order of their names, page by page, as whoever asked takes them.

use super::Images;
use crate::Error;
use hexad_domain::image::ImageName;
use hexad_ports::{ImageMeta, ImageStore};
use std::sync::Arc;

/// What the store is asked for at first, since an answer begins with it: what S3 gives in one piece.
const FIRST_PAGE: usize = 1_000;

/// What it is asked for afterwards: some hundred kilobytes of names. A folder is read from its beginning for each page,
/// so fewer and larger ones are cheaper.
const PAGE: usize = 10_000;

/// How often a list that has begun asks for what does not come, before it breaks off.
const TRIES: usize = 4;

/// A list of all images that is made while somebody takes it.
///
/// Its first page fails as soon as the store does: whoever takes the list has nothing of it yet and is told at once.
/// Once it has begun it asks again, since whoever has most of it would have to begin anew.
pub struct Listing {
    store: Arc<dyn ImageStore>,
    next: Next,
}

/// What the next page begins after.
enum Next {
    /// It is the first one.
    First(Option<ImageName>),
    After(ImageName),
    /// There is none.
    Nothing,
}

impl Images {
    /// Begins a list of all images after that name.
    #[must_use]
    pub fn listing(&self, after: Option<ImageName>) -> Listing {
        Listing { store: Arc::clone(&self.store), next: Next::First(after) }
    }

    /// What is known of an image that a list which has begun has named, or `None` where it is gone since. Asks again as
    /// the list does.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn listed(&self, name: &ImageName) -> Result<Option<ImageMeta>, Error> {
        let looked = again(|| async {
            match self.head(name.as_str()).await {
                Err(Error::ImageNotFound) => Ok(None),
                looked => looked.map(Some),
            }
        });
        looked.await
    }
}

impl Listing {
    /// The next names, at most so many; fewer are not the end, but none are.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn page(&mut self, most: usize) -> Result<Vec<ImageName>, Error> {
        let (asked, names) = match &self.next {
            Next::First(after) => {
                let asked = most.min(FIRST_PAGE);
                (asked, self.store.list(after.as_ref(), asked).await?)
            }
            Next::After(last) => {
                let asked = most.min(PAGE);
                (asked, again(|| async { Ok(self.store.list(Some(last), asked).await?) }).await?)
            }
            Next::Nothing => return Ok(Vec::new()),
        };
        if names.len() < asked {
            self.next = Next::Nothing;
        } else if let Some(last) = names.last() {
            self.next = Next::After(last.clone());
        }
        Ok(names)
    }
}

/// Asks again where the store fails.
async fn again<T, F>(mut ask: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 1..TRIES {
        match ask().await {
            Err(Error::Unavailable(error)) => tracing::debug!(%error, "a list asks again"),
            answer => return answer,
        }
    }
    ask().await
}
