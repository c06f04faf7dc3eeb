//! An image in the messages of a call: what it is called, then its bytes.

use crate::{
    proto::{Image, ImageInfo, UploadImageRequest, UploadImageResponse, upload_image_request::Part},
    status,
};
use bytes::Bytes;
use futures_util::{Stream, stream};
use hexad::{Error, Images, Uploaded};
use hexad_http::{Code, FieldProblem, Problem, image::Base};
use tonic::{Status, Streaming};

/// How many messages without bytes are taken: an upload may be slow, but it has to move.
const EMPTY_MESSAGES: usize = 1000;

type Messages = Streaming<UploadImageRequest>;

/// Takes the image out of the messages, while they arrive, and stores it.
pub(super) async fn receive(
    images: &Images,
    base: &Base,
    mut messages: Messages,
) -> Result<UploadImageResponse, Status> {
    let ImageInfo { name } = info(&mut messages).await?;
    let uploaded = images.upload(&name, Box::pin(chunks(messages))).await.map_err(refused)?;
    Ok(answer(base, uploaded))
}

/// The first message.
async fn info(messages: &mut Messages) -> Result<ImageInfo, Status> {
    match next(messages).await? {
        Some(UploadImageRequest { part: Some(Part::Info(info)) }) => Ok(info),
        Some(UploadImageRequest { part: Some(Part::Chunk(_)) }) => {
            Err(missing("info has to come before the bytes."))
        }
        Some(UploadImageRequest { part: None }) | None => {
            Err(missing("The first message has to carry info."))
        }
    }
}

/// The bytes of all other messages.
fn chunks(messages: Messages) -> impl Stream<Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>> {
    stream::try_unfold((messages, 0), |(mut messages, mut empty)| async move {
        loop {
            match next(&mut messages).await?.map(|message| message.part) {
                None => return Ok(None),
                Some(Some(Part::Chunk(bytes))) if !bytes.is_empty() => {
                    return Ok(Some((bytes, (messages, empty))));
                }
                Some(Some(Part::Info(_))) => return Err(repeated().into()),
                // Nothing, or something that a newer client has to say.
                Some(Some(Part::Chunk(_)) | None) => {
                    empty += 1;
                    if empty > EMPTY_MESSAGES {
                        let idle = Problem::malformed("Too many messages carry no bytes.");
                        return Err(status::of(&idle).into());
                    }
                }
            }
        }
    })
}

async fn next(messages: &mut Messages) -> Result<Option<UploadImageRequest>, Status> {
    messages.message().await.map_err(status::in_our_words)
}

fn missing(detail: &'static str) -> Status {
    status::of(&of_info(Code::MissingField, detail))
}

fn repeated() -> Status {
    status::of(&of_info(Code::RepeatedField, "info may come only once."))
}

fn of_info(code: Code, detail: &'static str) -> Problem {
    Problem::of_fields(vec![FieldProblem { name: "info".into(), code, detail: detail.into() }])
}

/// What became of the upload; what the messages themselves say comes first.
fn refused(error: Error) -> Status {
    match error {
        Error::Interrupted(source) => match source.downcast::<Status>() {
            Ok(status) => *status,
            Err(source) => status::of(&Error::Interrupted(source).into()),
        },
        error => status::of(&error.into()),
    }
}

fn answer(base: &Base, uploaded: Uploaded) -> UploadImageResponse {
    let Uploaded { name, info, size, sha256, created } = uploaded;
    let image = Image {
        url: base.url_of(&name),
        name: name.to_string(),
        content_type: info.format.media_type().to_owned(),
        size,
        sha256,
    };
    UploadImageResponse { message: "Image uploaded successfully".to_owned(), image: Some(image), created }
}
