//! What tells one image from another: its entity tag, and when it was stored (RFC 9110, 8.8).

use headers::ETag;
use hexad::ports::ImageMeta;
use http::HeaderValue;
use std::time::{Duration, SystemTime};

/// The validators of an image. Both are strong: bytes are stored once under a name, and whoever replaces them by hand
/// leaves another tag and another date.
#[derive(Debug, Clone)]
pub(super) struct Validators {
    pub(super) etag: ETag,
    /// In whole seconds, as an HTTP date has them; none for what is older than those, which begin in 1970.
    pub(super) modified: Option<SystemTime>,
}

impl Validators {
    /// `None` where the store gave a tag that no header can hold, which a store does not.
    pub(super) fn of(meta: &ImageMeta) -> Option<Self> {
        let etag = format!("\"{}\"", meta.tag).parse().ok()?;
        let seconds = u64::try_from(meta.modified.unix_seconds()).ok();
        let modified = seconds.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        Some(Self { etag, modified })
    }

    /// Whether `If-Range` names this image: by its tag, compared strongly, or by exactly its date (RFC 9110, 13.1.5).
    pub(super) fn are(&self, if_range: &HeaderValue) -> bool {
        let Ok(text) = if_range.to_str() else { return false };
        if text.starts_with(['"', 'W']) && text.ends_with('"') {
            return text.parse::<ETag>().is_ok_and(|tag| tag == self.etag);
        }
        httpdate::parse_http_date(text).is_ok_and(|date| Some(date) == self.modified)
    }
}
