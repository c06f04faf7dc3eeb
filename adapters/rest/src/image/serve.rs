//! An image on its way out: all of it, a part, or that whoever asks has it already.

use super::{
    conditions::{Conditions, Intent, Verdict},
    range::{Wanted, wanted},
    validators::Validators,
};
use crate::answer::streamed;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use headers::{AcceptRanges, ContentLength, ContentRange, HeaderMapExt, LastModified};
use hexad::{
    Images,
    domain::image::KEPT_FOR,
    ports::{ImageContent, ImageMeta},
};
use hexad_http::{Code, Problem, in_time};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// The answer to `GET`.
pub(super) async fn get(images: &Images, name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let conditions = Conditions::of(headers);
    if !conditions.are_there() && !headers.contains_key(header::RANGE) {
        return whole(in_time(images.fetch(name)).await?);
    }
    let meta = in_time(images.head(name)).await?;
    let validators = validators(&meta)?;
    if let Some(spared) = spared(&conditions, &validators)? {
        return Ok(spared);
    }
    let (range, part) = match wanted(headers, &validators, meta.size) {
        Wanted::Nothing => return Ok(not_there(&meta)),
        Wanted::Whole => (0..meta.size, false),
        Wanted::Part(range) => (range, true),
    };
    match in_time(images.part(&meta, range)).await? {
        Some(content) if part => partial(content),
        Some(content) => whole(content),
        // Another has come in its place since. A range may always be passed over, and so the whole of it is right.
        None => {
            let content = in_time(images.fetch(name)).await?;
            match spared(&conditions, &self::validators(&content.meta)?)? {
                Some(spared) => Ok(spared),
                None => whole(content),
            }
        }
    }
}

/// The answer to `HEAD`: that to `GET` without a range, which `HEAD` does not know (RFC 9110, 14.2), and without bytes.
pub(super) async fn head(images: &Images, name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let meta = in_time(images.head(name)).await?;
    let validators = validators(&meta)?;
    match spared(&Conditions::of(headers), &validators)? {
        Some(spared) => Ok(spared),
        None => Ok((about(&meta, &validators, meta.size), Body::empty()).into_response()),
    }
}

pub(super) fn failed() -> Problem {
    Problem::new(Code::PreconditionFailed, "The image is not what the request wants it to be.")
}

fn validators(meta: &ImageMeta) -> Result<Validators, Problem> {
    Validators::of(meta).ok_or_else(Problem::internal)
}

/// What the conditions make of the request, where it is not answered with the image.
fn spared(conditions: &Conditions, validators: &Validators) -> Result<Option<Response>, Problem> {
    match conditions.judge(Intent::Read, Some(validators)) {
        Verdict::Holds => Ok(None),
        Verdict::Fails => Err(failed()),
        Verdict::NotModified => {
            // What a cache needs to know of what it has, and no more (RFC 9110, 15.4.5).
            let mut headers = HeaderMap::from_iter([cache_control()]);
            headers.typed_insert(validators.etag.clone());
            Ok(Some((StatusCode::NOT_MODIFIED, headers).into_response()))
        }
    }
}

fn whole(content: ImageContent) -> Result<Response, Problem> {
    let headers = about(&content.meta, &validators(&content.meta)?, content.meta.size);
    Ok((headers, streamed(content.bytes)).into_response())
}

fn partial(content: ImageContent) -> Result<Response, Problem> {
    let ImageContent { meta, range, bytes } = content;
    let mut headers = about(&meta, &validators(&meta)?, range.end.saturating_sub(range.start));
    headers.typed_insert(ContentRange::bytes(range, meta.size).map_err(|_| Problem::internal())?);
    Ok((StatusCode::PARTIAL_CONTENT, headers, streamed(bytes)).into_response())
}

fn not_there(meta: &ImageMeta) -> Response {
    let text = format!("The image has {} bytes, and none of those.", meta.size);
    let mut response = Problem::new(Code::RangeNotSatisfiable, text).into_response();
    response.headers_mut().typed_insert(ContentRange::unsatisfied_bytes(meta.size));
    response
}

/// The headers of an image of which so many bytes follow.
///
/// The type is the true one, whatever the sender called it, and no browser is to guess another. What is opened by
/// itself runs no script and fetches nothing, should a browser find something in it after all; what is no image, which
/// only others have stored, is not shown but saved.
fn about(meta: &ImageMeta, validators: &Validators, length: u64) -> HeaderMap {
    let media_type = meta.format.map_or("application/octet-stream", |format| format.media_type());
    let mut headers = HeaderMap::from_iter([
        cache_control(),
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ]);
    if meta.format.is_none() {
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    headers.typed_insert(ContentLength(length));
    headers.typed_insert(AcceptRanges::bytes());
    headers.typed_insert(validators.etag.clone());
    if let Some(modified) = validators.modified {
        headers.typed_insert(LastModified::from(modified));
    }
    headers
}

/// See [`KEPT_FOR`].
fn cache_control() -> (header::HeaderName, HeaderValue) {
    let value = format!("public, max-age={}, immutable", KEPT_FOR.as_secs());
    let value = HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("public"));
    (header::CACHE_CONTROL, value)
}
