//! Paths and query strings, decoded strictly.

use crate::{
    code::Code,
    problem::{FieldProblem, Problem},
};
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// The parameters of a query string, in their order.
///
/// `%` must be followed by two hexadecimal digits and the result be UTF-8; `+` is a space, as forms write it.
/// Anything else is a [`Problem`] `malformed`.
///
/// ```
/// use hexad_http::Query;
///
/// let query = Query::parse("username=ada+l&limit=5&limit=6").unwrap();
/// assert_eq!(query.one("username").unwrap(), Some("ada l"));
/// assert_eq!(query.one("cursor").unwrap(), None);
/// assert!(query.one("limit").is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string, without its question mark.
    ///
    /// # Errors
    ///
    /// `malformed` when it does not decode.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let decoded = |text: &str| {
            decode(&text.replace('+', " ")).map(Cow::into_owned).ok_or_else(|| {
                Problem::malformed("The query string is not valid: percent-encoded UTF-8 is expected.")
            })
        };
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decoded(name)?, decoded(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The value of the parameter that may come once.
    ///
    /// # Errors
    ///
    /// `invalid_field`, naming the parameter, when it comes more often: which one counts would be a guess.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            return Err(Problem::of_fields(vec![FieldProblem {
                name: name.into(),
                code: Code::InvalidField,
                detail: format!("{name} must come once.").into(),
            }]));
        }
        Ok(first)
    }

    /// The names of the parameters, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Whether the parameter is there, with a value or without.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|found| found == name)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

/// The one parameter in the path of a route, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathParam(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathParam {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| malformed_path())?;
        let value = params.iter().next().map(|(_, value)| value.to_owned());
        // A route that asks for a parameter it does not have is a mistake of ours.
        value.map(Self).ok_or_else(Problem::internal)
    }
}

/// Refuses a path that does not decode, whichever route it would have reached.
pub(crate) fn check_path(path: &str) -> Result<(), Problem> {
    decode(path).map(drop).ok_or_else(malformed_path)
}

fn malformed_path() -> Problem {
    Problem::malformed("The path is not valid: percent-encoded UTF-8 is expected.")
}

/// Percent-decoding without forgiveness: `None` for a stray `%` and for what is not UTF-8.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after.as_bytes().get(..2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = after.get(2..)?;
    }
    percent_decode(text.as_bytes()).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::{Query, check_path};
    use crate::code::Code;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    #[test]
    fn parameters_are_decoded_as_forms_write_them() {
        let query = Query::parse("username=a%20b+c%2B&&flag&empty=&eq=a=b&na%6De=x").unwrap();
        assert_eq!(query.one("username").unwrap(), Some("a b c+"));
        assert_eq!(query.one("flag").unwrap(), Some(""));
        assert_eq!(query.one("empty").unwrap(), Some(""));
        assert_eq!(query.one("eq").unwrap(), Some("a=b"));
        assert_eq!(query.one("name").unwrap(), Some("x"));
        assert!(query.has("flag") && !query.has("flags"));
    }

    #[test]
    fn what_does_not_decode_is_malformed() {
        for bad in ["a=%", "a=%f", "a=%zz", "%=1", "a=%ff", "a=%c3%28", "a=%+1"] {
            assert_eq!(Query::parse(bad).unwrap_err().code, Code::Malformed, "{bad}");
        }
        for bad in ["/a%", "/%zz", "/%ff/x"] {
            assert_eq!(check_path(bad).unwrap_err().code, Code::Malformed, "{bad}");
        }
        assert_eq!(check_path("/%C3%A9/+"), Ok(()));
    }

    #[test]
    fn a_repeated_parameter_is_refused_by_its_name() {
        let problem = Query::parse("a=1&a=1").unwrap().one("a").unwrap_err();
        assert_eq!(problem.code, Code::InvalidField);
        assert_eq!(problem.status(), 400);
        assert_eq!(problem.fields[0].name, "a");
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_malformed(query in "[ -~]{0,60}") {
            if let Err(problem) = Query::parse(&query) {
                prop_assert_eq!(problem.code, Code::Malformed);
            }
        }

        #[test]
        fn any_text_survives_its_encoding(value in any::<String>()) {
            let query = Query::parse(&format!("v={}", utf8_percent_encode(&value, NON_ALPHANUMERIC))).unwrap();
            prop_assert_eq!(query.one("v").unwrap(), Some(value.as_str()));
        }
    }
}
