//! What the image routes take and answer with.

use serde::Serialize;
use utoipa::ToSchema;

/// A form with an image in it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the form is read as a stream")]
pub(super) struct Form {
    /// JPEG, PNG, GIF, WebP, AVIF or BMP, by its bytes; at most 20 MiB and 50 megapixels. Its file name is made safe.
    #[schema(format = Binary, content_media_type = "application/octet-stream", value_type = String)]
    file: Vec<u8>,
}

/// The bytes of an image.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "bytes are streamed both ways")]
pub(super) struct Image(Vec<u8>);

/// Where an image is.
#[derive(Serialize, ToSchema)]
pub(super) struct Stored<'a> {
    pub(super) message: &'static str,
    /// Where anybody can fetch it.
    #[schema(format = "uri")]
    pub(super) url: &'a str,
}

/// Some images, in the order of their names.
#[derive(Serialize, ToSchema)]
pub(super) struct Listed {
    /// The cursor of the next page, or `null` where there is none.
    #[schema(required = true)]
    pub(super) next: Option<String>,
    /// Where each can be fetched.
    pub(super) urls: Vec<String>,
}
