//! A session's data between JSON and BSON.
//!
//! The originals' documents may hold what JSON has no word for. It is read as their own service shows it (through
//! Node's `JSON.stringify`): a date as its ISO text, an ObjectId as its hex digits, binary as base64.
//! What a change leaves as it was read stays in the document as it is.

use base64::prelude::{BASE64_STANDARD, Engine};
use hexad_ports::domain::Timestamp;
use mongodb::bson::{Bson, Decimal128, Document};
use serde_json::{Map, Number, Value, json};

/// What stands in a document, as JSON.
pub(crate) fn to_json(stored: &Bson) -> Value {
    match stored {
        Bson::Null | Bson::Undefined => Value::Null,
        Bson::Boolean(yes) => Value::Bool(*yes),
        Bson::Int32(number) => Value::from(*number),
        Bson::Int64(number) => Value::from(*number),
        // As in JavaScript, NaN and the infinities are null.
        Bson::Double(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        Bson::String(text) | Bson::Symbol(text) => Value::String(text.clone()),
        Bson::Array(items) => Value::Array(items.iter().map(to_json).collect()),
        Bson::Document(members) => Value::Object(object(members)),
        Bson::ObjectId(id) => Value::String(id.to_hex()),
        Bson::DateTime(at) => Timestamp::from_unix_millis(at.timestamp_millis())
            .map_or(Value::Null, |at| Value::String(at.rfc3339_millis())),
        Bson::Binary(binary) => Value::String(BASE64_STANDARD.encode(&binary.bytes)),
        Bson::Decimal128(number) => {
            large_integer(number).unwrap_or_else(|| json!({ "$numberDecimal": number.to_string() }))
        }
        Bson::Timestamp(stamp) => json!({ "$timestamp": { "t": stamp.time, "i": stamp.increment } }),
        Bson::RegularExpression(regex) => json!({
            "$regularExpression": { "pattern": regex.pattern.as_str(), "options": regex.options.as_str() }
        }),
        Bson::JavaScriptCode(code) => json!({ "$code": code }),
        Bson::JavaScriptCodeWithScope(code) => json!({ "$code": code.code, "$scope": object(&code.scope) }),
        Bson::MinKey => json!({ "$minKey": 1 }),
        Bson::MaxKey => json!({ "$maxKey": 1 }),
        // Nothing has written one since 2009, and there is nothing to see in it.
        Bson::DbPointer(_) => Value::Null,
    }
}

/// The members of a document, as JSON.
pub(crate) fn object(members: &Document) -> Map<String, Value> {
    members.iter().map(|(name, value)| (name.clone(), to_json(value))).collect()
}

/// The integers of JSON that BSON has no type for are kept as decimals: those from 2^63 to 2^64 - 1.
fn large_integer(number: &Decimal128) -> Option<Value> {
    let number: u64 = number.to_string().parse().ok()?;
    i64::try_from(number).is_err().then(|| Value::from(number))
}

/// JSON, as it is put into a document.
pub(crate) fn to_bson(value: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(yes) => Bson::Boolean(*yes),
        Value::Number(number) => number_to_bson(number),
        Value::String(text) => Bson::String(text.clone()),
        Value::Array(items) => Bson::Array(items.iter().map(to_bson).collect()),
        Value::Object(members) => {
            Bson::Document(members.iter().map(|(name, value)| (name.clone(), to_bson(value))).collect())
        }
    }
}

fn number_to_bson(number: &Number) -> Bson {
    if let Some(integer) = number.as_i64() {
        // As Node's driver writes it: what fits is an Int32.
        return i32::try_from(integer).map_or(Bson::Int64(integer), Bson::Int32);
    }
    if let Some(integer) = number.as_u64()
        && let Ok(decimal) = integer.to_string().parse()
    {
        return Bson::Decimal128(decimal);
    }
    number.as_f64().map_or(Bson::Null, Bson::Double)
}

/// What has to be put in the place of `stored` so that it reads as `wanted`: wherever it does so already, what is
/// stored, to the type.
pub(crate) fn graft(stored: &Bson, wanted: &Value) -> Bson {
    match (stored, wanted) {
        (Bson::Document(stored), Value::Object(wanted)) => Bson::Document(
            wanted
                .iter()
                .map(|(name, value)| {
                    let grafted = stored.get(name).map_or_else(|| to_bson(value), |old| graft(old, value));
                    (name.clone(), grafted)
                })
                .collect(),
        ),
        (Bson::Array(stored), Value::Array(wanted)) => Bson::Array(
            wanted
                .iter()
                .enumerate()
                .map(|(place, value)| {
                    stored.get(place).map_or_else(|| to_bson(value), |old| graft(old, value))
                })
                .collect(),
        ),
        _ if to_json(stored) == *wanted => stored.clone(),
        _ => to_bson(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::{DateTime, doc};
    use proptest::prelude::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_filter_map("JSON has no NaN", Number::from_f64).prop_map(Value::Number),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[.$a]*", inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_comes_back(value in any_json()) {
            prop_assert_eq!(to_json(&to_bson(&value)), value);
        }

        #[test]
        fn what_is_grafted_reads_as_wanted(stored in any_json(), wanted in any_json()) {
            prop_assert_eq!(to_json(&graft(&to_bson(&stored), &wanted)), wanted);
        }
    }

    #[test]
    fn what_reads_as_wanted_keeps_its_type() {
        let at = DateTime::from_millis(5);
        let stored = Bson::Document(doc! { "at": at, "n": 1_i64, "list": [at, 1_i64], "old": 1 });
        let mut wanted = to_json(&stored);
        wanted["list"][1] = json!(2);
        wanted["old"].take();
        wanted["new"] = json!(true);
        let grafted = graft(&stored, &wanted);
        let expected = doc! { "at": at, "list": [at, 2], "n": 1_i64, "new": true, "old": Bson::Null };
        assert_eq!(grafted, Bson::Document(expected));
    }
}
