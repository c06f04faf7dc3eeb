//! JSON bodies: an object, or nothing.

use crate::{
    body::{limits_of, read},
    code::Code,
    problem::{FieldProblem, Problem},
};
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, header};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The JSON object in the body of a request; no body counts as `{}`.
///
/// Refused as a [`Problem`]: another media type than `application/json` or `application/*+json` (415), what is no
/// JSON in UTF-8, an object that names a member twice (RFC 8259, 4, leaves open which of the two counts), nesting
/// beyond 127 levels, and anything but an object (400), and what breaks the bounds of a body (413, 408).
#[derive(Clone, PartialEq)]
pub struct JsonObject(pub Map<String, Value>);

// The values may be passwords.
impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonObject").field(&self.0.keys()).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = read(body, &limits_of(&parts.extensions)).await?;
        if body.is_empty() {
            return Ok(Self(Map::new()));
        }
        if !is_json(&parts.headers) {
            let detail = "The body must be JSON, with the content type application/json.";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        Self::parse(&body)
    }
}

impl JsonObject {
    /// Reads an object from its bytes.
    ///
    /// # Errors
    ///
    /// `malformed`, with the line and the column, when they are no JSON or no object.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        // A byte order mark may be passed over (RFC 8259, 8.1), and was by the services that these replace.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = Unambiguous
            .deserialize(&mut reader)
            .and_then(|value| reader.end().map(|()| value))
            .map_err(|error| Problem::malformed(format!("The body is not valid JSON: {error}.")))?;
        match value {
            Value::Object(object) => Ok(Self(object)),
            _ => Err(Problem::malformed("The body must be a JSON object.")),
        }
    }

    /// Takes string members out of the object, all of them required; null counts as missing.
    ///
    /// ```
    /// use hexad_http::{Code, JsonObject};
    ///
    /// let mut body = JsonObject::parse(br#"{"username": "ada", "password": 1}"#).unwrap();
    /// let problem = body.take_strings(["username", "password", "city"]).unwrap_err();
    /// assert_eq!(problem.code, Code::MissingField);
    /// assert_eq!(problem.fields.len(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// Names every member that is missing or no string.
    pub fn take_strings<const N: usize>(&mut self, names: [&'static str; N]) -> Result<[String; N], Problem> {
        let mut wrong = Vec::new();
        let taken = names.map(|name| match self.0.remove(name) {
            Some(Value::String(text)) => text,
            None | Some(Value::Null) => {
                wrong.push(FieldProblem::missing(name));
                String::new()
            }
            Some(_) => {
                wrong.push(FieldProblem {
                    name: name.into(),
                    code: Code::InvalidField,
                    detail: format!("{name} must be a string.").into(),
                });
                String::new()
            }
        });
        if wrong.is_empty() { Ok(taken) } else { Err(Problem::of_fields(wrong)) }
    }
}

/// Whether the content type is JSON: `application/json` or `application/*+json`, parameters or none.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(first), None) = (types.next(), types.next()) else { return false };
    let essence = first.to_str().ok().and_then(|value| value.split(';').next()).unwrap_or_default();
    let Some((kind, subtype)) = essence.trim().split_once('/') else { return false };
    let subtype = subtype.to_ascii_lowercase();
    kind.eq_ignore_ascii_case("application") && (subtype == "json" || subtype.ends_with("+json"))
}

/// Reads a value in which no object names a member twice.
///
/// `serde_json` itself bounds the nesting, so that no body can exhaust the stack.
struct Unambiguous;

impl<'de> DeserializeSeed<'de> for Unambiguous {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(de::Error::custom("a member is named twice"));
            }
            object.insert(name, members.next_value_seed(Self)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::JsonObject;
    use crate::{code::Code, problem::Problem};
    use axum::{
        body::Body,
        extract::{FromRequest, Request},
    };
    use proptest::prelude::*;
    use serde_json::{Value, json};

    async fn extract(content_type: Option<&str>, body: &'static [u8]) -> Result<Value, Problem> {
        let mut request = Request::builder();
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let request = request.body(Body::from(body)).unwrap();
        JsonObject::from_request(request, &()).await.map(|object| Value::Object(object.0))
    }

    #[tokio::test]
    async fn no_body_is_an_empty_object_whatever_its_type() {
        for content_type in [None, Some("application/json"), Some("text/plain")] {
            assert_eq!(extract(content_type, b"").await, Ok(json!({})));
        }
    }

    #[tokio::test]
    async fn json_comes_under_several_types_and_nothing_else_does() {
        for good in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/merge-patch+json",
            "application/json ;x=y",
        ] {
            assert_eq!(extract(Some(good), b"{\"a\":1}").await, Ok(json!({"a": 1})), "{good}");
        }
        for bad in
            ["text/plain", "application/jsonp", "text/json", "json", "application/", "multipart/form-data"]
        {
            assert_eq!(
                extract(Some(bad), b"{}").await.unwrap_err().code,
                Code::UnsupportedMediaType,
                "{bad}"
            );
        }
        assert_eq!(extract(None, b"{}").await.unwrap_err().code, Code::UnsupportedMediaType);
    }

    #[test]
    fn what_is_no_object_is_malformed_and_the_answer_says_where() {
        let deep = "[".repeat(100_000);
        let bad: [&[u8]; 12] = [
            b"{",
            b" ",
            b"[]",
            b"\"text\"",
            b"null",
            b"1",
            b"{} {}",
            b"{\"a\":1,}",
            b"{\"a\":1,\"a\":2}",
            b"{\"a\":{\"b\":1,\"b\":1}}",
            b"{\"a\":\"\xff\"}",
            deep.as_bytes(),
        ];
        for body in bad {
            let problem = JsonObject::parse(body).unwrap_err();
            assert_eq!(problem.code, Code::Malformed, "{}", String::from_utf8_lossy(body));
        }
        let problem = JsonObject::parse(b"{\"a\":\n oops}").unwrap_err();
        assert!(problem.detail.contains("line 2 column 2"), "{}", problem.detail);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_once() {
        assert_eq!(JsonObject::parse(b"\xef\xbb\xbf{\"a\":1}"), JsonObject::parse(b"{\"a\":1}"));
        assert!(JsonObject::parse(b"\xef\xbb\xbf\xef\xbb\xbf{}").is_err());
    }

    #[test]
    fn every_wrong_member_is_named_and_none_is_repeated_in_the_answer() {
        let mut body = JsonObject::parse(br#"{"a":null,"b":["hunter2"],"c":"fine"}"#).unwrap();
        let problem = body.take_strings(["a", "b", "c", "d"]).unwrap_err();
        let named: Vec<_> = problem.fields.iter().map(|field| (field.name.as_ref(), field.code)).collect();
        let missing = Code::MissingField;
        assert_eq!(named, [("a", missing), ("b", Code::InvalidField), ("d", missing)]);
        assert!(!problem.document(None).to_string().contains("hunter2"));
    }

    #[test]
    fn debug_output_has_no_values() {
        let body = JsonObject::parse(br#"{"password":"hunter2"}"#).unwrap();
        assert!(!format!("{body:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_object_or_malformed(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Err(problem) = JsonObject::parse(&bytes) {
                prop_assert_eq!(problem.code, Code::Malformed);
            }
        }

        #[test]
        fn an_object_is_read_as_it_was_written(members in prop::collection::btree_map(".{0,8}", ".{0,8}", 0..6)) {
            let written = serde_json::to_vec(&json!({"inner": members})).unwrap();
            prop_assert_eq!(Value::Object(JsonObject::parse(&written).unwrap().0), json!({"inner": members}));
        }
    }
}
