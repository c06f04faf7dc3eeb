//! Lists of images: a page with a cursor to the next, or all of them as a stream.

use super::schema::Listed;
use crate::answer::{fresh, streamed};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hexad::{Error, Images, Listing, domain::image::ImageName};
use hexad_http::{Code, Problem, Query, image::Base, in_time};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use std::{mem, vec};

/// The most images that a page may have.
const LARGEST_PAGE: usize = 1000;

/// How many of them are written at once: some ten kilobytes of text, whoever takes it and however slowly.
const WRITTEN_AT_ONCE: usize = 200;

/// Which images a request wants: those after a name, and how many of them.
pub(super) fn asked(query: &Query) -> Result<(Option<ImageName>, Option<usize>), Problem> {
    let after = query.one("cursor")?.map(name_of).transpose()?;
    let limit = match query.one("limit")? {
        None => None,
        Some(limit) => {
            let number =
                limit.bytes().all(|byte| byte.is_ascii_digit()).then(|| limit.parse().ok()).flatten();
            let number = number.filter(|number| (1..=LARGEST_PAGE).contains(number));
            let wrong = || Problem::invalid_field("limit", "limit must be a number from 1 to 1000.");
            Some(number.ok_or_else(wrong)?)
        }
    };
    Ok((after, limit))
}

/// A cursor is the last name of its page, in a form that nobody is tempted to make up.
fn cursor_of(last: &ImageName) -> String {
    URL_SAFE_NO_PAD.encode(last.as_str())
}

fn name_of(cursor: &str) -> Result<ImageName, Problem> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|name| !name.is_empty() && !name.contains('\0'))
        .map(ImageName::from_stored)
        .ok_or_else(|| Problem::new(Code::InvalidCursor, "cursor must be one that a list gave."))
}

/// One page.
pub(super) async fn page(
    images: &Images,
    base: &Base,
    after: Option<ImageName>,
    limit: usize,
) -> Result<Response, Problem> {
    // One more tells whether there is a next page.
    let mut names = in_time(images.list(after.as_ref(), limit + 1)).await?;
    let more = names.len() > limit;
    names.truncate(limit);
    let next = names.last().filter(|_| more).map(cursor_of);
    let urls: Vec<_> = names.iter().map(|name| base.url_of(name)).collect();
    Ok(fresh(StatusCode::OK, Listed { next, urls }))
}

/// All images from there on, in the same form, as the client takes them. A store that goes away on the way ends the
/// connection, so that nobody takes a part for the whole.
pub(super) async fn stream(
    images: &Images,
    base: Base,
    after: Option<ImageName>,
) -> Result<Response, Problem> {
    // The first page is fetched before anything is answered: an outage is a 503 as long as it can be.
    let mut listing = images.listing(after);
    let names = in_time(listing.page(usize::MAX)).await?.into_iter();
    let all = All { listing, base, begun: false, names };
    let urls = stream::try_unfold(all, |mut all| async move {
        Ok::<_, Error>(all.text().await?.map(|text| (Bytes::from(text), all)))
    });
    let head = stream::once(async { Ok(Bytes::from_static(b"{\"urls\":[")) });
    let tail = stream::once(async { Ok(Bytes::from_static(b"],\"next\":null}")) });
    let body = streamed(head.chain(urls).chain(tail));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}

/// All images, and how far they are written.
struct All {
    listing: Listing,
    base: Base,
    begun: bool,
    /// Those of the page that are not written yet.
    names: vec::IntoIter<ImageName>,
}

impl All {
    /// Some more of the list; `None` at its end.
    async fn text(&mut self) -> Result<Option<String>, Error> {
        if self.names.as_slice().is_empty() {
            self.names = self.listing.page(usize::MAX).await?.into_iter();
        }
        let mut text = String::new();
        for name in self.names.by_ref().take(WRITTEN_AT_ONCE) {
            if mem::replace(&mut self.begun, true) {
                text.push(',');
            }
            text.push_str(&json!(self.base.url_of(&name)).to_string());
        }
        Ok((!text.is_empty()).then_some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::{asked, cursor_of, name_of};
    use hexad::domain::image::ImageName;
    use hexad_http::{Code, Query};
    use proptest::prelude::*;

    fn refused(query: &str) -> Option<Code> {
        asked(&Query::parse(query).unwrap()).err().map(|problem| problem.code)
    }

    #[test]
    fn limits_are_whole_numbers_from_1_to_1000() {
        for good in ["", "limit=1", "limit=1000", "limit=007"] {
            assert_eq!(refused(good), None, "{good}");
        }
        for bad in ["limit=", "limit=0", "limit=1001", "limit=-1", "limit=%2B5", "limit=1.0", "limit=x"] {
            assert_eq!(refused(bad), Some(Code::InvalidField), "{bad}");
        }
        assert_eq!(refused("limit=99999999999999999999999"), Some(Code::InvalidField));
        assert_eq!(refused("limit=1&limit=1"), Some(Code::InvalidField));
    }

    #[test]
    fn cursors_that_no_list_gave_are_refused() {
        for bad in ["cursor=", "cursor=cat.png", "cursor=_w", "cursor=AA", "cursor=Y2F0==", "cursor=%00"] {
            assert_eq!(refused(bad), Some(Code::InvalidCursor), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_name(name in "[^\0]{1,40}") {
            let name = ImageName::from_stored(name);
            prop_assert_eq!(name_of(&cursor_of(&name)).unwrap(), name);
        }
    }
}
