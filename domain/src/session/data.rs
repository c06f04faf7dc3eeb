//! What a client keeps in its session: a JSON object within bounds that every store can hold.

use serde_json::{Map, Value};

/// A JSON object: at most 256 KiB as compact JSON, 32 levels deep, without U+0000.
///
/// The bounds are those of the strictest store: PostgreSQL's `jsonb` refuses U+0000, MongoDB a depth over 100.
///
/// ```
/// use hexad_domain::SessionData;
/// use serde_json::json;
///
/// let data = SessionData::parse(json!({"cart": {"pears": 2}, "lang": "en"})).unwrap();
/// let patch = SessionData::parse(json!({"cart": {"plums": 3}, "lang": null})).unwrap();
/// let merged = data.merge(patch).unwrap();
/// assert_eq!(merged.to_value(), json!({"cart": {"pears": 2, "plums": 3}}));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SessionData(Map<String, Value>);

/// Why a session's data is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// It is no JSON object.
    #[error("data must be a JSON object")]
    NotAnObject,
    /// It is over [`SessionData::MAX_BYTES`].
    #[error("data must be at most 256 KiB of JSON")]
    TooLarge,
    /// It is nested deeper than [`SessionData::MAX_DEPTH`].
    #[error("data must be nested at most 32 levels deep")]
    TooDeep,
    /// A name or a text in it holds U+0000.
    #[error("data must not contain the character U+0000")]
    NulCharacter,
}

impl SessionData {
    /// The most bytes of compact JSON in UTF-8.
    pub const MAX_BYTES: usize = 256 * 1024;
    /// The most levels, the object itself being the first.
    pub const MAX_DEPTH: usize = 32;

    /// Takes what enters from outside.
    ///
    /// # Errors
    /// The bound that it breaks.
    pub fn parse(value: Value) -> Result<Self, DataError> {
        let Value::Object(map) = value else { return Err(DataError::NotAnObject) };
        let data = SessionData(map);
        check(data.0.values(), data.0.keys(), 1)?;
        match serde_json::to_vec(&data.0) {
            Ok(json) if json.len() <= Self::MAX_BYTES => Ok(data),
            _ => Err(DataError::TooLarge),
        }
    }

    /// Takes what a store holds; what is no object (an older program may have written anything) counts as empty.
    pub fn from_stored(value: Value) -> Self {
        match value {
            Value::Object(map) => SessionData(map),
            _ => SessionData::default(),
        }
    }

    /// This data with a merge patch applied (RFC 7396): `null` removes, objects merge, all else replaces.
    ///
    /// # Errors
    /// The bound that the result breaks.
    pub fn merge(&self, patch: SessionData) -> Result<Self, DataError> {
        let mut merged = self.0.clone();
        merge_into(&mut merged, patch.0);
        SessionData::parse(Value::Object(merged))
    }

    /// The object.
    pub fn as_object(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The object as a JSON value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// RFC 7396, section 2, for a target that is an object. The depth of the recursion is the patch's, already bounded.
fn merge_into(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, change) in patch {
        match change {
            Value::Null => {
                target.remove(&name);
            }
            Value::Object(change) => {
                let mut inner = match target.remove(&name) {
                    Some(Value::Object(inner)) => inner,
                    _ => Map::new(),
                };
                merge_into(&mut inner, change);
                target.insert(name, Value::Object(inner));
            }
            change => {
                target.insert(name, change);
            }
        }
    }
}

fn check<'a>(
    values: impl Iterator<Item = &'a Value>,
    mut names: impl Iterator<Item = &'a String>,
    depth: usize,
) -> Result<(), DataError> {
    if depth > SessionData::MAX_DEPTH {
        return Err(DataError::TooDeep);
    }
    if names.any(|name| name.contains('\0')) {
        return Err(DataError::NulCharacter);
    }
    for value in values {
        match value {
            Value::Object(map) => check(map.values(), map.keys(), depth + 1)?,
            Value::Array(items) => check(items.iter(), std::iter::empty(), depth + 1)?,
            Value::String(text) if text.contains('\0') => return Err(DataError::NulCharacter),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(levels: usize) -> Value {
        (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }))
    }

    #[test]
    fn thirty_two_levels_pass_and_arrays_count() {
        assert!(SessionData::parse(nested(32)).is_ok());
        assert_eq!(SessionData::parse(nested(33)), Err(DataError::TooDeep));
        let arrays = (0..32).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(SessionData::parse(json!({ "a": arrays })), Err(DataError::TooDeep));
    }

    #[test]
    fn the_size_is_that_of_the_compact_json_in_utf8() {
        let frame = r#"{"a":""}"#.len();
        let fits = "x".repeat(SessionData::MAX_BYTES - frame);
        assert!(SessionData::parse(json!({ "a": fits })).is_ok());
        assert_eq!(SessionData::parse(json!({ "a": format!("{fits}x") })), Err(DataError::TooLarge));
        let wide = "ñ".repeat((SessionData::MAX_BYTES - frame) / 2 + 1);
        assert_eq!(SessionData::parse(json!({ "a": wide })), Err(DataError::TooLarge));
    }

    #[test]
    fn nul_is_refused_in_names_and_texts() {
        for bad in [json!({"a\0": 1}), json!({"a": "\0"}), json!({"a": [{"b": "x\0"}]})] {
            assert_eq!(SessionData::parse(bad), Err(DataError::NulCharacter));
        }
    }

    #[test]
    fn what_is_no_object_is_refused_from_outside_and_empty_from_a_store() {
        for bad in [json!(null), json!([]), json!("x"), json!(1)] {
            assert_eq!(SessionData::parse(bad.clone()), Err(DataError::NotAnObject));
            assert_eq!(SessionData::from_stored(bad), SessionData::default());
        }
    }

    /// The examples of RFC 7396, appendix A, whose original and patch are objects.
    #[test]
    fn merges_as_rfc_7396_shows() {
        for (original, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let merged = SessionData::from_stored(original)
                .merge(SessionData(patch.as_object().unwrap().clone()))
                .unwrap();
            assert_eq!(merged.to_value(), result);
        }
    }

    #[test]
    fn a_merge_cannot_grow_past_the_bounds() {
        let half = "x".repeat(SessionData::MAX_BYTES / 2);
        let data = SessionData::parse(json!({ "a": half })).unwrap();
        assert_eq!(data.merge(SessionData::parse(json!({ "b": half })).unwrap()), Err(DataError::TooLarge));
    }
}
