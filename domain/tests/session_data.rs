//! Session data from strangers: whatever JSON arrives, the bounds hold, and a merge is that of RFC 7396.
#![allow(clippy::unwrap_used)]

use hexad_domain::{DataError, SessionData};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Any JSON, of few names so that patches meet what they change.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c\\x00ñ]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// RFC 7396, section 2, word for word.
fn merge_patch(target: Value, patch: Value) -> Value {
    let Value::Object(patch) = patch else { return patch };
    let mut target = match target {
        Value::Object(target) => target,
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            let before = target.get(&name).cloned().unwrap_or(Value::Null);
            target.insert(name, merge_patch(before, value));
        }
    }
    Value::Object(target)
}

proptest! {
    #[test]
    fn what_is_taken_is_an_object_without_nul(value in json()) {
        let nul = value.to_string().contains("\\u0000");
        match SessionData::parse(value.clone()) {
            Ok(data) => {
                prop_assert!(!nul);
                prop_assert_eq!(data.to_value(), value);
            }
            Err(DataError::NotAnObject) => prop_assert!(!value.is_object()),
            Err(DataError::NulCharacter) => prop_assert!(nul),
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_merge_is_the_one_of_the_rfc(target in json(), patch in json()) {
        if let (Ok(target), Ok(patch)) = (SessionData::parse(target), SessionData::parse(patch)) {
            let merged = target.merge(patch.clone()).unwrap();
            prop_assert_eq!(merged.to_value(), merge_patch(target.to_value(), patch.to_value()));
        }
    }
}
