//! An image as the whole body of a request.

use super::{
    conditions::{Conditions, Intent, Verdict},
    serve::failed,
    upload::too_large,
    validators::Validators,
};
use axum::{body::Body, extract::Request};
use futures_util::TryStreamExt;
use hexad::{
    Error, Images, Uploaded,
    domain::image::{ImageName, MAX_BYTES},
};
use hexad_http::{
    Code, Problem,
    body::{limits_of, upload},
    in_time,
};
use http::{HeaderMap, header};
use http_body::Body as _;

/// Takes the body, while it arrives, and stores it under exactly that name.
///
/// The bytes alone say what they are: the content type is not looked at, and a multipart body, which begins with its
/// boundary, is no image.
pub(super) async fn receive(images: &Images, name: &str, request: Request) -> Result<Uploaded, Problem> {
    let (parts, body) = request.into_parts();
    ImageName::parse(name).map_err(Error::from)?;
    check_whole(&parts.headers)?;
    if body.size_hint().lower() > MAX_BYTES {
        return Err(too_large());
    }
    let conditions = Conditions::of(&parts.headers);
    check(&conditions, images, name).await?;
    let stored = images.put(name, stream(body, &parts.extensions)).await;
    // Whoever was faster has put there what the conditions speak of.
    if matches!(&stored, Ok(Uploaded { created: false, .. }) | Err(Error::NameTaken)) {
        check(&conditions, images, name).await?;
    }
    Ok(stored?)
}

fn stream(body: Body, extensions: &http::Extensions) -> hexad::ports::ByteStream {
    Box::pin(upload(body, &limits_of(extensions)).map_err(Into::into))
}

/// The body has to be the image itself: not a part of it (RFC 9110, 14.5), and not another form of it (8.4).
fn check_whole(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(header::CONTENT_RANGE) {
        return Err(Problem::malformed("An image is put as a whole: Content-Range is not understood here."));
    }
    let encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    if encodings.into_iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "An image is put as it is, without a Content-Encoding.",
        ));
    }
    Ok(())
}

/// What the conditions say of the image that is there now.
async fn check(conditions: &Conditions, images: &Images, name: &str) -> Result<(), Problem> {
    if !conditions.are_there() {
        return Ok(());
    }
    let current = match in_time(images.head(name)).await {
        Ok(meta) => Some(Validators::of(&meta).ok_or_else(Problem::internal)?),
        Err(Error::ImageNotFound) => None,
        Err(error) => return Err(error.into()),
    };
    match conditions.judge(Intent::Write, current.as_ref()) {
        Verdict::Fails => Err(failed()),
        Verdict::Holds | Verdict::NotModified => Ok(()),
    }
}
