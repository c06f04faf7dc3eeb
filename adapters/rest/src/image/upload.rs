//! A file in a `multipart/form-data` body (RFC 7578).

use super::pieces::{HEAD, LARGEST, Pieces};
use axum::extract::Request;
use futures_util::TryStreamExt;
use hexad::{Images, Uploaded};
use hexad_http::{
    Code, Problem,
    body::{BodyError, limits_of, upload},
};
use http::{HeaderMap, header};
use http_body::Body as _;
use multer::{Field, Multipart};
use percent_encoding::percent_decode_str;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// How many parts may come before the file.
const PARTS: usize = 100;

/// Takes the image out of the request, while it arrives, and stores it.
pub(super) async fn receive(images: &Images, request: Request) -> Result<Uploaded, Problem> {
    let (parts, body) = request.into_parts();
    let Some(boundary) = boundary(&parts.headers)? else { return Err(no_file()) };
    if body.size_hint().lower() > LARGEST {
        return Err(too_large());
    }
    let left = Arc::new(AtomicUsize::new(HEAD));
    let pieces = Pieces::new(upload(body, &limits_of(&parts.extensions)), Arc::clone(&left));
    let mut multipart = Multipart::new(pieces, boundary);
    for _ in 0..PARTS {
        left.store(HEAD, Relaxed);
        let Some(mut field) = multipart.next_field().await.map_err(problem)? else { return Err(no_file()) };
        left.store(usize::MAX, Relaxed);
        let name = (field.name() == Some("file")).then(|| file_name(&field)).flatten();
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            let bytes = field.map_err(|error| Box::new(problem(error)) as Box<_>);
            return Ok(images.upload(&name, Box::pin(bytes)).await?);
        }
        while field.chunk().await.map_err(problem)?.is_some() {}
    }
    Err(Problem::malformed("The body has too many parts."))
}

fn no_file() -> Problem {
    Problem::new(Code::NoFile, "No file provided")
}

pub(super) fn too_large() -> Problem {
    Problem::new(Code::TooLarge, "The image is larger than 20 MiB.")
}

/// The boundary of a multipart body; `None` where the body is none.
fn boundary(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(content_type) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    match multer::parse_boundary(content_type) {
        Ok(boundary) if !boundary.is_empty() => Ok(Some(boundary)),
        Ok(_) | Err(multer::Error::NoBoundary) => {
            Err(Problem::malformed("The multipart body names no boundary."))
        }
        Err(_) => Ok(None),
    }
}

/// What the sender calls its file. Browsers, curl and Python's requests write the name in UTF-8; some clients write
/// `filename*` (RFC 8187) instead, against RFC 7578, and the original understood it.
fn file_name(field: &Field<'_>) -> Option<String> {
    if let Some(name) = field.file_name() {
        return Some(name.to_owned());
    }
    extended_file_name(field.headers().get(header::CONTENT_DISPOSITION)?.to_str().ok()?)
}

/// The parameter `filename*` of a disposition, where it is in UTF-8.
fn extended_file_name(disposition: &str) -> Option<String> {
    let extended =
        disposition.split(';').find_map(|parameter| parameter.trim().strip_prefix("filename*="))?;
    let (charset, rest) = extended.trim().split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    charset
        .eq_ignore_ascii_case("utf-8")
        .then(|| percent_decode_str(encoded).decode_utf8_lossy().into_owned())
}

/// What multer says, as a problem. What the body itself says comes first.
fn problem(error: multer::Error) -> Problem {
    match error {
        multer::Error::StreamReadFailed(source) => match source.downcast_ref::<BodyError>() {
            Some(BodyError::TooLarge(LARGEST)) => too_large(),
            Some(BodyError::TooLarge(_)) => Problem::malformed("The head of a part is too long."),
            Some(error) => Problem::from(error),
            None => Problem::malformed("The body was cut off."),
        },
        _ => Problem::malformed("The body is not valid multipart/form-data, or ends too early."),
    }
}

#[cfg(test)]
mod tests {
    use super::extended_file_name;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    #[test]
    fn an_extended_name_is_in_utf_8_or_none() {
        let name = |value: &str| extended_file_name(&format!("form-data; name=\"file\"; filename*={value}"));
        assert_eq!(name("UTF-8''caf%C3%A9.png").as_deref(), Some("caf\u{e9}.png"));
        assert_eq!(name("utf-8'en'a.png").as_deref(), Some("a.png"));
        for bad in ["", "a.png", "UTF-8'a.png", "iso-8859-1''caf%E9.png", "\"UTF-8''a.png\""] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_disposition_is_read_or_passed_over(
            disposition in "[ -~]{0,40}|form-data; filename\\*=(UTF-8|[ -~]{0,6})'[ -~]{0,4}'[ -~]{0,30}",
        ) {
            let _ = extended_file_name(&disposition);
        }

        #[test]
        fn every_name_comes_back(name in "\\PC{1,30}") {
            let encoded = utf8_percent_encode(&name, NON_ALPHANUMERIC);
            let disposition = format!("form-data; name=\"file\"; filename*=UTF-8''{encoded}; x=y");
            prop_assert_eq!(extended_file_name(&disposition), Some(name));
        }
    }
}
