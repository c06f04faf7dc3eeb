//! Every event comes back as it went, and nothing that arrives stops us.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use hexad_events::{Message, asyncapi, decode, encode, restore};
use hexad_ports::{
    Content, Outgoing,
    domain::{
        City, Dni, Email, Event, EventId, EventKind, FirstName, LastName, SessionId, Timestamp, UserId,
        Username,
    },
};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::BTreeMap, env, fs, path::Path, sync::LazyLock};

/// Each kind, by number, out of seven texts.
fn kind(number: usize, [a, b, c, d, e, f, g]: [String; 7]) -> EventKind {
    let (id, username) = (UserId::from_stored(a.as_str()), Username::from_stored(b.as_str()));
    let session_id = SessionId::from_stored(c.as_str());
    match number {
        0 => EventKind::UserLoggedIn { user_id: id, username, email: Email::from_stored(c) },
        1 => EventKind::UserLoginFailed { username: b, reason: c },
        2 => EventKind::TestEvent { msg: a },
        3 => EventKind::PasswordChanged { user_id: id, username },
        4 => EventKind::UserDisabled { user_id: id, username },
        5 => EventKind::UserEnabled { user_id: id, username },
        6 => EventKind::UserDeleted { user_id: id, username },
        7 => EventKind::UserRegistered {
            id,
            username,
            first_name: FirstName::from_stored(c),
            last_name: LastName::from_stored(d),
            dni: Dni::from_stored(e),
            email: Email::from_stored(f),
            city: City::from_stored(g),
        },
        8 => EventKind::UserRegistrationFailed {
            username,
            dni: Dni::from_stored(c),
            email: Email::from_stored(d),
            error: e,
            details: f,
        },
        9 => EventKind::SessionCreated { session_id, user_id: id, username },
        10 => EventKind::SessionUpdated { session_id, user_id: id, username },
        _ => EventKind::SessionDeleted { session_id, user_id: id, username },
    }
}

/// The names of the data's fields, in their order, as consumers know them.
const FIELDS: [(&str, &[&str]); 12] = [
    ("UserLoggedIn", &["user_id", "username", "email"]),
    ("UserLoginFailed", &["username", "reason"]),
    ("TestEvent", &["msg"]),
    ("PasswordChanged", &["user_id", "username"]),
    ("UserDisabled", &["user_id", "username"]),
    ("UserEnabled", &["user_id", "username"]),
    ("UserDeleted", &["user_id", "username"]),
    ("UserRegistered", &["id", "username", "first_name", "last_name", "dni", "email", "city"]),
    ("UserRegistrationFailed", &["username", "dni", "email", "error", "details"]),
    ("SessionCreated", &["session_id", "user_id", "username"]),
    ("SessionUpdated", &["session_id", "user_id", "username"]),
    ("SessionDeleted", &["session_id", "user_id", "username"]),
];

#[test]
fn every_kind_has_the_fields_of_the_contract_in_their_order() {
    for (number, (name, fields)) in FIELDS.into_iter().enumerate() {
        let texts = ["1", "2", "3", "4", "5", "6", "7"].map(str::to_owned);
        let event = Event {
            id: EventId::from_uuid(uuid::Uuid::from_u128(1)),
            at: Timestamp::UNIX_EPOCH,
            subject: String::new(),
            kind: kind(number, texts),
        };
        let body = encode(&event);
        let head = format!("{{\"event\":\"{name}\",\"data\":{{\"");
        let tail = "\"},\"timestamp\":\"1970-01-01T00:00:00.000000+00:00\"}";
        let data = body.strip_prefix(&head).and_then(|rest| rest.strip_suffix(tail)).expect(&body);
        let written: Vec<&str> =
            data.split("\",\"").map(|pair| pair.split("\":\"").next().unwrap()).collect();
        assert_eq!(written, fields, "{name}");
    }
}

/// For each event by its name: the schemas of its body and of its headers.
static SCHEMAS: LazyLock<BTreeMap<String, [Validator; 2]>> = LazyLock::new(|| {
    let document = asyncapi();
    let messages = document["components"]["messages"].as_object().unwrap().clone();
    let schemas = |message: &Value| {
        ["payload", "headers"]
            .map(|part| jsonschema::options().should_validate_formats(true).build(&message[part]).unwrap())
    };
    messages.iter().map(|(name, message)| (name.clone(), schemas(message))).collect()
});

