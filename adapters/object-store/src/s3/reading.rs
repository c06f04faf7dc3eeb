//! Images on their way out.

use super::{
    client::{Call, Client},
    failure::{Failure, Refusal},
    object,
};
use crate::range;
use futures_util::stream;
use hexad_ports::{ByteStream, ImageContent, ImageMeta, domain::image::ImageName};
use reqwest::{
    Method, Response, StatusCode,
    header::{CONTENT_RANGE, HeaderMap, RANGE},
};
use std::{ops::Range, time::Duration};
use tokio::time::timeout;

/// What stands under the name.
pub(super) async fn head(client: &Client, name: &ImageName) -> Result<Option<ImageMeta>, Failure> {
    if !object::is_image(name) {
        return Ok(None);
    }
    let call = Call { method: Method::HEAD, key: Some(name.as_str()), ..Call::default() };
    match client.ask(&call).await {
        Ok(response) => {
            let headers = response.headers();
            Ok(Some(object::meta(name, headers, object::content_length(headers)?)))
        }
        Err(failure) if is_missing(&failure) => {
            // The answer to `HEAD` has no body that tells a missing object from a missing bucket.
            if failure.refusal().is_some_and(|refusal| refusal.code.is_empty()) {
                client.ask(&Call { method: Method::HEAD, ..Call::default() }).await?;
            }
            Ok(None)
        }
        // Nor one that tells a bad key from a bad request.
        Err(failure) if failure.refusal().is_some_and(is_unexplained) => {
            let headers = vec![(RANGE, "bytes=0-0".to_owned())];
            match client.ask(&Call { key: Some(name.as_str()), headers, ..Call::default() }).await {
                Err(explained) if is_missing(&explained) => Ok(None),
                _ => Err(failure),
            }
        }
        Err(failure) => Err(failure),
    }
}

fn is_unexplained(refusal: &Refusal) -> bool {
    refusal.status == StatusCode::BAD_REQUEST && refusal.code.is_empty()
}

pub(super) async fn read(
    client: &Client,
    name: &ImageName,
    wanted: Option<Range<u64>>,
) -> Result<Option<ImageContent>, Failure> {
    if !object::is_image(name) {
        return Ok(None);
    }
    let mut call = Call { key: Some(name.as_str()), ..Call::default() };
    if let Some(wanted) = &wanted {
        match header(wanted) {
            Some(header) => call.headers.push((RANGE, header)),
            None => return nothing_of(client, name, wanted).await,
        }
    }
    let response = match client.ask(&call).await {
        Ok(response) => response,
        Err(failure) if is_missing(&failure) => return Ok(None),
        Err(failure) => {
            let refused = failure.refusal().map(|refusal| refusal.status);
            return match wanted {
                Some(wanted) if refused == Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
                    nothing_of(client, name, &wanted).await
                }
                _ => Err(failure),
            };
        }
    };
    let (range, size) = match (response.status(), &wanted) {
        (StatusCode::PARTIAL_CONTENT, Some(wanted)) => content_range(response.headers())
            .filter(|(range, size)| *range == range::cut(wanted, *size))
            .ok_or_else(|| Failure::Strange("it has other bytes than were asked for".to_owned()))?,
        (StatusCode::OK, None) => {
            let size = object::content_length(response.headers())?;
            (0..size, size)
        }
        (status, _) => return Err(Failure::Strange(format!("{status} to a GET"))),
    };
    let meta = object::meta(name, response.headers(), size);
    Ok(Some(ImageContent { meta, range, bytes: bytes(response, client.patience()) }))
}

/// No bytes of the image, where none were asked for or none are there.
async fn nothing_of(
    client: &Client,
    name: &ImageName,
    wanted: &Range<u64>,
) -> Result<Option<ImageContent>, Failure> {
    Ok(head(client, name).await?.map(|meta| {
        let range = range::cut(wanted, meta.size);
        let range = range.start..range.start;
        ImageContent { meta, range, bytes: Box::pin(stream::empty()) }
    }))
}

/// The bytes as they come; an error where they stop coming for the patience, or before the end.
pub(super) fn bytes(response: Response, patience: Duration) -> ByteStream {
    Box::pin(stream::try_unfold(response, move |mut response| async move {
        match timeout(patience, response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk.map(|chunk| (chunk, response))),
            Ok(Err(error)) => Err(Failure::from(error).into()),
            Err(_) => Err(Failure::Silent(patience).into()),
        }
    }))
}

fn is_missing(failure: &Failure) -> bool {
    failure.refusal().is_some_and(|refusal| {
        let is_unknown =
            refusal.status == StatusCode::NOT_FOUND && matches!(refusal.code.as_str(), "NoSuchKey" | "");
        is_unknown || refusal.is_of_the_key()
    })
}

/// The range as a header; `None` where it has no bytes.
fn header(range: &Range<u64>) -> Option<String> {
    let last = range.end.checked_sub(1).filter(|last| *last >= range.start)?;
    // Stores read these numbers as signed ones, and ignore a range with one that they cannot read.
    if last > i64::MAX.unsigned_abs() {
        return (range.start <= i64::MAX.unsigned_abs()).then(|| format!("bytes={}-", range.start));
    }
    Some(format!("bytes={}-{last}", range.start))
}

/// `bytes 0-9/1000` (RFC 9110, section 14.4).
fn content_range(headers: &HeaderMap) -> Option<(Range<u64>, u64)> {
    let (range, size) = object::text(headers, CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let end = last.parse::<u64>().ok()?.checked_add(1)?;
    Some((first.parse().ok()?..end, size.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_range_is_written_as_stores_can_read_it() {
        assert_eq!(header(&(0..1)).unwrap(), "bytes=0-0");
        assert_eq!(header(&(5..u64::MAX)).unwrap(), "bytes=5-");
        assert_eq!(header(&(7..7)), None);
        assert_eq!(header(&Range { start: 9, end: 3 }), None);
        assert_eq!(header(&(u64::MAX - 1..u64::MAX)), None);
    }

    proptest! {
        #[test]
        fn whatever_the_store_says_of_a_range_is_read_or_refused(text in "(bytes )?[0-9-]{0,25}/?[0-9*]{0,25}") {
            let headers = HeaderMap::from_iter([(CONTENT_RANGE, text.parse().unwrap())]);
            if let Some((range, size)) = content_range(&headers) {
                let last = range.end - 1;
                let again: String = text.split(['-', '/']).map(|n| n.trim_start_matches("bytes ")).map(|n| {
                    n.parse::<u64>().unwrap().to_string() + " "
                }).collect();
                prop_assert_eq!(again, format!("{} {last} {size} ", range.start));
            }
        }
    }
}
