//! Images and the forms that carry them.

use crate::{Answer, Service};

const SAMPLE: &[u8] = include_bytes!("../../../domain/tests/data/images/palette-29x13.png");

const BOUNDARY: &str = "-------------------------a boundary";

/// A PNG like no other: what follows its last chunk is no picture, but part of the bytes all the same.
#[must_use]
pub fn picture(distinct: &str) -> Vec<u8> {
    [SAMPLE, distinct.as_bytes()].concat()
}

/// A form with one file: its content type and its body.
#[must_use]
pub fn form(field: &str, file_name: &str, content: &[u8]) -> (String, Vec<u8>) {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{file_name}\"\r\n\
         Content-Type: text/html\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    (
        format!("multipart/form-data; boundary=\"{BOUNDARY}\""),
        [head.as_bytes(), content, tail.as_bytes()].concat(),
    )
}

/// Uploads a file by this route.
pub async fn upload(image: &Service, route: &str, file_name: &str, content: &[u8]) -> Answer {
    let (content_type, body) = form("file", file_name, content);
    image.post(route).body(&content_type, body).send().await
}
