//! What the OpenAPI document says of images on their way out and in, where several operations say the same.

use super::schema::Image;
use crate::description::text_header;
use std::collections::BTreeMap;
use utoipa::{
    IntoParams, IntoResponses, ToSchema,
    openapi::{ContentBuilder, Header, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, schema::Type},
};

/// The conditions that `GET` and `HEAD` know.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "conditions are read by the crate `headers`")]
pub(super) struct ReadConditions {
    /// `*`, or tags of what the client has already: 304 where the image has one of them.
    #[param(rename = "If-None-Match", example = "\"5d41402a\"")]
    if_none_match: Option<String>,
    /// 304 where the image has not changed since. Passed over beside `If-None-Match`, and where it is no date.
    #[param(rename = "If-Modified-Since", example = "Sun, 22 Nov 2026 18:56:53 GMT")]
    if_modified_since: Option<String>,
    /// `*`, or tags of which the image must have one.
    #[param(rename = "If-Match", example = "\"5d41402a\"")]
    if_match: Option<String>,
    /// The image must not have changed since. Passed over beside `If-Match`, and where it is no date.
    #[param(rename = "If-Unmodified-Since", example = "Sun, 22 Nov 2026 18:56:53 GMT")]
    if_unmodified_since: Option<String>,
}

/// What of the image is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "ranges are read by the crate `headers`")]
pub(super) struct Part {
    /// One range of bytes.
    #[param(rename = "Range", example = "bytes=0-99")]
    range: Option<String>,
    /// The tag or the date of what the client has a part of: all of it, where the image is another by now.
    #[param(rename = "If-Range", example = "\"5d41402a\"")]
    if_range: Option<String>,
}

/// The conditions that `PUT` knows.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "conditions are read by the crate `headers`")]
pub(super) struct WriteConditions {
    /// `*`: only where there is none. Tags: only where the image that is there has none of them.
    #[param(rename = "If-None-Match", example = "*")]
    if_none_match: Option<String>,
    /// `*`, or tags of which the image that is there must have one.
    #[param(rename = "If-Match", example = "\"5d41402a\"")]
    if_match: Option<String>,
    /// The image that is there must not have changed since. Passed over beside `If-Match`, and where it is no date.
    #[param(rename = "If-Unmodified-Since", example = "Sun, 22 Nov 2026 18:56:53 GMT")]
    if_unmodified_since: Option<String>,
}

/// The answers to `GET` that are no problems.
pub(super) struct Served;

impl IntoResponses for Served {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let part = with_bytes(told("A part of it."));
        let part =
            part.header("Content-Range", text_header("Which part of how many bytes: `bytes 0-99/820`."));
        BTreeMap::from([
            ("200".to_owned(), with_bytes(told("All of it.")).build().into()),
            ("206".to_owned(), part.build().into()),
            ("304".to_owned(), not_modified()),
        ])
    }
}

/// The same to `HEAD`.
pub(super) struct Told;

impl IntoResponses for Told {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([
            ("200".to_owned(), told("It is there.").build().into()),
            ("304".to_owned(), not_modified()),
        ])
    }
}

fn told(description: &str) -> ResponseBuilder {
    let mut size = Header::new(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)));
    size.description = Some("How many bytes follow.".to_owned());
    cached(description)
        .header("Content-Length", size)
        .header("Last-Modified", text_header("When the image was stored."))
        .header("Accept-Ranges", text_header("`bytes`: one range may be asked for."))
        .header("X-Content-Type-Options", text_header("`nosniff`: the type is the true one."))
        .header(
            "Content-Security-Policy",
            text_header("What is opened by itself runs no script and fetches nothing."),
        )
        .header(
            "Content-Disposition",
            text_header("`attachment`, where what others have stored is no image."),
        )
}

fn not_modified() -> RefOr<Response> {
    cached("The client has it.").build().into()
}

fn cached(description: &str) -> ResponseBuilder {
    ResponseBuilder::new()
        .description(description)
        .header("ETag", text_header("A strong tag of the bytes."))
        .header("Cache-Control", text_header("Anybody may keep it for a day."))
}

fn with_bytes(response: ResponseBuilder) -> ResponseBuilder {
    let types = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"];
    types.into_iter().chain(["application/octet-stream"]).fold(response, |response, media_type| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Image::name()))).build();
        response.content(media_type, content)
    })
}
