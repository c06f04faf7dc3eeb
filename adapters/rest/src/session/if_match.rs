//! `If-Match` (RFC 9110, 13.1.1).

use hexad::{Precondition, ports::Revision};
use hexad_http::Problem;
use http::{HeaderMap, header};

/// What the request wants to be true of the session: nothing, that it is there (`*`), or that it is at one of the
/// listed revisions. A weak tag is never equal to anything here (RFC 9110, 8.8.3.2: the comparison is strong).
///
/// # Errors
///
/// `malformed`: a condition that cannot be read must not be passed over.
pub(super) fn parse(headers: &HeaderMap) -> Result<Precondition, Problem> {
    let mut revisions = Vec::new();
    let mut fields = headers.get_all(header::IF_MATCH).iter().peekable();
    if fields.peek().is_none() {
        return Ok(Precondition::None);
    }
    for field in fields {
        let field = field.to_str().map_err(|_| malformed())?.trim();
        if field == "*" && headers.get_all(header::IF_MATCH).iter().count() == 1 {
            return Ok(Precondition::Exists);
        }
        revisions.extend(tags(field).ok_or_else(malformed)?);
    }
    Ok(Precondition::At(revisions))
}

fn malformed() -> Problem {
    Problem::malformed("If-Match must be * or a list of entity tags in double quotes.")
}

/// The strong tags of a list; `None` where it is no list of one tag or more.
fn tags(list: &str) -> Option<Vec<Revision>> {
    let mut strong = Vec::new();
    let mut rest = list;
    loop {
        let (weak, tag) = match rest.strip_prefix("W/") {
            Some(tag) => (true, tag),
            None => (false, rest),
        };
        let (opaque, after) = tag.strip_prefix('"')?.split_once('"')?;
        if !opaque.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        if !weak {
            strong.push(Revision::new(opaque));
        }
        rest = match after.trim_start().strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.trim_start().is_empty() => return Some(strong),
            None => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use hexad::{Precondition, ports::Revision};
    use http::{HeaderMap, HeaderValue, header};
    use proptest::prelude::*;

    fn condition(fields: &[&str]) -> Option<Precondition> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(header::IF_MATCH, HeaderValue::from_str(field).unwrap());
        }
        parse(&headers).ok()
    }

    fn at(tags: &[&str]) -> Option<Precondition> {
        Some(Precondition::At(tags.iter().copied().map(Revision::new).collect()))
    }

    #[test]
    fn none_star_and_lists() {
        assert_eq!(condition(&[]), Some(Precondition::None));
        assert_eq!(condition(&["*"]), Some(Precondition::Exists));
        assert_eq!(condition(&["\"1\""]), at(&["1"]));
        assert_eq!(condition(&["\"1\" ,\t\"a,b\",\"\""]), at(&["1", "a,b", ""]));
        assert_eq!(condition(&["\"1\"", "\"2\""]), at(&["1", "2"]));
    }

    #[test]
    fn a_weak_tag_equals_nothing() {
        assert_eq!(condition(&["W/\"1\""]), at(&[]));
        assert_eq!(condition(&["W/\"1\", \"2\""]), at(&["2"]));
    }

    #[test]
    fn what_cannot_be_read_is_not_passed_over() {
        for bad in
            ["", "1", "\"1", "\"1\"\"2\"", "\"1\",", ",\"1\"", "w/\"1\"", "\"1\" *", "* , \"1\"", "\"a b\""]
        {
            assert_eq!(condition(&[bad]), None, "{bad}");
        }
        assert_eq!(condition(&["*", "\"1\""]), None);
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(field in "[ -~]{0,40}") {
            let _ = condition(&[&field]);
        }

        #[test]
        fn every_revision_comes_back(tag in "[!#-~]{0,30}") {
            prop_assert_eq!(condition(&[&format!("\"{tag}\"")]), at(&[&tag]));
        }
    }
}
