//! Which bytes a request wants (RFC 9110, 14).

use super::validators::Validators;
use http::{HeaderMap, HeaderValue, header};
use http_range_header::{RangeUnsatisfiableError, parse_range_header};
use std::ops::Range;

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// 200: no range was asked for, or none that is served.
    Whole,
    /// 206: at least one byte.
    Part(Range<u64>),
    /// 416: no such byte is there.
    Nothing,
}

/// One range is served. Several at once are not, as 14.2 allows: the whole image is then the answer, which costs less
/// than its pieces again and again. So it is where the range cannot be read, or is one of something else than bytes.
pub(super) fn wanted(headers: &HeaderMap, validators: &Validators, size: u64) -> Wanted {
    let Some(range) = only(headers, &header::RANGE) else { return Wanted::Whole };
    if headers.contains_key(header::IF_RANGE)
        && !only(headers, &header::IF_RANGE).is_some_and(|if_range| validators.are(if_range))
    {
        return Wanted::Whole;
    }
    let Some(parsed) = range.to_str().ok().and_then(|range| parse_range_header(range).ok()) else {
        return Wanted::Whole;
    };
    match parsed.validate(size).as_deref() {
        Ok([range]) => Wanted::Part(*range.start()..range.end().saturating_add(1)),
        Err(RangeUnsatisfiableError::Unsatisfiable) => Wanted::Nothing,
        Ok(_) | Err(_) => Wanted::Whole,
    }
}

/// The value of a field that may come once.
fn only<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};
    use crate::image::validators::Validators;
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;
    use std::time::{Duration, SystemTime};

    const MODIFIED: &str = "Sun, 22 Nov 2026 18:56:53 GMT";

    /// What is wanted of 1,000 bytes with the tag `"a"`.
    fn of_a_thousand(fields: &[(&'static str, &str)]) -> Wanted {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_373_813);
        let validators = Validators { etag: "\"a\"".parse().unwrap(), modified: Some(modified) };
        wanted(&headers, &validators, 1_000)
    }

    #[test]
    fn one_range_is_served() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-499", 0..500),
            ("bytes=500-999", 500..1_000),
            ("bytes=500-", 500..1_000),
            ("bytes=500-5000", 500..1_000),
            ("bytes=500-99999999999999999999999", 500..1_000),
            ("bytes=-1", 999..1_000),
            ("bytes=-5000", 0..1_000),
            ("bytes=0-", 0..1_000),
            ("Bytes=1-2", 1..3),
            // Of two, one is there.
            ("bytes=5000-, 1-2", 1..3),
        ] {
            assert_eq!(of_a_thousand(&[("range", range)]), Wanted::Part(part), "{range}");
        }
    }

    #[test]
    fn what_is_behind_the_end_is_not_there() {
        for range in
            ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=18446744073709551615-", "bytes=2000-,3000-"]
        {
            assert_eq!(of_a_thousand(&[("range", range)]), Wanted::Nothing, "{range}");
        }
    }

    #[test]
    fn all_else_is_the_whole() {
        for range in [
            "bytes=0-1,5-6",
            "bytes=0-,0-,0-,0-",
            "bytes=5-2",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1",
            "bytes 0-1",
            "items=0-1",
            "",
            "0-1",
            "bytes=0-1,x",
        ] {
            assert_eq!(of_a_thousand(&[("range", range)]), Wanted::Whole, "{range}");
        }
        assert_eq!(of_a_thousand(&[]), Wanted::Whole);
        assert_eq!(of_a_thousand(&[("range", "bytes=0-1"), ("range", "bytes=0-1")]), Wanted::Whole);
    }

    #[test]
    fn a_part_of_another_image_is_of_no_use() {
        let part =
            |if_range| of_a_thousand(&[("range", "bytes=0-1"), ("if-range", if_range)]) == Wanted::Part(0..2);
        for same in ["\"a\"", MODIFIED, "Sunday, 22-Nov-26 18:56:53 GMT"] {
            assert!(part(same), "{same}");
        }
        // A date has to be exactly that, and a tag that is weak equals none (13.1.5).
        for other in [
            "\"b\"",
            "W/\"a\"",
            "a",
            "",
            "*",
            "Sun, 22 Nov 2026 18:56:54 GMT",
            "Sun, 22 Nov 2026 18:56:52 GMT",
        ] {
            assert!(!part(other), "{other}");
        }
        let twice = [("range", "bytes=0-1"), ("if-range", "\"a\""), ("if-range", "\"a\"")];
        assert_eq!(of_a_thousand(&twice), Wanted::Whole);
        assert_eq!(of_a_thousand(&[("range", "bytes=5000-"), ("if-range", "\"b\"")]), Wanted::Whole);
        assert_eq!(of_a_thousand(&[("if-range", "\"a\"")]), Wanted::Whole);
    }

    proptest! {
        #[test]
        fn a_part_is_within_the_image(
            range in "(bytes=)?[0-9]{0,4}-[0-9]{0,20}(,[0-9 -]{0,9}){0,3}|[ -~\u{80}-\u{ff}]{0,20}",
            size in prop_oneof![0_u64..1_100, Just(u64::MAX)],
        ) {
            let headers = HeaderMap::from_iter([(http::header::RANGE, HeaderValue::from_bytes(range.as_bytes()).unwrap())]);
            let validators = Validators { etag: "\"a\"".parse().unwrap(), modified: None };
            if let Wanted::Part(part) = wanted(&headers, &validators, size) {
                prop_assert!(part.start < part.end && part.end <= size, "{:?} of {}", part, size);
            }
        }

        #[test]
        fn every_part_can_be_asked_for(start in 0_u64..1_000, length in 1_u64..1_000) {
            let end = (start + length).min(1_000);
            let range = format!("bytes={start}-{}", end - 1);
            prop_assert_eq!(of_a_thousand(&[("range", &range)]), Wanted::Part(start..end));
        }
    }
}