#[test]
fn every_kind_is_described_with_its_fields() {
    let described = asyncapi();
    let messages = described["components"]["messages"].as_object().unwrap();
    assert_eq!(messages.len(), FIELDS.len());
    for (number, (name, fields)) in FIELDS.into_iter().enumerate() {
        let data = &messages[name]["payload"]["properties"]["data"];
        assert_eq!(data["required"], json!(fields));
        let kind = kind(number, Default::default());
        let key = hexad_events::routing_key(&kind);
        assert_eq!(described["channels"][&key]["address"], key, "{name}");
    }
}

#[test]
fn what_misses_a_field_or_has_another_does_not_match() {
    let right = json!({"event": "TestEvent", "data": {"msg": "hello"}, "timestamp": "2026-11-22T18:56:51.837633+00:00"});
    let [body, _] = &SCHEMAS["TestEvent"];
    assert!(body.is_valid(&right));
    for (pointer, wrong) in [
        ("/event", json!("UserDeleted")),
        ("/data", json!({})),
        ("/data", json!({"msg": 7})),
        ("/data", json!({"msg": "hello", "more": ""})),
        ("/timestamp", json!("2026-11-22T18:56:51Z")),
    ] {
        let mut changed = right.clone();
        *changed.pointer_mut(pointer).unwrap() = wrong;
        assert!(!body.is_valid(&changed), "{changed}");
    }
}

#[test]
fn the_document_stands_among_the_documentation() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api/events.asyncapi.json");
    let mut text = serde_json::to_string_pretty(&asyncapi()).unwrap();
    text.push('\n');
    if env::var_os("HEXAD_WRITE_DOCS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap_or_default() == text,
        "docs/api/events.asyncapi.json is not what the code says: run `HEXAD_WRITE_DOCS=1 cargo test -p hexad-events`, and \
         look at what has changed"
    );
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,20}", any::<String>()]
}

fn any_event() -> impl Strategy<Value = Event> {
    let texts = prop::array::uniform7(any_text());
    let micros = Timestamp::MIN.unix_micros()..=Timestamp::MAX.unix_micros();
    (0..12_usize, texts, micros, 1..u128::MAX, any_text()).prop_map(|(number, texts, micros, id, subject)| {
        Event {
            id: EventId::from_uuid(uuid::Uuid::from_u128(id)),
            at: Timestamp::from_unix_micros(micros).unwrap(),
            subject,
            kind: kind(number, texts),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn an_event_kept_as_a_row_comes_back_as_it_was(event in any_event()) {
        let body = encode(&event);
        prop_assert_eq!(restore(event.id, event.subject.clone(), body.as_bytes()), Ok(event));
    }

    #[test]
    fn an_event_sent_arrives_as_it_was_but_for_its_subject(event in any_event()) {
        let body = encode(&event);
        let Content::Event(arrived) = decode(body.as_bytes(), Some(&event.id.to_string())) else {
            return Err(TestCaseError::fail("not an event"));
        };
        prop_assert_eq!((arrived.id, arrived.at, arrived.kind), (event.id, event.at, event.kind));
    }

    #[test]
    fn whatever_is_sent_matches_its_schema(event in any_event(), sequence in any::<u64>()) {
        let message = Message::new(&Outgoing { event, sequence });
        let body: Value = serde_json::from_str(&message.body).unwrap();
        let headers: Value = message.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let [of_body, of_headers] = &SCHEMAS[body["event"].as_str().unwrap()];
        prop_assert!(of_body.is_valid(&body), "{}", body);
        prop_assert!(of_headers.is_valid(&headers), "{}", headers);
    }

    #[test]
    fn arbitrary_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..300), id in prop::option::of(any_text())) {
        prop_assert!(!matches!(decode(&body, id.as_deref()), Content::Event(_)));
    }

    #[test]
    fn an_event_with_some_bytes_changed_is_answered(
        event in any_event(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut body = encode(&event).into_bytes();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        decode(&body, None);
    }
}
