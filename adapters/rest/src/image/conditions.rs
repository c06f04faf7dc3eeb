//! Conditional requests (RFC 9110, 13).

use super::validators::Validators;
use headers::{HeaderMapExt, IfMatch, IfModifiedSince, IfNoneMatch, IfUnmodifiedSince};
use http::HeaderMap;

/// What a request wants to be true of the image before it is answered. What cannot be read of it counts as the RFC
/// says: a date that is none is passed over, and a tag that is none equals nothing.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    matches: Option<IfMatch>,
    unmodified_since: Option<IfUnmodifiedSince>,
    none_matches: Option<IfNoneMatch>,
    modified_since: Option<IfModifiedSince>,
}

/// What comes of the conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The request is answered as if there were none.
    Holds,
    /// 304: whoever asks has it already.
    NotModified,
    /// 412.
    Fails,
}

/// What a request would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// `GET` and `HEAD`.
    Read,
    /// `PUT`.
    Write,
}

impl Conditions {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            matches: headers.typed_get(),
            unmodified_since: headers.typed_get(),
            none_matches: headers.typed_get(),
            modified_since: headers.typed_get(),
        }
    }

    /// Whether there are any.
    pub(super) fn are_there(&self) -> bool {
        self.matches.is_some()
            || self.unmodified_since.is_some()
            || self.none_matches.is_some()
            || self.modified_since.is_some()
    }

    /// In the order of RFC 9110, 13.2.2. `current` is the image that is there, if there is one.
    pub(super) fn judge(&self, intent: Intent, current: Option<&Validators>) -> Verdict {
        let modified = current.and_then(|current| current.modified);
        let unchanged = match (&self.matches, &self.unmodified_since) {
            (Some(matches), _) => current.is_some_and(|current| matches.precondition_passes(&current.etag)),
            (None, Some(since)) => modified.is_none_or(|modified| since.precondition_passes(modified)),
            (None, None) => true,
        };
        if !unchanged {
            return Verdict::Fails;
        }
        let changed = match (&self.none_matches, &self.modified_since) {
            (Some(none), _) => current.is_none_or(|current| none.precondition_passes(&current.etag)),
            (None, Some(since)) if intent == Intent::Read => {
                modified.is_none_or(|modified| since.is_modified(modified))
            }
            (None, _) => true,
        };
        match (changed, intent) {
            (true, _) => Verdict::Holds,
            (false, Intent::Read) => Verdict::NotModified,
            (false, Intent::Write) => Verdict::Fails,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Conditions, Intent, Verdict};
    use crate::image::validators::Validators;
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;
    use std::time::{Duration, SystemTime};

    const BEFORE: &str = "Sun, 22 Nov 2026 18:56:52 GMT";
    const THEN: &str = "Sun, 22 Nov 2026 18:56:53 GMT";
    const AFTER: &str = "Sun, 22 Nov 2026 18:56:54 GMT";

    /// The image has the tag `"a"` and was stored at `THEN`.
    fn image() -> Validators {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_373_813);
        Validators { etag: "\"a\"".parse().unwrap(), modified: Some(modified) }
    }

    fn conditions(fields: &[(&'static str, &str)]) -> Conditions {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Conditions::of(&headers)
    }

    #[track_caller]
    fn read(fields: &[(&'static str, &str)], verdict: Verdict) {
        assert_eq!(conditions(fields).judge(Intent::Read, Some(&image())), verdict, "{fields:?}");
    }

    #[test]
    fn each_condition_by_itself() {
        use Verdict::{Fails, Holds, NotModified};
        for (name, value, verdict) in [
            ("if-match", "*", Holds),
            ("if-match", "\"a\"", Holds),
            ("if-match", "\"b\", \"a\"", Holds),
            ("if-match", "\"b\"", Fails),
            // The comparison is strong (13.1.1).
            ("if-match", "W/\"a\"", Fails),
            ("if-none-match", "*", NotModified),
            ("if-none-match", "\"a\"", NotModified),
            ("if-none-match", "\"b\" , \"a\"", NotModified),
            ("if-none-match", "\"b,\", \"c\"", Holds),
            // And weak here (13.1.2).
            ("if-none-match", "W/\"a\"", NotModified),
            ("if-modified-since", THEN, NotModified),
            ("if-modified-since", AFTER, NotModified),
            ("if-modified-since", BEFORE, Holds),
            // The forms of old (5.6.7).
            ("if-modified-since", "Sunday, 22-Nov-26 18:56:53 GMT", NotModified),
            ("if-modified-since", "Sun Nov 22 18:56:53 2026", NotModified),
            ("if-unmodified-since", THEN, Holds),
            ("if-unmodified-since", AFTER, Holds),
            ("if-unmodified-since", BEFORE, Fails),
        ] {
            read(&[(name, value)], verdict);
        }
    }

    #[test]
    fn the_stronger_condition_hides_the_weaker_one() {
        read(&[("if-match", "\"a\""), ("if-unmodified-since", BEFORE)], Verdict::Holds);
        read(&[("if-match", "\"b\""), ("if-unmodified-since", AFTER)], Verdict::Fails);
        read(&[("if-none-match", "\"b\""), ("if-modified-since", AFTER)], Verdict::Holds);
        read(&[("if-none-match", "\"a\""), ("if-modified-since", BEFORE)], Verdict::NotModified);
        // First whether it is the one that is meant, then whether it is new (13.2.2).
        read(&[("if-match", "\"b\""), ("if-none-match", "\"a\"")], Verdict::Fails);
        read(&[("if-match", "\"a\""), ("if-none-match", "\"a\"")], Verdict::NotModified);
        read(&[("if-unmodified-since", AFTER), ("if-modified-since", AFTER)], Verdict::NotModified);
    }

    #[test]
    fn what_cannot_be_read_equals_nothing_or_is_passed_over() {
        for date in ["", "yesterday", "2026-11-22T18:56:53Z", "0"] {
            read(&[("if-modified-since", date)], Verdict::Holds);
            read(&[("if-unmodified-since", date)], Verdict::Holds);
        }
        read(&[("if-modified-since", AFTER), ("if-modified-since", AFTER)], Verdict::Holds);
        for tag in ["", "a", "'a'", "\"a", "w/\"a\"", "\u{e9}"] {
            read(&[("if-match", tag)], Verdict::Fails);
            read(&[("if-none-match", tag)], Verdict::Holds);
        }
        read(&[("if-none-match", "\"b\""), ("if-none-match", "\"a\"")], Verdict::NotModified);
    }

    #[test]
    fn a_write_is_refused_where_a_read_is_spared() {
        let judge = |fields: &[(&'static str, &str)], current: Option<&Validators>| {
            conditions(fields).judge(Intent::Write, current)
        };
        let there = image();
        assert_eq!(judge(&[("if-none-match", "*")], Some(&there)), Verdict::Fails);
        assert_eq!(judge(&[("if-none-match", "\"a\"")], Some(&there)), Verdict::Fails);
        assert_eq!(judge(&[("if-none-match", "\"b\"")], Some(&there)), Verdict::Holds);
        assert_eq!(judge(&[("if-none-match", "*")], None), Verdict::Holds);
        assert_eq!(judge(&[("if-match", "*")], None), Verdict::Fails);
        assert_eq!(judge(&[("if-match", "\"a\"")], None), Verdict::Fails);
        assert_eq!(judge(&[("if-match", "*")], Some(&there)), Verdict::Holds);
        assert_eq!(judge(&[("if-unmodified-since", BEFORE)], Some(&there)), Verdict::Fails);
        assert_eq!(judge(&[("if-unmodified-since", BEFORE)], None), Verdict::Holds);
        // For GET and HEAD alone (13.1.3).
        assert_eq!(judge(&[("if-modified-since", AFTER)], Some(&there)), Verdict::Holds);
    }

    #[test]
    fn an_image_without_a_date_has_its_tag() {
        let image = Validators { modified: None, ..image() };
        let judge = |field| conditions(&[field]).judge(Intent::Read, Some(&image));
        assert_eq!(judge(("if-modified-since", AFTER)), Verdict::Holds);
        assert_eq!(judge(("if-unmodified-since", BEFORE)), Verdict::Holds);
        assert_eq!(judge(("if-none-match", "\"a\"")), Verdict::NotModified);
    }

    proptest! {
        #[test]
        fn any_condition_is_judged(name in prop::sample::select(vec![
            "if-match", "if-none-match", "if-modified-since", "if-unmodified-since",
        ]), values in prop::collection::vec("[ -~\u{80}-\u{ff}]{0,20}", 0..3)) {
            let fields: Vec<_> = values.iter().map(|value| (name, value.as_str())).collect();
            for intent in [Intent::Read, Intent::Write] {
                for current in [None, Some(&image())] {
                    let _ = conditions(&fields).judge(intent, current);
                }
            }
        }
    }
}
