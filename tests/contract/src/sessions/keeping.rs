//! A session is kept as it is.

use super::{SessionsHarness, ada, data, loaded, must_open, same, save, saved, session};
use crate::{
    run::at_once,
    sample::{ODD_TEXTS, user_id},
};
use hexad_domain::{SessionChange, SessionData, SessionId, UserId};
use hexad_ports::Expected;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

pub async fn nobody_has_a_session_at_first(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    for user in [ada(), UserId::from_stored(""), UserId::from_stored("no'such %\"\\ $id")] {
        assert_eq!(store.load(&user).await.expect("an answer"), None);
    }
}

pub async fn an_opened_session_comes_back(harness: &dyn SessionsHarness) {
    let (opened, revision) = must_open(harness.store().await.as_ref(), &ada()).await;
    let (record, stored_at) = loaded(harness.store().await.as_ref(), &ada()).await;
    same(&record, Some(&opened), None);
    assert_eq!(stored_at, revision);
    let text = revision.as_str();
    assert!(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'), "{text:?}");
}

pub async fn data_of_every_kind_come_back(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let kinds = json!({
        "null": null, "true": true, "false": false,
        "zero": 0, "one": 1, "minus": -1, "whole float": 1.0, "half": 0.5, "tenth": 0.1,
        "i32": i32::MAX, "past i32": i64::from(i32::MAX) + 1, "past 2^53": (1_i64 << 53) + 1,
        "i64 min": i64::MIN, "i64 max": i64::MAX,
        "huge": 1e308, "tiny": 1e-308, "precise": 0.1 + 0.2, "negative": -123.456e-7,
        "": "an empty name", "a.b": 1, "$set": {"$where": "x"}, "_id": "x", "userId": "y", "0": [0],
        "date-like": "2026-11-22T18:56:53.128Z", "oid-like": {"$oid": "5f0c1f6e3d0b4d7b9a570d2f"},
        "empty": [{}, [], ""], "nested": [[1, [2, {"three": [null]}]], {"a": {"b": {"c": []}}}],
    });
    let mut values = vec![json!({}), kinds];
    for text in ODD_TEXTS {
        values.push(json!({ text: text, "list": [text] }));
    }
    let (mut session, mut revision) = must_open(store.as_ref(), &ada()).await;
    for value in values {
        session.data = data(value);
        let change = SessionChange::Update(session.clone());
        revision = saved(save(store.as_ref(), &ada(), Expected::At(revision), &change, None).await);
        let (record, _) = loaded(store.as_ref(), &ada()).await;
        same(&record, Some(&session), None);
    }
}

pub async fn data_fill_their_bounds(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let frame = r#"{"a":""}"#.len();
    let large = json!({ "a": "\u{e9}".repeat((SessionData::MAX_BYTES - frame) / 2) });
    let deep = (1..SessionData::MAX_DEPTH).fold(json!({}), |inner, _| json!({ "a": inner }));
    let wide: Map<String, Value> =
        (0..10_000).map(|number| (format!("name {number}"), json!(number))).collect();
    for value in [large, deep, Value::Object(wide)] {
        let user = user_id();
        let mut session = session(store.as_ref(), &user);
        session.data = data(value);
        let change = SessionChange::Open(session.clone());
        saved(save(store.as_ref(), &user, Expected::Absent, &change, None).await);
        same(&loaded(store.as_ref(), &user).await.0, Some(&session), None);
    }
}

pub async fn users_of_any_id_have_sessions_of_their_own(harness: &dyn SessionsHarness) {
    let store = harness.store().await;
    let mut ids: Vec<String> = ["1", "01", "ada", "Ada", "ada ", "a.b", "$a", "5f0c1f6e3d0b4d7b9a570d2f"]
        .into_iter()
        .chain(ODD_TEXTS)
        .map(str::to_owned)
        .collect();
    ids.push("x".repeat(255));
    let mut opened = Vec::new();
    for id in ids {
        let user = UserId::from_stored(id);
        opened.push(must_open(store.as_ref(), &user).await);
    }
    for (session, revision) in opened {
        let (record, stored_at) = loaded(store.as_ref(), &session.user_id).await;
        same(&record, Some(&session), None);
        assert_eq!(stored_at, revision);
    }
}

pub async fn ids_of_sessions_are_never_given_twice(harness: &dyn SessionsHarness) {
    let mut makers = Vec::new();
    for _ in 0..8 {
        let store = harness.store().await;
        makers.push(async move { (0..250).map(|_| store.new_id()).collect::<Vec<SessionId>>() });
    }
    let ids: Vec<SessionId> = at_once(makers).await.into_iter().flatten().collect();
    assert!(ids.iter().all(|id| !id.as_str().is_empty() && id.as_str().len() <= 64));
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
}
