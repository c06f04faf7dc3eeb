//! What the headers of an answer tell of an object.

use super::failure::Failure;
use hexad_ports::{
    ImageMeta,
    domain::{
        Timestamp,
        image::{ImageFormat, ImageName},
    },
};
use reqwest::header::{AsHeaderName, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, HeaderMap, LAST_MODIFIED};
use std::time::SystemTime;

/// Where the SHA-256 of an image that this store put there stands. The originals' images have none.
pub(super) const SHA256: &str = "x-amz-meta-sha256";

/// What the keys of this store's own objects begin with.
pub(super) const OWN: &str = ".hexad/";

/// Whether what has that key is an image: all but what is this store's own, and what no URL leads to.
pub(super) fn is_image(name: &ImageName) -> bool {
    name.is_addressable() && !name.as_str().starts_with(OWN)
}

const FORMATS: [ImageFormat; 6] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::Gif,
    ImageFormat::WebP,
    ImageFormat::Avif,
    ImageFormat::Bmp,
];

/// What is known of an image without reading it. `size` is told by another header where only a part of the object was
/// asked for.
pub(super) fn meta(name: &ImageName, headers: &HeaderMap, size: u64) -> ImageMeta {
    let is_hex = |text: &&str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let sha256 = text(headers, SHA256).filter(is_hex).map(str::to_ascii_lowercase);
    let modified = text(headers, LAST_MODIFIED).and_then(moment).unwrap_or(Timestamp::UNIX_EPOCH);
    // A type that somebody else gave may say anything: only with our digest it was ours to give.
    let format = sha256.as_ref().and_then(|_| format(text(headers, CONTENT_TYPE)?));
    let tag = text(headers, ETAG).map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
    let tag = match tag {
        Some(tag) if is_visible(tag) => tag.to_owned(),
        _ => sha256.clone().unwrap_or_else(|| format!("{size:x}-{:x}", modified.unix_micros())),
    };
    ImageMeta { name: name.clone(), size, modified, format, tag, sha256 }
}

/// How many bytes follow, or would.
pub(super) fn content_length(headers: &HeaderMap) -> Result<u64, Failure> {
    text(headers, CONTENT_LENGTH)
        .and_then(|length| length.parse().ok())
        .ok_or_else(|| Failure::Strange("it has no length".to_owned()))
}

/// The moment of the answer, by the store's clock.
pub(super) fn date(headers: &HeaderMap) -> Result<Timestamp, Failure> {
    text(headers, DATE).and_then(moment).ok_or_else(|| Failure::Strange("it has no date".to_owned()))
}

pub(super) fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn moment(text: &str) -> Option<Timestamp> {
    let since_epoch = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Timestamp::UNIX_EPOCH.saturating_add(since_epoch))
}

fn format(content_type: &str) -> Option<ImageFormat> {
    FORMATS.into_iter().find(|format| format.media_type().eq_ignore_ascii_case(content_type.trim()))
}

fn is_visible(tag: &str) -> bool {
    !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn object(headers: &[(&'static str, &str)]) -> ImageMeta {
        let headers = headers.iter().map(|(name, value)| {
            let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (reqwest::header::HeaderName::from_static(name), value)
        });
        meta(&ImageName::parse("cat.png").unwrap(), &headers.collect(), 7)
    }

    #[test]
    fn an_image_of_ours_tells_its_digest_and_its_format() {
        let object = object(&[
            ("content-type", "image/png"),
            ("etag", "\"9bb58f26192e4ba00f01e2e7b136bbd8\""),
            ("last-modified", "Sun, 22 Nov 2026 18:56:53 GMT"),
            (SHA256, DIGEST),
        ]);
        let expected = ImageMeta {
            name: ImageName::parse("cat.png").unwrap(),
            size: 7,
            modified: Timestamp::parse("2026-11-22T18:56:53Z").unwrap(),
            format: Some(ImageFormat::Png),
            tag: "9bb58f26192e4ba00f01e2e7b136bbd8".to_owned(),
            sha256: Some(DIGEST.to_owned()),
        };
        assert_eq!(object, expected);
    }

    #[test]
    fn the_type_of_an_image_of_others_is_not_believed() {
        for content_type in ["binary/octet-stream", "image/png", "text/html"] {
            let object = object(&[("content-type", content_type), ("etag", "\"a\"")]);
            assert_eq!((object.format, object.sha256), (None, None));
        }
    }

    #[test]
    fn without_a_usable_etag_the_tag_is_the_digest() {
        assert_eq!(object(&[(SHA256, DIGEST)]).tag, DIGEST);
        assert_eq!(object(&[(SHA256, DIGEST), ("etag", "\"\"")]).tag, DIGEST);
        assert_eq!(object(&[("last-modified", "Thu, 01 Jan 1970 00:00:01 GMT")]).tag, "7-f4240");
        assert_eq!(object(&[("etag", "W/\"weak\"")]).tag, "weak");
    }

    proptest! {
        #[test]
        fn a_tag_is_visible_whatever_the_store_says(etag in "[ -~\u{80}-\u{ff}]{0,20}", sha256 in "[0-9a-fg]{63,65}") {
            let tag = object(&[("etag", &etag), (SHA256, &sha256)]).tag;
            prop_assert!(is_visible(&tag), "{tag:?}");
        }
    }
}
